"""What is known of how linear networks learned: the simulation beside the formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lrfit.core.arrays import Array
from lrfit.core.provenance import Result
from lrfit.core.shapes import Axes, Rows, freeze_shaped
from lrfit.io.text import brief, counted


@dataclass(frozen=True, kw_only=True)
class LearnedAt:
    """Learning at one strength g of the initial connectivity, means over networks and signs.

    Attributes
    ----------
    g : entries of W0 have variance g^2/neurons.
    beta, expected_beta : |G w| |G^T o| of the networks, G = (1 - W0)^-1; 1/(1 - g^2), that of very
        large ones.
    epochs, time : until the loss was 1 % of the first; the same as s = beta^2 rate epochs.
    speed_up : epochs at g = 0, over those here.
    output_ratio, first_ratio, second_ratio : z and the two largest singular values of dW over
        their formulas, at s = 0.1; NaN where nothing is known there.
    first, second, third : singular values of dW when the loss was 1 % of the first.
    """

    g: float
    beta: float
    expected_beta: float
    epochs: float
    time: float
    speed_up: float
    output_ratio: float
    first_ratio: float
    second_ratio: float
    first: float
    second: float
    third: float


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearLearning(Result):
    """Learning of linear networks by gradient descent, for several g, by one rate.

    Attributes
    ----------
    neurons, target, rate : of every network. seed : of all of them.
    learned : one `LearnedAt` for every g, g = 0 first.
    epochs_by_draw, beta_by_draw : (g, draw), of every network; epochs are means over both signs of
        the target.
    s : (S,) times of learning beta^2 rate epoch. What follows is known until the loss of
        every network is 1 % of the first, and NaN afterwards.
    z : (g, S) outputs, means over networks and over both signs of the target, as those of half of
        the difference. loss : (g, S), mean of (target - z)^2/2.
    values : (g, S, 4), means of the largest singular values of dW.
    theory_z, theory_first, theory_second : (g, S), docs/theory, eqs. 39 to 41.
    """

    neurons: int
    target: float
    rate: float
    seed: int
    learned: Annotated[tuple[LearnedAt, ...], Rows("g")]
    epochs_by_draw: Annotated[Array, Axes("g", "draw")]
    beta_by_draw: Annotated[Array, Axes("g", "draw")]
    s: Annotated[Array, Axes("s", about="time of learning, beta^2 rate epoch")]
    z: Annotated[Array, Axes("g", "s")]
    loss: Annotated[Array, Axes("g", "s")]
    values: Annotated[Array, Axes("g", "s", "value", about="singular values of the change of W")]
    theory_z: Annotated[Array, Axes("g", "s")]
    theory_first: Annotated[Array, Axes("g", "s")]
    theory_second: Annotated[Array, Axes("g", "s")]

    def __repr__(self) -> str:
        """One line."""
        most = max((each.speed_up for each in self.learned), default=1.0)
        several = counted(len(self.learned), "strength")
        return brief(self, counted(self.neurons, "neuron"), several, f"up to {most:.3g} times")

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
