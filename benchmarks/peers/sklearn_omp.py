"""scikit-learn's orthogonal matching pursuit: one support per output, so a union for all.

Columns of length one, as it assumes; its documentation's `return_path` gives every prefix at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

Indices = NDArray[np.intp]


def paths(Phi: Array, targets: Array, count: int) -> list[Indices]:
    """For every output, the columns in the order in which they were taken."""
    from sklearn.linear_model import orthogonal_mp  # noqa: PLC0415 - slow to import

    unit = Phi / np.linalg.norm(Phi, axis=0)
    return [
        _order(orthogonal_mp(unit, y, n_nonzero_coefs=count, return_path=True)) for y in targets.T
    ]


def _order(coefficients: Array) -> Indices:
    """Columns sorted by the step at which they first had a weight."""
    present = np.atleast_2d(coefficients.T).T != 0.0
    first = np.where(present.any(axis=1), present.argmax(axis=1), present.shape[1])
    used = np.flatnonzero(present.any(axis=1))
    return used[np.argsort(first[used], kind="stable")]


def union(orders: list[Indices], count: int) -> Indices:
    """The columns that the first `count` choices of all outputs take together."""
    return np.unique(np.concatenate([order[:count] for order in orders]))
