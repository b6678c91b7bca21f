"""Equations of a system file as Python source, by a translator of its own.

Place in the flow: a text such as "mu*(1 - x**2)*y - x" becomes Python source in which every name
stands for a variable of the generated function. Only arithmetic, numbers, known names and known
functions pass. Source instead of closures: a call costs microseconds, and LSODA makes millions.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_LARGEST = 700.0


def _exp(x: float) -> float:
    return math.exp(x) if x < _LARGEST else math.inf


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + _exp(-x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


FUNCTIONS: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "tanh", "log", "sqrt", "erf")},
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "exp": _exp,
    "abs": abs,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "relu": lambda x: x if x > 0.0 else 0.0,
    "minimum": min,
    "maximum": max,
    "step": lambda t, t0: 1.0 if t >= t0 else 0.0,
    "pulse": lambda t, t0, t1: 1.0 if t0 <= t < t1 else 0.0,
}


def translate(text: Any, names: Mapping[str, str]) -> str:
    """Source of an expression; `names` gives what stands for each name.

    Raises
    ------
    ValueError
        Anything but arithmetic, numbers, these names and `FUNCTIONS`.
    """
    return _source(ast.parse(str(text).strip(), mode="eval").body, {"pi": repr(math.pi), **names})


def _source(node: ast.expr, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return repr(float(node.value))
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return (
            f"(-{_source(node.operand, names)})"
            if isinstance(node.op, ast.USub)
            else _source(node.operand, names)
        )
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _binary(node, names)
    if isinstance(node, ast.Call) and _called(node) in FUNCTIONS and not node.keywords:
        arguments = ", ".join(_source(one, names) for one in node.args)
        return f"{_called(node)}({arguments})"
    raise ValueError(f"cannot translate {ast.unparse(node)!r}")


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _binary(node: ast.BinOp, names: Mapping[str, str]) -> str:
    left = _source(node.left, names)
    if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant):
        power = node.right.value
        if isinstance(power, int):  # products are faster than pow
            product = power in {2, 3} and left.isidentifier()
            return f"({'*'.join([left] * power)})" if product else f"({left}**{power})"
    return f"({left}{_OPERATORS[type(node.op)]}{_source(node.right, names)})"


def jumps(text: Any) -> list[float]:
    """Times at which an expression of t jumps: the numbers in its `step` and `pulse` calls."""
    found: list[float] = []
    for node in ast.walk(ast.parse(str(text).strip(), mode="eval")):
        if isinstance(node, ast.Call) and _called(node) in {"step", "pulse"}:
            found += [_number(one) for one in node.args[1:]]
    return sorted(set(found))


def _number(node: ast.expr) -> float:
    scope = {"__builtins__": {}, **FUNCTIONS}
    return float(eval(_source(node, {}), scope))


def function(source: str, name: str) -> Callable[..., Any]:
    """The function `name` of generated source."""
    scope: dict[str, Any] = dict(FUNCTIONS)
    exec(compile(source, f"<{name}>", "exec"), scope)  # source made by `_source` alone
    return scope[name]  # type: ignore[no-any-return]
