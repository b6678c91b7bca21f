"""The moves of the search: each proposes networks of a given size, to be refined.

Place in the flow: networks in hand become starts theta (S, k, q) near better minima. No move
is best everywhere; the ablation table in the documentation says what each one earns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fitting.policy import MovePolicy, SearchPolicy
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.refine import (
    Polished,
    addition_gains,
    refine,
    removal_scores,
    weighted_rates,
)
from lrfit.regression.variable_projection import evaluate


@dataclass(frozen=True, kw_only=True, eq=False)
class MoveContext:
    """What a move may use.

    parents : networks in hand (S, k, q) by their size k. size, count : of the networks wanted.
    scale : range of slopes of random neurons, box units. bias : whether neurons have one.
    """

    problem: RefinementProblem
    parents: Mapping[int, Array]
    size: int
    count: int
    generator: np.random.Generator
    scale: tuple[float, float]
    bias: bool
    policy: SearchPolicy

    @property
    def numbers(self) -> MovePolicy:
        """The part of the policy that is about moves."""
        return self.policy.moves


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """Starts of the wanted size, networks one size up met on the way, and the work spent."""

    theta: Array
    above: tuple[Polished, ...] = ()
    work: float = 0.0


def random_starts(context: MoveContext, size: int, count: int) -> Array:
    """Random networks (count, size, q), drawn as in `neurons.basis.draw_neurons`, but every
    other one with sparse directions, of one coordinate up to all: fields that couple few
    variables need such neurons.
    """
    generator, slopes = context.generator, context.problem.slopes
    direction = generator.standard_normal((count, size, slopes))
    rank = np.argsort(generator.random((count, size, slopes)), axis=-1)
    active = rank < generator.integers(1, slopes + 1, (count, size, 1))
    direction[1::2] *= np.where(active[1::2], 1.0, context.numbers.aside)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    low, high = np.log(context.scale)
    direction *= np.exp(generator.uniform(low, high, (count, size, 1)))
    if not context.bias:
        return direction
    half = context.numbers.through
    through = generator.uniform(-half, half, direction.shape)
    return np.concatenate(
        [direction, -np.sum(direction * through, axis=-1, keepdims=True)], axis=-1
    )


def greedy_starts(context: MoveContext, size: int, count: int) -> Array:
    """Networks (count, size, q) of neurons selected by their OLS gain (docs/theory, eq. 17).

    Each is chosen among 300 random neurons of its own, or 4 for every neuron where that is more;
    half of them have sparse directions. Where a field couples few of many variables, refinement
    alone hardly turns random neurons into the right directions; selection finds them at once.
    """
    return np.array([_greedy_start(context, size) for _ in range(count)])


def _greedy_start(context: MoveContext, size: int) -> Array:
    problem, numbers = context.problem, context.numbers
    offered = max(numbers.offered, numbers.offered_each * size)
    pool = random_starts(context, offered // 2, 2).reshape(-1, problem.parameters)
    # The leak would be fitted with every neuron; the field's own rate is near enough to choose by.
    natural = np.linalg.norm(problem.target) / np.linalg.norm(problem.leak)
    left = problem.target + np.clip(natural, *problem.kappa) * problem.leak
    basis = np.linalg.qr(problem.free.T)[0].T
    rates = weighted_rates(problem, pool)
    rates -= (rates @ basis.T) @ basis
    left = left - (left @ basis.T) @ basis
    chosen: list[int] = []
    for _ in range(size):
        energy = np.sum(rates**2, axis=1) + problem.price
        gains = np.sum((rates @ left.T) ** 2, axis=1) / energy
        gains[chosen] = -1.0
        best = int(np.argmax(gains))
        chosen.append(best)
        unit = rates[best] / np.sqrt(energy[best])
        left = left - np.outer(left @ unit, unit)
        rates -= np.outer(rates @ unit, unit)
    return pool[chosen]


def unions(context: MoveContext, size: int, count: int) -> Array:
    """Networks (count, size, q) that unite two smaller ones, filled up with random neurons."""
    sizes = [k for k in context.parents if 2 * k <= size]
    made = random_starts(context, size, count)
    for row in range(count if sizes else 0):
        half = sizes[-1 - row % min(context.policy.sweep.union_sizes, len(sizes))]
        pool = context.parents[half]
        first, second = context.generator.integers(len(pool), size=2)
        shaken = _shaken(context, pool[second])
        made[row, : 2 * half] = np.concatenate([pool[first], shaken])
    return made


def _shaken(context: MoveContext, theta: Array) -> Array:
    noise = context.generator.standard_normal(theta.shape)
    return np.asarray(theta * np.exp(context.numbers.shaken * noise))


def prune(context: MoveContext, theta: Array) -> Proposal:
    """Remove the cheapest neurons of theta (S, k', q), a sixth at a time, down to the size.

    The scores are shaken by half an e-fold, so that equal parents give different children.
    """
    size, generator, numbers = context.size, context.generator, context.numbers

    def briefly(theta: Array) -> Polished:
        return refine(context.problem, theta, numbers.pruning_steps, policy=context.policy.refine)

    polished = briefly(theta)
    work: float = polished.work
    above: tuple[Polished, ...] = ()
    while (count := polished.theta.shape[1]) > size:
        if count == size + 1:
            above = (polished,)
        removed = min(max(1, count // numbers.pruned), count - size)
        scores = removal_scores(polished.at)
        scores = scores * np.exp(numbers.pruning_noise * generator.standard_normal(scores.shape))
        kept = np.sort(np.argsort(scores, axis=1)[:, removed:], axis=1)
        fewer = np.take_along_axis(polished.theta, kept[:, :, None], axis=1)
        if count - removed == size:
            return Proposal(theta=fewer, above=above, work=work)
        polished = briefly(fewer)
        work += polished.work
    return Proposal(theta=polished.theta, above=above, work=work)


def _picked(context: MoveContext, size: int) -> Array:
    """Parents of one size, the better the likelier (geometric in rank)."""
    pool = context.parents[size]
    drawn = context.generator.geometric(context.numbers.rank_chance, context.count)
    return pool[np.minimum(drawn - 1, len(pool) - 1)]


def _nearest(context: MoveContext, factor: float) -> int | None:
    wanted = max(context.size + 1, round(factor * context.size))
    return min((k for k in context.parents if k >= wanted), default=None)


def step_down(context: MoveContext) -> Proposal:
    """Prune networks that are one neuron larger."""
    size = _nearest(context, 1.0)
    return prune(context, _picked(context, size)) if size else from_above(context)


def from_larger(context: MoveContext) -> Proposal:
    """Prune networks half as large again."""
    size = _nearest(context, context.numbers.larger)
    return prune(context, _picked(context, size)) if size else from_above(context)


def from_above(context: MoveContext) -> Proposal:
    """Prune random networks twice as large."""
    return prune(
        context, random_starts(context, context.numbers.above * context.size, context.count)
    )


def cross(context: MoveContext) -> Proposal:
    """Unite two networks, the second one shaken by 5 %, and prune the union."""
    if context.size not in context.parents:
        return from_above(context)
    first, second = _picked(context, context.size), _picked(context, context.size)
    return prune(context, np.concatenate([first, _shaken(context, second)], axis=1))


def swap(context: MoveContext) -> Proposal:
    """Replace a cheap neuron by one of the best of 300 random ones (by its OLS gain)."""
    if context.size not in context.parents:
        return from_above(context)
    theta, generator, numbers = _picked(context, context.size), context.generator, context.numbers
    at = evaluate(context.problem, theta)
    noise = np.exp(numbers.swap_noise * generator.standard_normal(theta.shape[:2]))
    scores = removal_scores(at) * noise
    # Every other one of twice as many: half of those kept are then sparse.
    offered = random_starts(context, numbers.offered, 2).reshape(-1, theta.shape[2])[::2]
    rates, swapped = weighted_rates(context.problem, offered), []
    for one, kappa, cheapest in zip(theta, at.kappa, np.argmin(scores, axis=1), strict=True):
        rest = np.delete(one, cheapest, axis=0)
        gains = addition_gains(context.problem, rest, float(kappa), rates)
        chosen = np.argsort(-gains, kind="stable")[generator.integers(numbers.swap_best)]
        swapped.append(np.vstack([rest, offered[chosen]]))
    return Proposal(theta=np.array(swapped))


def hop(context: MoveContext) -> Proposal:
    """Shake all parameters by a relative amount between 0.05 and 0.8."""
    if context.size not in context.parents:
        return from_above(context)
    theta = _picked(context, context.size)
    low, high = np.log(context.numbers.hop)
    amount = np.exp(context.generator.uniform(low, high, (len(theta), 1, 1)))
    return Proposal(theta=theta * (1.0 + amount * context.generator.standard_normal(theta.shape)))


MOVES: dict[str, Callable[[MoveContext], Proposal]] = {
    "step_down": step_down,
    "cross": cross,
    "from_larger": from_larger,
    "swap": swap,
    "from_above": from_above,
    "hop": hop,
}
