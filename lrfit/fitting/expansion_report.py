"""What a network file says about a network that was expanded through populations.

Place in the flow: `expansion.expand` makes it, a `Fit` carries it, its file and its views show it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.shapes import Axes, freeze_shaped

if TYPE_CHECKING:
    from lrfit.networks.mixtures.mixture import Mixture


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedMixture:
    """A mixture that was fitted to a target, and what networks of n neurons drawn from it do.

    Attributes
    ----------
    text : of a system file that holds the populations, in the user's units.
    field_error : of its mean field, relative to the rms speed of the target.
    scatter : rms deviation of the field of networks of n neurons from it, in the same unit.
    """

    ENCODING: ClassVar = "lrfit-fitted-mixture"
    STATED: ClassVar = ("error",)

    text: str
    field_error: float
    scatter: float

    @property
    def mixture(self) -> Mixture:
        """The populations.

        Raises
        ------
        InputError
            The text is not that of a mixture.
        """
        # Few files hold a mixture: the others are opened without what reads one.
        from lrfit.networks.mixtures.as_text import mixture_from_text  # noqa: PLC0415

        return mixture_from_text(self.text, where="/report/expansion/mixture/text")

    @property
    def error(self) -> float:
        """Expected error of a network of n neurons (docs/theory, eq. 55)."""
        return math.hypot(self.field_error, self.scatter)


@dataclass(frozen=True, kw_only=True, eq=False)
class Expansion:
    """How a network was expanded, and what errors of its weights do to its field.

    Errors are relative to the rms speed; with the focus on attractors over points of the box and
    around attractors, each weighted by the inverse of the target's local mean square speed. They
    are NaN without a target.

    Attributes
    ----------
    method : "clones", or "robust" populations. neurons : of the network.
    parent_neurons : of the network that was expanded; 0 where it began with a system.
    focus : "attractors" or "box", where the field must be right.
    quota : "weights", in proportion to |A_p| phi_p, or "equal".
    weight_noise, deleted : the errors that the populations were refined for; 0 of clones.
    delta : both as one relative error of every weight of N.
    field_error : of the network as it is. sensitivity : D, relative error for each unit of delta.
    jitter : standard deviation of the differences within populations, box units.
    refit : what N was solved for after that: "own", "system" or "none".
    field_change : that they made, relative to the rms speed; 0 without differences.
    correlation : of the rates of two neurons of one population, mean; 1 without differences.
    quotas : (P,) neurons of each population.
    tol, met : the error with wrong weights that was asked for, None without, and whether it is
        reached; of a fitted mixture the expected error of networks drawn from it.
    mixture : from which neurons were drawn, where it was fitted to the target.
    """

    ENCODING: ClassVar = "lrfit-expansion"
    STATED: ClassVar = ("error",)

    method: str
    neurons: int
    parent_neurons: int
    quota: str
    focus: str
    weight_noise: float
    deleted: float
    delta: float
    field_error: float
    sensitivity: float
    jitter: float
    refit: str
    field_change: float
    correlation: float
    quotas: Annotated[NDArray[np.int64], Axes("population", about="neurons of each population")]
    tol: float | None = None
    met: bool | None = None
    mixture: FittedMixture | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)

    @property
    def populations(self) -> int:
        """P."""
        return len(self.quotas)

    @property
    def error(self) -> float:
        """Expected error with the weights as wrong as the populations were made for.

        Where a mixture was fitted, of networks of as many neurons drawn from it.
        """
        if self.mixture is not None:
            return self.mixture.error
        return self.error_with(self.delta)

    def error_with(self, delta: float) -> float:
        """Expected error with every weight of N wrong by delta, relative and independent."""
        return math.hypot(self.field_error, delta * self.sensitivity)
