"""What the rules of interval arithmetic have in common: widening, marking, and simple shapes.

Every bound is moved outwards by more than its rounding error: one unit in the last place for
+ - * / (correctly rounded), 8 for numpy's functions (which promise 4), 16 for scipy's and for
powers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lrfit.core.arrays import Array

Bounds = tuple[Array, Array]
"""Lower and upper bounds of one shape, possibly without dimensions (a constant)."""

ULP = 2.0**-52
TINY = 1e-300
"""Absolute allowance for underflow."""
ZERO = 1e-290
"""An argument of a root below zero by less than this is zero: allowances for underflow do that."""
LARGE = np.finfo(np.float64).max


def outward(low: Array, high: Array, ulps: float) -> Bounds:
    """Widen by relative and absolute allowances; an overflowed inner bound becomes finite."""
    low, high = np.minimum(low, LARGE), np.maximum(high, -LARGE)
    return (
        low - (np.abs(low) * (ulps * ULP) + TINY),
        high + (np.abs(high) * (ulps * ULP) + TINY),
    )


def undefined(where: Any, bounds: Bounds) -> Bounds:
    """NaN at `where`."""
    if not np.any(where):
        return bounds
    return np.where(where, np.nan, bounds[0]), np.where(where, np.nan, bounds[1])


# Sums have no absolute allowance: a sum that underflows is exact, and so is x - 1 at x = 1.


def add(a: Bounds, b: Bounds) -> Bounds:
    """Sums."""
    low, high = a[0] + b[0], a[1] + b[1]
    return low - np.abs(low) * ULP, high + np.abs(high) * ULP


def opposite(a: Bounds) -> Bounds:
    """Opposites, -a."""
    return -a[1], -a[0]


def of_corners(values: list[Array], ulps: float) -> Bounds:
    """Least and greatest of the values at four corners."""
    low = np.minimum(np.minimum(values[0], values[1]), np.minimum(values[2], values[3]))
    high = np.maximum(np.maximum(values[0], values[1]), np.maximum(values[2], values[3]))
    return outward(low, high, ulps)


def quotient(a: Bounds, b: Bounds) -> Bounds:
    """Quotients; marked where the divisor may be zero."""
    quotients = of_corners([x / y for x in a for y in b], 1.0)
    return undefined((b[0] <= 0.0) & (b[1] >= 0.0), quotients)


def monotone(function: Callable[[Array], Array], ulps: float = 8.0) -> Callable[[Bounds], Bounds]:
    """Increasing functions: their values at both ends."""
    return lambda a: outward(function(a[0]), function(a[1]), ulps)


def within(rule: Callable[[Bounds], Bounds], least: float, most: float) -> Callable[..., Bounds]:
    """Cut what rounding adds beyond the range of a function."""

    def cut(a: Bounds) -> Bounds:
        low, high = rule(a)
        return np.maximum(low, least), np.minimum(high, most)

    return cut


def absolute(a: Bounds) -> Bounds:
    """Absolute values."""
    return np.maximum(np.maximum(a[0], -a[1]), 0.0), np.maximum(-a[0], a[1])


def positive(function: Callable[[Array], Array], above: float) -> Callable[[Bounds], Bounds]:
    """Increasing functions that are defined above a number only."""
    return lambda a: undefined(~(a[0] > above), monotone(function)(a))
