"""Noise of measured fields: what is left of the values after all that is smooth is taken off.

    grids        sigma_k² = mean (k-th difference)² / binomial(2k, k)   (More and Wild 2011, SIAM J.
                 Sci. Comput. 33:1292, section 3), the least of several orders and axes
    scattered    residuals of quadratics fitted to the nearest neighbours of every sample, over the
                 degrees of freedom (Cleveland and Devlin 1988, J. Am. Stat. Assoc. 83:596)

Place in the flow: `sample_errors` tells the noise of the values from the error between them.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.data import SampledData

_ORDERS = range(2, 7)
"""Of differences: smooth motion disturbs the least of their estimates least."""
_UNIFORM = 1e-6
"""Steps of an axis that differ by more of its length are uneven."""
_MOST = 2**14
_NUMBERS = 2**20
"""In the largest temporary array."""


def grid_noise(data: SampledData) -> Array:
    """Standard deviation (D,) of the noise at the nodes, the user's units.

    Zero where no axis is evenly spaced: uneven steps leave differences of smooth functions too.
    """
    assert data.axes is not None
    values = data.velocity.reshape(*map(len, data.axes), -1)
    found = [
        np.mean(np.diff(values, n=k, axis=index) ** 2, axis=tuple(range(len(data.axes))))
        / comb(2 * k, k)
        for index, axis in enumerate(data.axes)
        if np.ptp(np.diff(axis)) <= _UNIFORM * np.ptp(axis)
        for k in _ORDERS
        if k < len(axis)
    ]
    return np.sqrt(np.min(found, axis=0)) if found else np.zeros(values.shape[-1])


def sample_noise(points: Array, values: Array) -> Array:
    """Standard deviation (D,) of the noise of values (P, D), from residuals of local quadratics.

    Each is fitted to twice as many neighbours as it has coefficients, around at most 16,384 of
    the samples; zero where there are too few samples for that.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - slow import

    count, n = points.shape
    terms = 1 + n + n * (n + 1) // 2
    if 2 * terms > count:
        return np.zeros(values.shape[1])
    chosen = points[:: -(-count // _MOST)]
    nearest = np.asarray(cKDTree(points).query(chosen, 2 * terms)[1])
    block = max(1, _NUMBERS // terms**2)
    squares = [
        _residuals(points, values, nearest[start : start + block])
        for start in range(0, len(chosen), block)
    ]
    return np.asarray(np.sqrt(np.sum(squares, axis=0) / (terms * len(chosen))))


def _residuals(points: Array, values: Array, nearest: NDArray[np.intp]) -> Array:
    """Sum of squares (D,) that quadratics leave of the values at neighbours nearest (B, K).

    The first neighbour is the point itself. QR instead of the normal equations, whose matrix is
    singular along trajectories; a rank that is missing only takes fewer degrees of freedom.
    """
    a, b = np.triu_indices(points.shape[1])
    steps = points[nearest] - points[nearest[:, :1]]
    steps = steps / np.maximum(np.max(np.abs(steps), axis=(1, 2), keepdims=True), 1e-300)
    ones = np.ones((*steps.shape[:2], 1))
    basis = np.concatenate([ones, steps, steps[..., a] * steps[..., b]], axis=-1)
    Q, _ = np.linalg.qr(basis)
    y = values[nearest]
    left = y - Q @ (Q.swapaxes(1, 2) @ y)
    return np.asarray(np.sum(left**2, axis=(0, 1)))
