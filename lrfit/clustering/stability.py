"""How many populations: the number on which mixtures of subsamples agree.

    stability(P) = median over pairs of subsamples of ARI(labels, labels)

ARI is the adjusted Rand index (Hubert and Arabie 1985) of the two partitions of the neurons that
both subsamples have: 1 for equal partitions, 0 by chance. The likelihood cannot choose, since it
rises with every further population.

Place in the flow: `populations` takes the number that `chosen` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.clustering.clustering import cluster
from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped

SHARE = 0.8
"""Of the neurons in a subsample."""
MOST_NEURONS = 2500
"""Of which subsamples are taken: more change the agreement little, and take their time."""
STABLE = 0.6
"""The least median ARI of several populations; below it the neurons count as one."""
TIED = 0.002
"""Stabilities that differ by less are equal."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stability:
    """Agreement of mixtures of subsamples, by the number of populations.

    count : (K,) numbers of populations, from 1. median, lowest, highest : (K,) of the adjusted Rand
    index over pairs of subsamples; 1 for one population. bic : (K,) of mixtures of all neurons.
    subsamples : how many.
    """

    ENCODING: ClassVar = "lrfit-populations-stability"

    count: Annotated[NDArray[np.int64], Axes("number")]
    median: Annotated[Array, Axes("number")]
    lowest: Annotated[Array, Axes("number")]
    highest: Annotated[Array, Axes("number")]
    bic: Annotated[Array, Axes("number")]
    subsamples: int

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)

    @property
    def chosen(self) -> int:
        """The most stable number; of equal ones the largest; 1 where none reaches 0.6."""
        several = self.count > 1
        best = float(np.max(self.median[several], initial=-1.0))
        if best < STABLE:
            return 1
        return int(np.max(self.count[several & (self.median >= best - TIED)]))


def agreement(
    loadings: Array,
    count: int,
    generator: np.random.Generator,
    *,
    zero_mean: bool,
    subsamples: int,
) -> Array:
    """Adjusted Rand indices of all pairs of subsamples of loadings (n, F)."""
    from sklearn.metrics import (  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types, and is slow to import
        adjusted_rand_score,
    )

    loadings = loadings[generator.permutation(len(loadings))[:MOST_NEURONS]]
    n = len(loadings)
    size = int(SHARE * n)
    labels = np.full((subsamples, n), -1)
    for each in labels:
        chosen = generator.permutation(n)[:size]
        each[chosen] = cluster(loadings[chosen], count, generator, zero_mean=zero_mean).labels
    found = []
    for one, two in combinations(labels, 2):
        shared = (one >= 0) & (two >= 0)
        found.append(adjusted_rand_score(one[shared], two[shared]))
    return np.array(found)
