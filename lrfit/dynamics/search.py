"""Where starts go: followed in looks that double in length until each fate is known.

Place in the flow: a flow, its fixed points and starts become fates: a fixed point, a cycle, a
closed orbit of a family, a continuum of rest states, the outside, or motion that is still going
on when the budget is used up (which `anatomy` then asks for its exponents).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, lengths
from lrfit.dynamics.attraction import neighbourhoods
from lrfit.dynamics.budget import Budget
from lrfit.dynamics.cycles import Cycle, find_cycles, shape_distance
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.orbits import ClosedOrbits, closed_orbits, first_return
from lrfit.dynamics.points import FixedPoints
from lrfit.dynamics.runs import extend, is_stiff
from lrfit.dynamics.variation import growth
from lrfit.integrate.tracks import GOING, Track

MOVING, ESCAPED, CONTINUUM, IRREGULAR, CLOSED = -1, -2, -3, -4, -5
CYCLE = 1000
"""Fates from here on are cycles: 1000 + its number."""
_NEAR = 0.25
"""Half-widths from a point at which a slow approach counts."""
_SHRINK = 0.7
"""Factor by which a distance must fall twice within a look to be an approach."""
_AT_DEGENERATE = 0.01
"""Half-widths from a degenerate point at which an approach has arrived."""
_ON_CYCLE = 0.03
_COARSE = 16
"""Points of a cycle's curve of which one is enough for a first look at how far states are."""
_OUTSIDE = 1.05
"""Half-widths: a little beyond the border is still the border."""
_OUTSIDE_STEPS = 800
"""A look so long that stays outside throughout its second half has left the box."""
_TRIED, _EXAMINED = 6, 16
"""Shootings of one look, and trajectories from which cycles are looked for: the rest wait."""
_GROWN = 10.0
"""Growth of a neighbour's distance, in factors of e, along the second half of a look, beyond which
a trajectory is not near a stable cycle: shooting would only find cycles that repel."""
_EARLIEST = 600
"""Steps after which growth is believed, or an approach that stays beside a point."""
_STOPPED = 1e-8
"""Speed over the rms speed in the box at which a trajectory outside of it has come to rest."""


class Search:
    """Trajectories on their way, and what they have led to so far."""

    def __init__(
        self, flow: Flow, fixed: FixedPoints, starts: Array, budget: Budget, *, steps: int
    ) -> None:
        self.flow, self.fixed, self.starts = flow, fixed, starts
        self.budget, self.steps = budget, steps
        self.fate = np.full(len(starts), MOVING, dtype=np.intp)
        self.tracks: list[Track | None] = [None] * len(starts)
        self.cycles: list[Cycle] = []
        self.closed: dict[int, tuple[float, Array]] = {}
        self.last = np.zeros(len(starts))
        self.stiff = False
        self.shootings = 0
        self.done = 0
        self._neighbourhoods = neighbourhoods(flow, fixed)
        self._asked: set[int] = set()
        self._latest: dict[int, float] = {}
        self._neared: dict[int, int | None] = {}

    @property
    def ends(self) -> Array:
        """(S, D) last states."""
        return np.array(
            [self.starts[i] if t is None else t.y[-1] for i, t in enumerate(self.tracks)]
        ).reshape(self.starts.shape)

    @property
    def duration(self) -> float:
        """Length of the longest trajectory."""
        return max((float(t.t[-1]) for t in self.tracks if t is not None), default=0.0)

    def orbits_of(self, count: int) -> ClosedOrbits | None:
        """The family of closed orbits, if some of the first `count` starts lie on one."""
        numbers = np.array([i for i in sorted(self.closed) if i < count], dtype=np.intp)
        if not len(numbers):
            return None
        return ClosedOrbits(
            starts=numbers,
            periods=np.array([self.closed[i][0] for i in numbers]),
            points=np.array([self.closed[i][1] for i in numbers]),
        )

    def go(self) -> None:
        """Look, twice as long every time, until nothing moves or the steps are used up."""
        look = self.budget.first_look
        while self.done < self.steps and np.any(self.fate == MOVING) and not self._stretches():
            self.look(min(look, self.steps - self.done))
            look *= 2

    def _stretches(self) -> bool:
        """Whether all that moves separates from its neighbours: then exponents are asked for."""
        moving = np.flatnonzero(self.fate == MOVING)[:_TRIED]
        if self.flow.dimension < 3 or self.flow.dt is not None or self.done < _EARLIEST:
            return False
        return all(self._latest.get(int(i), 0.0) > _GROWN for i in moving)

    def look(self, steps: int) -> None:
        """Follow what moves for so many steps, then see where it has arrived."""
        moving = np.flatnonzero(self.fate == MOVING)
        begin = self.ends[moving]
        if not len(moving):
            return
        if self.done and not self.stiff:
            self.stiff = is_stiff(self.flow, begin)
        found = extend(self.flow, begin, steps, stiff=self.stiff)
        self.done += steps
        latest = {}
        for row, index in enumerate(moving):
            latest[int(index)] = found.tracks[row]
            self.last[int(index)] = float(found.tracks[row].t[-1])
            before = self.tracks[index]
            track = found.tracks[row]
            self.tracks[index] = track if before is None else before.joined(track)
        self._settle(moving, found.ended, latest)

    def move(self, rows: NDArray[np.intp], states: Array) -> None:
        """Go on from other states (R, D): where these trajectories were found later."""
        for index, state in zip(rows, states, strict=True):
            if np.isfinite(state).all():
                f = self.flow.velocity(state[None])
                self.tracks[int(index)] = Track(t=np.zeros(1), y=state[None], f=f)
                self._asked.add(int(index))  # no longer a start drawn at random

    def late(self, index: int) -> Track:
        """The last look at a trajectory."""
        track = self.tracks[index]
        assert track is not None
        return track.after(max(float(track.t[-1]) - self.last[index], 0.0))

    def _settle(
        self, moving: NDArray[np.intp], ended: NDArray[np.intp], latest: dict[int, Track]
    ) -> None:
        ends = self.ends[moving]
        self.fate[moving[ended != GOING]] = ESCAPED
        self._rest(moving, ends)
        for index in self._moving(moving):
            self._approach(index, latest[index])
        self._return(self._moving(moving))
        for index in self._moving(moving):
            self._outside(index, latest[index])
        self._cycle(self._moving(moving), latest)

    def _cycle(self, moving: list[int], latest: dict[int, Track]) -> None:
        """What has arrived on a cycle that is known, or leads to one that is not."""
        examined, first = 0, self.shootings
        for index in moving:
            track = latest[index]
            code = self._known(track)
            tired = self.shootings - first >= _TRIED or self.shootings >= self.budget.shootings
            if code is None and not tired and examined < _EXAMINED:
                examined += 1
                code = self._new(track) if self._regular(index, track) else None
            if code is not None:
                self.fate[index] = code

    def _moving(self, among: NDArray[np.intp]) -> list[int]:
        return [int(i) for i in among[self.fate[among] == MOVING]]

    def _rest(self, moving: NDArray[np.intp], ends: Array) -> None:
        """What lies in the neighbourhood of a stable fixed point, or still on a continuum."""
        for near in self._neighbourhoods:
            there = near.holds(ends) & (self.fate[moving] == MOVING)
            self.fate[moving[there]] = near.index
        if len(self.fixed.continuum):
            speed = np.linalg.norm(self.flow.velocity(ends), axis=1)
            gaps = np.linalg.norm(ends[:, None] - self.fixed.continuum[None], axis=2)
            still = (speed <= 1e-4 * self.flow.speed) & (gaps.min(axis=1) <= 0.2)
            self.fate[moving[still & (self.fate[moving] == MOVING)]] = CONTINUUM

    def _approach(self, index: int, track: Track) -> None:
        """A point that a trajectory nears all the time: slow foci and degenerate points.

        Within one look a trajectory also nears a point that it passes: what counts are two looks
        in a row, or a long one that ends with many steps beside the point. At a degenerate point
        one is enough, since rounding carries a trajectory through a saddle-node in the next.
        """
        nearest = self._nearing(track)
        if nearest is not None:
            away = np.linalg.norm(track.y - self.fixed.points[nearest], axis=1)
            beside = len(away) > _EARLIEST and bool(away[len(away) // 3 :].max() <= _NEAR)
            slow = away[-1] <= _AT_DEGENERATE and self._degenerate(nearest)
            if beside or slow or self._neared.get(index) == nearest:
                self.fate[index] = nearest
        self._neared[index] = nearest

    def _degenerate(self, point: int) -> bool:
        rates, errors = self.fixed.eigenvalues[point], self.fixed.eigenvalue_errors[point]
        return bool(np.any(np.abs(rates.real) <= errors))

    def _nearing(self, track: Track) -> int | None:
        """The point that the last state is beside, if the distance from it shrank all the time."""
        candidates = np.flatnonzero(self.fixed.unstable == 0)
        third = len(track.t) // 3
        if not len(candidates) or third < 10:
            return None
        gaps = np.linalg.norm(self.fixed.points[candidates] - track.y[-1], axis=1)
        nearest = int(candidates[int(np.argmin(gaps))])
        if gaps.min() > _NEAR:
            return None
        away = np.linalg.norm(track.y - self.fixed.points[nearest], axis=1)
        first, second, last = (away[k * third : (k + 1) * third].max() for k in range(3))
        return nearest if second < _SHRINK * first and last < _SHRINK * second else None

    def _return(self, moving: list[int]) -> None:
        """Which starts lie on closed orbits of a family: those that return to themselves."""
        rows, abouts = [], []
        for index in moving:
            track = self.tracks[index]
            about = None if track is None or index in self._asked else first_return(track)
            if about is not None:
                rows.append(index)
                abouts.append(about[0])
        self._asked.update(rows)
        if not rows or self.flow.dt is not None:
            return
        orbits = closed_orbits(self.flow, self.starts[rows], np.array(abouts))
        for index, orbit in zip(rows, orbits, strict=True):
            if orbit is not None:
                self.closed[index] = orbit
                self.fate[index] = CLOSED

    def _regular(self, index: int, track: Track) -> bool:
        """Whether neighbours stay near: in three and more dimensions they need not."""
        if self.flow.dimension < 3 or self.flow.dt is not None:
            return True
        self._latest[index] = growth(self.flow, track.after(float(track.t[len(track.t) // 2])))
        return self._latest[index] <= _GROWN

    def _known(self, track: Track) -> int | None:
        """Which cycle a trajectory has arrived on, if any."""
        for number, cycle in enumerate(self.cycles):
            if _on(track, cycle, _ON_CYCLE * cycle.size + _spacing(cycle)):
                return CYCLE + number
        return None

    def _new(self, track: Track) -> int | None:
        """Find the cycle that a trajectory winds onto; None where it does not."""
        found, shootings = find_cycles(self.flow, track, stiff=self.stiff, exact=self.budget.exact)
        self.shootings += shootings
        for cycle in found:
            if not cycle.isolated:
                continue
            number = next(
                (k for k, known in enumerate(self.cycles) if same(known, cycle)), len(self.cycles)
            )
            if number == len(self.cycles):
                self.cycles.append(cycle)
            near = 0.3 * cycle.size + _spacing(cycle)
            return CYCLE + number if _on(track, cycle, near) else None
        return None

    def _outside(self, index: int, track: Track) -> None:
        """What has come to rest outside the box, or stays there for a long look."""
        late = track.y[len(track.y) // 2 :]
        if not np.all(np.max(np.abs(late), axis=1) > _OUTSIDE):
            return
        still = np.linalg.norm(track.f[-1]) <= _STOPPED * self.flow.speed
        if still or len(track.t) > _OUTSIDE_STEPS // 2:
            self.fate[index] = ESCAPED


def same(known: Cycle, cycle: Cycle) -> bool:
    """Whether two are one cycle found twice."""
    close = _ON_CYCLE * known.size + _spacing(known)
    return shape_distance(known, cycle) <= close and 0.9 < known.period / cycle.period < 1.1


def _on(track: Track, cycle: Cycle, limit: float) -> bool:
    """Whether the last steps of a track, one period of the cycle, are all within `limit` of it."""
    recent = track.after(max(track.t[-1] - 1.05 * cycle.period, track.t[len(track.t) // 2]))
    states = recent.y[:: max(1, len(recent.y) // 64)]
    # From coarse to fine: a few places of the curve tell of most states that they are near, or,
    # with the way between two of those places, that they are far.
    for every in (_COARSE, 1):
        gaps = lengths(states[:, None] - cycle.curve[None, ::every]).min(axis=1)
        if np.any(gaps > limit + every * _spacing(cycle)):
            return False
        states = states[~(gaps <= limit)]
        if not len(states):
            return True
    return False


def _spacing(cycle: Cycle) -> float:
    """Largest distance between neighbours among the points of the curve."""
    return float(lengths(np.diff(cycle.curve, axis=0)).max())
