"""The array type of the house, and how values are frozen.

Rows are samples or neurons everywhere. Values are frozen dataclasses that hold read-only
float64 arrays, so that nothing handed on can be changed behind its owner's back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrfit.core.errors import UsageError

Array = NDArray[np.float64]
Rows = NDArray[np.intp] | NDArray[np.bool_]
"""Which rows: their indices, or a mask."""


def frozen(values: ArrayLike, *shape: int) -> Array:
    """Return a read-only C-ordered float64 copy; with `shape`, reshaped to it.

    Raises
    ------
    UsageError
        The values are complex; NumPy would drop their imaginary part.
    """
    if np.iscomplexobj(values):
        raise UsageError("an array holds complex numbers; give real ones")
    array = np.array(values, dtype=np.float64, order="C")
    if shape:
        array = array.reshape(shape)
    array.flags.writeable = False
    return array


def freeze_fields(value: Any, **shapes: tuple[int, ...]) -> None:
    """Replace the named array fields of a frozen dataclass by read-only copies of that shape."""
    for name, shape in shapes.items():
        object.__setattr__(value, name, frozen(getattr(value, name), *shape))


def lengths(vectors: Array) -> Array:
    """Euclidean norms (...,) of vectors (..., D) of few components.

    Summing over components one by one takes a fraction of the time of `np.linalg.norm` along so
    short an axis, and gives the same bits below eight of them.
    """
    squares = vectors[..., 0] ** 2
    for d in range(1, vectors.shape[-1]):
        squares += vectors[..., d] ** 2
    return np.asarray(np.sqrt(squares))
