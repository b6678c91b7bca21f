"""The networks a search has in hand: at every size the best few that differ.

Populations are kept best first. Two networks count as the same when their values agree to
0.1 %: permuted or mirrored neurons give equal values, and telling them apart is of no use.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fitting.policy import PopulationPolicy
from lrfit.regression.refine import Polished, join


def distinct(polished: Polished, count: int, *, same: float) -> Polished:
    """The best `count` starts with values that differ by more than a share `same`.

    Those that are not finite are left out.
    """
    rows: list[int] = []
    values = polished.at.value
    for row in np.argsort(values, kind="stable"):
        if not np.isfinite(values[row]) or len(rows) == count:
            break
        if not rows or values[row] > (1.0 + same) * values[rows[-1]]:
            rows.append(int(row))
    return polished.take(np.array(rows, dtype=int))


class Population:
    """The best networks at every size. Merging is the only way in, so order never matters
    beyond the order of merging, which is that of the tasks.
    """

    def __init__(self, policy: PopulationPolicy) -> None:
        self._policy = policy
        self._sizes: dict[int, Polished] = {}

    @property
    def sizes(self) -> list[int]:
        """The sizes at which there is at least one network, smallest first."""
        return sorted(self._sizes)

    def at(self, size: int) -> Polished:
        """The networks of that size, best first."""
        return self._sizes[size]

    def value(self, size: int) -> float:
        """The best value at that size; inf when there is none."""
        return float(self._sizes[size].at.value[0]) if size in self._sizes else np.inf

    def merge(self, found: Polished) -> None:
        """Take in networks of one size, keeping the best few that differ."""
        size = found.theta.shape[1]
        if size in self._sizes:
            found = join(self._sizes[size], found)
        kept = distinct(found, self._policy.kept, same=self._policy.same)
        if len(kept.theta):
            self._sizes[size] = kept

    def parents(self, size: int) -> dict[int, Array]:
        """Parameters of the networks that moves at `size` start from: that size and above."""
        return {k: self._sizes[k].theta for k in self.sizes if size <= k <= 2 * size + 1}
