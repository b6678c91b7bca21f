"""The strategy of a search: sweeps from above, then effort below the best size found.

Place in the flow: an `Explorer` with a goal gets networks of decreasing size. docs/search describes
the steps; every number is in `policy`.
"""

from __future__ import annotations

import math
import time

import numpy as np

from lrfit.fitting.explorer import Explorer
from lrfit.fitting.goal import OfSize
from lrfit.fitting.policy import Pace
from lrfit.fitting.tasks import Sweep, Try


def pursue(explorer: Explorer) -> None:
    """Search until the goal is reached as well as the effort allows."""
    goal = explorer.goal
    if isinstance(goal, OfSize):
        _improve(explorer, goal.neurons)
    else:
        _minimize(explorer, goal.tol, every_size=goal.every_size)


def _improve(explorer: Explorer, size: int) -> None:
    """Sweep down to one size, then work there until the effort is spent."""
    numbers = explorer.policy.sweep
    start = max(numbers.first_size, math.ceil(numbers.least_growth * size))
    _sweep_from(explorer, start, size, give_up=np.inf)
    _descend(explorer, size)
    explorer.confirm(size)


def _minimize(explorer: Explorer, tol: float, *, every_size: bool) -> None:
    """Sweep, then work below the best size until no smaller network is found within the effort.

    With `every_size` sweeps go through all sizes, and the best network of each is polished.
    """
    _sweep(explorer, tol, every_size=every_size)
    best = explorer.best_size
    while best is not None and best > explorer.setting.minimum and not explorer.out_of_effort():
        _prune(explorer, best, tol)
        if explorer.best_size == best and not _descend(explorer, best - 1):
            break
        best = explorer.best_size
    if every_size or best is None:
        for size in explorer.unsettled():
            explorer.confirm(size)


def _sweep(explorer: Explorer, tol: float, *, every_size: bool) -> None:
    """Sweep from a usual size; while that is too few, from where the errors point to."""
    setting, numbers = explorer.setting, explorer.policy.sweep
    most, least = setting.options.max_neurons, setting.minimum
    start = min(max(numbers.first_size, numbers.per_variable * least), most)
    _sweep_from(explorer, start, least, give_up=np.inf)
    give_up = np.inf if every_size else (numbers.give_up * tol) ** 2
    while explorer.best_size is None and start < most and not explorer.out_of_effort():
        start, stop = min(_expected_size(explorer, start, tol), most), start
        _sweep_from(explorer, start, stop, give_up=give_up)


def _sweep_from(explorer: Explorer, start: int, stop: int, *, give_up: float) -> None:
    numbers, population = explorer.policy.sweep, explorer.population
    first = stop == explorer.setting.minimum
    halves = {k: population.at(k).theta for k in population.sizes if 2 * k <= start}
    parents = {} if first else dict(list(halves.items())[-numbers.union_sizes :])
    tasks = [
        Sweep(
            start=start,
            stop_size=stop,
            give_up=np.inf if first else give_up,
            starts=explorer.budget.starts,
            pace=numbers.careful if first else numbers.swift,
            points=explorer.points.count(start),
            seed=explorer.next_seed(),
            parents=parents,
        )
        for _ in range(explorer.budget.sweeps)
    ]
    explorer.carry_out(tasks, "sweep", start)
    explorer.confirm_smallest()


def _expected_size(explorer: Explorer, start: int, tol: float) -> int:
    """Where the errors found so far point to, with a reserve, within bounds relative to `start`.

    Errors fall about as a power of the size: fitted over middle sizes, since the largest
    networks of a sweep are the least refined.
    """
    numbers, population = explorer.policy.sweep, explorer.population
    low, high = start // 2, numbers.fitted * start
    sizes = np.array([k for k in population.sizes if low <= k <= high])
    errors = np.array([np.sqrt(population.value(int(k))) for k in sizes])
    least, most = math.ceil(numbers.least_growth * start), math.ceil(numbers.most_growth * start)
    if len(sizes) < numbers.least_sizes:
        return most
    slope, level = np.polyfit(np.log(sizes), np.log(errors), 1)
    if slope >= 0.0:
        return most
    # A slope near zero points far beyond any size; exp must not overflow before it is clipped.
    wanted = numbers.least_growth * np.exp(np.minimum((np.log(tol) - level) / slope, 20.0))
    return int(np.clip(wanted, least, most))


def _prune(explorer: Explorer, size: int, tol: float) -> None:
    """Take neurons one by one from the networks at a size, as long as that promises anything.

    A step down costs a fifth of a round of moves: large networks soon get much smaller.
    """
    theta, pace = explorer.population.at(size).theta, explorer.policy.sweep.one_by_one
    give_up = (explorer.policy.sweep.give_up * tol * explorer.search_ratio) ** 2
    tasks = [
        _pruning(explorer, part, give_up, pace) for part in (theta[0::2], theta[1::2]) if len(part)
    ]
    explorer.carry_out(tasks, "pruning", size)
    explorer.confirm_smallest()


def _pruning(explorer: Explorer, theta: np.ndarray, give_up: float, pace: Pace) -> Sweep:
    """A sweep from given networks (S, k, q) down to the smallest size."""
    size = theta.shape[1]
    return Sweep(
        start=size,
        stop_size=explorer.setting.minimum,
        give_up=give_up,
        starts=len(theta),
        pace=pace,
        points=explorer.points.count(size),
        seed=explorer.next_seed(),
        theta=theta,
    )


def _descend(explorer: Explorer, size: int) -> bool:
    """Moves at one size until a network of it is confirmed, or the effort for it is spent."""
    log = explorer.log
    began, before = time.monotonic(), log.work
    try:  # the record is complete even if the time limit or an interrupt ends the moves
        _try_moves(explorer, size)
    finally:
        log.spent[size] = log.spent.get(size, 0.0) + log.work - before
        log.seconds[size] = log.seconds.get(size, 0.0) + time.monotonic() - began
    return explorer.is_met(size)


def _try_moves(explorer: Explorer, size: int) -> None:
    population = explorer.population
    spent, turn = 0.0, 0
    while _goes_on(explorer, size, spent, turn) and not explorer.out_of_effort():
        before = population.value(size)
        tasks = _tries(explorer, size, turn)
        turn += len(tasks)
        spent += explorer.carry_out(tasks, "below the best size", size)
        if population.value(size) < before and explorer.is_promising(size):
            spent += explorer.confirm(size)
            if explorer.is_met(size):
                break


def _tries(explorer: Explorer, size: int, turn: int) -> list[Try]:
    """The next few moves, in turn."""
    names, parents = explorer.policy.moves.names, explorer.population.parents(size)
    return [
        Try(
            move=names[(turn + offset) % len(names)],
            size=size,
            points=explorer.points.count(size),
            seed=explorer.next_seed(),
            parents=parents,
        )
        for offset in range(explorer.policy.descent.batch)
    ]


def _goes_on(explorer: Explorer, size: int, spent: float, tries: int) -> bool:
    """Whether more work at a size is worth while: by how near the tolerance its best is."""
    stall, numbers = explorer.budget.stall, explorer.policy.descent
    if explorer.tol is None:  # as good as can be at one size
        return spent < stall
    away = explorer.tolerances(size)
    if away < numbers.near:
        return spent < numbers.near_share * stall or tries < numbers.near_tries
    return bool(spent < (numbers.far_share if away > numbers.far else 1.0) * stall)
