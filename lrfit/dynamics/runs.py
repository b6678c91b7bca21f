"""Trajectories of a flow: from many starts, for a time or for a number of steps.

Place in the flow: `extend` follows trajectories by steps, as the search for their fates does,
since steps adapt to the motion and the box's speed does not tell how long a motion takes;
`follow` gives states at even times, as figures and distances do. A flow takes error-controlled
steps, linearly implicit ones where it is stiff; a network in discrete time its own Euler steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics.flow import Flow
from lrfit.integrate import Limits, Region, march
from lrfit.integrate.tracks import OUTSIDE, STUCK, Track, Tracks, trace

BOUND = 30.0
"""Half-widths at which a trajectory has left for good. Relaxation oscillators swing out of the
box by several of them and come back; fields that grow like a polynomial do not."""
KEPT = 3_000
RTOL, IMPLICIT_RTOL = 1e-6, 1e-5
_MOST_STEPS = 40_000
_MAP_STEPS = 10
"""Steps of a map that count as one: they are as short as tau / 10 and cost one evaluation."""
_PILOT = 40
_GAIN = 2.5
"""Implicit steps cost about three times as much as explicit ones."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """Trajectories at even times: t (T,), states (S, T, D), NaN after an escape."""

    t: Array
    states: Array
    escaped: NDArray[np.bool_]

    @property
    def end(self) -> Array:
        """(S, D) last states."""
        return np.asarray(self.states[:, -1])


def extend(
    flow: Flow,
    starts: Array,
    steps: int,
    *,
    stiff: bool = False,
    rtol: float | None = None,
    duration: float | Array = np.inf,
) -> Tracks:
    """Follow starts (S, D), box units, for so many steps each (or the duration, if shorter)."""
    if flow.dt is not None:
        return _steps_of_map(flow, starts, steps * _MAP_STEPS, duration)
    tolerance = rtol or (IMPLICIT_RTOL if stiff else RTOL)
    return trace(
        flow.velocity,
        starts,
        rounds=steps,
        duration=duration,
        jacobian=flow.jacobian if stiff else None,
        rtol=tolerance,
        bound=BOUND,
    )


def is_stiff(flow: Flow, starts: Array) -> bool:
    """Whether linearly implicit steps from these states (S, D) get farther for the same work."""
    if flow.dt is not None:
        return False
    # Stiffness is told by what a step is worth, not by eigenvalues: those of a slow manifold and of
    # a fast oscillation may be alike in size.
    some = starts[: min(6, len(starts))]
    reached = []
    for stiff in (False, True):
        tracks = extend(flow, some, _PILOT, stiff=stiff).tracks
        reached.append(np.array([track.t[-1] for track in tracks]))
    # The median: a single start on a fast spike decides nothing.
    gains = reached[1] / np.maximum(reached[0], 1e-300)
    middle = np.sort(gains)[(len(gains) - 1) // 2 : len(gains) // 2 + 1]
    return bool(np.mean(middle) > _GAIN)  # np.median imports numpy.ma


def follow(flow: Flow, starts: Array, duration: float, *, kept: int = KEPT) -> Chunk:
    """Follow starts (S, D), box units, for a duration; states at `kept` even times."""
    if flow.dt is not None:
        return _march(flow, starts, duration, kept)
    t = np.linspace(0.0, duration, kept)
    stiff = is_stiff(flow, starts)
    found = extend(flow, starts, _MOST_STEPS, stiff=stiff, duration=duration)
    states = np.full((len(starts), kept, flow.dimension), np.nan)
    for row, track in enumerate(found.tracks):
        here = t <= track.t[-1] * (1.0 + 1e-12)
        states[row, here] = (
            track.at(np.minimum(t[here], track.t[-1])) if len(track.t) > 1 else (track.y[0])
        )
    escaped = (found.ended == OUTSIDE) | (found.ended == STUCK)
    return Chunk(t=t, states=states, escaped=escaped)


def _march(flow: Flow, starts: Array, duration: float, kept: int) -> Chunk:
    """The same of a map, at the steps nearest to even times."""
    dt = float(flow.dt or 0.0)
    steps = int(np.clip(np.ceil(duration / dt), 1, _MAP_STEPS * _MOST_STEPS))
    keep = np.unique(np.rint(np.linspace(0, steps, min(kept, steps + 1))).astype(np.intp))

    def advance(_: int, y: Array) -> None:
        y += dt * flow.velocity(y)

    solution = march(
        advance,
        starts,
        dt=dt,
        keep=keep,
        region=Region(middle=np.zeros(flow.dimension), scale=np.ones(flow.dimension)),
        limits=Limits(bound=BOUND, seconds=1e9),
    )
    return Chunk(
        t=solution.t, states=solution.y, escaped=np.asarray(solution.reached < len(solution.t))
    )


def _spline_slopes(t: Array, y: Array) -> Array:
    """Slopes (n, D) of the smooth curve through a map's states: a coarse step cuts no corner."""
    if len(t) < 4:
        return np.gradient(y, t, axis=0) if len(t) > 1 else np.zeros_like(y)
    from scipy.interpolate import CubicSpline  # noqa: PLC0415 - a slow import

    return np.asarray(CubicSpline(t, y)(t, 1))


def _steps_of_map(flow: Flow, starts: Array, steps: int, duration: float | Array) -> Tracks:
    """Every step of a map as tracks; between steps a smooth curve, for want of anything else."""
    dt = float(flow.dt or 0.0)
    longest = float(np.max(duration))
    if np.isfinite(longest):
        steps = int(min(steps, np.ceil(longest / dt)))
    chunk = _march(flow, starts, max(steps, 2) * dt, max(steps, 2) + 1)
    tracks = []
    for states in chunk.states:
        alive = np.isfinite(states).all(axis=1)
        y = states[alive]
        t = chunk.t[alive]
        tracks.append(Track(t=t, y=y, f=_spline_slopes(t, y)))
    return Tracks(
        tracks=tuple(tracks),
        ended=np.where(chunk.escaped, OUTSIDE, 0).astype(np.intp),
        step=np.full(len(starts), dt),
        rounds=steps,
        evaluations=steps * len(starts),
    )
