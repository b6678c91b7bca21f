"""What the trees of expressions prove about parity, of whole right-hand sides and of their terms.

An odd function of an odd argument is odd, and so on by rules; or the mirrored tree is the tree
itself. Where no rule decides, `fields.parity` measures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from lrfit.fields.expressions.simplify import (
    EVEN_FUNCTIONS,
    ODD_FUNCTIONS,
    ZERO,
    negative,
    simplified,
)
from lrfit.fields.expressions.tree import Expr, order, symbols
from lrfit.fields.parity import Proof

Kind = Literal["odd", "even"]

_OF_ODD: dict[str, Kind] = {
    **dict.fromkeys(ODD_FUNCTIONS | {"negative", "atan2"}, "odd"),
    **dict.fromkeys(EVEN_FUNCTIONS | {"hypot"}, "even"),
}
"""Parity of functions of odd arguments; of atan2, for an even second one."""


def parity_proofs(expressions: Sequence[Expr]) -> tuple[Proof | None, ...]:
    """What is proved of each expression about the origin of all its names."""
    return tuple("zero" if expr is ZERO else proved_parity(expr) for expr in expressions)


def term_kinds(expr: Expr, direct: frozenset[str]) -> frozenset[str]:
    """Kinds of the terms of a sum: "constant", "linear" (a name alone), "odd" or "even", or ""
    where no rule decides or an input of `direct` stands in a term that is not linear.
    """
    return frozenset(_term_kind(term, direct) for term in terms(expr))


def _term_kind(term: Expr, direct: frozenset[str]) -> str:
    if term.is_constant:
        return "constant"
    if term.is_symbol:
        return "linear"
    return "" if symbols([term]) & direct else proved_parity(term) or ""


def terms(expr: Expr) -> Iterator[Expr]:
    """The terms of a sum, without their signs and constant factors, zero left out."""
    todo = [expr]
    while todo:
        node = todo.pop()
        if node.op in ("add", "subtract", "negative"):
            todo.extend(node.args)
        elif node.op == "multiply" and node.args[0].is_constant:
            todo.append(node.args[1])
        elif node.op == "divide" and node.args[1].is_constant:
            todo.append(node.args[0])
        elif not (node.is_constant and node.value == 0.0):
            yield node


def proved_parity(expr: Expr) -> Kind | None:
    """Parity of a simplified expression in all its names together; None if no rule decides.

    Zero counts as odd.
    """
    if expr is ZERO:
        return "odd"
    parity: dict[Expr, Kind | None] = {}
    mirrored: dict[Expr, Expr] = {}
    for node in order((expr,)):
        inner = tuple(mirrored[arg] for arg in node.args)
        mirrored[node] = simplified(node.op, *inner) if inner else _mirrored_leaf(node)
        parity[node] = _by_rule(node, [parity[arg] for arg in node.args])
        if parity[node] is None:
            parity[node] = _by_mirror(node, mirrored[node])
    return parity[expr]


def _mirrored_leaf(node: Expr) -> Expr:
    return negative(node) if node.is_symbol else node


def _by_mirror(node: Expr, mirrored: Expr) -> Kind | None:
    if mirrored is node:
        return "even"
    return "odd" if mirrored is negative(node) else None


def _by_rule(node: Expr, inner: list[Kind | None]) -> Kind | None:
    if node.is_symbol:
        return "odd"
    if all(kind == "even" for kind in inner):  # constants too
        return "even"
    return None if None in inner else _with_odd_arguments(node, inner[0], inner[-1])


def _with_odd_arguments(node: Expr, first: Kind | None, last: Kind | None) -> Kind | None:
    """One argument at least is odd, none unknown; the parity of the first and of the last."""
    same = first == last
    if node.op in ("add", "subtract"):
        return "odd" if same else None
    if node.op in ("multiply", "divide"):
        return "even" if same else "odd"
    if node.op == "power" and node.args[1].is_constant and node.args[1].value.is_integer():
        return "odd" if node.args[1].value % 2.0 else "even"
    if node.op == "atan2" and (first, last) != ("odd", "even"):
        return None  # (y, -x) turns the angle to the other side
    return _OF_ODD.get(node.op)
