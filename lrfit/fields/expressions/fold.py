"""Constants: folding as it is read, and names replaced by values or other expressions."""

from __future__ import annotations

from collections.abc import Mapping

from lrfit.fields.expressions.errors import ExpressionError, excerpt
from lrfit.fields.expressions.operations import scalar_value
from lrfit.fields.expressions.text import to_text
from lrfit.fields.expressions.tree import Expr, apply, constant, transform


def fold(op: str, *args: Expr) -> Expr:
    """`op` of `args`; a number if all of them are and the result is finite."""
    if args and all(arg.is_constant for arg in args):
        value = scalar_value(op, *(arg.value for arg in args))
        if value is not None:
            return constant(value)
    return apply(op, *args)


def fold_checked(op: str, *args: Expr, key: str = "") -> Expr:
    """As `fold`; raises ExpressionError where numbers do not give a finite number."""
    node = fold(op, *args)
    if node.args and all(arg.is_constant for arg in node.args):
        raise ExpressionError(
            f"{excerpt(to_text(node), 80)} is not finite; change the numbers or parameters", key=key
        )
    return node


def substitute(expr: Expr, replacements: Mapping[str, Expr], *, key: str = "") -> Expr:
    """Replace names by expressions, folding what becomes constant.

    Raises
    ------
    ExpressionError
        If a constant part becomes infinite or undefined.
    """

    def rule(node: Expr, args: tuple[Expr, ...]) -> Expr:
        if node.is_symbol:
            return replacements.get(node.name, node)
        return node if args == node.args else fold_checked(node.op, *args, key=key)

    return transform((expr,), rule)[0]


def bind(expr: Expr, values: Mapping[str, float], *, key: str = "") -> Expr:
    """Replace names by numbers, folding what becomes constant; raises as `substitute`."""
    return substitute(expr, {name: constant(value) for name, value in values.items()}, key=key)
