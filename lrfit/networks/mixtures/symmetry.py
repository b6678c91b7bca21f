"""Symmetric distributions of loadings: orbits of populations and of neurons under a group.

    R (m, nu, B, b) = (R m, R nu, B, b)

If a distribution of loadings is the same after every R of a group, its mean field is equivariant,
F(c + R (z - c)) = c + R F(z) (docs/theory, eq. 46). So is a network that has, with every neuron,
all its images. Place in the flow: files give a population that stands for its orbit; `mixture`
checks that it has the symmetry that it states, and draws networks of whole orbits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.point_groups import INFINITE, PointGroup
from lrfit.networks.mixtures.loadings import Layout

_EQUAL = 1e-9
"""Relative to the largest number: two populations that differ by less are one."""


def acting(group: PointGroup, layout: Layout) -> Array:
    """Matrices (order, L, L) by which a group acts on loadings."""
    found = np.tile(np.eye(layout.length), (len(group.matrices), 1, 1))
    for part in ("m", "nu"):
        found[:, layout.slices[part], layout.slices[part]] = group.matrices
    return found


def orbit(mean: Array, covariance: Array, group: PointGroup, layout: Layout) -> tuple[Array, Array]:
    """Means (K, L) and covariances (K, L, L) of the different images of a population.

    Raises
    ------
    UsageError
        The group is infinite, and the population is not its own image.
    """
    matrices = acting(group, layout)
    means = matrices @ mean
    covariances = matrices @ covariance @ np.swapaxes(matrices, 1, 2)
    kept: list[int] = []
    for i in range(len(means)):
        if not np.any(_same(means[i], covariances[i], means[kept], covariances[kept])):
            kept.append(i)
    if group.is_infinite and len(kept) > 1:
        raise UsageError(
            f"the images of a population under {group.name} are infinitely many, unless its means "
            "of m and nu are 0 and its covariances are multiples of 1; make them so, or give C12 "
            "or D12"
        )
    return means[kept], covariances[kept]


def _same(mean: Array, covariance: Array, means: Array, covariances: Array) -> NDArray[np.bool_]:
    """Which of K populations are the same as one."""
    close = _EQUAL * max(np.max(np.abs(mean)), np.max(np.abs(covariance)), 1e-300)
    return np.asarray(
        np.all(np.abs(means - mean) <= close, axis=1)
        & np.all(np.abs(covariances - covariance) <= close, axis=(1, 2))
    )


def images(
    share: Array, mean: Array, covariance: Array, group: PointGroup, layout: Layout
) -> NDArray[np.intp]:
    """Which population is the image of which, (order, P); -1 where there is none of equal share."""
    found = np.full((len(group.matrices), len(share)), -1)
    for r, matrix in enumerate(acting(group, layout)):
        for p in range(len(share)):
            same = _same(matrix @ mean[p], matrix @ covariance[p] @ matrix.T, mean, covariance)
            same &= np.abs(share - share[p]) <= _EQUAL
            if np.any(same):
                found[r, p] = np.flatnonzero(same)[0]
    return found


def whole_orbits(loadings: Array, group: PointGroup, layout: Layout) -> Array:
    """Loadings (order * K, L) of K neurons and all their images, the K neurons first."""
    return np.asarray(np.concatenate(loadings @ np.swapaxes(acting(group, layout), 1, 2)))


def seed_count(neurons: int, orbits: str, order: int) -> int:
    """Neurons that are drawn where the others are their images."""
    if orbits in INFINITE:
        raise UsageError(f"the orbits of {orbits} are infinite; give a polygon's, such as D48")
    if neurons < 1 or neurons % order:
        nearest = max(round(neurons / order), 1) * order
        raise UsageError(
            f"neurons is {neurons}; orbits of {orbits} have {order}: give a multiple of that, "
            f"such as {nearest}"
        )
    return neurons // order
