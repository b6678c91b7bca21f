"""All starts at one constant input: which attractors there are, and which start goes where.

Place in the flow: a `Flow` and starts become `Portrait`, of the target first and of the network
from the same starts. Closed orbits that are all different are a family, not cycles (as around a
center); irregular motion is one set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.judge.flow import Flow
from benchmarks.judge.motion import (
    CONTINUUM,
    CYCLE,
    ESCAPED,
    IRREGULAR,
    REST,
    UNDECIDED,
    UNSTABLE,
    Motion,
    resume,
    settle,
)
from benchmarks.judge.path import Work
from benchmarks.judge.sensitivity import largest_exponent
from lrfit.core.arrays import Array

FAMILY = "family of closed orbits"
_SAME_REST, _SAME_CYCLE = 0.01, 0.01
_FAMILY = 6
"""More closed orbits than this, and more than a third of the starts: a family."""
_PATIENCE, _WATCH, _SHORT = 60_000, 150_000, 12_000
"""Evaluations for a start, for one that is watched for long, and for one in known chaos."""
_WATCHED = 3
_EXAMINED = 250_000
_STRETCHES = (2.0, 12.0, 60.0)
"""Natural times after which the distance of two trajectories is made small again."""
_CERTAIN, _GROWN = 4.0, 8.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Portrait:
    """What a flow does at one input.

    attractors : told apart. fates : for each start the index of its attractor, or -1 where it
    escaped or began in an unstable rest state, -2 where it is undecided. motions : of every start.
    evaluations : of the right-hand side.
    """

    attractors: tuple[Motion, ...]
    fates: tuple[int, ...]
    motions: tuple[Motion, ...]
    evaluations: int


def portrait(flow: Flow, starts: Array, natural: float, *, limit: int) -> Portrait:
    """Follow all starts (S, D); `limit` evaluations in all, at least a few for each start."""
    runs = _Runs(flow, natural, Work(limit=limit))
    for zeta in starts:
        runs.follow(zeta)
    runs.watch()
    return runs.portrait()


class _Runs:
    """The runs so far."""

    def __init__(self, flow: Flow, natural: float, work: Work) -> None:
        self.flow, self.natural, self.work = flow, natural, work
        self.motions: list[Motion] = []
        self.known: list[Motion] = []
        self.chaos: Motion | None = None
        self.examined = 0

    def follow(self, zeta: Array) -> None:
        """One more start; the first that stays undecided is examined for chaos at once."""
        patience = _SHORT if self.chaos is not None else _PATIENCE
        work = Work(limit=min(patience, max(self.work.left, _SHORT)))
        motion = settle(self.flow, zeta, self.natural, self.known, work)
        if motion.kind == CYCLE and self._number(motion) is None:
            self.known.append(motion)
        if motion.kind == UNDECIDED:
            if self.chaos is None and self.examined < _WATCHED:
                self.chaos = self._examined(motion, work)
            if self.chaos is not None:
                motion = replace(motion, kind=IRREGULAR)
        self.work.spent += work.spent
        self.motions.append(motion)

    def _number(self, motion: Motion) -> int | None:
        return next((k for k, one in enumerate(self.known) if same(one, motion)), None)

    def _examined(self, motion: Motion, work: Work) -> Motion | None:
        """The irregular motion with its exponent, where that is positive without doubt.

        Slow chaos (Roessler's, bursters) needs longer stretches than fast, for which those would
        leave the linear range.
        """
        self.examined += 1
        for factor in _STRETCHES:
            stretch, extra = factor * self.natural, Work(limit=_EXAMINED)
            value, error, states = largest_exponent(self.flow, motion.start, stretch, extra)
            work.spent += extra.spent
            grown = value * stretch * len(states) / 16
            if value > _CERTAIN * error and grown > _GROWN:
                points = self.flow.read(states)
                return replace(motion, kind=IRREGULAR, exponent=value, error=error, points=points)
        return None

    def watch(self) -> None:
        """Follow a few irregular runs for long: they may come to rest or become periodic."""
        which = [k for k, one in enumerate(self.motions) if one.kind == IRREGULAR][:_WATCHED]
        for k in which:
            work = Work(limit=_WATCH)
            old = self.motions[k]
            found = resume(self.flow, old.start, self.natural, self.known, work, 60.0)
            self.work.spent += work.spent
            kind = IRREGULAR if found.kind == UNDECIDED else found.kind
            self.motions[k] = replace(
                found, kind=kind, time=old.time + found.time, widest=max(old.widest, found.widest)
            )

    def portrait(self) -> Portrait:
        attractors: list[Motion] = []
        fates = [self._fate(motion, attractors) for motion in self.motions]
        cycles = [one for one in attractors if one.kind == CYCLE]
        if len(cycles) > max(_FAMILY, len(self.motions) / 3):
            attractors = [
                replace(one, kind=FAMILY) if one.kind == CYCLE else one for one in attractors
            ]
        return Portrait(
            attractors=tuple(self._pooled(one) for one in attractors),
            fates=tuple(fates),
            motions=tuple(self.motions),
            evaluations=self.work.spent,
        )

    def _fate(self, motion: Motion, attractors: list[Motion]) -> int:
        if motion.kind in {ESCAPED, UNSTABLE, UNDECIDED}:
            return -2 if motion.kind == UNDECIDED else -1
        for number, one in enumerate(attractors):
            if same(one, motion):
                return number
        attractors.append(motion)
        return len(attractors) - 1

    def _pooled(self, attractor: Motion) -> Motion:
        """Irregular motion as one set: states of all its runs, and quantiles as extremes."""
        if attractor.kind != IRREGULAR or self.chaos is None:
            return attractor
        states = [one.points for one in self.motions if one.kind == IRREGULAR]
        points = np.concatenate([self.chaos.points, *states])
        lower, upper = np.quantile(points, [0.003, 0.997], axis=0)
        return replace(
            attractor,
            points=points,
            lower=lower,
            upper=upper,
            exponent=self.chaos.exponent,
            error=self.chaos.error,
        )


def same(first: Motion, second: Motion) -> bool:
    """Whether two motions end on one attractor."""
    if first.kind != second.kind:
        return False
    if first.kind in {CONTINUUM, IRREGULAR}:
        return True
    if first.kind == REST:
        return bool(np.max(np.abs(first.place - second.place)) < _SAME_REST)
    off = np.maximum(np.abs(first.lower - second.lower), np.abs(first.upper - second.upper))
    close = abs(first.period / second.period - 1.0) < 0.02
    means = np.max(np.abs(first.points.mean(axis=0) - second.points.mean(axis=0)))
    return bool(close and max(float(off.max()), float(means)) < _SAME_CYCLE)
