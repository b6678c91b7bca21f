"""The table of solutions: what a file holds of networks that all produce one trajectory.

The networks have files of their own. Place in the flow: a `Degeneracy` becomes this table, which
`show`, the command and its file tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.provenance import SystemResult
from lrfit.core.shapes import Axes, Inline, freeze_shaped
from lrfit.degeneracy.flows import Flows
from lrfit.fields.field import Domain
from lrfit.io.text import brief
from lrfit.simulation.curve import Curve

Names = Annotated[tuple[str, ...], Axes("solution")]
Column = Annotated[Array, Axes("solution")]
Rates = Annotated[Array, Axes("solution", "variable")]
Pairs = Annotated[Array, Axes("solution", "solution")]


@dataclass(frozen=True, kw_only=True, eq=False)
class DegeneracyTable(SystemResult):
    """n solutions for one trajectory, one row each; see `Solution` for the columns.

    files : where the networks were written, "" where they were not. tol, tube : as asked for.
    success : all hold, and every two fields are apart. flows : what figures show; None in files
    of version 0.1.0.
    """

    system: str
    curve: Annotated[Curve, Inline()]
    time_unit: str = ""
    kinds: Names
    files: Names
    tol: float
    tube: float
    success: bool
    neurons: Annotated[NDArray[np.int64], Axes("solution")]
    rate: Column
    horizon: Column
    rms: Column
    worst: Column
    met: Annotated[NDArray[np.bool_], Axes("solution")]
    exponents: Rates
    stated: Rates
    likeness: Pairs
    difference: Pairs
    seed: int = 0
    flows: Flows | None = None

    def __repr__(self) -> str:
        """One line."""
        return brief(self, self.system, *(f"{kind} solution" for kind in self.kinds))

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
        if not self.kinds:
            raise InputError("a table needs at least one kind of solution")

    @property
    def domain(self) -> Domain:
        """The box of the trajectory."""
        return self.curve.domain
