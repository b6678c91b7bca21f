"""The moves of the search: each proposes networks of a given size, to be refined.

Place in the flow: networks in hand become starts theta (S, k, q) near better minima. No move
is best everywhere; the ablation table in the documentation says what each one earns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.regression.refine import Polished, addition_gains, refine, removal_scores
from lrfit.regression.variable_projection import Problem, evaluate

_OFFERED = 300
_SHORT = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class MoveContext:
    """What a move may use: the problem, networks in hand by size, the size wanted, chance.

    scale : range of slopes of random neurons, box units. bias : whether neurons have one.
    """

    problem: Problem
    parents: Mapping[int, Array]
    size: int
    count: int
    generator: np.random.Generator
    scale: tuple[float, float]
    bias: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """Starts of the wanted size, networks one size up met on the way, and the work spent."""

    theta: Array
    above: tuple[Polished, ...] = ()
    work: float = 0.0


def random_starts(scene: MoveContext, size: int, count: int) -> Array:
    """Random networks (count, size, q), drawn as in `neurons.basis.draw_neurons`, but every
    other one with sparse directions, of one coordinate up to all: fields that couple few
    variables need such neurons.
    """
    generator, slopes = scene.generator, scene.problem.slopes
    direction = generator.standard_normal((count, size, slopes))
    rank = np.argsort(generator.random((count, size, slopes)), axis=-1)
    active = rank < generator.integers(1, slopes + 1, (count, size, 1))
    direction[1::2] *= np.where(active[1::2], 1.0, 0.02)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    low, high = np.log(scene.scale)
    direction *= np.exp(generator.uniform(low, high, (count, size, 1)))
    if not scene.bias:
        return direction
    through = generator.uniform(-1.3, 1.3, direction.shape)
    return np.concatenate(
        [direction, -np.sum(direction * through, axis=-1, keepdims=True)], axis=-1
    )


def greedy_starts(scene: MoveContext, size: int, count: int) -> Array:
    """Networks (count, size, q) chosen among 400 random neurons each by their OLS gain.

    Where a field couples few of many variables, refinement alone hardly turns random neurons
    into the right directions; selection finds them at once.
    """
    return np.array([_greedy_start(scene, size) for _ in range(count)])


def _greedy_start(scene: MoveContext, size: int) -> Array:
    problem = scene.problem
    pool = random_starts(scene, max(_OFFERED, 4 * size) // 2, 2).reshape(-1, problem.parameters)
    natural = np.linalg.norm(problem.target) / np.linalg.norm(problem.leak)
    left = problem.target + np.clip(natural, *problem.kappa) * problem.leak
    basis = np.linalg.qr(problem.free.T)[0].T
    rates = problem.nonlinearity.phi(pool @ problem.design) * problem.root
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


def unions(scene: MoveContext, size: int, count: int) -> Array:
    """Networks (count, size, q) that unite two smaller ones, filled up with random neurons."""
    sizes = [k for k in scene.parents if 2 * k <= size]
    made = random_starts(scene, size, count)
    for row in range(count if sizes else 0):
        half = sizes[-1 - row % min(3, len(sizes))]
        pool = scene.parents[half]
        first, second = scene.generator.integers(len(pool), size=2)
        shaken = pool[second] * np.exp(0.05 * scene.generator.standard_normal(pool[0].shape))
        made[row, : 2 * half] = np.concatenate([pool[first], shaken])
    return made


def prune(scene: MoveContext, theta: Array) -> Proposal:
    """Remove the cheapest neurons of theta (S, k', q), a sixth at a time, down to the size.

    The scores are shaken by half an e-fold, so that equal parents give different children.
    """
    size, generator = scene.size, scene.generator
    polished = refine(scene.problem, theta, _SHORT)
    work: float = polished.work
    above: tuple[Polished, ...] = ()
    while (count := polished.theta.shape[1]) > size:
        if count == size + 1:
            above = (polished,)
        removed = min(max(1, count // 6), count - size)
        scores = removal_scores(polished.at)
        scores = scores * np.exp(0.5 * generator.standard_normal(scores.shape))
        kept = np.sort(np.argsort(scores, axis=1)[:, removed:], axis=1)
        fewer = np.take_along_axis(polished.theta, kept[:, :, None], axis=1)
        if count - removed == size:
            return Proposal(theta=fewer, above=above, work=work)
        polished = refine(scene.problem, fewer, _SHORT)
        work += polished.work
    return Proposal(theta=polished.theta, above=above, work=work)


def _picked(scene: MoveContext, size: int) -> Array:
    """Parents of one size, the better the likelier (geometric in rank)."""
    pool = scene.parents[size]
    rank = np.minimum(scene.generator.geometric(0.35, scene.count) - 1, len(pool) - 1)
    return pool[rank]


def _nearest(scene: MoveContext, factor: float) -> int | None:
    wanted = max(scene.size + 1, round(factor * scene.size))
    return min((k for k in scene.parents if k >= wanted), default=None)


def step_down(scene: MoveContext) -> Proposal:
    """Prune networks that are one neuron larger."""
    size = _nearest(scene, 1.0)
    return prune(scene, _picked(scene, size)) if size else from_above(scene)


def from_larger(scene: MoveContext) -> Proposal:
    """Prune networks half as large again."""
    size = _nearest(scene, 1.5)
    return prune(scene, _picked(scene, size)) if size else from_above(scene)


def from_above(scene: MoveContext) -> Proposal:
    """Prune random networks twice as large."""
    return prune(scene, random_starts(scene, 2 * scene.size, scene.count))


def cross(scene: MoveContext) -> Proposal:
    """Unite two networks, the second one shaken by 5 %, and prune the union."""
    if scene.size not in scene.parents:
        return from_above(scene)
    first, second = _picked(scene, scene.size), _picked(scene, scene.size)
    second = second * np.exp(0.05 * scene.generator.standard_normal(second.shape))
    return prune(scene, np.concatenate([first, second], axis=1))


def swap(scene: MoveContext) -> Proposal:
    """Replace a cheap neuron by one of the best of 300 random ones (by its OLS gain)."""
    if scene.size not in scene.parents:
        return from_above(scene)
    theta, generator = _picked(scene, scene.size), scene.generator
    at = evaluate(scene.problem, theta)
    scores = removal_scores(at) * np.exp(0.7 * generator.standard_normal(theta.shape[:2]))
    offered = random_starts(scene, _OFFERED, 2).reshape(-1, theta.shape[2])[::2]
    swapped = []
    for one, kappa, cheapest in zip(theta, at.kappa, np.argmin(scores, axis=1), strict=True):
        rest = np.delete(one, cheapest, axis=0)
        gains = addition_gains(scene.problem, rest, float(kappa), offered)
        chosen = np.argsort(-gains, kind="stable")[generator.integers(3)]
        swapped.append(np.vstack([rest, offered[chosen]]))
    return Proposal(theta=np.array(swapped))


def hop(scene: MoveContext) -> Proposal:
    """Shake all parameters by a relative amount between 0.05 and 0.8."""
    if scene.size not in scene.parents:
        return from_above(scene)
    theta = _picked(scene, scene.size)
    amount = np.exp(scene.generator.uniform(np.log(0.05), np.log(0.8), (len(theta), 1, 1)))
    return Proposal(theta=theta * (1.0 + amount * scene.generator.standard_normal(theta.shape)))


MOVES: dict[str, Callable[[MoveContext], Proposal]] = {
    "step_down": step_down,
    "cross": cross,
    "from_larger": from_larger,
    "swap": swap,
    "from_above": from_above,
    "hop": hop,
}
