"""Whether a list of fixed points is complete: indices, the degree, and what is said about it.

    sum of the indices of all zeros in the box = degree of f on its border       (Poincare-Hopf)

Place in the flow: zeros and the field become integers, and these a statement. The index of a
simple zero is the sign of det J; that of a degenerate one is counted on a small circle, or by
the signs on both sides (Strogatz 1994, section 6.8).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.io.text import counted

BOXES = 200_000
"""Boxes that a proof examines at most, by default: at most a few seconds."""

_BORDER = 1024
"""First points on a curve along which f is followed; more where it turns quickly."""
_FINEST, _HALVINGS = 2**16, 40
_VANISHES = 1e-9
"""|f| over its rms below which the border passes through a zero, as far as the degree can say."""
_CIRCLE = 1e-2
"""Half-widths: largest radius of the circle on which an index is counted."""
_SEPARATION = 0.3
"""Of the distance to the nearest other zero: the circle must hold no other."""


class Evaluable(Protocol):
    """What has a velocity: a flow, or one whose evaluations are counted."""

    @property
    def dimension(self) -> int:
        """D."""
        ...

    @property
    def speed(self) -> float:
        """Root mean square of |f| over the box."""
        ...

    def velocity(self, zeta: Array, /) -> Array:
        """Velocities (P, D) at states zeta (P, D), box units."""
        ...


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """What is known about a list of fixed points.

    status : "proved", "evidence" or "unknown". text : how, or why not.
    """

    status: Literal["proved", "evidence", "unknown"]
    text: str

    def __str__(self) -> str:
        """Status and reason in one line."""
        return f"{self.status}: {self.text}"


def stated(
    *, degree: int | None, index_sum: int | None, by_starts: str, proof: Completeness | None
) -> Completeness:
    """Sum up proof, indices and the number of starts, the strongest first."""
    if proof is not None and proof.status == "proved":
        return proof
    tried = "" if proof is None else f"; {proof.text}"
    if degree is None or index_sum is None:
        return Completeness(status="evidence", text=by_starts + tried)
    if degree == index_sum:
        text = f"their indices and the border's degree {degree} agree{tried}"
        return Completeness(status="evidence", text=text)
    text = (
        f"their indices ({index_sum}) and the border's degree {degree} DO NOT agree: "
        f"some are missing{tried}"
    )
    return Completeness(status="unknown", text=text)


def unproved(reason: str) -> Completeness:
    """What is said where no proof was found."""
    return Completeness(status="evidence", text=f"not proved: {reason}")


def unfinished(remaining: int, aside: Array, singular: Array, domain: Domain) -> Completeness:
    """Why a proof has gaps.

    remaining : boxes left at the end of the budget. aside (m, D): boxes that were too small to
    be decided. singular (k, D): points that cannot be proved. Both in box units.
    """
    if remaining:
        return unproved(f"{counted(remaining, 'box', 'boxes')} left at the end of the budget")
    gaps = np.linalg.norm(aside[:, None] - singular[None], axis=2)
    nearest = gaps.min(axis=1, initial=np.inf)
    if len(nearest) and nearest.max() <= 2.0 * _CIRCLE:
        reach = f"{nearest.max():.1g} of nonhyperbolic points"
        return unproved(f"there are no others but perhaps within {reach}")
    place = domain.state_from_box(aside[0])
    where = ", ".join(f"{n} = {z:.4g}" for n, z in zip(domain.variables, place, strict=True))
    return unproved(
        f"{counted(len(aside), 'small box', 'small boxes')} undecided, such as that near "
        f"{where} (a pole, 0/0, a "
        "kink or a multiple zero)"
    )


def border_degree(flow: Evaluable) -> int | None:
    """Degree of f on the border of the box; None for D > 2 or where f nearly vanishes there."""
    if flow.dimension == 1:
        return _by_signs(flow, np.zeros(1), 1.0)
    if flow.dimension > 2:
        return None
    return _winding(flow, _square, _VANISHES * flow.speed)


def index_of(flow: Evaluable, point: Array, others: Array) -> int | None:
    """Index of an isolated zero, point (D,), among other zeros (n, D); None if it has none.

    Counted on a circle that holds no other zero; none is found for D > 2.
    """
    gaps = np.linalg.norm(others - point, axis=1)
    nearest = float(np.min(gaps[gaps > 0.0], initial=np.inf))
    # Small enough to hold no other zero, large enough that |f| is above its rounding there.
    radius = min(_CIRCLE, _SEPARATION * nearest)
    if flow.dimension == 1:
        return _by_signs(flow, point, radius)
    if flow.dimension > 2:
        return None
    return _winding(flow, lambda s: point + radius * _circle(s), 0.0)


def _by_signs(flow: Evaluable, point: Array, radius: float) -> int | None:
    with np.errstate(all="ignore"):
        f = flow.velocity(np.array([point - radius, point + radius]))[:, 0]
    signs = np.sign(f)
    # In one dimension the degree is half the change of sign: -1, 0 or 1.
    return int((signs[1] - signs[0]) / 2) if np.all(np.isfinite(f)) and np.all(signs) else None


def _winding(flow: Evaluable, curve: Callable[[Array], Array], least: float) -> int | None:
    """Turns of f along a closed curve over [0, 1]; None where |f| is not everywhere above least.

    Points are added between neighbors whose directions differ by more than one radian: far
    enough from pi to know the shorter way round.
    """
    s = np.linspace(0.0, 1.0, _BORDER + 1)
    angle, fits = _directions(flow, curve(s), least)
    for _ in range(_HALVINGS):
        # The shorter way round from each direction to the next.
        turns = (np.diff(angle) + np.pi) % (2.0 * np.pi) - np.pi
        quick = np.flatnonzero(np.abs(turns) > 1.0)
        if not fits or len(s) > _FINEST:
            return None
        if not len(quick):
            return round(float(turns.sum() / (2.0 * np.pi)))
        between = 0.5 * (s[quick] + s[quick + 1])
        more, fits = _directions(flow, curve(between), least)
        s, angle = np.insert(s, quick + 1, between), np.insert(angle, quick + 1, more)
    return None


def _directions(flow: Evaluable, places: Array, least: float) -> tuple[Array, bool]:
    """Angles of f (n,), and whether |f| is above least at all places (n, 2)."""
    with np.errstate(all="ignore"):
        f = flow.velocity(places)
    return np.arctan2(f[:, 1], f[:, 0]), bool(np.all(np.linalg.norm(f, axis=1) > least))


def _square(s: Array) -> Array:
    """Points on the border of [-1, 1]², counterclockwise, s from 0 to 1."""
    side = np.minimum((4.0 * s).astype(np.intp), 3)
    along = 2.0 * (4.0 * s - side) - 1.0
    x = np.choose(side, [along, np.ones_like(s), -along, -np.ones_like(s)])
    y = np.choose(side, [-np.ones_like(s), along, np.ones_like(s), -along])
    return np.stack([x, y], axis=1)


def _circle(s: Array) -> Array:
    """Points on the unit circle, counterclockwise, s from 0 to 1."""
    return np.stack([np.cos(2.0 * np.pi * s), np.sin(2.0 * np.pi * s)], axis=1)
