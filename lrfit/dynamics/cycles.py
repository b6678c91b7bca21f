"""Limit cycles: found in long runs, made exact by shooting, with Floquet multipliers.

Place in the flow: a trajectory that keeps moving becomes a cycle if it returns to a section;
Newton's method on (z, T) of Phi_T(z) = z, with the variational equation dY/dt = J Y beside the
trajectory, gives period and multipliers (the eigenvalues of Y(T); one of them is 1, along the
flow). Reference: Seydel 2010, Practical Bifurcation and Stability Analysis, sections 7.2 to 7.5.

A network in discrete time has an invariant circle instead: its period is the mean time between
returns, and it has no multipliers here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.dynamics.flow import Flow
from lrfit.dynamics.runs import follow, step_of
from lrfit.arrays import Array, freeze_fields

POINTS = 256
_FINER = 16
"""Extremes are read from so many times as many points."""
_BETWEEN = 16
"""Points of a smooth curve through a map's states, for each of its steps."""
_RETURNS = 8
_CLOSE = 0.05
"""Distance of two returns, relative to the size of the orbit, that is worth a shooting attempt."""
_NEWTON = 12
_LEAST = 1e-3
"""Half-widths: a smaller orbit is taken for the fixed point inside it."""
_TRIVIAL = 0.05
"""A closed orbit has a multiplier 1; where none is so near, shooting found a point at rest."""
_CLOSED = 1e-8
_RTOL, _COARSE = 1e-10, 1e-7
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

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, points=np.shape(self.points), lower=(-1,), upper=(-1,))

    @property
    def leading(self) -> complex:
        """The largest multiplier apart from the trivial one: it says how the cycle attracts."""
        gaps = np.abs(self.multipliers - 1.0)
        rest = np.delete(self.multipliers, int(np.argmin(gaps)))
        return complex(rest[np.argmax(np.abs(rest))]) if len(rest) else complex("nan")

    @property
    def repels(self) -> bool:
        """Whether neighbors leave; in discrete time only attracting ones are found."""
        return bool(abs(self.leading) > 1.0 + _NEUTRAL)

    @property
    def amplitude(self) -> Array:
        """(D,) half the way from the lowest to the highest value."""
        return np.asarray(0.5 * (self.upper - self.lower))


def find_cycle(flow: Flow, t: Array, states: Array) -> Cycle | None:
    """Look for a cycle in a trajectory: states (T, D) at t (T,); None where it does not return."""
    if flow.dt is not None:
        t, states = _between_steps(t, states)
    crossings, times = returns(t, states)
    size = float(np.linalg.norm(np.ptp(states, axis=0)))
    for lag in range(1, min(_RETURNS, (len(times) - 1) // 2) + 1):
        # Twice in a row: chaotic motion often comes back once.
        gaps = np.linalg.norm(
            crossings[[-1, -1 - lag]] - crossings[[-1 - lag, -1 - 2 * lag]], axis=1
        )
        if np.max(gaps) > _CLOSE * size:
            continue
        guess = float(times[-1] - times[-1 - lag])
        return _exact(flow, crossings[-1], guess, times, lag, size)
    return None


def forward(cycle: Cycle) -> Cycle:
    """A cycle of a flow with time reversed, as one of the flow itself."""
    values = cycle.multipliers[::-1]
    multipliers = (1.0 / np.where(np.abs(values) < _SMALLEST, _SMALLEST, values)).astype(complex)
    size = max(1.0, float(np.max(np.abs(multipliers))))
    return replace(
        cycle,
        points=cycle.points[::-1],
        multipliers=multipliers,
        multiplier_error=cycle.multiplier_error * size**2,
    )


def returns(t: Array, states: Array) -> tuple[Array, Array]:
    """States (n, D) and times (n,) at which the liveliest variable rises through its middle."""
    component = int(np.argmax(np.std(states, axis=0)))
    height = states[:, component]
    level = 0.5 * (height.max() + height.min())
    rises = np.flatnonzero((height[:-1] < level) & (height[1:] >= level))
    share = (level - height[rises]) / (height[rises + 1] - height[rises])
    crossings = states[rises] + share[:, None] * (states[rises + 1] - states[rises])
    return crossings, t[rises] + share * (t[rises + 1] - t[rises])


def _exact(
    flow: Flow, start: Array, guess: float, times: Array, lag: int, size: float
) -> Cycle | None:
    if flow.dt is not None:
        return _circle(flow, start, times, lag)
    found = shoot(flow, start, guess, size)
    if found is None or np.max(np.abs(found[0])) > 1.5:
        return None
    z, period = found
    coarse = shoot(flow, start, guess, size, rtol=_COARSE)
    orbit, monodromy = _around(flow, z, period, _RTOL)
    points = orbit[:-1:_FINER]
    multipliers = _sorted(monodromy)
    loose = multipliers if coarse is None else _sorted(_around(flow, *coarse, _COARSE)[1])
    trivial = float(np.min(np.abs(multipliers - 1.0)))
    if np.linalg.norm(np.ptp(orbit, axis=0)) < _LEAST or not trivial <= _TRIVIAL:
        return None
    return Cycle(
        period=period,
        period_error=abs(period - coarse[1]) if coarse else np.nan,
        points=points,
        lower=orbit.min(axis=0),
        upper=orbit.max(axis=0),
        multipliers=multipliers,
        multiplier_error=float(np.max(np.abs(multipliers - loose))) + trivial,
    )


def shoot(
    flow: Flow, start: Array, guess: float, size: float, *, rtol: float = _RTOL
) -> tuple[Array, float] | None:
    """A point (D,) of a cycle and its period, from guesses; None if Newton does not converge."""
    z, period = start.copy(), guess
    for _ in range(_NEWTON):
        points, monodromy = _around(flow, z, period, rtol)
        if not np.all(np.isfinite(points)):
            return None
        gap = points[-1] - z
        if np.linalg.norm(gap) <= max(_CLOSED, 10 * rtol) * size:
            return z, period
        here, there = flow.velocity(np.stack([z, points[-1]]))
        system = np.zeros((len(z) + 1, len(z) + 1))
        system[:-1, :-1] = monodromy - np.eye(len(z))
        system[:-1, -1], system[-1, :-1] = there, here
        change = np.linalg.lstsq(system, -np.append(gap, 0.0), rcond=1e-13)[0]
        if not np.linalg.norm(change[:-1]) <= 0.3 * size:
            return None
        z, period = z + change[:-1], period + float(change[-1])
        if not 0.3 * guess < period < 3.0 * guess:
            return None
    return None


def _around(flow: Flow, z: Array, period: float, rtol: float) -> tuple[Array, Array]:
    """States (4097, D) over one period from z, and the monodromy matrix (D, D)."""
    from scipy.integrate import solve_ivp  # noqa: PLC0415 - a slow import

    D = len(z)

    def velocity(_: float, y: Array) -> Array:
        state = y[None, :D]
        change = flow.jacobian(state)[0] @ y[D:].reshape(D, D)
        return np.concatenate([flow.velocity(state)[0], change.ravel()])

    with np.errstate(all="ignore"):
        solution = solve_ivp(
            velocity,
            (0.0, period),
            np.concatenate([z, np.eye(D).ravel()]),
            method="DOP853",
            rtol=rtol,
            atol=1e-2 * rtol,
            t_eval=np.linspace(0.0, period, _FINER * POINTS + 1),
        )
    if solution.y.shape[1] <= _FINER * POINTS:
        return np.full((_FINER * POINTS + 1, D), np.nan), np.full((D, D), np.nan)
    return solution.y[:D].T, solution.y[D:, -1].reshape(D, D)


def _sorted(monodromy: Array) -> NDArray[np.complex128]:
    values = np.linalg.eigvals(monodromy).astype(complex)
    return np.asarray(values[np.argsort(-np.abs(values), kind="stable")])


def _circle(flow: Flow, start: Array, times: Array, lag: int) -> Cycle:
    """The orbit of a map that returns: its mean period, and its points between the steps."""
    periods = times[lag:] - times[:-lag]
    period = float(periods.mean())
    chunk = follow(flow, start[None], period + 2.0 * step_of(flow), kept=10**6)
    t, states = _between_steps(chunk.t, chunk.states[0])
    at = np.linspace(0.0, period, POINTS, endpoint=False)
    points = np.stack([np.interp(at, t, column) for column in states.T], axis=1)
    return Cycle(
        period=period,
        period_error=float(periods.std() / np.sqrt(len(periods))),
        points=points,
        lower=points.min(axis=0),
        upper=points.max(axis=0),
        multipliers=np.full(flow.dimension, np.nan + 0j),
        multiplier_error=np.nan,
    )


def _between_steps(t: Array, states: Array) -> tuple[Array, Array]:
    """A trajectory of a map, states (T, D), made smooth: chords of coarse steps cut the corners."""
    from scipy.interpolate import CubicSpline  # noqa: PLC0415 - a slow import

    if len(t) < 4 or not np.all(np.isfinite(states)):
        return t, states
    fine = np.linspace(t[0], t[-1], _BETWEEN * (len(t) - 1) + 1)
    return fine, np.asarray(CubicSpline(t, states)(fine))


def shape_distance(first: Cycle, second: Cycle) -> float:
    """Largest distance from a point of one cycle to the other, both ways (Hausdorff), box units."""
    gaps = np.linalg.norm(first.points[:, None] - second.points[None], axis=2)
    return float(max(gaps.min(axis=0).max(), gaps.min(axis=1).max()))
