"""The table of interval arithmetic: for every operation, bounds on its values over intervals.

    f([a], [b]) = (lower, upper),   f(x, y) in [lower, upper] for all x in [a], y in [b]

Place in the flow: `interval` walks over a graph of expressions with these rules (Moore 1966).
Every bound is moved outwards by more than its rounding error: one unit in the last place for
+ - * / (correctly rounded), 8 for numpy's functions (which promise 4), 16 for scipy's and for
powers. NaN marks what is unbounded or undefined somewhere in the interval, and stays through
every later operation. The jump functions of derivatives become all the values that they take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from lrfit.core.arrays import Array

Bounds = tuple[Array, Array]
"""Lower and upper bounds of one shape, possibly without dimensions (a constant)."""

_ULP = 2.0**-52
_TINY = 1e-300
"""Absolute allowance for underflow."""
_ZERO = 1e-290
"""An argument of a root below zero by less than this is zero: allowances for underflow do that."""
_LARGE = np.finfo(np.float64).max
_WHOLE = 16  # powers up to here by products: ten times as fast as np.power


def _outward(low: Array, high: Array, ulps: float) -> Bounds:
    """Widen by relative and absolute allowances; an overflowed inner bound becomes finite."""
    low, high = np.minimum(low, _LARGE), np.maximum(high, -_LARGE)
    return (
        low - (np.abs(low) * (ulps * _ULP) + _TINY),
        high + (np.abs(high) * (ulps * _ULP) + _TINY),
    )


def _undefined(where: Any, bounds: Bounds) -> Bounds:
    """NaN at `where`."""
    if not np.any(where):
        return bounds
    return np.where(where, np.nan, bounds[0]), np.where(where, np.nan, bounds[1])


# Sums have no absolute allowance: a sum that underflows is exact, and so is x - 1 at x = 1.


def _add(a: Bounds, b: Bounds) -> Bounds:
    low, high = a[0] + b[0], a[1] + b[1]
    return low - np.abs(low) * _ULP, high + np.abs(high) * _ULP


def _negative(a: Bounds) -> Bounds:
    return -a[1], -a[0]


def _of_corners(values: list[Array], ulps: float) -> Bounds:
    low = np.minimum(np.minimum(values[0], values[1]), np.minimum(values[2], values[3]))
    high = np.maximum(np.maximum(values[0], values[1]), np.maximum(values[2], values[3]))
    return _outward(low, high, ulps)


def _multiply(a: Bounds, b: Bounds) -> Bounds:
    if a[0] is b[0]:
        return _whole_power(a, 2)
    return _of_corners([x * y for x in a for y in b], 1.0)


def _divide(a: Bounds, b: Bounds) -> Bounds:
    quotients = _of_corners([x / y for x in a for y in b], 1.0)
    return _undefined((b[0] <= 0.0) & (b[1] >= 0.0), quotients)


def _monotone(function: Callable[[Array], Array], ulps: float = 8.0) -> Callable[[Bounds], Bounds]:
    return lambda a: _outward(function(a[0]), function(a[1]), ulps)


def _within(rule: Callable[[Bounds], Bounds], least: float, most: float) -> Callable[..., Bounds]:
    """Cut what rounding adds beyond the range of a function."""

    def cut(a: Bounds) -> Bounds:
        low, high = rule(a)
        return np.maximum(low, least), np.minimum(high, most)

    return cut


def _absolute(a: Bounds) -> Bounds:
    return np.maximum(np.maximum(a[0], -a[1]), 0.0), np.maximum(-a[0], a[1])


def _cosh(a: Bounds) -> Bounds:
    return _within(_monotone(np.cosh), 1.0, np.inf)(_absolute(a))


def _sqrt(a: Bounds) -> Bounds:
    low = np.maximum(a[0], 0.0)
    roots = _within(_monotone(np.sqrt), 0.0, np.inf)((low, np.maximum(a[1], 0.0)))
    return _undefined(~(a[0] >= -_ZERO), roots)


def _log(a: Bounds) -> Bounds:
    return _undefined(~(a[0] > 0.0), _monotone(np.log)(a))


def _inverse_circular(
    function: Callable[[Array], Array], *, falling: bool
) -> Callable[..., Bounds]:
    def rule(a: Bounds) -> Bounds:
        ends = (a[1], a[0]) if falling else a
        return _undefined(~((a[0] >= -1.0) & (a[1] <= 1.0)), _monotone(function)(ends))

    return rule


def _meets(a: Bounds, first: float, period: float) -> Any:
    """Whether the interval holds first + k period for some k; so too when that is in doubt."""
    low, high = (a[0] - first) / period, (a[1] - first) / period
    doubt = 1e-9 + 2.0**-48 * (np.abs(low) + np.abs(high))
    return ~(np.floor(high + doubt) < np.ceil(low - doubt))


def _wave(function: Callable[[Array], Array], crest: float) -> Callable[[Bounds], Bounds]:
    """Sine and cosine, with their allowance absolute: they are at most 1."""

    def rule(a: Bounds) -> Bounds:
        ends = function(a[0]), function(a[1])
        low = np.minimum(*ends) - 8.0 * _ULP
        high = np.maximum(*ends) + 8.0 * _ULP
        low = np.where(_meets(a, crest + np.pi, 2.0 * np.pi), -1.0, np.maximum(low, -1.0))
        high = np.where(_meets(a, crest, 2.0 * np.pi), 1.0, np.minimum(high, 1.0))
        return _undefined(~np.isfinite(a[0] + a[1]), (low, high))

    return rule


def _tan(a: Bounds) -> Bounds:
    return _undefined(_meets(a, np.pi / 2.0, np.pi), _monotone(np.tan)(a))


def _erf(x: Array) -> Array:
    from scipy.special import erf  # noqa: PLC0415 - scipy only where it is used

    return np.asarray(erf(x))


def _sigmoid(x: Array) -> Array:
    from scipy.special import expit  # noqa: PLC0415 - scipy only where it is used

    return np.asarray(expit(x))


def _power(a: Bounds, b: Bounds) -> Bounds:
    """Powers: of any base for whole exponents, of positive bases (0 too, to b > 0) for others."""
    exponent = float(b[0]) if np.ndim(b[0]) == 0 and b[0] == b[1] else np.nan
    if exponent.is_integer() and abs(exponent) < 2.0**31:
        positive = _whole_power(a, int(abs(exponent)))
        one = np.asarray(1.0)
        return positive if exponent >= 0.0 else _divide((one, one), positive)
    low = np.maximum(a[0], 0.0)
    values = _of_corners([np.power(x, y) for x in (low, np.maximum(a[1], 0.0)) for y in b], 16.0)
    values = np.maximum(values[0], 0.0), values[1]
    return _undefined(~((a[0] > 0.0) | ((a[0] >= -_ZERO) & (b[0] > 0.0))), values)


def _whole_power(a: Bounds, n: int) -> Bounds:
    if n % 2:
        return _outward(_to_the(a[0], n), _to_the(a[1], n), 16.0)
    low, high = _absolute(a)
    low, high = _outward(_to_the(low, n), _to_the(high, n), 1.0 if n == 2 else 16.0)
    return np.maximum(low, 0.0), high


def _to_the(x: Array, n: int) -> Array:
    if n > _WHOLE:
        return np.asarray(np.power(x, float(n)))
    if n < 2:
        return x if n else np.ones_like(x)
    half = _to_the(x, n // 2)
    return half * half * x if n % 2 else half * half


def _minimum(a: Bounds, b: Bounds) -> Bounds:
    return np.minimum(a[0], b[0]), np.minimum(a[1], b[1])


def _maximum(a: Bounds, b: Bounds) -> Bounds:
    return np.maximum(a[0], b[0]), np.maximum(a[1], b[1])


def _truth(certain: Any, possible: Any) -> Bounds:
    return np.asarray(certain, dtype=np.float64), np.asarray(possible, dtype=np.float64)


def _select(condition: Bounds, a: Bounds, b: Bounds) -> Bounds:
    """One branch where the condition is decided, else all values of both."""
    yes, no = condition[0] >= 1.0, condition[1] <= 0.0
    low = np.where(yes, a[0], np.where(no, b[0], np.minimum(a[0], b[0])))
    high = np.where(yes, a[1], np.where(no, b[1], np.maximum(a[1], b[1])))
    return low, high


RULES: Mapping[str, Callable[..., Bounds]] = MappingProxyType(
    {
        "add": _add,
        "subtract": lambda a, b: _add(a, _negative(b)),
        "multiply": _multiply,
        "divide": _divide,
        "power": _power,
        "negative": _negative,
        "sin": _wave(np.sin, np.pi / 2.0),
        "cos": _wave(np.cos, 0.0),
        "tan": _tan,
        "arcsin": _inverse_circular(np.arcsin, falling=False),
        "arccos": _inverse_circular(np.arccos, falling=True),
        "arctan": _monotone(np.arctan),
        "sinh": _monotone(np.sinh),
        "cosh": _cosh,
        "tanh": _within(_monotone(np.tanh), -1.0, 1.0),
        "exp": _within(_monotone(np.exp), 0.0, np.inf),
        "log": _log,
        "sqrt": _sqrt,
        "abs": _absolute,
        "erf": _within(_monotone(_erf, 16.0), -1.0, 1.0),
        "sigmoid": _within(_monotone(_sigmoid, 16.0), 0.0, 1.0),
        "relu": lambda a: (np.maximum(a[0], 0.0), np.maximum(a[1], 0.0)),
        "minimum": _minimum,
        "maximum": _maximum,
        "sign": lambda a: (np.sign(a[0]), np.sign(a[1])),
        "greater": lambda a, b: _truth(a[0] > b[1], ~(a[1] <= b[0])),
        "greater_equal": lambda a, b: _truth(a[0] >= b[1], ~(a[1] < b[0])),
        "select": _select,
    }
)
JUMPS = frozenset({"sign", "greater", "greater_equal"})
"""Operations that jump: a derivative that holds one undecided over a box has no derivative."""
