"""Floors that need no quadrature: what the terms of a field prove about its parity.

Place in the flow: `symmetry` asks for every variable; None means that nothing was proved.

A right-hand side is a sum of terms. If every term is of a kind that networks without bias have
(odd for tanh, erf, sin; constant too for sigmoid; even or linear for softplus; linear for relu;
and linear in an input that drives directly, for all) nothing of it is missed: 0. If the whole is
even, phi odd, nothing drives directly and the box is its own mirror image, all of it is missed: 1.
Proofs are about q = 0, so that they need the center 0.
"""

from __future__ import annotations

import numpy as np

from lrfit.expressivity.unreachable import Mirror
from lrfit.fields.field import VectorField
from lrfit.fields.knowledge import term_kinds_of
from lrfit.networks.nonlinearity import nonlinearity

_REACHED = {
    "odd": {"linear", "odd"},
    "odd plus constant": {"linear", "odd", "constant"},
    "even plus linear": {"linear", "even", "constant"},
    "homogeneous": {"linear"},
}


def proved_floors(target: VectorField, phi: str, mirror: Mirror) -> tuple[float | None, ...]:
    """For every variable 0 (all is reached) or 1 (all is missed) where proved, else None."""
    domain = target.domain
    names = np.array(domain.variables + domain.inputs)
    terms = term_kinds_of(target, frozenset(names[~mirror.turned].tolist()))
    if terms is None or np.any(mirror.origin[mirror.turned]):
        return (None,) * domain.dimension
    kind = nonlinearity(phi)
    reached = _REACHED["homogeneous" if kind.homogeneous else kind.parity]
    symmetric = bool(np.all(mirror.turned) and np.all(mirror.lower == -mirror.upper))
    all_even = kind.parity == "odd" and symmetric
    return tuple(_proof(kinds, reached, all_even) for kinds in terms)


def _proof(kinds: frozenset[str], reached: set[str], all_even: bool) -> float | None:
    if kinds <= reached:
        return 0.0
    return 1.0 if all_even and kinds <= {"even", "constant"} else None
