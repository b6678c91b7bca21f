"""Code for one point: plain Python floats, for integrators that ask for one state at a time.

An operation on floats costs a tenth of a numpy call on an array of one. Floats raise where
arrays give inf or NaN (1/0, exp(1000), log(-1)): the caller then asks the array code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lrfit.fields.expressions.operations import SCALAR
from lrfit.fields.expressions.tree import Expr, order

PointCode = Callable[..., tuple[float, ...]]

_INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


def point_code(roots: Sequence[Expr], symbols: Sequence[str]) -> PointCode:
    """Compile lowered expressions to a function of one float per symbol.

    Raises (when called)
    --------------------
    ArithmeticError, ValueError
        Where IEEE arithmetic would give inf or NaN from finite numbers.
    """
    names = {name: f"i{k}" for k, name in enumerate(symbols)}
    place: dict[Expr, str] = {}
    lines = [f"def run({', '.join(names.values())}):"]
    for node in order(roots):
        if node.is_constant:
            place[node] = f"({node.value!r})"
        elif node.is_symbol:
            place[node] = names[node.name]
        else:
            place[node] = f"t{len(lines)}"
            lines.append(f"    {place[node]} = {_operation(node, [place[a] for a in node.args])}")
    lines.append(f"    return ({''.join(place[root] + ', ' for root in roots)})")
    namespace = {f"f_{op}": function for op, function in SCALAR.items()}
    exec(compile("\n".join(lines), "<lrfit point code>", "exec"), namespace)
    run: PointCode = namespace["run"]
    return run


def _operation(node: Expr, args: list[str]) -> str:
    if node.op in _INFIX:
        return f"{args[0]} {_INFIX[node.op]} {args[1]}"
    if node.op == "negative":
        return f"-{args[0]}"
    return f"f_{node.op}({', '.join(args)})"
