"""Zeros of a flow's velocity: damped Newton steps, sign changes in 1-D, and what is one zero.

Place in the flow: starts become ends with |f| near zero (`fields.newton`), and these distinct
zeros. Everything counts its evaluations, so that a search ends at a budget of work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics.flow import Flow
from lrfit.fields.newton import NewtonRule, newton

RESIDUAL = 1e-9
"""|f| relative to its rms over the box, below which a point is at rest."""
NOISE = 1e-14
"""|f| relative to its rms that rounding can make up."""
_SLOW = 1e-2
"""Smallest over largest singular value of J below which an end is refined."""
_DAMPED = NewtonRule(steps=60, damping=1e-3, least_damping=1e-15, farthest=3.0)
_REFINED = NewtonRule(steps=60, damping=1e-30, least_damping=1e-30, farthest=3.0)
"""At a degenerate zero convergence is only linear, and damping itself would stop the steps."""
_SAME = 1e-8
"""Half-widths within which two ends are one zero."""
_REACH = 0.1
_BETWEEN = np.linspace(0.0, 1.0, 11)[1:-1]
NODES = 4097
"""Points of the scan for sign changes in one dimension."""
_BISECTIONS = 64


class Meter:
    """A flow whose evaluations are counted: velocities and Jacobians, one for each state."""

    def __init__(self, flow: Flow, budget: int) -> None:
        self.flow, self.budget, self.spent = flow, budget, 0

    @property
    def dimension(self) -> int:
        """D."""
        return self.flow.dimension

    @property
    def speed(self) -> float:
        """Root mean square of |f| over the box."""
        return self.flow.speed

    @property
    def exhausted(self) -> bool:
        """Whether the budget is spent."""
        return self.spent >= self.budget

    def velocity(self, zeta: Array, /) -> Array:
        """Velocities (P, D) at states zeta (P, D), box units."""
        self.spent += len(zeta)
        return self.flow.velocity(zeta)

    def jacobian(self, zeta: Array, /) -> Array:
        """Derivatives (P, D, D) at states zeta (P, D), box units."""
        self.spent += len(zeta)
        return self.flow.jacobian(zeta)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ends:
    """Where searches ended: points (n, D), their |f| (n,), and the starts that led there (n,)."""

    points: Array
    residual: Array
    hits: NDArray[np.intp]

    def joined(self, other: Ends) -> Ends:
        """These and others."""
        return Ends(
            points=np.concatenate([self.points, other.points]),
            residual=np.append(self.residual, other.residual),
            hits=np.append(self.hits, other.hits),
        )

    def at(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Ends:
        """Some of them."""
        return Ends(points=self.points[rows], residual=self.residual[rows], hits=self.hits[rows])


def no_ends(dimension: int) -> Ends:
    """None at all."""
    return Ends(points=np.empty((0, dimension)), residual=np.empty(0), hits=np.zeros(0, np.intp))


def followed(meter: Meter, zeta: Array, rule: NewtonRule) -> tuple[Array, Array]:
    """Where Newton's steps from zeta (P, D) end (P, D), and |f| there (P,)."""
    return newton(
        lambda states, _: meter.velocity(states),
        lambda states, _: meter.jacobian(states),
        zeta,
        rule,
        exhausted=lambda: meter.exhausted,
    )


def search(meter: Meter, begins: Array, edge: float) -> Ends:
    """Zeros within the box widened by `edge` that starts (P, D) lead to."""
    points, residual = followed(meter, begins, _DAMPED)
    # Relative to the rms speed, so that units of time do not matter.
    good = residual <= RESIDUAL * meter.speed
    points, residual = points[good], residual[good]
    slow = singularity(meter, points) <= _SLOW
    points[slow], residual[slow] = followed(meter, points[slow], _REFINED)
    inside = np.all(np.abs(points) <= 1.0 + edge, axis=1) & _smooth(meter, points)
    ones = np.ones(len(points), dtype=np.intp)
    return Ends(points=points, residual=residual, hits=ones).at(inside)


def _smooth(meter: Meter, points: Array) -> NDArray[np.bool_]:
    """Where the field has derivatives (n,): a rest state without them has no type."""
    with np.errstate(all="ignore"):
        return np.asarray(np.isfinite(meter.jacobian(points)).all(axis=(1, 2)))


def singularity(meter: Meter, points: Array) -> Array:
    """(n,) smallest over largest singular value of J, 0 where f does not change at all.

    A Jacobian that is small as a whole counts as singular too, relative to those of the box.
    """
    if not len(points):
        return np.empty(0)
    with np.errstate(all="ignore"):
        values = np.linalg.svd(np.nan_to_num(meter.jacobian(points)), compute_uv=False)
    # Without the floor a point at which all of J vanishes, as for x³, would look regular.
    scale = np.maximum(values[:, 0], meter.flow.fastest_rate * 1e-3)
    return np.asarray(values[:, -1] / np.maximum(scale, np.finfo(float).tiny))


def sign_changes(meter: Meter, edge: float) -> tuple[Ends, int]:
    """Zeros of a field in one dimension between the points of a scan, and the index of its poles.

    Every change of sign is bisected down to neighboring numbers. Where |f| has grown on the way
    it is a pole; where it has not fallen it is a jump. Both count in the degree: the sum of
    their indices (half the change of sign) is returned.
    """
    # Odd: the middle of the box is a node, where symmetric fields have their zero.
    nodes = np.linspace(-1.0 - edge, 1.0 + edge, NODES)
    f = _values(meter, nodes)
    nodes, f = nodes[np.isfinite(f)], f[np.isfinite(f)]
    turns = np.flatnonzero(f[:-1] * np.sign(f[1:]) < 0.0)
    low, high, sign = nodes[turns].copy(), nodes[turns + 1].copy(), np.sign(f[turns])
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        left = np.sign(_values(meter, middle)) == sign
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    first = np.minimum(np.abs(f[turns]), np.abs(f[turns + 1]))
    # A pole hit exactly is not finite: it is larger than all else.
    ends = np.nan_to_num(np.abs(np.stack([_values(meter, low), _values(meter, high)])), nan=np.inf)
    last, nearest = ends.min(axis=0), np.where(ends[0] <= ends[1], low, high)
    # At a zero |f| falls with the width of the bracket; at a jump it keeps its size, at a pole it
    # grows like one over the width.
    zero = (last <= 1e-6 * first) | (last <= RESIDUAL * meter.speed)
    still = nodes[f == 0.0]
    places = np.append(nearest[zero], still)
    ends_found = Ends(
        points=places[:, None],
        residual=np.append(last[zero], np.zeros(len(still))),
        hits=np.zeros(len(places), dtype=np.intp),
    )
    return ends_found.at(_smooth(meter, ends_found.points)), int(-np.sum(sign[~zero]))


def _values(meter: Meter, places: Array) -> Array:
    with np.errstate(all="ignore"):
        return meter.velocity(places[:, None])[:, 0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Distinct:
    """Distinct zeros among ends: their rows (n,), hits (n,), spread (n,) of what was merged."""

    rows: NDArray[np.intp]
    hits: NDArray[np.intp]
    spread: Array


def merged(meter: Meter, ends: Ends) -> Distinct:
    """Merge ends that are one zero: within 1e-8, or |f| stays at their residual in between.

    The second rule gathers the ends at a degenerate zero, around which |f| is flat, but keeps
    two simple zeros apart that are as near as the rounding of f allows.
    """
    left = np.argsort(ends.residual, kind="stable")
    rows, hits, spread = [], [], []
    while len(left):
        # The end with the least |f| stands for those that are merged with it.
        best = left[0]
        gap = np.linalg.norm(ends.points[left] - ends.points[best], axis=1)
        same = gap <= _SAME
        near = np.flatnonzero(~same & (gap <= _REACH))
        same[near] = _connected(meter, ends, int(best), left[near])
        rows.append(best)
        hits.append(int(ends.hits[left[same]].sum()))
        spread.append(float(gap[same].max()))
        left = left[~same]
    points = ends.points[rows]
    order = np.lexsort(points.T[::-1]) if rows else np.empty(0, dtype=np.intp)
    return Distinct(
        rows=np.array(rows, dtype=np.intp)[order],
        hits=np.array(hits, dtype=np.intp)[order],
        spread=np.array(spread)[order],
    )


def _connected(meter: Meter, ends: Ends, best: int, others: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which other ends (rows) |f| does not rise on the way to."""
    if not len(others):
        return np.zeros(0, dtype=bool)
    start, goal = ends.points[best], ends.points[others]
    # Two simple zeros have a bump of |f| between them; two ends at one degenerate zero do not.
    places = start + _BETWEEN[:, None, None] * (goal - start)
    with np.errstate(all="ignore"):
        f = np.linalg.norm(meter.velocity(places.reshape(-1, meter.dimension)), axis=1)
    highest = f.reshape(len(_BETWEEN), -1).max(axis=0)
    return np.asarray(highest <= 3.0 * ends.residual[others] + NOISE * meter.speed)


def thinned(points: Array, tolerance: float) -> Array:
    """Some of the points (n, D): no two within a tolerance, all others within it of one."""
    kept: list[int] = []
    for row in range(len(points)):
        gaps = np.linalg.norm(points[kept] - points[row], axis=1)
        if not np.any(gaps <= tolerance):
            kept.append(row)
    order = np.lexsort(points[kept].T[::-1]) if kept else np.empty(0, dtype=np.intp)
    return np.asarray(points[np.array(kept, dtype=np.intp)[order]])
