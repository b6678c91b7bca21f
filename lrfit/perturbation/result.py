"""What a study of pushes says of networks that share a trajectory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.provenance import Result
from lrfit.core.shapes import Axes, Inline, Named, Rows, freeze_shaped
from lrfit.fields.field import Domain
from lrfit.io.text import brief, counted
from lrfit.perturbation.options import PushOptions
from lrfit.perturbation.push import Push
from lrfit.simulation.curve import Curve

Measure = Annotated[Array, Axes("network", "push", "amplitude")]


@dataclass(frozen=True, kw_only=True, eq=False)
class Perturbation(Result):
    """A study of n networks under P pushes of A amplitudes.

    Attributes
    ----------
    names : (n,). curve : the first network's free trajectory, and the units of distances.
    exponents : (n, D) of the Jacobians along it, largest first.
    return_rate, divergence, phase_shift, off_path : (n, P, A), see `recovery`.
    t : (T,), distance : (n, P, A, T), from the free trajectory at equal times.
    pairs : (pairs, 2), which networks. alike : (pairs,), rms difference of their free runs.
    free_dprime : (pairs,) the best d' of trials that nobody pushed, from the first push on.
    dprime : (pairs, P, A) the best d' after the push. threshold : (pairs, P) the amplitude at
    which it reaches the criterion, NaN if none of those tried.
    process_noise : s, in rms excursions per square root of time.
    """

    names: Annotated[tuple[str, ...], Axes("network")]
    curve: Annotated[Curve, Named("trajectory", fields=(("t", "time"),))]
    pushes: Annotated[tuple[Push, ...], Rows("push", group="pushes")]
    options: Annotated[PushOptions, Inline()]
    process_noise: float
    exponents: Annotated[Array, Axes("network", "variable")]
    return_rate: Measure
    divergence: Measure
    phase_shift: Measure
    off_path: Measure
    t: Annotated[Array, Axes("t")]
    distance: Annotated[Array, Axes("network", "push", "amplitude", "t")]
    pairs: Annotated[NDArray[np.int64], Axes("pair", "_two")]
    alike: Annotated[Array, Axes("pair")]
    free_dprime: Annotated[Array, Axes("pair")]
    dprime: Annotated[Array, Axes("pair", "push", "amplitude")]
    threshold: Annotated[Array, Axes("pair", "push")]

    def __repr__(self) -> str:
        """One line."""
        told = "" if not len(self.pairs) else "told apart" if self.separated else "not told apart"
        return brief(self, ", ".join(self.names), counted(len(self.pushes), "push", "pushes"), told)

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
        n = len(self.names)
        if np.any((self.pairs < 0) | (self.pairs >= n)):
            raise InputError(f"the pairs are not two of {n} networks")
        if not self.pushes:
            raise InputError("there is no push")

    @property
    def domain(self) -> Domain:
        """The box of the trajectory."""
        return self.curve.domain

    @property
    def seed(self) -> int:
        """Of drawn pushes."""
        return self.options.seed

    @property
    def separated(self) -> bool:
        """Whether every pair is told apart by some push."""
        return bool(np.all(np.any(np.isfinite(self.threshold), axis=1)))

    def best_push(self, pair: int) -> int | None:
        """The push that tells a pair apart at the smallest amplitude; None if none does."""
        known = self.threshold[pair]
        return int(np.nanargmin(known)) if np.any(np.isfinite(known)) else None

    @property
    def telling(self) -> int:
        """The most telling single push: it separates all pairs at the smallest amplitude.

        Where none separates all, the one whose worst pair has the largest d'.
        """
        if not len(self.pairs):
            return 0
        needed = np.max(self.threshold, axis=0)  # NaN where a pair stays together
        if np.any(np.isfinite(needed)):
            return int(np.nanargmin(needed))
        return int(np.argmax(np.min(np.max(self.dprime, axis=2), axis=0)))
