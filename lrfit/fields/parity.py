"""Parity of a field, jointly in state and input, about a center c.

    odd:  g(2c - z, -u) = -g(z, u)        even:  g(2c - z, -u) = g(z, u)

A bias-free network of odd neurons is an odd field about its center: what is not odd it cannot
reach. A verdict is measured at random points, where one clear counterexample proves "neither";
a field that knows better, such as one of expressions, adds its proofs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain

Kind = Literal["odd", "even", "neither"]
Proof = Literal["odd", "even", "zero"]
"""What can be proved of a variable; zero is odd and even."""
_SHARES = {"odd": (0.0, 1.0), "even": (1.0, 0.0), "zero": (0.0, 0.0)}
"""Of the even and of the odd part."""

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


def sampled_parity(
    velocity: Callable[[Array, Array], Array],
    domain: Domain,
    *,
    generator: np.random.Generator,
    center: Array | None = None,
    points: int = 512,
    proofs: Sequence[Proof | None] = (),
) -> FieldParity:
    """Decide the parity of a velocity (P, D), (P, U) -> (P, D) about `center` (D,) or the origin.

    What `proofs` leave open, by variable, is measured at `points` random points of the box, each
    with its mirror image (which may lie outside the box: a formula holds there too).
    """
    fractions = _measured(velocity, domain, center, generator, points)
    proofs = proofs or (None,) * domain.dimension
    even, odd = fractions.even.copy(), fractions.odd.copy()
    for d, proof in enumerate(proofs):
        if proof is not None:
            even[d], odd[d] = _SHARES[proof]
    return _report(
        _Fractions(even=even, odd=odd, proved=tuple(proof is not None for proof in proofs))
    )


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
