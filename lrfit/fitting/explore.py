"""The strategy of the search: sweeps from above, then effort below the best size found.

Place in the flow: a setting becomes confirmed networks of decreasing size. Effort is counted
in work (multiply-adds), not in seconds, so that equal seeds give equal results on any machine
and any number of cores; a time limit is a cap, and its use is reported.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

import numpy as np

from lrfit.core.deadline import Deadline, TimeUp
from lrfit.core.errors import NumericalError
from lrfit.core.progress import Progress, silent
from lrfit.core.workers import Workers, available_cores
from lrfit.fitting.assemble import Candidate
from lrfit.fitting.confirmed import Confirmed
from lrfit.fitting.effort import Log, effort
from lrfit.fitting.moves import MOVES
from lrfit.fitting.points import search_points
from lrfit.fitting.population import Population
from lrfit.fitting.problem import SHARPNESS, refinement_problem
from lrfit.fitting.setting import FitProblem
from lrfit.fitting.tasks import (
    CAREFUL,
    ONE_BY_ONE,
    SWIFT,
    Common,
    Settle,
    Sweep,
    Task,
    TaskResult,
    Try,
    run,
)
from lrfit.regression.refine import Polished

_FIRST_SIZE = 20
_GIVE_UP = 1.2
"""Sweeps from more neurons than the first end at the size whose error is this many tolerances:
smaller ones are of no use. The first goes to the bottom: where a target is a network of k
neurons, larger ones are found only roughly, and those of k to all digits."""
_STEEPER = 4.0 / 3.0
"""Starts may be steeper than the candidates of a selection: refinement finds the right slope from
above more easily than from below, while selection is best served where most candidates fit."""
_WORST_ROUNDS = 12
_FAR, _NEAR = 2.0, 1.1
"""Where the best error one size below is so many tolerances away, effort is spent a quarter as
long, or half as long again."""
_NEEDED = 3
"""Networks that are settled beside the best one when the time is up."""
_LEAST_TRIES = 48
"""So near, large networks are tried at least as often, however much each try costs."""


class Explorer:
    """One search: its populations, the confirmed networks, and the workers it uses.

    `moves`: names of those that it may make below the best size, in turn. `deadline`: when it has
    to end; by default the time limit of the options, from now on. `may_be_empty`: whether it may
    end without any network; otherwise its first tasks are carried out whatever time they take.
    """

    def __init__(
        self,
        setting: FitProblem,
        *,
        tol: float,
        report: Progress | None = None,
        moves: Sequence[str] = tuple(MOVES),
        deadline: Deadline | None = None,
        may_be_empty: bool = False,
    ) -> None:
        self.setting, self.tol, self.moves = setting, tol, moves
        dimension = setting.system.domain.dimension
        self.effort = effort(setting.options.effort, dimension, len(setting.seen))
        self.points = search_points(setting)
        self.population, self.log = Population(), Log()
        self._confirmed = Confirmed(setting, self.points.all, tol)
        self._report = report or silent
        self._workers: Workers | None = None
        self.may_be_empty = may_be_empty
        self._deadline = deadline or Deadline.after(setting.options.time_limit)
        self._serial = 0

    # -- the strategy ---------------------------------------------------------------------

    def run(self, workers: Workers, *, to_the_bottom: bool = False) -> None:
        """Sweep, then work below the best size until no smaller network is found within the effort.

        `to_the_bottom`: sweep through all sizes, and polish the best network of each.
        """
        self._workers = workers
        self._sweep(to_the_bottom)
        best = self.best_size
        while best is not None and best > self.setting.minimum and not self._out_of_effort():
            self._prune(best)
            if self.best_size == best and not self._descend(best - 1):
                break
            best = self.best_size
        if to_the_bottom or best is None:
            for size in self._unsettled():
                self._confirm(size)

    def run_at(self, workers: Workers, size: int) -> None:
        """Sweep down to one size, then work there until the effort is spent."""
        self._workers = workers
        start = max(_FIRST_SIZE, int(np.ceil(1.25 * size)))
        self._sweep_from(start, size, to_the_bottom=True)
        self._descend(size)
        self._confirm(size)

    def _sweep(self, to_the_bottom: bool) -> None:
        """Sweep from 20 neurons; while that is too few, from where the errors point to."""
        most = self.setting.options.max_neurons
        start = min(max(_FIRST_SIZE, 2 * self.setting.minimum), most)
        self._sweep_from(start, self.setting.minimum, to_the_bottom)
        while self.best_size is None and start < most and not self._out_of_effort():
            start, stop = min(self._expected_size(start), most), start
            self._sweep_from(start, stop, to_the_bottom)

    def _sweep_from(self, start: int, stop: int, to_the_bottom: bool) -> None:
        first = stop == self.setting.minimum
        halves = {k: self.population.at(k).theta for k in self.population.sizes if 2 * k <= start}
        tasks = [
            Sweep(
                start=start,
                stop_size=stop,
                give_up=np.inf if first or to_the_bottom else (_GIVE_UP * self.tol) ** 2,
                starts=self.effort.starts,
                pace=CAREFUL if first else SWIFT,
                points=self.points.count(start),
                seed=self._seed(),
                parents={} if first else dict(list(halves.items())[-3:]),
            )
            for _ in range(self.effort.sweeps)
        ]
        self._carry_out(tasks, "sweep", start)
        self._confirm_smallest()

    def _prune(self, size: int) -> None:
        """Take neurons one by one from the networks at a size, as long as that promises anything.

        A step down costs a fifth of a round of moves: large networks soon get much smaller.
        """
        theta = self.population.at(size).theta
        tasks = [
            Sweep(
                start=size,
                stop_size=self.setting.minimum,
                give_up=(_GIVE_UP * self.tol * self._search_ratio()) ** 2,
                starts=len(part),
                pace=ONE_BY_ONE,
                points=self.points.count(size),
                seed=self._seed(),
                theta=part,
            )
            for part in (theta[0::2], theta[1::2])
            if len(part)
        ]
        self._carry_out(tasks, "pruning", size)
        self._confirm_smallest()

    def _expected_size(self, start: int) -> int:
        """Where the errors found so far point to, a quarter added; 1.25 to 1.6 times `start`.

        Errors fall about as a power of the size: fitted over middle sizes, since the largest
        networks of a sweep are the least refined.
        """
        sizes = np.array([k for k in self.population.sizes if start // 2 <= k <= 0.8 * start])
        errors = np.array([np.sqrt(self.population.value(int(k))) for k in sizes])
        least, most = math.ceil(1.25 * start), math.ceil(1.6 * start)
        if len(sizes) < 3:
            return most
        slope, level = np.polyfit(np.log(sizes), np.log(errors), 1)
        if slope >= 0.0:
            return most
        wanted = 1.25 * np.exp(np.minimum((np.log(self.tol) - level) / slope, 20.0))
        return int(np.clip(wanted, least, most))

    def _descend(self, size: int) -> bool:
        """Moves at one size until a network of it is confirmed, or the effort for it is spent."""
        began, before = time.monotonic(), self.log.work
        try:  # the record is complete even if the time limit or an interrupt ends the moves
            self._try_moves(size)
        finally:
            spent = self.log.work - before
            self.log.spent[size] = self.log.spent.get(size, 0.0) + spent
            self.log.seconds[size] = self.log.seconds.get(size, 0.0) + time.monotonic() - began
        return self.is_met(size)

    def _try_moves(self, size: int) -> None:
        names, spent, turn = self.moves, 0.0, 0
        while self._goes_on(size, spent, turn) and not self._out_of_effort():
            parents = self.population.parents(size)
            before = self.population.value(size)
            tasks = [
                Try(
                    move=names[(turn + offset) % len(names)],
                    size=size,
                    points=self.points.count(size),
                    seed=self._seed(),
                    parents=parents,
                )
                for offset in range(4)
            ]
            turn += 4
            spent += self._carry_out(tasks, "below the best size", size)
            if self.population.value(size) < before and self._promising(size):
                spent += self._confirm(size)
                if self.is_met(size):
                    break

    def _goes_on(self, size: int, spent: float, tries: int) -> bool:
        """Whether more work at a size is worth while: by how near the tolerance its best is."""
        stall = self.effort.stall
        if not self.tol:  # `run_at`: as good as can be at one size
            return spent < stall
        away = np.sqrt(self.population.value(size)) / (self.tol * self._search_ratio())
        if away < _NEAR:
            return spent < 1.5 * stall or tries < _LEAST_TRIES
        return bool(spent < (0.25 if away > _FAR else 1.0) * stall)

    # -- carrying out ---------------------------------------------------------------------

    def _carry_out(self, tasks: Sequence[Task], stage: str, size: int) -> float:
        outcomes = self._map(tasks)
        work = 0.0
        for outcome in outcomes:
            work += outcome.work
            for found in outcome.found:
                self.population.merge(found)
                self._count(found)
        self.log.work += work
        best = self.best_size
        shown = size if best is None else best
        error = self.confirmed[best].error if best else float(np.sqrt(self.population.value(size)))
        self._report(stage, int(100 * self.log.work / self.effort.total), 100, shown, error)
        return work

    def _map(self, tasks: Sequence[Task]) -> list[TaskResult]:
        """Outcomes of tasks; those that the deadline interrupts are lost, by `TimeUp`."""
        assert self._workers is not None
        if not (self.population.sizes or self.may_be_empty):
            return self._workers.map(tasks)
        with self._deadline.enforced():
            return self._workers.map(tasks)

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline.passed

    def stop_late(self) -> None:
        """Write down that the deadline has ended the search."""
        self.log.stopped = self._deadline.reason

    def _count(self, found: Polished) -> None:
        """Count the tasks that worked at a size, and those that were within the tolerance."""
        size = found.theta.shape[1]
        self.log.tried[size] = self.log.tried.get(size, 0) + 1
        within = bool(found.at.value[0] <= self.tol**2)
        self.log.reached[size] = self.log.reached.get(size, 0) + within

    def _promising(self, size: int) -> bool:
        """Whether settling is worth its price: within 3 % of the tolerance while searching."""
        bound = 1.03 * self.tol * self._search_ratio()
        return bool(np.sqrt(self.population.value(size)) <= bound)

    def _search_ratio(self) -> float:
        """How the error that the search sees may compare with the criterion's, at most.

        The smooth maximum over variables lies above the true one; the error at the worst of
        thousands of points is never less than 1.5 times the mean one, even after reweighting.
        """
        criterion = self.setting.options.criterion
        if criterion == "per-variable":
            return float(len(self.setting.scale) ** (1.0 / (2.0 * SHARPNESS)))
        return 1.0 / 1.5 if criterion == "worst" else 1.0

    def _confirm_smallest(self) -> None:
        """Confirm from the smallest promising size upwards, until one holds."""
        for size in self.population.sizes:
            if size < self.setting.minimum or not self._promising(size):
                continue
            self._confirm(size)
            if self.is_met(size):
                return

    def _confirm(self, size: int) -> float:
        """Polish the best two of a size on all refinement points, solve exactly, and judge.

        Returns the work spent.
        """
        best = self.population.at(size).theta[:2]
        rounds = _WORST_ROUNDS if self.setting.options.criterion == "worst" else 0
        tasks = [Settle(theta=one[None], steps=25, rounds=rounds) for one in best]
        outcomes = self._map(tasks)
        work = sum(outcome.work for outcome in outcomes)
        self.log.work += work
        for outcome in outcomes:
            for polished in outcome.found:
                for theta in polished.theta:
                    self._confirmed.judge(theta)
        return work

    @property
    def confirmed(self) -> Mapping[int, Candidate]:
        """The best network of every size that passed the final solve."""
        return self._confirmed.by_size

    def is_met(self, size: int) -> bool:
        """Whether the network confirmed at that size is sound and within the tolerance."""
        return self._confirmed.is_met(size)

    @property
    def best_size(self) -> int | None:
        """The smallest size with a sound network within the tolerance, if there is one."""
        return self._confirmed.smallest

    def others(self, size: int, count: int = 3) -> list[Candidate]:
        """More networks of a size, settled without another polish."""
        if size not in self.population.sizes:
            return []
        theta = self.population.at(size).theta[:count]
        return [self._confirmed.settled(each) for each in theta]

    def judge_needed(self, size: int | None) -> None:
        """Settle, without polish, the networks that a search out of time has to know.

        They are that of the size asked for; those of sizes next to the best one, for the evidence
        and should the test set refuse it; the best few where none is within the tolerance.
        """
        near = self.best_size
        needed = sorted(self._unsettled(), key=self.population.value)[:_NEEDED]
        if near is not None:
            needed = [k for k in self._unsettled() if near - 1 <= k <= near + _NEEDED]
        for k in self._unsettled():
            if k == size or k in needed:
                self._confirmed.judge(self.population.at(k).theta[0])

    def judge_rest(self) -> None:
        """Settle, without polish, the best network of every size that has none yet."""
        for size in self._unsettled():
            self._confirmed.judge(self.population.at(size).theta[0])

    def _unsettled(self) -> list[int]:
        sizes = [size for size in self.population.sizes if size >= self.setting.minimum]
        return [size for size in sizes if size not in self.confirmed]

    # -- effort ---------------------------------------------------------------------------

    def _out_of_effort(self) -> bool:
        if self.late:
            self.stop_late()
            return True
        if self.log.work >= self.effort.total:
            self.log.stopped = f"the effort ({self.setting.options.effort}) was spent"
            return True
        return False

    def _seed(self) -> tuple[int, ...]:
        self._serial += 1
        return (self.setting.options.seed, 77, self._serial)


def explore(
    explorer: Explorer,
    *,
    size: int | None = None,
    to_the_bottom: bool = False,
    keep_best: bool = False,
    workers: int | None = None,
) -> bool:
    """Run a search to its end; with `keep_best` an interrupt ends it early and returns True.

    With `size` only networks of that size are sought, as good as the effort allows.

    Raises
    ------
    NumericalError
        No start gave a finite error at any size, and the search may not be empty.
    KeyboardInterrupt
        Interrupted without `keep_best`, or before any network was confirmed.
    """
    setting, interrupted = explorer.setting, False
    low, high = setting.options.scale
    count = min(available_cores(), 4) if workers is None else workers
    shared = Common(
        problem=refinement_problem(setting, explorer.points.all),
        scale=(low, _STEEPER * high),
        bias=setting.options.bias,
    )
    try:
        with Workers(run, shared, count=count) as pool:
            if size is None:
                explorer.run(pool, to_the_bottom=to_the_bottom)
            else:
                explorer.run_at(pool, size)
    except TimeUp:
        explorer.stop_late()
    except KeyboardInterrupt:
        if not keep_best:
            raise
        explorer.judge_rest()
        if not explorer.confirmed:
            raise
        interrupted = True
    if explorer.late and not to_the_bottom:
        explorer.judge_needed(size)
    else:
        explorer.judge_rest()
    if not explorer.confirmed and not explorer.may_be_empty:
        raise NumericalError(
            "no network of any size gave a finite error; check the field and the noise"
        )
    return interrupted
