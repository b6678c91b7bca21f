"""Numbers that a user of the library gives, as arrays: what would be changed silently is refused.

NumPy turns complex numbers into real ones, dates into nanoseconds and texts into numbers, and
forgets which entries of a masked array count.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError

_REFUSED = {
    "c": "complex numbers; give real ones, such as real and imaginary parts as two variables",
    "M": "dates; give times as numbers, in one unit",
    "m": "time differences; give times as numbers, in one unit",
    "S": "texts; give numbers",
    "U": "texts; give numbers",
    "V": "records; give one array of plain numbers",
}


def real_numbers(given: Any, what: str) -> Array:
    """Return what a user gave as an array of float64, of any shape, perhaps the same array.

    Parameters
    ----------
    given : array_like
        Numbers or truth values; also what has `__array__`, such as tables of pandas.
    what : str
        What it is, with its article, for messages.

    Raises
    ------
    UsageError
        It holds anything else, masked entries, or rows of different lengths.
    """
    if type(given) is np.ndarray and given.dtype == np.float64:
        return given  # solvers ask for u(t) a thousand times
    try:
        array = np.asanyarray(given)
    except (ValueError, TypeError, RuntimeError):  # the last of tensors with a gradient
        raise _ragged(what) from None
    if np.any(getattr(array, "mask", False)):
        raise UsageError(f"{what} has masked entries; leave these points out")
    if array.dtype.kind == "O":
        array = _from_objects(array, what)
    if array.dtype.kind in _REFUSED:
        raise UsageError(f"{what} holds {_REFUSED[array.dtype.kind]}")
    return np.asarray(array, dtype=np.float64)


def _from_objects(array: Any, what: str) -> Any:
    """Python's own numbers as NumPy's; texts and missing ones are not taken for numbers."""
    if any(isinstance(each, complex | np.complexfloating) for each in array.flat):
        return np.empty(0, dtype=np.complex128)
    if any(isinstance(each, str | bytes) or each is None for each in array.flat):
        raise UsageError(f"{what} holds texts or None; give numbers, and leave missing points out")
    try:
        return np.asarray(array, dtype=np.float64)
    except (ValueError, TypeError):
        raise _ragged(what) from None


def _ragged(what: str) -> UsageError:
    return UsageError(f"{what} must be numbers, in rows of the same length")
