"""What a score says: how a network did a task, trial by trial and on the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from lrfit.core.arrays import Array
from lrfit.core.provenance import SystemResult
from lrfit.core.shapes import AtRoot, Axes, freeze_shaped
from lrfit.fields.field import Domain
from lrfit.io.text import brief, counted


@dataclass(frozen=True, kw_only=True, eq=False)
class Score(SystemResult):
    """Outcome of a task.

    Attributes
    ----------
    trials, seed, duration, dt, solver, rate_noise : how it was measured.
    right, target_right : share of trials that end right, of the network and of the target.
    mse : mean over the variables of `mse_by_variable` (D,), the user's units squared, over the
        trials that the network finished; NaN if none. variance : (D,) of the target's own
        states about zero, for scale.
    relative : sqrt(sum mse / sum variance), box units.
    finished : trials in which neither network nor target diverged.
    mse_by_trial : (trials,), NaN where not finished. right_by_trial : (trials,) 0 or 1.
    draws : what was drawn, by name (trials,).
    network_sha256 : digest of the network; "" in files that do not say it.
    loss : of a trained network, half the masked mean square in the units of its trials, whose
        targets then stand for the target's trajectories; None of other networks.
    """

    system: str
    neurons: int
    trials: int
    seed: int
    duration: float
    dt: float
    solver: str
    rate_noise: float
    right: float
    target_right: float
    mse: float
    relative: float
    finished: int
    mse_by_variable: Annotated[Array, Axes("variable")]
    variance: Annotated[Array, Axes("variable")]
    mse_by_trial: Annotated[Array, Axes("trial")]
    right_by_trial: Annotated[Array, Axes("trial")]
    judged: tuple[str, ...]
    draws: Annotated[Mapping[str, Array], Axes("trial")]
    domain: Annotated[Domain, AtRoot()]
    network_sha256: str = ""
    loss: float | None = None

    def __repr__(self) -> str:
        """One line."""
        size, right = counted(self.neurons, "neuron"), f"{100 * self.right:.4g} % right"
        return brief(self, self.system, size, f"{right} in {counted(self.trials, 'trial')}")

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
