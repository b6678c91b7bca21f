"""What `subspaces` returns, and what its file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.provenance import Result
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.io.text import brief, counted


@dataclass(frozen=True, kw_only=True, eq=False)
class Subspaces(Result):
    """Where activity varies.

    Attributes
    ----------
    system, neurons : of what it is about. told : which activity it is. inputs : names.
    recurrent_rank, input_rank : dimensions of the recurrent subspace, and of the part of the
        input weights that is perpendicular to it.
    variance : of the currents, summed over neurons. rank : of the currents about their mean.
    recurrent_share, input_share : of the variance, in the two subspaces; of a low-rank network they
        add up to 1.
    singular_values : (at most 30,) of the currents about their mean, relative to the largest.
    angle : (K,) principal angles between the recurrent subspace and the span of the input weights,
        in degrees.
    level : (L, U) tonic inputs, the first one that which the others are compared with. shift,
        measured_shift : (L,) how far each moves the recurrent plane, |B_perp dv| and as it was.
    path : (S, T, 3) runs along two recurrent axes and one input axis. path_level : (S,) numbers of
        their levels; none where inputs change in time.
    notes : one line each.
    """

    system: str
    neurons: int
    told: str
    inputs: tuple[str, ...]
    recurrent_rank: int
    input_rank: int
    variance: float
    rank: int
    recurrent_share: float
    input_share: float
    singular_values: Annotated[Array, Axes("value")]
    angle: Annotated[Array, Axes("principal")]
    level: Annotated[Array, Axes("tonic", "input_value")]
    shift: Annotated[Array, Axes("tonic")]
    measured_shift: Annotated[Array, Axes("tonic")]
    path: Annotated[Array, Axes("run", "moment", "direction")]
    path_level: Annotated[NDArray[np.int64], Axes("tonic_run")]
    notes: tuple[str, ...] = ()
    seed: int = 0

    def __repr__(self) -> str:
        """One line."""
        shares = f"{100 * self.recurrent_share:.3g} % recurrent"
        return brief(
            self, self.system, counted(self.neurons, "neuron"), shares, f"rank {self.rank}"
        )

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)
