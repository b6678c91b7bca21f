"""The search cut into tasks: pure functions of a problem, parents and a seed.

Tasks run in worker processes, in any order and on any number of cores; their results are
merged in the order in which they were set. That is why equal seeds give equal networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fitting.moves import MOVES, MoveContext, greedy_starts, random_starts, unions
from lrfit.fitting.policy import Pace, SearchPolicy
from lrfit.fitting.population import distinct
from lrfit.regression.minimax import refine_worst
from lrfit.regression.problem import RefinementProblem, first_points
from lrfit.regression.refine import Polished, refine, removal_scores


@dataclass(frozen=True, kw_only=True, eq=False)
class Common:
    """What every task shares.

    problem : on all refinement points. scale : range of slopes of random neurons. bias : whether
    they have one.
    """

    problem: RefinementProblem
    scale: tuple[float, float]
    bias: bool
    policy: SearchPolicy

    def distinct(self, polished: Polished, count: int) -> Polished:
        """The best networks whose values differ."""
        return distinct(polished, count, same=self.policy.population.same)


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
    its largest error (criterion `worst`), or once more by every one of the `powers` (docs/theory,
    eq. 18; criterion `per-variable`).
    """

    theta: Array
    steps: int
    rounds: int = 0
    powers: tuple[float, ...] = ()


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
    policy = common.policy.refine
    polished = refine(common.problem, task.theta, task.steps, policy=policy)
    if task.rounds:
        worst = refine_worst(common.problem, polished.theta, task.rounds, policy=policy)
        return TaskResult(found=(worst,), work=polished.work + worst.work)
    found = [polished]
    for power in task.powers:
        sharper = replace(common.problem, power=power)
        found.append(refine(sharper, found[-1].theta, task.steps, policy=policy))
    return TaskResult(found=tuple(found), work=sum(each.work for each in found))


def _context(common: Common, task: Sweep | Try, size: int, count: int) -> MoveContext:
    return MoveContext(
        problem=first_points(common.problem, task.points),
        parents=task.parents,
        size=size,
        count=count,
        generator=np.random.default_rng(task.seed),
        scale=common.scale,
        bias=common.bias,
        policy=common.policy,
    )


def _try(common: Common, task: Try) -> TaskResult:
    """Propose, refine briefly, keep the better half, refine longer."""
    numbers, policy = common.policy.tries, common.policy.refine
    context = _context(common, task, task.size, numbers.proposed)
    proposal = MOVES[task.move](context)
    brief = refine(context.problem, proposal.theta, numbers.brief, policy=policy)
    good = common.distinct(brief, numbers.better)
    work = proposal.work + brief.work + sum(p.work for p in proposal.above[1:])
    if not len(good.theta):
        return TaskResult(found=(), work=work)
    long = refine(context.problem, good.theta, numbers.long, policy=policy)
    found = (common.distinct(long, numbers.kept), *proposal.above)
    return TaskResult(found=found, work=work + long.work)


def _sweep(common: Common, task: Sweep) -> TaskResult:
    """A population at every size from one set of starts (reverse greedy selection)."""
    context, pace = _context(common, task, task.start, task.starts), task.pace
    numbers, policy = common.policy.sweep, common.policy.refine
    theta = _starts(context, task) if task.theta is None else task.theta
    polished = refine(context.problem, theta, pace.first, policy=policy)
    work = polished.work
    best = common.distinct(polished, pace.kept)
    found = [best]
    while len(best.theta) and task.stop_size < (size := best.theta.shape[1]):
        if best.at.value[0] > task.give_up and size < task.start:
            break
        removed = min(max(1, int(size * pace.removed)), size - task.stop_size)
        theta = _children(best, removed, numbers.variants, context.generator)
        children = refine(context.problem, theta, pace.brief, policy=policy)
        kept = common.distinct(children, pace.kept)
        longer = refine(context.problem, kept.theta, pace.long, policy=policy)
        work += children.work + longer.work
        best = common.distinct(longer, pace.kept)
        found.append(best)
    return TaskResult(found=tuple(p for p in found if len(p.theta)), work=work)


def _starts(context: MoveContext, task: Sweep) -> Array:
    half = task.starts // 2
    others = unions if task.parents else random_starts
    return np.concatenate(
        [greedy_starts(context, task.start, half), others(context, task.start, task.starts - half)]
    )


def _children(
    parents: Polished, removed: int, variants: int, generator: np.random.Generator
) -> Array:
    """Smaller networks from each: without the cheapest neurons, and near variants of that."""
    children = []
    scores = removal_scores(parents.at)
    for theta, score in zip(parents.theta, scores, strict=True):
        order = np.argsort(score, kind="stable")
        choices = [order[:removed]]
        if removed == 1:
            choices += [order[k : k + 1] for k in range(1, variants + 1)]
        else:
            pool = order[: 2 * removed + 1]
            choices += [generator.choice(pool, removed, replace=False) for _ in range(variants)]
        children += [np.delete(theta, gone, axis=0) for gone in choices if len(gone) == removed]
    return np.array(children)
