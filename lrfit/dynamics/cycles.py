"""Limit cycles: found from returns, made exact by shooting, with Floquet multipliers.

Place in the flow: a trajectory that keeps moving becomes a cycle if it returns to the plane
through its last state and across its motion there; `shooting` gives start and period, the
linearised flow (`variation`) the multipliers: the eigenvalues of Y(T), one of which is 1, along
the flow. Reference: Seydel 2010, Practical Bifurcation and Stability Analysis, sections 7.2 to
7.5.

A network in discrete time has an invariant circle instead: its period is the mean time between
returns, and it has no multipliers here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields, lengths
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.runs import extend
from lrfit.dynamics.shooting import FARTHEST, Orbit, once_round, shoot
from lrfit.dynamics.variation import between, monodromy
from lrfit.integrate.tracks import Track

POINTS = 256
_CURVE = 1024
"""Points of the orbit by arc length: a spike takes no time, but half of the way."""
_FINE = 8192
_RETURNS = 40
"""Most returns within one period: the spikes of a burst."""
_CLOSE = 0.05
"""Distance of two returns, relative to the size of the orbit, that is worth a shooting attempt."""
_NEARER, _SETTLED = 1.2, 1e-4
"""Growth of the distance of returns, and distance in sizes of the orbit, that are no growth."""
_SEPARATED = 0.5
"""Growth of a neighbour's distance over a period, in factors of e, that speaks against a cycle."""
_LOCAL = 0.25
"""Crossings farther than this, in sizes of the orbit, belong to another part of it."""
_LEAST = 1e-3
"""Half-widths: a smaller orbit is taken for the fixed point inside it."""
_RTOL, _STIFF_RTOL = (1e-10, 1e-8, 1e-6), (1e-8, 1e-7, 1e-6)
"""Of the exact and of the rough orbit, whose difference is the error: the first two, or the last
two where five digits are enough."""
_MORE_STEPS, _MOST_STEPS = 12, 12_000
"""Steps of a shooting for each that the trajectory took over the period, which was less exact,
and most of all: a field that explodes back in time would take any number."""
_SMALLEST = 1e-30
_NEUTRAL = 1e-6
"""A multiplier that is nearer to the unit circle decides nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cycle:
    """A periodic orbit in box units.

    Attributes
    ----------
    period, period_error : the system's unit of time; the error from integrating more coarsely.
    points : (256, D), evenly spaced in time. lower, upper : (D,) extremes.
    curve : (n, D), the closed orbit evenly spaced in length, for distances.
    attracts : the returns of a trajectory alone led onto it.
    multipliers : (D,) complex Floquet multipliers, the largest first; NaN in discrete time.
    multiplier_error : of the largest but the trivial one: coarser integration and |trivial - 1|.
    """

    period: float
    period_error: float
    points: Array
    lower: Array
    upper: Array
    multipliers: NDArray[np.complex128]
    multiplier_error: float
    curve: Array = field(default_factory=lambda: np.empty((0, 0)))
    attracts: bool = False

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        if not np.size(self.curve):
            object.__setattr__(self, "curve", self.points)
        freeze_fields(
            self,
            points=np.shape(self.points),
            lower=(-1,),
            upper=(-1,),
            curve=np.shape(self.curve),
        )

    @property
    def leading(self) -> complex:
        """The largest multiplier apart from the trivial one: it says how the cycle attracts."""
        gaps = np.abs(self.multipliers - 1.0)
        rest = np.delete(self.multipliers, int(np.argmin(gaps)))
        return complex(rest[np.argmax(np.abs(rest))]) if len(rest) else complex("nan")

    @property
    def repels(self) -> bool:
        """Whether neighbors leave; in discrete time only attracting ones are found."""
        least = 0.5 if self.attracts else _NEUTRAL
        return bool(abs(self.leading) > 1.0 + max(least, min(self.multiplier_error, 0.5)))

    @property
    def size(self) -> float:
        """Diagonal of the box that holds the orbit, half-widths."""
        return float(np.linalg.norm(self.upper - self.lower))

    @property
    def isolated(self) -> bool:
        """Whether it attracts for sure; one of a family of closed orbits does not."""
        if np.isnan(abs(self.leading)):
            return True
        margin = max(_NEUTRAL, min(self.multiplier_error, 0.5))
        return not self.repels and (self.attracts or bool(abs(self.leading) < 1.0 - margin))

    @property
    def amplitude(self) -> Array:
        """(D,) half the way from the lowest to the highest value."""
        return np.asarray(0.5 * (self.upper - self.lower))


@dataclass(frozen=True, kw_only=True, eq=False)
class Returns:
    """Crossings of the plane through a track's last state, in its direction, newest first.

    times (n,), states (n, D), the first of them the last state itself. size : of the orbit.
    """

    times: Array
    states: Array
    size: float

    def period(self, lag: int, settled: float = _SETTLED) -> float | None:
        """Time since the crossing `lag` returns ago, if the motion comes nearer to a cycle.

        Two returns in a row must be close, since chaotic motion often comes back once; and the
        later must not be the farther, since beside a cycle that repels distances grow.
        """
        later = float(np.linalg.norm(self.states[lag] - self.states[0]))
        earlier = float(np.linalg.norm(self.states[2 * lag] - self.states[lag]))
        close = max(later, earlier) <= _CLOSE * self.size / max(1.0, lag / 3.0)
        nearer = later <= max(_NEARER * earlier, settled * self.size)
        period = float(self.times[0] - self.times[lag])
        return period if close and nearer and period > 0.0 else None


def returns(track: Track) -> Returns:
    """Where a track crossed the plane through its last state, near it, in the same direction.

    A plane across the motion serves any shape of orbit: the middle of a variable, say, is passed
    by every spike of a burst. Roots are those of the Hermite polynomials between steps.
    """
    place, normal = track.y[-1], track.f[-1]
    size = float(np.linalg.norm(np.ptp(track.y[len(track.y) // 2 :], axis=0)))
    if not (np.linalg.norm(normal) > 0.0 and size > 0.0) or len(track.t) < 4:
        return Returns(times=track.t[-1:], states=track.y[-1:], size=size)
    # Signed distance from the plane: it rises through zero where the track crosses as at its end.
    height = (track.y - place) @ (normal / np.linalg.norm(normal))
    before = np.flatnonzero((height[:-2] < 0.0) & (height[1:-1] >= 0.0))
    # Only planes crossed near the place: cheap, and before the roots are looked for.
    near = np.linalg.norm(track.y[before] - place, axis=1) <= 2.0 * _LOCAL * size + np.linalg.norm(
        track.y[before + 1] - track.y[before], axis=1
    )
    times, states = _roots(track, before[near][-4 * _RETURNS :], place, normal)
    close = np.linalg.norm(states - place, axis=1) <= _LOCAL * size
    return Returns(
        times=np.concatenate([track.t[-1:], times[close][::-1]]),
        states=np.concatenate([track.y[-1:], states[close][::-1]]),
        size=size,
    )


def _roots(
    track: Track, before: NDArray[np.intp], place: Array, normal: Array
) -> tuple[Array, Array]:
    """Times and states at which the steps `before` cross the plane, by bisection and a secant."""
    low, high = track.t[before], track.t[before + 1]
    for _ in range(12):
        # Twelve bisections leave 1/4096 of a step, on which the secant below is exact to rounding.
        middle = 0.5 * (low + high)
        above = (track.at(middle) - place) @ normal >= 0.0 if len(middle) else np.empty(0, bool)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    if not len(low):
        return low, np.empty((0, len(place)))
    a, b = ((track.at(t) - place) @ normal for t in (low, high))
    with np.errstate(invalid="ignore"):  # far outside of the box heights may not be finite
        share = a / np.where(a == b, -1.0, a - b)
    times = low + (high - low) * np.clip(np.nan_to_num(share), 0.0, 1.0)
    return times, track.at(times)


def find_cycles(
    flow: Flow, track: Track, *, stiff: bool, exact: bool = True, attempts: int = 3
) -> tuple[list[Cycle], int]:
    """Cycles that a trajectory leads to by its returns, and how many shootings that took.

    exact : whether period and multipliers are wanted to eight digits and more, or to five.

    A chaotic trajectory returns too, to a cycle that repels: the caller tells by the multipliers.
    """
    found = returns(track)
    if not found.size >= _LEAST:
        return [], 0
    cycles: list[Cycle] = []
    tried = 0
    for lag in range(1, min(_RETURNS, (len(found.times) - 1) // 2) + 1):
        # Between the steps of a map the curve is a guess, and so is the distance of returns.
        period = found.period(lag, _SETTLED if flow.dt is None else _CLOSE)
        if period is None:
            continue
        if flow.dt is None and flow.dimension > 2 and _parts_ways(flow, track, period):
            continue
        tried += 1
        if flow.dt is not None:
            return [_circle(flow, track, found, lag)], tried
        steps = int(np.sum(track.t >= track.t[-1] - period))
        cycle = close_orbit(
            flow, found.states[0], period, found.size, steps=steps, stiff=stiff, exact=exact
        )
        if cycle is not None:
            cycles.append(cycle)
        if tried == attempts or (cycle is not None and not cycle.repels):
            break
    return cycles, tried


def _parts_ways(flow: Flow, track: Track, period: float) -> bool:
    """Whether neighbours separate over the last so many units of time: no stable cycle is near.

    Told by the eigenvalues, since the norm of a map that is not normal grows even where neighbours
    return to each other.
    """
    matrix, scale, _ = monodromy(flow, track.after(float(track.t[-1]) - period))
    if not np.isfinite(matrix).all():
        return True
    largest = float(np.max(np.abs(np.linalg.eigvals(matrix))))
    return bool(np.log(max(largest, 1e-300)) + scale > _SEPARATED)


def close_orbit(
    flow: Flow,
    start: Array,
    guess: float,
    size: float,
    *,
    steps: int,
    stiff: bool,
    exact: bool = True,
) -> Cycle | None:
    """The cycle near a start (D,) of about this period; None if Newton's method finds none.

    steps : that the trajectory took over the period.
    """
    rounds = min(_MOST_STEPS, 500 + _MORE_STEPS * steps)
    tolerances = _STIFF_RTOL if stiff else _RTOL
    fine, coarse = tolerances[:2] if exact else tolerances[1:]
    rough = shoot(flow, start, guess, size, rtol=coarse, stiff=stiff, rounds=rounds)
    if rough is None:
        return None
    rough = once_round(flow, rough, size, rtol=coarse, stiff=stiff, rounds=rounds)
    orbit = shoot(flow, rough.start, rough.period, size, rtol=fine, stiff=stiff, rounds=rounds)
    if orbit is None or np.max(np.abs(orbit.start)) > FARTHEST:
        return None
    return _described(flow, orbit, rough, fine)


def _described(flow: Flow, orbit: Orbit, rough: Orbit, rtol: float) -> Cycle | None:
    """Points, extremes and multipliers of an orbit; None for a point at rest."""
    multipliers, trivial = _multipliers(flow, orbit.track)
    loose, _ = _multipliers(flow, rough.track)
    even = np.linspace(0.0, float(orbit.track.t[-1]), POINTS, endpoint=False)
    points = between(flow, orbit.track, even)
    # Two tolerances, fine and coarse: their difference is the error that is stated.
    # A jump of a relaxation oscillator lies within a few steps, and between two even times.
    states = between(flow, orbit.track, _finely(orbit.track.t))
    if np.linalg.norm(np.ptp(states, axis=0)) < _LEAST:
        return None
    return Cycle(
        period=orbit.period,
        period_error=max(abs(orbit.period - rough.period), 10.0 * rtol * orbit.period),
        points=points,
        lower=states.min(axis=0),
        upper=states.max(axis=0),
        multipliers=multipliers,
        multiplier_error=float(np.max(np.abs(multipliers - loose)))
        + (0.0 if flow.dimension == 2 else trivial),  # in the plane Liouville's formula needs none
        curve=by_length(states, _CURVE),
        attracts=rough.attracts or orbit.attracts,
    )


def _finely(t: Array) -> Array:
    """Every step cut into parts, about 8192 in all."""
    parts = max(2, _FINE // len(t))
    cut = np.linspace(0.0, 1.0, parts, endpoint=False)
    return np.append((t[:-1, None] + np.diff(t)[:, None] * cut).ravel(), t[-1])


def _multipliers(flow: Flow, track: Track) -> tuple[NDArray[np.complex128], float]:
    """Eigenvalues of Y(T), the largest first, and how far the trivial one is from 1.

    In the plane the other one is the determinant of Y, by Liouville's formula: exact, however
    small it is, where the eigenvalue is lost in the rounding of the trivial one.
    """
    matrix, scale, divergence = monodromy(flow, track)
    if not np.isfinite(matrix).all():
        return np.full(len(matrix), np.nan + 0j), np.nan
    # exp(690) is near the largest number: a multiplier beyond it is "very large" in any case.
    values = np.linalg.eigvals(matrix).astype(complex) * np.exp(min(scale, 690.0))
    trivial = float(np.min(np.abs(values - 1.0)))
    if trivial < 0.5:  # its error is that of the scale, which all of them share
        values = values / values[np.argmin(np.abs(values - 1.0))]
    if len(values) == 2:
        values = np.array([1.0, np.exp(min(divergence, 690.0))], dtype=complex)
    return np.asarray(values[np.argsort(-np.abs(values), kind="stable")]), trivial


def by_length(states: Array, count: int) -> Array:
    """`count` points (count, D) of a curve (T, D), evenly spaced in length."""
    lengths = np.linalg.norm(np.diff(states, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.linspace(0.0, along[-1], count, endpoint=False)
    return np.stack([np.interp(at, along, column) for column in states.T], axis=1)


def forward(cycle: Cycle) -> Cycle:
    """A cycle of a flow with time reversed, as one of the flow itself."""
    values = cycle.multipliers[::-1]
    # Backward in time the monodromy matrix is the inverse, and its eigenvalues are 1 / mu; their
    # errors grow by |1 / mu|² to first order.
    multipliers = (1.0 / np.where(np.abs(values) < _SMALLEST, _SMALLEST, values)).astype(complex)
    size = max(1.0, float(np.max(np.abs(multipliers))))
    return replace(
        cycle,
        points=cycle.points[::-1],
        curve=cycle.curve[::-1],
        multipliers=multipliers,
        multiplier_error=cycle.multiplier_error * size**2,
        attracts=False,
    )


def _circle(flow: Flow, track: Track, found: Returns, lag: int) -> Cycle:
    """The orbit of a map that returns: its mean period, and its points between the steps."""
    newest = np.arange(0, len(found.times) - lag, lag)
    periods = found.times[newest] - found.times[newest + lag]
    period = float(periods.mean())
    dt = float(flow.dt or 0.0)
    again = extend(flow, track.y[-1][None], 10**6, duration=period + 3.0 * dt).tracks[0]
    states = again.at(np.linspace(0.0, period, _FINE + 1))
    return Cycle(
        period=period,
        period_error=float(periods.std() / np.sqrt(len(periods))),
        points=states[: -1 : _FINE // POINTS],
        lower=states.min(axis=0),
        upper=states.max(axis=0),
        multipliers=np.full(flow.dimension, np.nan + 0j),
        multiplier_error=np.nan,
        curve=by_length(states, _CURVE),
    )


def shape_distance(first: Cycle, second: Cycle) -> float:
    """Largest distance from a point of one cycle to the other, both ways (Hausdorff), box units."""
    a, b = first.curve[::2], second.curve[::2]
    gaps = lengths(a[:, None] - b[None])
    return float(max(gaps.min(axis=0).max(), gaps.min(axis=1).max()))
