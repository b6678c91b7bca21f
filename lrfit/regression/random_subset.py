"""Random subsets of the candidates: what greedy selection must beat, and sometimes does not.

Place in the flow: the same candidates and objective as `greedy`. A random order of the candidates
holds a random subset of every size as a prefix, and one triangular factor holds the fit of every
prefix; so one factorisation per draw gives a whole curve of error against size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.regression.features import Features, Indices
from lrfit.regression.least_squares import Factored, factorise, live_columns, prefix_readout
from lrfit.regression.readout import Readout, ReadoutProblem

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

    readout : the regression. features : candidates (P, K). error : (indices, readout) -> error on
    validation points.
    """

    readout: ReadoutProblem
    features: Features
    error: Score

    def draw(self, size: int, generator: np.random.Generator) -> _Draw:
        """Factorise `size` random candidates, in random order; dead ones are left out."""
        candidates = self.features.shape[1]
        order = generator.permutation(candidates)[: min(size, candidates)]
        Phi = self.features.columns(order).T
        live = live_columns(Phi)
        factored = factorise(self.readout, Phi if live.all() else Phi[:, live])
        return _Draw(problem=self, order=order[live], factored=factored)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Draw:
    """One random order of candidates, factorised."""

    problem: SubsetProblem
    order: Indices
    factored: Factored

    def prefix(self, count: int) -> RandomSubset:
        """Fit and judge the first `count` of them."""
        readout = prefix_readout(self.problem.readout, self.factored, count)
        indices = self.order[:count]
        error = self.problem.error(indices, readout)
        return RandomSubset(indices=indices, readout=readout, error=error)


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
