"""Where trajectories go: long runs from many starts, all at once.

Place in the flow: starts in the box become fates: a stable fixed point, a continuum of them, the
outside of the box, or (what `cycles` and `exponents` then look into) motion that goes on.
Fourth-order Runge-Kutta steps of 0.2 over the largest |Jacobian|; a network in discrete time
takes its own Euler steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.dynamics.fixed_points import FixedPoints
from lrfit.dynamics.flow import Flow
from lrfit.arrays import Array
from lrfit.integrate import Limits, Region, march, rk4

STEP = 0.2
MOST_STEPS = 40_000
"""Of one chunk: a field with rates 10,000 times as fast as the box is crossed runs shorter."""
KEPT = 3_000
FAR = 2.0
"""Half-widths from the middle at which a trajectory has left the box for good, or bound of what
is of any interest: no network was fitted there."""
ARRIVED = 1e-2
"""Distance to a stable fixed point, half-widths, at which its basin is taken to be reached: the
speed must have fallen to that of its linear neighbourhood as well."""
NEAR = 0.25
"""The same for a trajectory that has come nearer all the time."""
MOVING, ESCAPED, CONTINUUM = -1, -2, -3


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """A piece of all trajectories: t (T,), states (S, T, D), NaN after an escape."""

    t: Array
    states: Array
    escaped: NDArray[np.bool_]

    @property
    def end(self) -> Array:
        """(S, D) last states."""
        return np.asarray(self.states[:, -1])


def step_of(flow: Flow) -> float:
    """The time step that suits a flow."""
    return flow.dt if flow.dt is not None else STEP / max(flow.fastest_rate, 1e-12 * flow.speed)


def follow(flow: Flow, starts: Array, duration: float, *, kept: int = KEPT) -> Chunk:
    """Follow starts (S, D), box units, for a duration (or as long as the steps suffice)."""
    dt = step_of(flow)
    if flow.dt is None:
        dt = min(dt, duration / 50.0)
    steps = int(np.clip(np.ceil(duration / dt), 1, MOST_STEPS))
    keep = np.unique(np.rint(np.linspace(0, steps, min(kept, steps + 1))).astype(np.intp))
    if flow.dt is None:
        advance = rk4(lambda _, zeta: flow.velocity(zeta), dt)
    else:

        def advance(_: int, y: Array) -> None:
            y += dt * flow.velocity(y)

    region = Region(middle=np.zeros(flow.dimension), scale=np.ones(flow.dimension))
    solution = march(
        advance, starts, dt=dt, keep=keep, region=region, limits=Limits(bound=FAR, seconds=120.0)
    )
    return Chunk(
        t=solution.t, states=solution.y, escaped=np.asarray(solution.reached < len(solution.t))
    )


def fates(
    flow: Flow, ends: Array, escaped: NDArray[np.bool_], fixed: FixedPoints
) -> NDArray[np.intp]:
    """Where states (S, D) have arrived: (S,) index of a stable fixed point, or a code above."""
    found = np.full(len(ends), MOVING, dtype=np.intp)
    found[escaped] = ESCAPED
    alive = np.flatnonzero(~escaped)
    speed = np.linalg.norm(flow.velocity(ends[alive]), axis=1)
    stable = np.flatnonzero(fixed.stable)
    if len(stable):
        gap, nearest = _nearest(ends[alive], fixed.points[stable])
        rate = np.max(np.abs(fixed.eigenvalues[stable]), axis=1)[nearest]
        there = (gap <= ARRIVED) & (speed <= 3.0 * rate * np.maximum(gap, 1e-12))
        found[alive[there]] = stable[nearest[there]]
    if len(fixed.continuum):
        gap, _ = _nearest(ends[alive], fixed.continuum)
        still = (speed <= 1e-4 * flow.speed) & (gap <= 0.2) & (found[alive] == MOVING)
        found[alive[still]] = CONTINUUM
    return found


def approached(chunk: Chunk, fixed: FixedPoints, *, shrink: float) -> NDArray[np.intp]:
    """Fixed point (index) that each trajectory nears all the time, else MOVING: (S,).

    Its largest distance must shrink by a factor from each third of the chunk to the next: slow
    foci and degenerate points are arrivals too, a cycle around a point is none.
    """
    found = np.full(len(chunk.states), MOVING, dtype=np.intp)
    candidates = np.flatnonzero(fixed.unstable == 0)
    rows = np.flatnonzero(~chunk.escaped)
    third = chunk.states.shape[1] // 3
    if not len(candidates) or not len(rows) or third < 1:
        return found
    gap, nearest = _nearest(chunk.end[rows], fixed.points[candidates])
    goal = fixed.points[candidates[nearest]]
    away = np.linalg.norm(chunk.states[rows] - goal[:, None], axis=2)
    first, second, last = (away[:, k * third : (k + 1) * third].max(axis=1) for k in range(3))
    nears = (gap <= NEAR) & (second < shrink * first) & (last < shrink * second)
    found[rows[nears]] = candidates[nearest[nears]]
    return found


def _nearest(states: Array, points: Array) -> tuple[Array, NDArray[np.intp]]:
    gaps = np.linalg.norm(states[:, None, :] - points[None], axis=2)
    nearest = np.argmin(gaps, axis=1)
    return np.take_along_axis(gaps, nearest[:, None], axis=1)[:, 0], nearest
