"""What every network checks once: shapes, finite numbers, steps, names.

Each message says what is wrong, where, and what is needed, in one line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.fields.names import why_no_identifier


def require_shape(name: str, array: Array, shape: tuple[int, ...]) -> None:
    """Raise InputError where an array has another shape."""
    if np.shape(array) != shape:
        raise InputError(f"{name} has shape {np.shape(array)}; needed is {shape}")


def require_finite(name: str, array: Array) -> None:
    """Raise InputError naming the first number that is not finite."""
    if bad := first_bad(name, array, np.isfinite(array)):
        raise InputError(f"{bad}; give finite numbers")


def first_bad(name: str, array: Array, good: NDArray[np.bool_]) -> str:
    """Say which entry is the first that is not good, as "tau[3] is -1"; "" where all are."""
    if np.all(good):
        return ""
    at = tuple(np.argwhere(~good)[0])
    place = f"[{', '.join(map(str, at))}]" if at else ""
    return f"{name}{place} is {array[at]:g}"


def require_step(dt: float | None, tau: float) -> None:
    """Raise InputError for a step of Euler's method that is none, or too long for a leak of tau."""
    if dt is not None and not 0 < dt < 2 * tau:
        raise InputError(f"dt is {dt:g}; give a positive number below twice tau = {tau:g}")


def labels(what: str, given: tuple[str, ...], letter: str, count: int) -> tuple[str, ...]:
    """Names of inputs or outputs; the letter and a number each where none are given.

    Raises
    ------
    InputError
        The wrong number of names, one that is no identifier, or one that is given twice.
    """
    names = tuple(given) or tuple(f"{letter}{i}" for i in range(count))
    if isinstance(given, str) or len(names) != count:
        raise InputError(f"{what} has {len(names)} names; give {count}, as a tuple of texts")
    for name in names:
        if why := why_no_identifier(name):
            raise InputError(f"{what} has the name {name!r}: {why}")
        if names.count(name) > 1:
            raise InputError(f"{what} names {name!r} twice; give each its own name")
    return names
