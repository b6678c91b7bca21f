"""Between scattered samples: smooth functions through all of them, in any dimension.

    cubic       s(p) = sum_i w_i |p - p_i|³ + a + b.p            (Wendland 2005, chapter 8)
    quadratic   s(p) = sum_i w_i(p) q_i(p) / sum_i w_i(p),       (Shepard 1968, as modified by
                w_i = (1/|p - p_i| - 1/R)²                        Renka 1988)

R is the distance to the farthest of the nearest samples, q_i a quadratic through sample i that
is fitted to its neighbors. The cubic takes a dense solve of the size of the samples, and these
must span the box; the quadratic has no limits. All in box units, p (P, n) -> values (P, k).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

CUBIC_SAMPLES = 4096
"""Beyond this the dense solve takes seconds and more."""
SPAN = 1e-3
"""Least rms extent of the samples in any direction, for the cubic's linear part."""
SAME = 9
"""Decimals: samples that agree to so many count as one, with the mean of their values."""
NUMBERS = 2**22
"""In the largest temporary array: evaluation goes in blocks."""
RIDGE = 1e-8
"""Relative: where neighbors do not determine a quadratic, the flattest one is taken."""


class Scattered(Protocol):
    """A function through scattered samples."""

    def value(self, p: Array) -> Array:
        """(P, n) -> (P, k)."""
        ...

    def derivative(self, p: Array) -> Array:
        """(P, n) -> (P, k, n)."""
        ...


def through_samples(points: Array, values: Array) -> Scattered:
    """The best function that these samples (P, n), (P, k) allow."""
    centers, means = _merge_equal(points, values)
    return (Cubic if spans_box(points) else Quadratic)(centers=centers, values=means)


def spans_box(points: Array) -> bool:
    """Whether the cubic is possible: not too many samples, and not all near one plane."""
    if len(points) > CUBIC_SAMPLES:
        return False
    different = np.unique(points.round(SAME), axis=0)
    extents = np.linalg.svd(different - different.mean(axis=0), compute_uv=False)
    return len(different) > points.shape[1] and bool(extents[-1] > SPAN * len(different) ** 0.5)


def _merge_equal(points: Array, values: Array) -> tuple[Array, Array]:
    """Different points, each with the mean of the values measured there."""
    _, first, which, counts = np.unique(
        points.round(SAME), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    sums = np.zeros((len(first), values.shape[1]))
    np.add.at(sums, which.ravel(), values)
    return points[first], sums / counts[:, None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cubic:
    """Cubic radial functions with a linear part, through centers (C, n) with values (C, k)."""

    centers: Array
    values: Array

    @cached_property
    def _weights(self) -> Array:
        """The w_i (C, k), then a and b (1 + n, k)."""
        count, n = self.centers.shape
        system = np.zeros((count + n + 1, count + n + 1))
        system[:count, :count] = self._distances(self.centers)[1] ** 3
        system[:count, count], system[:count, count + 1 :] = 1.0, self.centers
        system[count:, :count] = system[:count, count:].T
        right = np.vstack([self.values, np.zeros((n + 1, self.values.shape[1]))])
        return np.linalg.solve(system, right)

    def _distances(self, p: Array) -> tuple[Array, Array]:
        apart = p[:, None, :] - self.centers
        return apart, np.sqrt(np.einsum("pcn,pcn->pc", apart, apart))

    def value(self, p: Array) -> Array:
        """(P, n) -> (P, k)."""
        weights, count = self._weights, len(self.centers)
        parts = [
            self._distances(block)[1] ** 3 @ weights[:count]
            + weights[count]
            + block @ weights[count + 1 :]
            for block in _blocks(p, self.centers.size)
        ]
        return np.concatenate(parts)

    def derivative(self, p: Array) -> Array:
        """(P, n) -> (P, k, n), exact."""
        weights, count = self._weights, len(self.centers)
        parts = []
        for block in _blocks(p, self.centers.size):
            apart, distance = self._distances(block)
            slopes = 3.0 * np.einsum(
                "pc,pcn,ck->pkn", distance, apart, weights[:count], optimize=True
            )
            parts.append(slopes + weights[count + 1 :].T)
        return np.concatenate(parts)


@dataclass(frozen=True, kw_only=True, eq=False)
class Quadratic:
    """Weighted quadratics of the nearest centers (C, n), each through its value (C, k).

    `derivative` is that of the quadratics, weighted alike: it leaves the weights' own slopes
    out, which only say how the quadratics disagree.
    """

    centers: Array
    values: Array

    @cached_property
    def _tree(self) -> object:
        from scipy.spatial import cKDTree  # noqa: PLC0415 - slow import

        return cKDTree(self.centers)

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return np.triu_indices(self.centers.shape[1])

    @cached_property
    def _terms(self) -> int:
        n = self.centers.shape[1]
        return int(n + len(self._pairs[0]))

    def _nearest(self, p: Array) -> tuple[Array, NDArray[np.intp], Array]:
        """Weights (P, K) of sum one and indices (P, K) of the nearest centers; R (P,)."""
        wanted = min(2 * self._terms + self.centers.shape[1], len(self.centers))
        distance, index = self._tree.query(p, [*range(1, wanted + 1)])  # type: ignore[attr-defined]
        reach = distance[:, -1:] + 1e-12  # where all are equally far, they weigh alike
        weight = np.square((reach - distance) / (reach * np.maximum(distance, 1e-9)))
        return weight / np.sum(weight, axis=1, keepdims=True), index, reach[:, 0]

    def _basis(self, steps: Array) -> Array:
        """Linear and quadratic terms (..., terms) of steps (..., n)."""
        a, b = self._pairs
        return np.concatenate([steps, steps[..., a] * steps[..., b]], axis=-1)

    def _basis_slopes(self, steps: Array) -> Array:
        """Derivatives of the terms by the steps, (..., terms, n)."""
        a, b = self._pairs
        unit = np.eye(self.centers.shape[1])
        linear = np.broadcast_to(unit, (*steps.shape, len(unit)))
        products = steps[..., b, None] * unit[a] + steps[..., a, None] * unit[b]
        return np.concatenate([linear, products], axis=-2)

    @cached_property
    def _quadratics(self) -> tuple[Array, Array]:
        """Coefficients (C, terms, k) of every q_i, with steps in units of its R; and R (C,)."""
        parts = [self._fit(block) for block in _blocks(np.arange(len(self.centers)), self._width)]
        coefficients, reach = zip(*parts, strict=True)
        return np.concatenate(coefficients), np.concatenate(reach)

    def _fit(self, chosen: NDArray[np.intp]) -> tuple[Array, Array]:
        weight, index, reach = self._nearest(self.centers[chosen])
        steps = (self.centers[index] - self.centers[chosen, None]) / reach[:, None, None]
        rise = self.values[index] - self.values[chosen, None]
        basis = self._basis(steps)
        weighted = (weight[..., None] * basis).swapaxes(1, 2)
        normal = weighted @ basis
        ridge = RIDGE * np.trace(normal, axis1=1, axis2=2) / self._terms + np.finfo(float).tiny
        normal += ridge[:, None, None] * np.eye(self._terms)
        return np.asarray(np.linalg.solve(normal, weighted @ rise)), reach

    @property
    def _width(self) -> int:
        """Numbers that one point takes in the largest temporary array."""
        return 3 * self._terms**2 * max(int(self.values.shape[1]), self._terms)

    def value(self, p: Array) -> Array:
        """(P, n) -> (P, k)."""
        coefficients, reach = self._quadratics
        parts = []
        for block in _blocks(p, self._width):
            weight, index, _ = self._nearest(block)
            steps = (block[:, None] - self.centers[index]) / reach[index][..., None]
            rise = (self._basis(steps)[..., None, :] @ coefficients[index])[..., 0, :]
            parts.append(np.einsum("pc,pck->pk", weight, self.values[index] + rise))
        return np.concatenate(parts)

    def derivative(self, p: Array) -> Array:
        """(P, n) -> (P, k, n)."""
        coefficients, reach = self._quadratics
        parts = []
        for block in _blocks(p, self._width * p.shape[1]):
            weight, index, _ = self._nearest(block)
            steps = (block[:, None] - self.centers[index]) / reach[index][..., None]
            slopes = coefficients[index].swapaxes(2, 3) @ self._basis_slopes(steps)
            parts.append(np.einsum("pc,pckn->pkn", weight / reach[index], slopes))
        return np.concatenate(parts)


def _blocks(rows: NDArray[Any], width: int) -> Iterator[NDArray[Any]]:
    """Blocks of rows that keep temporary arrays of `width` numbers per row small."""
    size = max(1, NUMBERS // width)
    for start in range(0, max(len(rows), 1), size):
        yield rows[start : start + size]
