"""Simplification: constructors that apply the local rules which cost no accuracy.

0 + a, 1 a, signs moved outwards, constants folded and merged, operands of + and * in one
order (so that x*y and y*x are one node). Values stay as IEEE arithmetic has them up to one
rounding: 0*a vanishes only where `a` cannot be infinite or undefined, so that mu/x with
mu = 0 still has its hole at x = 0. Derivatives, proofs and generated code are built by these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lrfit.fields.expressions.fold import fold
from lrfit.fields.expressions.tree import Expr, apply, constant, order, transform

ZERO, ONE = constant(0.0), constant(1.0)

ODD_FUNCTIONS = frozenset({"sin", "tan", "arcsin", "arctan", "sinh", "tanh", "erf"})
ODD_FUNCTIONS |= {"sign", "side"}
EVEN_FUNCTIONS = frozenset({"cos", "cosh", "abs", "sinc"})

_TOTAL = ODD_FUNCTIONS - {"tan", "arcsin"} | EVEN_FUNCTIONS
_TOTAL |= {"constant", "symbol", "add", "subtract", "multiply", "negative", "exp", "sigmoid"}
_TOTAL |= {"relu", "minimum", "maximum", "step", "pulse", "greater", "greater_equal", "select"}
_TOTAL |= {"heaviside", "floor", "flat", "cut", "hypot", "atan2", "expm1", "exprel"}
_TOTAL |= {"exprel_slope", "sinc_slope"}


def simplify(roots: Sequence[Expr]) -> tuple[Expr, ...]:
    """Rebuild expressions through the rules of this module."""
    return transform(roots, _rule)


def _rule(node: Expr, args: tuple[Expr, ...]) -> Expr:
    return simplified(node.op, *args) if args else _positive_zero(node)


def _fold(op: str, *args: Expr) -> Expr:
    return _positive_zero(fold(op, *args))


def _positive_zero(node: Expr) -> Expr:
    """One zero for all, so that `is ZERO` finds it; only 1/-0.0 could tell the difference."""
    return ZERO if node.is_constant and node.value == 0.0 else node


def simplified(op: str, *args: Expr) -> Expr:
    """Return `op` of `args`, which are simplified already, in simplified form."""
    folded = _fold(op, *args)
    if folded.is_constant:
        return folded
    if op in _CONSTRUCTORS:
        return _CONSTRUCTORS[op](*args)
    if op in ODD_FUNCTIONS and args[0].op == "negative":
        return negative(apply(op, *args[0].args))
    if op in EVEN_FUNCTIONS and args[0].op == "negative":
        return apply(op, *args[0].args)
    return folded


def add(a: Expr, b: Expr) -> Expr:
    """Sum a + b."""
    if a is ZERO or b is ZERO:
        return b if a is ZERO else a
    if a.op == "negative":
        a, b = b, a
    if b.op == "negative":
        return subtract(a, b.args[0])
    return _fold("add", *_in_order(a, b))


def subtract(a: Expr, b: Expr) -> Expr:
    """Difference a - b."""
    if b is ZERO:
        return a
    if a is ZERO:
        return negative(b)
    if b.op == "negative":
        return add(a, b.args[0])
    if a.op == "negative":
        return negative(add(a.args[0], b))
    return _fold("subtract", a, b)


def negative(a: Expr) -> Expr:
    """Opposite, -a."""
    if a.op == "negative":
        return a.args[0]
    if a.op == "subtract":
        return apply("subtract", a.args[1], a.args[0])
    if a.op in ("multiply", "divide") and a.args[0].is_constant:
        return apply(a.op, constant(-a.args[0].value), a.args[1])
    return _fold("negative", a)


def multiply(a: Expr, b: Expr) -> Expr:
    """Product a b."""
    if a.op == "negative" or b.op == "negative":
        return _signed(multiply, a, b)
    a, b = _in_order(a, b)
    if a is ONE:
        return b
    if a.is_constant and a.value == -1.0:
        return negative(b)
    if a.is_constant and a.value == 0.0 and _is_total(b):
        return ZERO
    if a.is_constant and b.op == "multiply" and (merged := _merged("multiply", a, b.args[0])):
        return multiply(merged, b.args[1])
    return _fold("multiply", a, b)


def divide(a: Expr, b: Expr) -> Expr:
    """Quotient a / b."""
    if a.op == "negative" or b.op == "negative":
        return _signed(divide, a, b)
    if not b.is_constant or b.value == 0.0:
        return _fold("divide", a, b)
    if abs(math.frexp(b.value)[0]) == 0.5 and (inverse := _merged("divide", ONE, b)):
        return multiply(inverse, a)  # a power of two: exact
    if a.op == "multiply" and (merged := _merged("divide", a.args[0], b)):
        return multiply(merged, a.args[1])
    return ZERO if a is ZERO else _fold("divide", a, b)


def power(a: Expr, b: Expr) -> Expr:
    """Power a ** b."""
    if not b.is_constant:
        return _fold("power", a, b)
    simple = {0.0: lambda: ONE, 1.0: lambda: a, 0.5: lambda: apply("sqrt", a)}
    if b.value in simple:
        return simple[b.value]()
    if a.op == "negative" and b.value.is_integer():
        positive = power(a.args[0], b)
        return negative(positive) if b.value % 2.0 else positive
    return _fold("power", a, b)


def _in_order(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """Constants first, then by age: + and * of two floats do not depend on the order."""
    return (a, b) if (not a.is_constant, a.serial) <= (not b.is_constant, b.serial) else (b, a)


def _signed(operation: Callable[[Expr, Expr], Expr], a: Expr, b: Expr) -> Expr:
    """Take the signs of both operands out of a product or quotient."""
    flips = (a.op == "negative") != (b.op == "negative")
    result = operation(*(x.args[0] if x.op == "negative" else x for x in (a, b)))
    return negative(result) if flips else result


def _merged(op: str, a: Expr, b: Expr) -> Expr | None:
    """Merge two constants, unless the result is near overflow or underflow."""
    merged = _fold(op, a, b)
    safe = merged.is_constant and 1e-100 < abs(merged.value) < 1e100
    return merged if safe else None


def _is_total(expr: Expr) -> bool:
    """Whether the expression is finite at every finite argument (overflow apart)."""
    return all(_is_total_node(node) for node in order((expr,)))


def _is_total_node(node: Expr) -> bool:
    if node.op in ("divide", "power"):
        by = node.args[1]
        natural = by.value >= 0.0 and by.value.is_integer()
        return by.is_constant and (by.value != 0.0 if node.op == "divide" else natural)
    return node.op in _TOTAL


_CONSTRUCTORS: dict[str, Callable[..., Expr]] = {
    "add": add,
    "subtract": subtract,
    "negative": negative,
    "multiply": multiply,
    "divide": divide,
    "power": power,
}
