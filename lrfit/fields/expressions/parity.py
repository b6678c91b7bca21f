"""Parity of a field, jointly in state and input, about a centre c.

    odd:  g(2c - z, -u) = -g(z, u)        even:  g(2c - z, -u) = g(z, u)

A bias-free network of odd neurons is an odd field about its centre: what is not odd it
cannot reach. About c = 0 the verdict is proved from the tree where the rules allow (an odd
function of an odd argument is odd, ...; or the mirrored tree is the tree itself); otherwise
it is measured at random points, where one clear counterexample proves "neither".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions.field import CompiledField
from lrfit.fields.expressions.simplify import (
    EVEN_FUNCTIONS,
    ODD_FUNCTIONS,
    ZERO,
    negative,
    simplified,
)
from lrfit.fields.expressions.tree import Expr, order
from lrfit.fields.field import Domain

Kind = Literal["odd", "even", "neither"]

_EQUAL = 1e-9  # fractions below are rounding
_DIFFERENT = 1e-6  # fractions above are no rounding: a counterexample


@dataclass(frozen=True, kw_only=True)
class ParityVerdict:
    """`kind`, whether it is certain, and how far the field is from that kind.

    `residual` is the part of the wrong parity over the whole, rms: 0 if proved from the tree;
    for "neither", the smaller of the two fractions; NaN if the field is nowhere finite at a
    point and its mirror image. A field that vanishes is odd (and even).
    """

    kind: Kind
    proved: bool
    residual: float


@dataclass(frozen=True, kw_only=True)
class FieldParity:
    """Verdict on the whole field (every variable must have the parity) and on each variable."""

    whole: ParityVerdict
    variables: tuple[ParityVerdict, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fractions:
    """Even and odd part of every variable over the whole, rms, (D,); `proved` from the tree."""

    even: Array
    odd: Array
    proved: tuple[bool, ...]

    def verdict(self, chosen: slice) -> ParityVerdict:
        """Joint verdict on the chosen variables: the worst decides."""
        even, odd = float(np.max(self.even[chosen])), float(np.max(self.odd[chosen]))
        kind: Kind = "odd" if even <= _EQUAL else "even" if odd <= _EQUAL else "neither"
        if kind == "neither":
            residual = min(even, odd)
            return ParityVerdict(kind=kind, proved=residual > _DIFFERENT, residual=residual)
        proved = all(self.proved[chosen])
        return ParityVerdict(kind=kind, proved=proved, residual=even if kind == "odd" else odd)


def field_parity(
    field: CompiledField,
    domain: Domain,
    *,
    generator: np.random.Generator,
    center: Array | None = None,
    points: int = 512,
) -> FieldParity:
    """Decide the parity of a field about `center` (D,), by default the origin.

    What is not proved from the tree is measured at `points` random points of the box, each
    with its mirror image (which may lie outside the box: the formula holds there too).
    """
    fractions = _measured(field.velocity, domain, center, generator, points)
    proofs: Sequence[Kind | None] = [None] * len(field.expressions)
    if center is None or not np.any(center):
        proofs = [proved_parity(expr) for expr in field.expressions]
    return _report(_with_proofs(fractions, field.expressions, proofs))


def sampled_parity(
    velocity: Callable[[Array, Array], Array],
    domain: Domain,
    *,
    generator: np.random.Generator,
    center: Array | None = None,
    points: int = 512,
) -> FieldParity:
    """As `field_parity`, for any velocity (P, D), (P, U) -> (P, D), by measurement alone."""
    return _report(_measured(velocity, domain, center, generator, points))


def _report(fractions: _Fractions) -> FieldParity:
    each = range(len(fractions.proved))
    return FieldParity(
        whole=fractions.verdict(slice(None)),
        variables=tuple(fractions.verdict(slice(d, d + 1)) for d in each),
    )


def _measured(
    velocity: Callable[[Array, Array], Array],
    domain: Domain,
    center: Array | None,
    generator: np.random.Generator,
    points: int,
) -> _Fractions:
    z = generator.uniform(domain.lower, domain.upper, (points, domain.dimension))
    u = generator.uniform(domain.input_lower, domain.input_upper, (points, domain.input_count))
    mirror = 2.0 * (np.zeros(domain.dimension) if center is None else np.asarray(center))
    with np.errstate(all="ignore"):
        here, there = velocity(z, u), velocity(mirror - z, -u)
    parts = [_rms_fractions(a, b) for a, b in zip(here.T, there.T, strict=True)]
    even_part, odd_part = np.array(parts).T
    return _Fractions(even=even_part, odd=odd_part, proved=(False,) * domain.dimension)


def _rms_fractions(here: Array, there: Array) -> tuple[float, float]:
    """Even and odd part of one variable over the whole, rms, where both sides are finite."""
    finite = np.isfinite(here) & np.isfinite(there)
    if not finite.any():
        return np.nan, np.nan
    pair = np.array([here[finite], there[finite]])
    pair /= np.max(np.abs(pair)) or 1.0  # so that no square overflows
    even, odd = np.sum((pair[0] + pair[1]) ** 2), np.sum((pair[0] - pair[1]) ** 2)
    total = float(even + odd) or 1.0
    return float(even / total) ** 0.5, float(odd / total) ** 0.5


def _with_proofs(
    measured: _Fractions, expressions: Sequence[Expr], proofs: Sequence[Kind | None]
) -> _Fractions:
    even, odd = measured.even.copy(), measured.odd.copy()
    for d, (expr, proof) in enumerate(zip(expressions, proofs, strict=True)):
        if proof is not None:
            even[d], odd[d] = (0.0, 1.0) if proof == "odd" else (1.0, 0.0)
        if expr is ZERO:
            even[d] = odd[d] = 0.0
    return _Fractions(even=even, odd=odd, proved=tuple(proof is not None for proof in proofs))


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
    return None if None in inner else _with_odd_arguments(node, inner[0] == inner[-1])


def _with_odd_arguments(node: Expr, same: bool) -> Kind | None:
    """One argument at least is odd, none unknown; `same`: the first is like the last."""
    if node.op in ODD_FUNCTIONS or node.op == "negative":
        return "odd"
    if node.op in EVEN_FUNCTIONS:
        return "even"
    if node.op in ("add", "subtract"):
        return "odd" if same else None
    if node.op in ("multiply", "divide"):
        return "even" if same else "odd"
    if node.op == "power" and node.args[1].is_constant and node.args[1].value.is_integer():
        return "odd" if node.args[1].value % 2.0 else "even"
    return None
