"""One search: what it has found, what it may still do, and the tasks it has carried out.

Place in the flow: `strategy` decides what to try next; here tasks become networks in hand, the
best of them are settled and judged, and work is counted. Effort is counted in work
(multiply-adds), not in seconds, so that equal seeds give equal results on any machine and any
number of cores; a time limit is a cap, and its use is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from lrfit.core.deadline import Deadline
from lrfit.core.executor import Executor, Serial
from lrfit.core.progress import Progress, silent
from lrfit.fitting.assemble import Candidate
from lrfit.fitting.confirmed import Confirmed
from lrfit.fitting.goal import Goal, WithinTolerance
from lrfit.fitting.log import Log
from lrfit.fitting.points import search_points
from lrfit.fitting.policy import SearchPolicy, search_policy
from lrfit.fitting.population import Population
from lrfit.fitting.problem import refinement_problem
from lrfit.fitting.setting import FitProblem
from lrfit.fitting.tasks import Common, Settle, Task, TaskResult, run
from lrfit.regression.refine import Polished, Status


class Explorer:
    """The state of one search.

    Parameters
    ----------
    setting : FitProblem
        What is fitted.
    goal : WithinTolerance or OfSize
        What is sought.
    policy : SearchPolicy
        Every number it goes by; by default that of the options' effort level.
    deadline : Deadline
        When it has to end; by default the time limit of the options, from now on.
    may_be_empty : bool
        Whether it may end without any network; otherwise its first tasks are carried out whatever
        time they take.
    """

    def __init__(
        self,
        setting: FitProblem,
        *,
        goal: Goal,
        policy: SearchPolicy | None = None,
        report: Progress | None = None,
        deadline: Deadline | None = None,
        may_be_empty: bool = False,
    ) -> None:
        self.setting, self.goal = setting, goal
        self.policy = policy or search_policy(setting.options.effort)
        dimension = setting.system.domain.dimension
        self.budget = self.policy.effort.budget(dimension, len(setting.seen))
        self.points = search_points(setting, self.policy.sampling)
        self.population, self.log = Population(self.policy.population), Log()
        self.tol = goal.tol if isinstance(goal, WithinTolerance) else None
        self._confirmed = Confirmed(setting, self.points.all, self.tol, self.policy.confirm.margin)
        self._report = report or silent
        self.executor: Executor = Serial()
        self.may_be_empty = may_be_empty
        self._deadline = deadline or Deadline.after(setting.options.time_limit)
        self._serial = 0

    @cached_property
    def common(self) -> Common:
        """What all tasks share."""
        low, high = self.setting.options.scale
        return Common(
            problem=refinement_problem(self.setting, self.points.all, self.policy.objective),
            scale=(low, self.policy.moves.steeper * high),
            bias=self.setting.options.bias,
            policy=self.policy,
        )

    # -- carrying out ---------------------------------------------------------------------

    def carry_out(self, tasks: Sequence[Task], stage: str, size: int) -> float:
        """Take the networks that tasks find into the population; returns the work spent."""
        work = 0.0
        for outcome in self._map(tasks):
            work += outcome.work
            for found in outcome.found:
                self.population.merge(found)
                self._count(found)
        self.log.work += work
        best = self.best_size
        shown = size if best is None else best
        error = self.confirmed[best].error if best else float(np.sqrt(self.population.value(size)))
        self._report(stage, int(100 * self.log.work / self.budget.total), 100, shown, error)
        return work

    def _map(self, tasks: Sequence[Task]) -> list[TaskResult]:
        """Outcomes of tasks; those that the deadline interrupts are lost, by `TimeUp`."""
        if not (self.population.sizes or self.may_be_empty):
            return self.executor.map(run, self.common, tasks)
        with self._deadline.enforced():
            return self.executor.map(run, self.common, tasks)

    def next_seed(self) -> tuple[int, ...]:
        """A seed of its own for every task, in the order in which tasks are set."""
        self._serial += 1
        return (self.setting.options.seed, 77, self._serial)

    def _count(self, found: Polished) -> None:
        """Count the tasks that worked at a size, and those that were within the tolerance."""
        size = found.theta.shape[1]
        self.log.tried[size] = self.log.tried.get(size, 0) + 1
        within = self.tol is not None and bool(found.at.value[0] <= self.tol**2)
        self.log.reached[size] = self.log.reached.get(size, 0) + within
        self.log.refined.update(map(Status, found.status.tolist()))

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline.passed

    def stop_late(self) -> None:
        """Write down that the deadline has ended the search."""
        self.log.stopped = self._deadline.reason

    def out_of_effort(self) -> bool:
        """Whether the time or the work allowed is used up; writes down which."""
        if self.late:
            self.stop_late()
            return True
        if self.log.work >= self.budget.total:
            self.log.stopped = f"the effort ({self.setting.options.effort}) was spent"
            return True
        return False

    # -- what is good enough ----------------------------------------------------------------

    def tolerances(self, size: int) -> float:
        """Best error at a size on the search's points, in tolerances; inf where none is asked."""
        if self.tol is None:
            return np.inf
        return float(np.sqrt(self.population.value(size)) / (self.tol * self.search_ratio))

    def is_promising(self, size: int) -> bool:
        """Whether settling is worth its price: nearly within the tolerance while searching."""
        if self.tol is None:
            return False
        bound = self.policy.confirm.promising * self.tol * self.search_ratio
        return bool(np.sqrt(self.population.value(size)) <= bound)

    @cached_property
    def search_ratio(self) -> float:
        """How the error that the search sees may compare with the criterion's, at most.

        The smooth maximum over variables lies above the true one; the error at the worst of
        thousands of points is well above the mean one, even after reweighting.
        """
        criterion, policy = self.setting.options.criterion, self.policy
        if criterion == "per-variable":
            return float(len(self.setting.scale) ** (1.0 / (2.0 * policy.objective.sharpness)))
        return policy.confirm.worst_ratio if criterion == "worst" else 1.0

    # -- settling ---------------------------------------------------------------------------

    def confirm_smallest(self) -> None:
        """Confirm from the smallest promising size upwards, until one holds."""
        for size in self.population.sizes:
            if size < self.setting.minimum or not self.is_promising(size):
                continue
            self.confirm(size)
            if self.is_met(size):
                return

    def confirm(self, size: int) -> float:
        """Polish the best of a size on all refinement points, solve exactly, and judge.

        Returns the work spent.
        """
        policy = self.policy.confirm
        best = self.population.at(size).theta[: policy.networks]
        criterion, outputs = self.setting.options.criterion, len(self.setting.scale)
        rounds = policy.worst_rounds if criterion == "worst" else 0
        powers = policy.powers if criterion == "per-variable" and outputs > 1 else ()
        tasks = [
            Settle(theta=one[None], steps=policy.steps, rounds=rounds, powers=powers)
            for one in best
        ]
        outcomes = self._map(tasks)
        work = sum(outcome.work for outcome in outcomes)
        self.log.work += work
        for outcome in outcomes:
            for polished in outcome.found:
                for row in range(len(polished.theta)):
                    self._confirmed.judge(polished, row)
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
        found = self.population.at(size)
        return [self._confirmed.settled(found, row) for row in range(min(count, len(found.theta)))]

    def judge_needed(self, size: int | None) -> None:
        """Settle, without polish, the networks that a search out of time has to know.

        They are that of the size asked for; those of sizes next to the best one, for the evidence
        and should the test set refuse it; the best few where none is within the tolerance.
        """
        near, count = self.best_size, self.policy.confirm.needed
        needed = sorted(self.unsettled(), key=self.population.value)[:count]
        if near is not None:
            needed = [k for k in self.unsettled() if near - 1 <= k <= near + count]
        for k in self.unsettled():
            if k == size or k in needed:
                self._confirmed.judge(self.population.at(k), 0)

    def judge_rest(self) -> None:
        """Settle, without polish, the best network of every size that has none yet."""
        for size in self.unsettled():
            self._confirmed.judge(self.population.at(size), 0)

    def unsettled(self) -> list[int]:
        """Sizes with networks in hand of which none has passed the final solve."""
        sizes = [size for size in self.population.sizes if size >= self.setting.minimum]
        return [size for size in sizes if size not in self.confirmed]
