"""The search cut into tasks: pure functions of a problem, parents and a seed.

Tasks run in worker processes, in any order and on any number of cores; their results are
merged in the order in which they were set. That is why equal seeds give equal networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fitting.moves import MOVES, MoveContext, greedy_starts, random_starts, unions
from lrfit.fitting.population import distinct
from lrfit.regression.elimination import first_points
from lrfit.regression.minimax import refine_worst
from lrfit.regression.refine import Polished, refine, removal_scores
from lrfit.regression.variable_projection import Problem

_TRIED, _FEW, _KEPT_BELOW = 8, 4, 3


@dataclass(frozen=True, kw_only=True)
class Common:
    """What every task shares: the problem on all refinement points and how to draw neurons."""

    problem: Problem
    scale: tuple[float, float]
    bias: bool


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How carefully a sweep goes: networks kept at every size, refinement steps of the starts,
    of all children, of the children kept; and the share of neurons removed at a time.
    """

    kept: int
    first: int
    brief: int
    long: int
    removed: float


CAREFUL = Pace(kept=4, first=40, brief=8, long=25, removed=1 / 12)
SWIFT = Pace(kept=3, first=25, brief=6, long=15, removed=1 / 8)
ONE_BY_ONE = Pace(kept=4, first=8, brief=8, long=25, removed=0.0)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """From `start` neurons down to `stop_size`, or until the value exceeds `give_up`.

    The starts are `theta` (S, start, q) where given; else half are selected and half random, or
    unions of two smaller networks where there are `parents`: those come out far better where
    the networks are large.
    """

    start: int
    stop_size: int
    give_up: float
    starts: int
    points: int
    seed: tuple[int, ...]
    pace: Pace
    parents: Mapping[int, Array] = field(default_factory=dict)
    theta: Array | None = None


@dataclass(frozen=True, kw_only=True)
class Try:
    """One move at one size, on `points` samples."""

    move: str
    size: int
    points: int
    seed: tuple[int, ...]
    parents: Mapping[int, Array] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Settle:
    """Polish one network theta (1, k, q) on all refinement points, for `rounds` of which by
    its largest error (criterion `worst`).
    """

    theta: Array
    steps: int
    rounds: int = 0


Task = Sweep | Try | Settle


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskResult:
    """Networks found, one `Polished` a size, and the work spent (multiply-adds)."""

    found: tuple[Polished, ...]
    work: float


def run(common: Common, task: Task) -> TaskResult:
    """Carry out one task."""
    if isinstance(task, Sweep):
        return _sweep(common, task)
    if isinstance(task, Try):
        return _try(common, task)
    return _settle(common, task)


def _settle(common: Common, task: Settle) -> TaskResult:
    polished = refine(common.problem, task.theta, task.steps)
    if task.rounds:
        worst = refine_worst(common.problem, polished.theta, task.rounds)
        return TaskResult(found=(worst,), work=polished.work + worst.work)
    return TaskResult(found=(polished,), work=polished.work)


def _scene(common: Common, task: Sweep | Try, size: int, count: int) -> MoveContext:
    return MoveContext(
        problem=first_points(common.problem, task.points),
        parents=task.parents,
        size=size,
        count=count,
        generator=np.random.default_rng(task.seed),
        scale=common.scale,
        bias=common.bias,
    )


def _try(common: Common, task: Try) -> TaskResult:
    """Propose, refine briefly, keep the better half, refine longer."""
    scene = _scene(common, task, task.size, _TRIED)
    proposal = MOVES[task.move](scene)
    brief = refine(scene.problem, proposal.theta, 10)
    good = distinct(brief, _FEW)
    work = proposal.work + brief.work + sum(p.work for p in proposal.above[1:])
    if not len(good.theta):
        return TaskResult(found=(), work=work)
    long = refine(scene.problem, good.theta, 30)
    return TaskResult(found=(distinct(long, _KEPT_BELOW), *proposal.above), work=work + long.work)


def _sweep(common: Common, task: Sweep) -> TaskResult:
    """A population at every size from one set of starts (reverse greedy selection)."""
    scene, pace = _scene(common, task, task.start, task.starts), task.pace
    theta = _starts(scene, task) if task.theta is None else task.theta
    polished = refine(scene.problem, theta, pace.first)
    work = polished.work
    best = distinct(polished, pace.kept)
    found = [best]
    while len(best.theta) and task.stop_size < (size := best.theta.shape[1]):
        if best.at.value[0] > task.give_up and size < task.start:
            break
        removed = min(max(1, int(size * pace.removed)), size - task.stop_size)
        children = refine(scene.problem, _children(best, removed, scene.generator), pace.brief)
        longer = refine(scene.problem, distinct(children, pace.kept).theta, pace.long)
        work += children.work + longer.work
        best = distinct(longer, pace.kept)
        found.append(best)
    return TaskResult(found=tuple(p for p in found if len(p.theta)), work=work)


def _starts(scene: MoveContext, task: Sweep) -> Array:
    half = task.starts // 2
    others = unions if task.parents else random_starts
    return np.concatenate(
        [greedy_starts(scene, task.start, half), others(scene, task.start, task.starts - half)]
    )


def _children(parents: Polished, removed: int, generator: np.random.Generator) -> Array:
    """Three smaller networks from each: without the cheapest neurons, and two near variants."""
    children = []
    scores = removal_scores(parents.at)
    for theta, score in zip(parents.theta, scores, strict=True):
        order = np.argsort(score, kind="stable")
        choices = [order[:removed]]
        if removed == 1:
            choices += [order[1:2], order[2:3]]
        else:
            pool = order[: 2 * removed + 1]
            choices += [generator.choice(pool, removed, replace=False) for _ in range(2)]
        children += [np.delete(theta, gone, axis=0) for gone in choices if len(gone) == removed]
    return np.array(children)
