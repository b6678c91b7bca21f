"""All fixed points in the box: many starts, Newton's method, and evidence of completeness.

Place in the flow: a `Flow` becomes its rest states, with eigenvalues and types. Levenberg-
Marquardt steps on |f|² from scrambled Sobol starts, all at once, with exact Jacobians; what
converges is told apart by distance. Where a whole curve of rest states exists (a continuous
attractor) the points are as many as the starts: that is recognised by a singular value near
zero, and they are kept apart from the isolated ones.

Completeness: in 1-D and 2-D the signs of det J must add up to the degree of f on the border of
the box (Poincare-Hopf; Strogatz 1994, section 6.8). In any dimension, how many starts reached
each point; by Good and Turing's rule the share of the starts whose point was found only once is
about the chance that one more start finds a new one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.dynamics.flow import Flow
from lrfit.arrays import Array, freeze_fields
from lrfit.targets.places import sobol_points

STARTS = 512
_STEPS = 60
_RESIDUAL = 1e-9
"""|f| relative to its rms over the box, below which a point is at rest."""
_SAME = 1e-5
_EDGE = 1e-9
NEUTRAL = 1e-6
"""An eigenvalue whose real part is smaller than this times the fastest rate at the point is
called neutral: it decides nothing."""
_SMALLEST = 1e-6
"""A step that leaves less of a deviation is as good as one that leaves none."""
_UNRESOLVED = 1e-6
"""Real part over the rms speed below which an eigenvalue is taken to be zero: a degenerate point
is known no more exactly than the root of the residual."""
_FLAT = 1e-6
"""Smallest over largest singular value of J below which a point is one of a continuum."""
_CURVE = 12
_BORDER = 1024
"""First points on each side of the box; more where the field turns quickly."""
_FINEST = 2**16
_ROUNDS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedPoints:
    """Isolated fixed points inside the box, and points of a continuum of them if there is one.

    Attributes
    ----------
    points : (n, D), box units. eigenvalues : (n, D) complex, the least stable first.
    kinds : n names, such as "stable focus", "saddle". residual : (n,), |f| / rms |f|.
    hits : (n,), starts that reached each. starts : how many there were.
    degree, index_sum : of f on the border, and of the signs of det J; None where the degree is
        not known (D > 2, a continuum, or a border where f vanishes).
    continuum : (m, D), points of a continuum; empty without one.
    """

    points: Array
    eigenvalues: NDArray[np.complex128]
    kinds: tuple[str, ...]
    residual: Array
    hits: NDArray[np.intp]
    starts: int
    degree: int | None
    index_sum: int | None
    continuum: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(
            self,
            points=np.shape(self.points),
            residual=(-1,),
            continuum=np.shape(self.continuum),
        )

    @property
    def unstable(self) -> NDArray[np.intp]:
        """(n,) number of unstable directions of each."""
        return np.array([_unstable(rates) for rates in self.eigenvalues], dtype=np.intp)

    @property
    def stable(self) -> NDArray[np.bool_]:
        """(n,) which are stable."""
        return np.array([kind.startswith("stable") for kind in self.kinds], dtype=bool)

    @property
    def complete(self) -> bool | None:
        """Whether the indices add up to the degree; None where that is not known."""
        return None if self.degree is None else self.index_sum == self.degree

    @property
    def chance_of_more(self) -> float:
        """About the chance that one more start would find a new point (Good and Turing)."""
        found = int(self.hits.sum())
        return float(np.sum(self.hits == 1) / found) if found else 0.0


def fixed_points(
    flow: Flow, *, generator: np.random.Generator, starts: int = STARTS
) -> FixedPoints:
    """Find the fixed points of a flow in its box.

    Parameters
    ----------
    flow : Flow
        Any field at a tonic input.
    starts : int
        Sobol starts in each round (rounded up to a power of two), over the box widened by 5 %.
        Rounds follow, up to eight, while a point was found only once or the indices do not add
        up.

    Returns
    -------
    FixedPoints
        In box units; none at all where the flow has none.
    """
    ends, residual, begun = np.empty((0, flow.dimension)), np.empty(0), 0
    for _ in range(_ROUNDS):
        begins = 1.05 * sobol_points(flow.dimension, starts, generator)
        more, left = _newton(flow, begins)
        inside = np.all(np.abs(more) <= 1.0 + _EDGE, axis=1)
        good = (left <= _RESIDUAL * flow.speed) & inside & _smooth(flow, more)
        ends, residual = np.concatenate([ends, more[good]]), np.append(residual, left[good])
        begun += len(begins)
        found = _told_apart(flow, ends, residual, begun)
        if found.chance_of_more == 0.0 and found.complete is not False:
            break
    return found


def _smooth(flow: Flow, points: Array) -> NDArray[np.bool_]:
    """Where the field has derivatives (n,): a rest state without them has no type."""
    with np.errstate(all="ignore"):
        return np.asarray(np.isfinite(flow.jacobian(points)).all(axis=(1, 2)))


def _told_apart(flow: Flow, ends: Array, residual: Array, starts: int) -> FixedPoints:
    """Distinct points and the continuum among zeros (n, D) that starts led to."""
    flat: NDArray[np.bool_] = _flat(flow, ends)
    continuum = _distinct(ends[flat], residual[flat], tolerance=1e-3)[0]
    if len(continuum) < _CURVE:  # a degenerate point, not a curve of them
        flat[:] = False
        continuum = continuum[:0]
    points, hits = _distinct(ends[~flat], residual[~flat], tolerance=_SAME)
    eigenvalues = _eigenvalues(flow, points)
    degree = _degree(flow) if not len(continuum) else None
    return FixedPoints(
        points=points,
        eigenvalues=eigenvalues,
        kinds=tuple(kind_of(rates) for rates in eigenvalues),
        residual=np.linalg.norm(flow.velocity(points), axis=1) / flow.speed,
        hits=hits,
        starts=starts,
        degree=degree,
        index_sum=None if degree is None else _index_sum(flow, points),
        continuum=continuum,
    )


def _newton(flow: Flow, zeta: Array) -> tuple[Array, Array]:
    """Where damped Newton steps end (P, D), and |f| there (P,)."""
    zeta = zeta.copy()
    mu = np.full(len(zeta), 1e-3)
    with np.errstate(all="ignore"):
        f = flow.velocity(zeta)
        size = np.linalg.norm(f, axis=1)
        size[~np.isfinite(size)] = np.inf
        active = np.flatnonzero(np.isfinite(size))
        for _ in range(_STEPS):
            if not len(active):
                break
            step = _step(flow.jacobian(zeta[active]), f[active], mu[active])
            tried = zeta[active] + step
            there = flow.velocity(tried)
            new = np.linalg.norm(there, axis=1)
            better = (new < size[active]) & np.all(np.abs(tried) <= 3.0, axis=1)
            rows = active[better]
            zeta[rows], f[rows], size[rows] = tried[better], there[better], new[better]
            mu[active] = np.clip(mu[active] * np.where(better, 0.1, 10.0), 1e-15, 1e8)
            stuck = (np.linalg.norm(step, axis=1) <= 1e-14) | (mu[active] >= 1e8)
            active = active[np.flatnonzero(~stuck & (size[active] > 0.0))]
    return zeta, size


def _step(jacobian: Array, f: Array, mu: Array) -> Array:
    """Levenberg-Marquardt steps (P, D), by the singular values: no squared condition number."""
    left, values, right = np.linalg.svd(np.nan_to_num(jacobian, posinf=0.0, neginf=0.0))
    damped = values**2 + mu[:, None] * values[:, :1] ** 2
    gain = values / np.maximum(damped, np.finfo(float).tiny)
    along = np.einsum("pij,pi->pj", left, f)
    return np.asarray(-np.einsum("pji,pj->pi", right, gain * along))


def _flat(flow: Flow, points: Array) -> NDArray[np.bool_]:
    """Which points have a direction in which f does not change."""
    if not len(points):
        return np.zeros(0, dtype=bool)
    values = np.linalg.svd(flow.jacobian(points), compute_uv=False)
    return np.asarray(values[:, -1] <= _FLAT * np.maximum(values[:, 0], flow.fastest_rate * 1e-3))


def _distinct(
    points: Array, residual: Array, *, tolerance: float
) -> tuple[Array, NDArray[np.intp]]:
    """One point of every cluster, that with the least residual, and the sizes of the clusters."""
    kept: list[int] = []
    hits: list[int] = []
    for row in np.argsort(residual, kind="stable"):
        gaps = np.linalg.norm(points[kept] - points[row], axis=1) if kept else np.empty(0)
        if len(gaps) and gaps.min() <= tolerance:
            hits[int(np.argmin(gaps))] += 1
        else:
            kept.append(int(row))
            hits.append(1)
    order = np.lexsort(points[kept].T[::-1]) if kept else np.empty(0, dtype=int)
    return points[np.array(kept, dtype=int)[order]], np.array(hits, dtype=np.intp)[order]


def _eigenvalues(flow: Flow, points: Array) -> NDArray[np.complex128]:
    """(n, D), sorted by falling real part; of a map those of the flow that it could be a step of.

    An Euler step multiplies by 1 + dt lambda what a flow multiplies by exp(dt rate).
    """
    if not len(points):
        return np.empty((0, flow.dimension), dtype=complex)
    rates = np.linalg.eigvals(flow.jacobian(points)).astype(complex)
    if flow.dt is not None:
        steps = 1.0 + flow.dt * rates
        rates = np.log(np.where(np.abs(steps) < _SMALLEST, _SMALLEST, steps)) / flow.dt
    rates.real[np.abs(rates.real) <= _UNRESOLVED * flow.speed] = 0.0
    order = np.argsort(-rates.real + 1e-12 * rates.imag, axis=1, kind="stable")
    return np.take_along_axis(rates, order, axis=1)


def kind_of(eigenvalues: NDArray[np.complex128]) -> str:
    """Name of a fixed point with these eigenvalues (D,), the usual one of the field."""
    if not len(eigenvalues):
        return "point"
    size = NEUTRAL * np.max(np.abs(eigenvalues))
    neutral = int(np.sum(np.abs(eigenvalues.real) <= size))
    turning = bool(np.any(np.abs(eigenvalues.imag) > size))
    unstable = _unstable(eigenvalues)
    if unstable and unstable + neutral < len(eigenvalues):
        return "saddle focus" if turning else "saddle"
    if neutral:
        return "unstable, neutral" if unstable else "center" if turning else "neutral"
    return f"{'unstable' if unstable else 'stable'} {'focus' if turning else 'node'}"


def _unstable(eigenvalues: NDArray[np.complex128]) -> int:
    size = NEUTRAL * np.max(np.abs(eigenvalues), initial=0.0)
    return int(np.sum(eigenvalues.real > size))


def _degree(flow: Flow) -> int | None:
    """Degree of f on the border of the box; None for D > 2 or where f nearly vanishes there."""
    if flow.dimension == 1:
        ends = np.sign(flow.velocity(np.array([[-1.0], [1.0]]))[:, 0])
        return int((ends[1] - ends[0]) / 2) if np.all(ends) else None
    if flow.dimension > 2:
        return None
    nodes = _BORDER
    while nodes <= _FINEST:
        f = flow.velocity(_square(nodes))
        if not np.all(np.linalg.norm(f, axis=1) > 1e-6 * flow.speed):
            return None
        angle = np.arctan2(f[:, 1], f[:, 0])
        turns = np.diff(np.append(angle, angle[0]))
        turns = (turns + np.pi) % (2.0 * np.pi) - np.pi
        if np.max(np.abs(turns)) <= 1.0:  # far enough from pi to be the shorter way round
            return round(float(turns.sum() / (2.0 * np.pi)))
        nodes *= 4
    return None


def _square(nodes: int) -> Array:
    """Points on the border of [-1, 1]², counterclockwise."""
    s = np.linspace(-1.0, 1.0, nodes, endpoint=False)
    one = np.ones_like(s)
    sides = ((s, -one), (one, s), (-s, one), (-one, -s))
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def _index_sum(flow: Flow, points: Array) -> int:
    if not len(points):
        return 0
    return int(np.sum(np.sign(np.linalg.det(flow.jacobian(points)))))
