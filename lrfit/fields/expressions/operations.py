"""What a node may do: the table of operations, their arity and their value on Python floats.

Every back end (point code, array code, derivatives, parity, bounds) is one more table over
the names listed here. User text reaches `FUNCTIONS` (and `SIGNAL_FUNCTIONS` in signals) and
the operators; the names in `INTERNAL` only come from derivatives and lowering.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from lrfit.fields.expressions import removable

OPERATORS = MappingProxyType(
    {"add": 2, "subtract": 2, "multiply": 2, "divide": 2, "power": 2, "negative": 1}
)

FUNCTIONS = MappingProxyType(
    {
        **dict.fromkeys(("sin", "cos", "tan", "arcsin", "arccos", "arctan"), 1),
        **dict.fromkeys(("sinh", "cosh", "tanh", "exp", "log", "sqrt"), 1),
        **dict.fromkeys(("log10", "log2", "log1p", "expm1", "exprel", "sinc"), 1),
        **dict.fromkeys(("abs", "erf", "sigmoid", "relu", "sign", "heaviside", "floor"), 1),
        **dict.fromkeys(("minimum", "maximum", "hypot", "atan2", "mod"), 2),
    }
)
SIGNAL_FUNCTIONS = MappingProxyType(dict(FUNCTIONS) | {"step": 2, "pulse": 3})

JUMPING = frozenset({"sign", "heaviside", "floor", "mod", "atan2", "step", "pulse"})
"""Functions that jump, for whom no derivative tells by how much."""

# `side` is the slope of abs (as sign, but bounded across the kink), `flat` and `cut` are the slope
# of a jump: 0 where their argument is constant, or (y, x) off the cut of atan2, and unbounded over
# any box in which there is a jump. `exprel_slope` and `sinc_slope` take x and the order.
INTERNAL = MappingProxyType(
    {"side": 1, "flat": 1, "cut": 2, "greater": 2, "greater_equal": 2, "select": 3}
    | {"exprel_slope": 2, "sinc_slope": 2}
)

RESERVED = frozenset(SIGNAL_FUNCTIONS) | {"pi", "t"}


def _sigmoid(x: float) -> float:
    # Either branch keeps the argument of exp negative: no overflow, full precision in both tails.
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


def minimum(a: float, b: float) -> float:
    """The smaller of two; NaN if either is (as numpy.minimum, unlike min)."""
    return a if a < b or a != a else b  # noqa: PLR0124 - x != x is the test for NaN


def maximum(a: float, b: float) -> float:
    """The larger of two; NaN if either is (as numpy.maximum, unlike max)."""
    return a if a > b or a != a else b  # noqa: PLR0124 - x != x is the test for NaN


def sign(x: float) -> float:
    """-1, 0 or 1; NaN for NaN."""
    return math.copysign(1.0, x) if abs(x) > 0.0 else x


def _heaviside(x: float) -> float:
    return x if x != x else float(x >= 0.0)  # noqa: PLR0124 - x != x is the test for NaN


SCALAR: MappingProxyType[str, Callable[..., Any]] = MappingProxyType(
    {
        "add": operator.add,
        "subtract": operator.sub,
        "multiply": operator.mul,
        "divide": operator.truediv,
        "power": math.pow,  # not **, which turns (-8.0)**0.5 into a complex number
        "negative": operator.neg,
        "sin": math.sin,
        "cos": math.cos,
        "tan": math.tan,
        "arcsin": math.asin,
        "arccos": math.acos,
        "arctan": math.atan,
        "sinh": math.sinh,
        "cosh": math.cosh,
        "tanh": math.tanh,
        "exp": math.exp,
        "log": math.log,
        "sqrt": math.sqrt,
        "abs": abs,
        "erf": math.erf,
        "sigmoid": _sigmoid,
        "relu": lambda x: maximum(x, 0.0),
        "minimum": minimum,
        "maximum": maximum,
        "step": lambda t, start: float(t >= start),
        "pulse": lambda t, start, stop: float(start <= t < stop),
        "log10": math.log10,
        "log2": math.log2,
        "log1p": math.log1p,
        "expm1": math.expm1,
        "exprel": removable.exprel,
        "exprel_slope": removable.exprel_slope,
        "sinc": removable.sinc,
        "sinc_slope": removable.sinc_slope,
        "sign": sign,
        "side": sign,
        "heaviside": _heaviside,
        "floor": lambda x: float(math.floor(x)),
        "flat": lambda x: 0.0 * x,
        "cut": lambda y, x: 0.0 * y * x,
        "hypot": math.hypot,
        "atan2": math.atan2,
        "mod": operator.mod,
        "greater": lambda a, b: float(a > b),
        "greater_equal": lambda a, b: float(a >= b),
        "select": lambda condition, a, b: a if condition else b,
    }
)


def scalar_value(op: str, *values: float) -> float | None:
    """Value of one operation on floats; None where it is not a finite number."""
    try:
        value = float(SCALAR[op](*values))
    except (ArithmeticError, ValueError):  # how `math` reports overflow and poles
        return None
    return value if math.isfinite(value) else None
