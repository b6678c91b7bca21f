"""Exact derivatives, as trees: the chain rule forward over the graph of subexpressions.

    d f(a, b) = f_a(a, b) da + f_b(a, b) db

One pass per name, each node once, so that a thousand nested products cost a thousand steps.
At a kink the derivative is that of the right-hand branch for relu (0 at 0, as the network's
own relu has it), 0 for abs, and that of the first argument for minimum and maximum. At a jump
(sign, heaviside, floor, mod, the cut of atan2) it is that of the pieces, and its bounds over a box
with a jump are infinite (`flat`, `cut`), so that no mean value theorem is applied across it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lrfit.fields.expressions.simplify import (
    ONE,
    ZERO,
    add,
    divide,
    multiply,
    negative,
    power,
    simplified,
    subtract,
)
from lrfit.fields.expressions.tree import Expr, constant, order, symbol

_HALF, _TWO = constant(0.5), constant(2.0)


def derivatives(roots: Sequence[Expr], names: Sequence[str]) -> tuple[tuple[Expr, ...], ...]:
    """Derivatives of simplified expressions: one row per root, one column per name."""
    nodes = order(roots)
    columns = [_forward(nodes, symbol(name)) for name in names]
    return tuple(tuple(column[root] for column in columns) for root in roots)


def _forward(nodes: Sequence[Expr], variable: Expr) -> dict[Expr, Expr]:
    slope: dict[Expr, Expr] = {}
    for node in nodes:
        inner = [slope[arg] for arg in node.args]
        if node is variable:
            slope[node] = ONE
        elif all(d is ZERO for d in inner):
            slope[node] = ZERO
        elif node.op in _RULES:
            slope[node] = _RULES[node.op](node, *inner)
        else:
            slope[node] = _times(_SLOPES[node.op](node, node.args[0]), inner[0])
    return slope


def _times(a: Expr, b: Expr) -> Expr:
    """Product in which a derivative that vanishes wins over anything, also over 1/0."""
    return ZERO if a is ZERO or b is ZERO else multiply(a, b)


def _multiply(node: Expr, da: Expr, db: Expr) -> Expr:
    a, b = node.args
    return add(_times(da, b), _times(a, db))


def _divide(node: Expr, da: Expr, db: Expr) -> Expr:
    return divide(subtract(da, _times(node, db)), node.args[1])  # (da - (a/b) db) / b


def _power(node: Expr, da: Expr, db: Expr) -> Expr:
    """Sum of b a^(b-1) da, which needs no logarithm (a may be negative), and a^b log(a) db."""
    a, b = node.args
    by_base = _times(multiply(b, power(a, subtract(b, ONE))), da)
    by_exponent = ZERO if db is ZERO else multiply(multiply(node, simplified("log", a)), db)
    return add(by_base, by_exponent)


def _select(op: str) -> Callable[[Expr, Expr, Expr], Expr]:
    """Derivative of minimum and maximum: a choice, since 0 * inf would not be 0."""

    def rule(node: Expr, da: Expr, db: Expr) -> Expr:
        a, b = node.args if op == "maximum" else reversed(node.args)
        return da if da is db else simplified("select", simplified("greater_equal", a, b), da, db)

    return rule


def _jump(node: Expr, _: Expr) -> Expr:
    return simplified("flat", node)


def _hypot(node: Expr, da: Expr, db: Expr) -> Expr:
    a, b = node.args
    return divide(add(_times(a, da), _times(b, db)), node)


def _atan2(node: Expr, dy: Expr, dx: Expr) -> Expr:
    y, x = node.args
    square = add(power(x, _TWO), power(y, _TWO))
    turning = divide(subtract(_times(x, dy), _times(y, dx)), square)
    return add(turning, simplified("cut", y, x))


def _mod(node: Expr, da: Expr, db: Expr) -> Expr:
    """Of a - b floor(a / b): da - floor(a / b) db, but for the jumps."""
    whole = simplified("floor", divide(*node.args))
    return add(subtract(da, _times(whole, db)), simplified("flat", whole))


def _next_order(op: str) -> Callable[[Expr, Expr, Expr], Expr]:
    def rule(node: Expr, dx: Expr, _: Expr) -> Expr:
        x, k = node.args
        return _times(simplified(op, x, constant(k.value + 1.0)), dx)

    return rule


def _one_minus_square(x: Expr) -> Expr:
    return subtract(ONE, power(x, _TWO))


_RULES: dict[str, Callable[..., Expr]] = {
    "add": lambda _, da, db: add(da, db),
    "subtract": lambda _, da, db: subtract(da, db),
    "negative": lambda _, da: negative(da),
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "minimum": _select("minimum"),
    "maximum": _select("maximum"),
    "select": lambda node, _, da, db: simplified("select", node.args[0], da, db),
    "hypot": _hypot,
    "atan2": _atan2,
    "mod": _mod,
    "exprel_slope": _next_order("exprel_slope"),
    "sinc_slope": _next_order("sinc_slope"),
    "sign": _jump,
    "heaviside": _jump,
    "floor": _jump,
    "flat": lambda node, _: node,
    "cut": lambda node, *_: node,
    "step": lambda node, *_: simplified("flat", node),
    "pulse": lambda node, *_: simplified("flat", node),
    # Piecewise constant; the slopes of which they are a part are bounded across their jumps.
    "side": lambda *_: ZERO,
    "greater": lambda *_: ZERO,
    "greater_equal": lambda *_: ZERO,
}

# f'(x) from the node f(x) itself and x.
_SLOPES: dict[str, Callable[[Expr, Expr], Expr]] = {
    "sin": lambda _, x: simplified("cos", x),
    "cos": lambda _, x: negative(simplified("sin", x)),
    "tan": lambda f, _: add(ONE, power(f, _TWO)),
    "arcsin": lambda _, x: divide(ONE, simplified("sqrt", _one_minus_square(x))),
    "arccos": lambda _, x: negative(divide(ONE, simplified("sqrt", _one_minus_square(x)))),
    "arctan": lambda _, x: divide(ONE, add(ONE, power(x, _TWO))),
    "sinh": lambda _, x: simplified("cosh", x),
    "cosh": lambda _, x: simplified("sinh", x),
    "tanh": lambda f, _: _one_minus_square(f),
    "exp": lambda f, _: f,
    "log": lambda _, x: divide(ONE, x),
    "sqrt": lambda f, _: divide(_HALF, f),
    "log10": lambda _, x: divide(constant(1.0 / math.log(10.0)), x),
    "log2": lambda _, x: divide(constant(1.0 / math.log(2.0)), x),
    "log1p": lambda _, x: divide(ONE, add(ONE, x)),
    "expm1": lambda _, x: simplified("exp", x),
    "exprel": lambda _, x: simplified("exprel_slope", x, ONE),
    "sinc": lambda _, x: simplified("sinc_slope", x, ONE),
    "abs": lambda _, x: simplified("side", x),
    "erf": lambda _, x: multiply(
        constant(2.0 / math.sqrt(math.pi)), simplified("exp", negative(power(x, _TWO)))
    ),
    "sigmoid": lambda f, _: multiply(f, subtract(ONE, f)),
    "relu": lambda _, x: simplified("greater", x, ZERO),
}
