"""The table of interval arithmetic: for every operation, bounds on its values over intervals.

    f([a], [b]) = (lower, upper),   f(x, y) in [lower, upper] for all x in [a], y in [b]

Place in the flow: `interval` walks over a graph of expressions with these rules (Moore 1966).
Every bound is moved outwards by more than its rounding error (`interval_parts`). NaN marks what is
unbounded or undefined somewhere in the interval, and stays through every later operation. The jump
functions of derivatives become all the values that they take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions import interval_jumps
from lrfit.fields.expressions.interval_parts import (
    ULP,
    ZERO,
    Bounds,
    absolute,
    add,
    monotone,
    of_corners,
    opposite,
    outward,
    positive,
    quotient,
    undefined,
    within,
)

_WHOLE = 16  # powers up to here by products: ten times as fast as np.power


def _multiply(a: Bounds, b: Bounds) -> Bounds:
    if a[0] is b[0]:
        return _whole_power(a, 2)
    return of_corners([x * y for x in a for y in b], 1.0)


def _cosh(a: Bounds) -> Bounds:
    return within(monotone(np.cosh), 1.0, np.inf)(absolute(a))


def _sqrt(a: Bounds) -> Bounds:
    low = np.maximum(a[0], 0.0)
    roots = within(monotone(np.sqrt), 0.0, np.inf)((low, np.maximum(a[1], 0.0)))
    return undefined(~(a[0] >= -ZERO), roots)


def _inverse_circular(
    function: Callable[[Array], Array], *, falling: bool
) -> Callable[..., Bounds]:
    def rule(a: Bounds) -> Bounds:
        ends = (a[1], a[0]) if falling else a
        return undefined(~((a[0] >= -1.0) & (a[1] <= 1.0)), monotone(function)(ends))

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
        low = np.minimum(*ends) - 8.0 * ULP
        high = np.maximum(*ends) + 8.0 * ULP
        low = np.where(_meets(a, crest + np.pi, 2.0 * np.pi), -1.0, np.maximum(low, -1.0))
        high = np.where(_meets(a, crest, 2.0 * np.pi), 1.0, np.minimum(high, 1.0))
        return undefined(~np.isfinite(a[0] + a[1]), (low, high))

    return rule


def _tan(a: Bounds) -> Bounds:
    return undefined(_meets(a, np.pi / 2.0, np.pi), monotone(np.tan)(a))


def _special(name: str) -> Callable[[Array], Array]:
    def function(x: Array) -> Array:
        from scipy import special  # noqa: PLC0415 - scipy only where it is used

        return np.asarray(getattr(special, name)(x))

    return function


def _power(a: Bounds, b: Bounds) -> Bounds:
    """Powers: of any base for whole exponents, of positive bases (0 too, to b > 0) for others."""
    exponent = float(b[0]) if np.ndim(b[0]) == 0 and b[0] == b[1] else np.nan
    if exponent.is_integer() and abs(exponent) < 2.0**31:
        whole, one = _whole_power(a, int(abs(exponent))), np.asarray(1.0)
        return whole if exponent >= 0.0 else quotient((one, one), whole)
    low = np.maximum(a[0], 0.0)
    values = of_corners([np.power(x, y) for x in (low, np.maximum(a[1], 0.0)) for y in b], 16.0)
    values = np.maximum(values[0], 0.0), values[1]
    return undefined(~((a[0] > 0.0) | ((a[0] >= -ZERO) & (b[0] > 0.0))), values)


def _whole_power(a: Bounds, n: int) -> Bounds:
    if n % 2:
        return outward(_to_the(a[0], n), _to_the(a[1], n), 16.0)
    low, high = absolute(a)
    low, high = outward(_to_the(low, n), _to_the(high, n), 1.0 if n == 2 else 16.0)
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


def _greater_equal(a: Bounds, b: Bounds) -> Bounds:
    return _truth(a[0] >= b[1], ~(a[1] < b[0]))


def _pulse(t: Bounds, start: Bounds, stop: Bounds) -> Bounds:
    certain = (t[0] >= start[1]) & (t[1] < stop[0])
    return _truth(certain, ~((t[1] < start[0]) | (t[0] >= stop[1])))


def _select(condition: Bounds, a: Bounds, b: Bounds) -> Bounds:
    """One branch where the condition is decided, else all values of both."""
    yes, no = condition[0] >= 1.0, condition[1] <= 0.0
    low = np.where(yes, a[0], np.where(no, b[0], np.minimum(a[0], b[0])))
    high = np.where(yes, a[1], np.where(no, b[1], np.maximum(a[1], b[1])))
    return low, high


RULES: Mapping[str, Callable[..., Bounds]] = MappingProxyType(
    {
        "add": add,
        "subtract": lambda a, b: add(a, opposite(b)),
        "multiply": _multiply,
        "divide": quotient,
        "power": _power,
        "negative": opposite,
        "sin": _wave(np.sin, np.pi / 2.0),
        "cos": _wave(np.cos, 0.0),
        "tan": _tan,
        "arcsin": _inverse_circular(np.arcsin, falling=False),
        "arccos": _inverse_circular(np.arccos, falling=True),
        "arctan": monotone(np.arctan),
        "sinh": monotone(np.sinh),
        "cosh": _cosh,
        "tanh": within(monotone(np.tanh), -1.0, 1.0),
        "exp": within(monotone(np.exp), 0.0, np.inf),
        "log": positive(np.log, 0.0),
        "sqrt": _sqrt,
        "abs": absolute,
        "erf": within(monotone(_special("erf"), 16.0), -1.0, 1.0),
        "sigmoid": within(monotone(_special("expit"), 16.0), 0.0, 1.0),
        "relu": lambda a: (np.maximum(a[0], 0.0), np.maximum(a[1], 0.0)),
        "minimum": _minimum,
        "maximum": _maximum,
        "hypot": interval_jumps.hypot,
        "atan2": interval_jumps.atan2,
        "mod": interval_jumps.mod,
        "floor": lambda a: (np.floor(a[0]), np.floor(a[1])),
        "heaviside": lambda a: (np.heaviside(a[0], 1.0), np.heaviside(a[1], 1.0)),
        "sign": lambda a: (np.sign(a[0]), np.sign(a[1])),
        "side": lambda a: (np.sign(a[0]), np.sign(a[1])),
        "flat": interval_jumps.flat,
        "cut": interval_jumps.cut,
        "log10": positive(np.log10, 0.0),
        "log2": positive(np.log2, 0.0),
        "log1p": positive(np.log1p, -1.0),
        "expm1": within(monotone(np.expm1), -1.0, np.inf),
        "exprel": within(monotone(_special("exprel"), 16.0), 0.0, np.inf),
        "exprel_slope": interval_jumps.exprel_slope,
        "sinc": lambda a: interval_jumps.sinc_slope(a, (np.asarray(0.0), np.asarray(0.0))),
        "sinc_slope": interval_jumps.sinc_slope,
        "step": _greater_equal,
        "pulse": _pulse,
        "greater": lambda a, b: _truth(a[0] > b[1], ~(a[1] <= b[0])),
        "greater_equal": _greater_equal,
        "select": _select,
    }
)
JUMPS = frozenset({"side", "greater", "greater_equal"})
"""Operations that jump: a derivative that holds one undecided over a box has no derivative."""
