"""Closed orbits side by side: a centre and its surroundings, where no cycle stands alone.

    Phi_T(zeta) = zeta    for a start zeta that was drawn at random

A limit cycle is a curve, which no random start lies on; a start that returns to itself belongs to
a continuum of closed orbits, as in the plane of a conserved quantity. The return map is then the
identity. Place in the flow: long runs ask it of every start that comes back near itself; such an
orbit is an answer of its own, not a cycle, and no other orbit of the family is "missing" beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.dynamics.cycles import by_length
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.shooting import moved
from lrfit.integrate.tracks import ARRIVED, Track, trace

NEAR = 1e-3
"""Distance of the first return, in sizes of the orbit, worth an exact look."""
_SAME = 1e-6
"""The same of the exact return, up to which it is the start itself: a spiral that gains a
millionth in a turn is told from a closed orbit only after a million turns."""
_RTOL, _STEPS = 1e-11, 6000
_POINTS = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedOrbits:
    """Orbits of a family, as far as starts lay on them: box units.

    starts : (n,) which of the starts. periods : (n,). points : (n, 256, D), even in length.
    """

    starts: np.ndarray
    periods: Array
    points: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, periods=(-1,), points=np.shape(self.points))


def first_return(track: Track) -> tuple[float, float] | None:
    """Time and relative distance of the first return to the plane across a track's start."""
    place, normal = track.y[0], track.f[0]
    speed = np.linalg.norm(normal)
    if not speed > 0.0 or len(track.t) < 4:
        return None
    height = (track.y - place) @ (normal / speed)
    crossings = np.flatnonzero((height[1:-1] < 0.0) & (height[2:] >= 0.0)) + 1
    for k in crossings[:40]:
        size = float(np.linalg.norm(np.ptp(track.y[: k + 2], axis=0)))
        # The height changes sign between the two, so that the quotient is in [0, 1].
        share = height[k] / (height[k] - height[k + 1])
        t = float(track.t[k] + share * (track.t[k + 1] - track.t[k]))
        gap = float(np.linalg.norm(track.at(np.array([t]))[0] - place))
        if gap <= NEAR * size:
            return t, gap / size
    return None


def closed_orbits(flow: Flow, starts: Array, abouts: Array) -> list[tuple[float, Array] | None]:
    """Period and points (256, D) of the orbit through each start (S, D), if it is closed.

    abouts : (S,) when each returns nearly. The return is computed to eleven digits, all starts at
    once; the time at which the plane across a start is passed is corrected by Newton's method.
    """
    found = trace(flow.velocity, starts, rounds=_STEPS, duration=abouts, accurate=True, rtol=_RTOL)
    return [
        _closed(flow, track) if ended == ARRIVED else None
        for track, ended in zip(found.tracks, found.ended, strict=True)
    ]


def _closed(flow: Flow, track: Track) -> tuple[float, Array] | None:
    """Period and points of a track that ends near its start, if the orbit is closed."""
    start, normal = track.y[0], track.f[0] / np.linalg.norm(track.f[0])
    t, y = float(track.t[-1]), track.y[-1]
    # Newton's method for the time of crossing converges quadratically: six steps are plenty.
    for _ in range(6):
        across = float(flow.velocity(y[None])[0] @ normal)
        if not across > 0.0:
            return None
        step = -float((y - start) @ normal) / across
        y, t = moved(flow, y, step), t + step
    size = float(np.linalg.norm(np.ptp(track.y, axis=0)))
    if not np.linalg.norm(y - start) <= _SAME * size:
        return None
    return t, by_length(track.at(np.linspace(0.0, track.t[-1], 4097)), _POINTS)
