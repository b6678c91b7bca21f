"""Tree -> text, with no more parentheses than needed: `parse(to_text(e))` is `e`."""

from __future__ import annotations

from lrfit.fields.expressions.errors import ExpressionError
from lrfit.fields.expressions.tree import Expr, order

_LARGEST = 20_000
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(1, 6)

# How each operator is written: symbol, its own level, and the least level that its left and
# right operands may have without parentheses. Python's power binds tighter than a sign on its
# left and looser than one on its right: -x**-y is -(x**(-y)).
_INFIX = {
    "add": (" + ", _SUM, _SUM, _PRODUCT),
    "subtract": (" - ", _SUM, _SUM, _PRODUCT),
    "multiply": ("*", _PRODUCT, _PRODUCT, _SIGN),
    "divide": ("/", _PRODUCT, _PRODUCT, _SIGN),
    "power": ("**", _POWER, _ATOM, _SIGN),
}

_Piece = tuple[str, int]  # text and level


def to_text(expr: Expr) -> str:
    """Write an expression in the grammar that `parse` reads.

    Raises
    ------
    ExpressionError
        If, written out, shared subexpressions would give more than 20,000 nodes.
    """
    pieces: dict[Expr, _Piece] = {}
    size: dict[Expr, int] = {}
    for node in order((expr,)):
        size[node] = 1 + sum(size[arg] for arg in node.args)
        if size[node] > _LARGEST:
            raise ExpressionError("this expression is too large to be written out")
        pieces[node] = _write(node, [pieces[arg] for arg in node.args])
    return pieces[expr][0]


def _write(node: Expr, args: list[_Piece]) -> _Piece:
    if node.is_constant:
        text = _number(node.value)
        return text, _SIGN if text.startswith("-") else _ATOM
    if node.is_symbol:
        return node.name, _ATOM
    if node.op == "negative":
        return "-" + _at_least(_SIGN, args[0]), _SIGN
    if node.op in _INFIX:
        sign, level, left, right = _INFIX[node.op]
        return _at_least(left, args[0]) + sign + _at_least(right, args[1]), level
    return f"{node.op}({', '.join(text for text, _ in args)})", _ATOM


def _number(value: float) -> str:
    text = repr(value)
    return text if text == "-0.0" else text.removesuffix(".0")  # an integer -0 has no sign


def _at_least(level: int, piece: _Piece) -> str:
    text, own = piece
    return text if own >= level else f"({text})"
