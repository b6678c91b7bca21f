"""Random subsets of the candidates: what greedy selection must beat, and sometimes does not.

Place in the flow: the same candidates and objective as `greedy`. A random order of the candidates
holds a random subset of every size as a prefix, and one triangular factor holds the fit of every
prefix; so one factorisation per draw gives a whole curve of error against size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.regression.features import Features, Indices
from lrfit.regression.least_squares import Factored, factorise, live_columns, prefix_readout
from lrfit.regression.readout import LeakBounds, Readout

Score = Callable[[Indices, Readout], float]


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomSubset:
    """Candidates `indices` (n,), their readout, and its error by the caller's measure."""

    indices: Indices
    readout: Readout
    error: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SubsetProblem:
    """What a subset is fitted to, and how it is judged.

    features : candidates (P, K). zeta, drive, velocity, weight, noise, bounds, output_scale,
    weight_noise : as in `solve_readout`. error : (indices, readout) -> error on validation points.
    """

    features: Features
    zeta: Array
    drive: Array
    velocity: Array
    weight: Array
    noise: float
    bounds: LeakBounds
    error: Score
    output_scale: Array | None = None
    weight_noise: float = 0.0

    def draw(self, size: int, generator: np.random.Generator) -> _Draw:
        """Factorise `size` random candidates, in random order; dead ones are left out."""
        candidates = self.features.shape[1]
        order = generator.permutation(candidates)[: min(size, candidates)]
        Phi = self.features.columns(order).T
        live = live_columns(Phi)
        factored = factorise(
            Phi if live.all() else Phi[:, live],
            self.zeta,
            self.drive[:, list(self.bounds.direct)],
            self.velocity,
            weight=self.weight,
            noise=self.noise,
            weight_noise=self.weight_noise,
        )
        return _Draw(problem=self, order=order[live], factored=factored)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Draw:
    """One random order of candidates, factorised."""

    problem: SubsetProblem
    order: Indices
    factored: Factored

    def prefix(self, count: int) -> RandomSubset:
        """Fit and judge the first `count` of them."""
        problem = self.problem
        scale = problem.output_scale
        readout = prefix_readout(
            self.factored,
            count,
            bounds=problem.bounds,
            scale=np.ones(problem.zeta.shape[1]) if scale is None else scale,
            inputs=problem.drive.shape[1],
        )
        indices = self.order[:count]
        return RandomSubset(indices=indices, readout=readout, error=problem.error(indices, readout))


def best_random_subset(
    problem: SubsetProblem, size: int, *, draws: int, generator: np.random.Generator
) -> RandomSubset:
    """The best of several random subsets of `size` candidates, by validation error.

    Raises
    ------
    UsageError
        Fewer than one draw.
    """
    if draws < 1:
        raise UsageError(f"{draws} draws; give at least 1")
    drawn = (problem.draw(size, generator) for _ in range(draws))
    return min((one.prefix(len(one.order)) for one in drawn), key=lambda subset: subset.error)


def smallest_random_subset(
    problem: SubsetProblem,
    tol: float,
    *,
    smallest: int = 1,
    largest: int,
    draws: int,
    generator: np.random.Generator,
) -> RandomSubset | None:
    """The smallest random subset within `tol` that several draws contain; None if none does.

    Every draw is asked for fewer candidates than the best before it, so the cost falls quickly.
    Within a draw the size is bisected, as if the validation error fell with every candidate:
    where it does not, the result is still within `tol`, only not the smallest.
    """
    best: RandomSubset | None = None
    for _ in range(draws):
        if largest < smallest:
            break
        draw = problem.draw(largest, generator)
        found = _bisect(draw, tol, smallest)
        if found is not None:
            best, largest = found, len(found.indices) - 1
    return best


def _bisect(draw: _Draw, tol: float, smallest: int) -> RandomSubset | None:
    if len(draw.order) < smallest:
        return None
    within = draw.prefix(len(draw.order))
    if not within.error <= tol:
        return None
    low = smallest - 1
    while len(within.indices) - low > 1:
        middle = draw.prefix((low + len(within.indices)) // 2)
        if middle.error <= tol:
            within = middle
        else:
            low = len(middle.indices)
    return within
