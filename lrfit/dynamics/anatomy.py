"""The whole anatomy of a flow: rest states, cycles, chaotic sets, and who goes where.

Place in the flow: a `Flow` becomes an `Anatomy`. Starts from all over the box are followed, in
chunks that double in length, until each has arrived somewhere: at a stable fixed point, on a
cycle, outside, or in motion without end, whose Lyapunov exponents say what it is. In the plane,
where they bound basins, cycles that repel are found too, as those that attract with time reversed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.dynamics.cycles import Cycle, find_cycle, forward, shape_distance
from lrfit.dynamics.exponents import Exponents, lyapunov_exponents
from lrfit.dynamics.fixed_points import FixedPoints, fixed_points
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.runs import (
    CONTINUUM,
    ESCAPED,
    MOVING,
    Chunk,
    approached,
    fates,
    follow,
)
from lrfit.arrays import Array, freeze_fields
from lrfit.targets.places import sobol_points

STARTS = 64
_FIRST = 15.0
"""Length of the first chunk, in natural times of the target or network."""
_ROUNDS, _BACK_ROUNDS = 6, 4
_ON_CYCLE = 0.03
_TRIED = 6
CYCLE = 1000
"""Fates from here on are cycles: 1000 + its number."""
IRREGULAR = -4
_EXPONENT_STARTS, _EXPONENT_TIME = 32, 600.0
_PROBE_ROUND, _PROBE_TIME = 2, 60.0
"""From the third chunk on a short look at the exponents ends the search for cycles in chaos."""
_CLOUD, _CLOUD_TIME = 2048, 200.0
"""States of irregular motion, over so many natural times: successive ones hardly depend."""
_SHRINK, _LAST_SHRINK = 0.7, 0.98
"""Factor by which a distance must fall twice within a chunk; within the last, longest one."""
_SPIRAL = 0.3
"""Distance from a cycle, in its size, of a trajectory whose returns led to that cycle."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Anatomy:
    """What the trajectories of a flow do, box units.

    Attributes
    ----------
    flow : what was analyzed. fixed : its fixed points. cycles : stable cycles in the order in which
    they were found, then those that repel (in the plane, in continuous time).
    exponents : of the irregular motion, None where there is none.
    cloud : (n, D) states of the irregular motion; empty where there is none.
    starts : (S, D) of the long runs. fate : (S,) where each went: index of a fixed point, 1000 +
        number of a cycle, or -1 undecided, -2 left the box, -3 continuum, -4 irregular.
    ends : (S, D) where each was last. duration : how long the longest run was.
    """

    flow: Flow
    fixed: FixedPoints
    cycles: tuple[Cycle, ...]
    exponents: Exponents | None
    cloud: Array
    starts: Array
    fate: NDArray[np.intp]
    ends: Array
    duration: float

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(
            self,
            cloud=np.shape(self.cloud),
            starts=np.shape(self.starts),
            ends=np.shape(self.ends),
        )

    @property
    def basins(self) -> Mapping[str, float]:
        """Share of the starts that went to each attractor, by its name, the largest first."""
        codes, counts = np.unique(self.fate, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {name_of(int(codes[i])): float(counts[i] / len(self.fate)) for i in order}

    @property
    def chaotic(self) -> bool:
        """Whether there is irregular motion with a positive exponent."""
        return self.exponents is not None and self.exponents.chaotic


def name_of(code: int) -> str:
    """A fate in words."""
    words = {
        MOVING: "undecided",
        ESCAPED: "left the box",
        CONTINUUM: "continuum",
        IRREGULAR: "irregular motion",
    }
    if code in words:
        return words[code]
    return f"cycle {code - CYCLE}" if code >= CYCLE else f"fixed point {code}"


def anatomy(
    flow: Flow,
    *,
    generator: np.random.Generator,
    starts: Array | None = None,
    exponents: bool = True,
) -> Anatomy:
    """Analyze a flow.

    Parameters
    ----------
    flow : Flow
        A target or a network at a tonic input.
    generator : Generator
        Of the starts.
    starts : (S, D), optional
        Of the long runs, box units; by default 64 Sobol points. Two flows can be compared start
        by start when both get the same.
    exponents : bool
        Whether irregular motion gets its Lyapunov exponents: the slowest part.
    """
    fixed = fixed_points(flow, generator=generator)
    if starts is None:
        starts = sobol_points(flow.dimension, STARTS, generator)
    runs = _Runs(flow, fixed, starts)
    runs.go()
    moving = np.flatnonzero(runs.fate == MOVING)
    found, cloud = None, np.empty((0, flow.dimension))
    if len(moving) and exponents:
        found, cloud = _irregular(flow, runs, moving)
    return Anatomy(
        flow=flow,
        fixed=fixed,
        cycles=(*runs.cycles, *_repelling(runs, generator)),
        exponents=found,
        cloud=cloud,
        starts=starts,
        fate=runs.fate,
        ends=runs.ends,
        duration=runs.duration,
    )


class _Runs:
    """The long runs on their way."""

    def __init__(self, flow: Flow, fixed: FixedPoints, starts: Array) -> None:
        self.flow, self.fixed, self.starts = flow, fixed, starts
        self.fate = np.full(len(starts), MOVING, dtype=np.intp)
        self.ends = starts.copy()
        self.cycles: list[Cycle] = []
        self.last: Chunk | None = None
        self.duration = 0.0

    def go(self, rounds: int = _ROUNDS) -> None:
        """Follow what still moves, twice as long every time, until nothing is left to decide."""
        length = _FIRST * self.flow.natural_time
        for number in range(rounds):
            moving = np.flatnonzero(self.fate == MOVING)
            if not len(moving):
                return
            self.last = follow(self.flow, self.ends[moving], length)
            shrink = _LAST_SHRINK if number == rounds - 1 else _SHRINK
            self._settle(moving, self.last, shrink)
            self.duration += float(self.last.t[-1])
            length *= 2.0
            if number >= _PROBE_ROUND and self._in_chaos():
                return

    def _in_chaos(self) -> bool:
        moving = np.flatnonzero(self.fate == MOVING)
        if len(moving) < 2:
            return False
        starts = self.ends[moving][:_EXPONENT_STARTS]
        duration = _PROBE_TIME * self.flow.natural_time
        return lyapunov_exponents(self.flow, starts, duration).stretching

    def _settle(self, moving: NDArray[np.intp], chunk: Chunk, shrink: float) -> None:
        ends, escaped = chunk.end.copy(), chunk.escaped
        ends[escaped] = np.nan
        self.ends[moving] = ends
        outside = np.all(
            np.max(np.abs(chunk.states[:, -len(chunk.t) // 4 :]), axis=2) > 1.0, axis=1
        )
        arrived = fates(self.flow, ends, escaped | outside, self.fixed)
        nears = approached(chunk, self.fixed, shrink=shrink)
        self.fate[moving] = np.where(arrived == MOVING, nears, arrived)
        tried = 0
        for row in np.flatnonzero(self.fate[moving] == MOVING):
            states = chunk.states[row]
            code = self._known_cycle(states)
            if code is None and tried < _TRIED:
                tried += 1
                code = self._new_cycle(chunk.t, states)
            if code is not None:
                self.fate[moving[row]] = code

    def _new_cycle(self, t: Array, states: Array) -> int | None:
        """Find the cycle that a trajectory (T, D) winds onto; None where it does not."""
        cycle = find_cycle(self.flow, t, states)
        if cycle is None or cycle.repels:
            return None
        size = float(np.linalg.norm(cycle.amplitude))
        number = next(
            (k for k, known in enumerate(self.cycles) if _same(known, cycle)), len(self.cycles)
        )
        if number == len(self.cycles):
            self.cycles.append(cycle)
        near = _away(states, self.cycles[number]) <= max(_SPIRAL * size, _spacing(cycle))
        return CYCLE + number if near else None

    def _known_cycle(self, states: Array) -> int | None:
        """Which cycle a trajectory (T, D) has arrived on, if any."""
        for number, cycle in enumerate(self.cycles):
            size = float(np.linalg.norm(cycle.amplitude))
            if _away(states, cycle) <= max(_ON_CYCLE * size, _spacing(cycle)):
                return CYCLE + number
        return None


def _repelling(runs: _Runs, generator: np.random.Generator) -> list[Cycle]:
    """Cycles of a flow in the plane that repel; closed orbits side by side (a center) do not.

    Only those inside the box: what leads into it from further out decides nothing in it.
    """
    flow = runs.flow
    if flow.dimension != 2 or flow.dt is not None or len(runs.fixed.continuum):
        return []
    back = flow.backward
    reverse = _Runs(back, fixed_points(back, generator=generator), runs.starts)
    reverse.go(_BACK_ROUNDS)
    found = [forward(cycle) for cycle in reverse.cycles]
    return [
        cycle
        for cycle in found
        if cycle.repels
        and np.max(np.abs(cycle.points)) <= 1.0
        and not any(_same(known, cycle) for known in runs.cycles)
    ]


def _same(known: Cycle, cycle: Cycle) -> bool:
    """Whether two are one cycle found twice."""
    size = float(np.linalg.norm(cycle.amplitude))
    return shape_distance(known, cycle) <= _ON_CYCLE * size + _spacing(known)


def _away(states: Array, cycle: Cycle) -> float:
    """Largest distance of the last eighth of a trajectory (T, D) from a cycle."""
    recent = states[-len(states) // 8 :: 4]
    gaps = np.linalg.norm(recent[:, None] - cycle.points[None], axis=2)
    return float(np.max(gaps.min(axis=1)))


def _spacing(cycle: Cycle) -> float:
    """Largest distance between neighbors among the points of a cycle."""
    return float(np.linalg.norm(np.diff(cycle.points, axis=0), axis=1).max())


def _irregular(flow: Flow, runs: _Runs, moving: NDArray[np.intp]) -> tuple[Exponents | None, Array]:
    """Exponents and states of what moves without end; slow arrivals stay undecided.

    Motion that is not chaotic counts where there is nothing else to arrive at: on a torus.
    """
    starts = runs.ends[moving][:_EXPONENT_STARTS]
    found = lyapunov_exponents(flow, starts, _EXPONENT_TIME * flow.natural_time)
    settles = bool(runs.cycles) or bool(np.any(runs.fixed.unstable == 0))
    if not found.chaotic and (settles or not found.values[0] >= -3.0 * found.errors[0]):
        return None, np.empty((0, flow.dimension))
    runs.fate[moving] = IRREGULAR
    chunk = follow(flow, starts, _CLOUD_TIME * flow.natural_time, kept=1 + _CLOUD // len(starts))
    cloud = chunk.states[~chunk.escaped].reshape(-1, flow.dimension)
    return found, cloud
