"""What a network file says about a network that was reduced from a trained one.

Place in the flow: `reduction.reduce` makes it, a `Fit` carries it, its file, its views and its
figure show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, Rows, freeze_shaped


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Another way to a smaller network: at the first rank at which it does the task, or the best.

    method : "truncation" of the change of W, "projection" (Galerkin) or "lint". enough : whether
    the trials are right there. rates : R2 of the rates of the trained network.
    """

    method: str
    rank: int
    relative_loss: float
    right: float
    rates: float
    enough: bool


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A network that the search for the smallest one tuned: figures on validation trials.

    start : number of its start. met : whether it does the task within the tolerance.
    """

    neurons: int
    start: int
    relative_loss: float
    right: float
    met: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduction:
    """How a network was reduced, and how well it does what the trained network does.

    Losses are half the masked mean squares of the task, relative to that with the connectivity
    before training, or with silent outputs. All figures are about `test_trials` new trials.

    Attributes
    ----------
    task : of the trained network; None of recorded activity, which does not say it.
    trained_neurons : its size. rank : of the latent space.
    by : "projection", "lint" or "activity": how the latent field was found.
    components : share of the variance of h = x - B v in its first `rank` principal components.
    relative_loss, right : of the reduced network; right is the share of right trials.
    relative_loss_before, right_before : the same before tuning in closed loop.
    trained_relative_loss, trained_right : of the trained network.
    outputs_r2 : of the trained network's outputs. rates_r2 : of its rates, by the latent model.
    peers : what other methods need. tried : networks of the search for the smallest one.
    trained_stable, stable : (p, K), (q, K) outputs of the stable states at rest. states_apart :
        largest distance of one of them from the nearest of the other network; NaN without.
    trained_path, path : (trials, T, L) latent states of both in a few test trials.
    trained_points, points : (i, L), (j, L) fixed points at rest, in the latent space.
    trained_unstable, unstable : (i,), (j,) numbers of their unstable directions.
    recorded_r2 : of recorded rates, by the network regressed on them, where there are no weights.
    tol, met : the tolerance of the relative loss, and whether the task is done within it.
    """

    ENCODING: ClassVar = "lrfit-reduction"

    task: str | None
    trained_neurons: int
    rank: int
    by: str
    components: float
    trials: int
    test_trials: int
    relative_loss: float
    right: float
    relative_loss_before: float
    right_before: float
    trained_relative_loss: float
    trained_right: float
    outputs_r2: float
    rates_r2: float
    states_apart: float
    tol: float
    met: bool
    seed: int
    recorded_r2: float | None = None
    peers: Annotated[tuple[Peer, ...], Rows("peer", group="peers")] = ()
    tried: Annotated[tuple[Tried, ...], Rows("attempt", group="tried")] = ()
    trained_stable: Annotated[Array, Axes("original_state", "read")]
    stable: Annotated[Array, Axes("own_state", "read")]
    trained_path: Annotated[Array, Axes("trial", "time", "latent")]
    path: Annotated[Array, Axes("trial", "time", "latent")]
    trained_points: Annotated[Array, Axes("original_point", "latent")]
    points: Annotated[Array, Axes("own_point", "latent")]
    trained_unstable: Annotated[NDArray[np.int64], Axes("original_point")]
    unstable: Annotated[NDArray[np.int64], Axes("own_point")]

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)

    @property
    def same_states(self) -> bool:
        """Whether there are as many stable states, with outputs within 0.05 of the trained."""
        return len(self.stable) == len(self.trained_stable) and not self.states_apart > NEAR


NEAR = 0.05
"""Outputs of two stable states that are the same one, in units of the task."""
