"""Floors that need no quadrature: what the expressions prove about the parity of a field.

Place in the flow: `symmetry` asks for every variable; None means that nothing was proved.

A right-hand side is a sum of terms. If every term is of a kind that networks without bias have
(odd for tanh, erf, sin; constant too for sigmoid; even or linear for softplus; linear for relu;
and linear in an input that drives directly, for all) nothing of it is missed: 0. If the whole is
even, phi odd, nothing drives directly and the box is its own mirror image, all of it is missed: 1.
Proofs are about q = 0, so that they need the center 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrfit.expressivity.unreachable import Mirror
from lrfit.fields.expressions import CompiledField
from lrfit.fields.expressions.parity import proved_parity
from lrfit.fields.expressions.tree import Expr, symbols
from lrfit.fields.field import VectorField
from lrfit.networks.nonlinearity import nonlinearity

_REACHED = {
    "odd": {"linear", "odd"},
    "odd plus constant": {"linear", "odd", "constant"},
    "even plus linear": {"linear", "even", "constant"},
    "homogeneous": {"linear"},
}


def proved_floors(target: VectorField, phi: str, mirror: Mirror) -> tuple[float | None, ...]:
    """For every variable 0 (all is reached) or 1 (all is missed) where proved, else None."""
    domain, field = target.domain, getattr(target, "field", None)
    if not isinstance(field, CompiledField) or np.any(mirror.origin[mirror.turned]):
        return (None,) * domain.dimension
    kind = nonlinearity(phi)
    reached = _REACHED["homogeneous" if kind.homogeneous else kind.parity]
    names = np.array(domain.variables + domain.inputs)
    direct = frozenset(names[~mirror.turned].tolist())
    symmetric = bool(np.all(mirror.turned) and np.all(mirror.lower == -mirror.upper))
    all_even = kind.parity == "odd" and symmetric
    return tuple(_proof(expr, reached, direct, all_even) for expr in field.expressions)


def _proof(expr: Expr, reached: set[str], direct: frozenset[str], all_even: bool) -> float | None:
    kinds = {_kind(term, direct) for term in terms(expr)}
    if kinds <= reached:
        return 0.0
    return 1.0 if all_even and kinds <= {"even", "constant"} else None


def _kind(term: Expr, direct: frozenset[str]) -> str:
    """constant, linear, odd, even, or "" where no rule decides."""
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
