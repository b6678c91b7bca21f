"""Sizes tried for a task: how many neurons, with how many clones, are right on trials.

Place in the flow: the search of `smallest`. A size is tried by a fit of the field, tuned on the
trials, and judged on validation trials.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.deadline import Deadline
from lrfit.core.executor import Executor
from lrfit.core.progress import Progress
from lrfit.fitting.fit import fit
from lrfit.fitting.options import FitOptions
from lrfit.fitting.setting import prepare
from lrfit.fitting.tuning_report import Size
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.systems.system import System
from lrfit.tuning.levenberg import Descent
from lrfit.tuning.options import TaskGoal, TuneOptions
from lrfit.tuning.plan import Plan

STARTS = 2
"""Fits that a size is tuned from: one start alone left 16 neurons worse than 8 on a task."""
FAR = 10.0
"""Times the mean square that is asked for: a start that ends farther off is the only one."""
REFINED = 32
"""Neurons up to which the start is refined; larger ones are selected among random neurons."""
MOST_NEURONS = 1024
"""Neurons with their clones, at most."""
MARGIN = 0.5
"""Of the mean square that is asked for, at which tuning ends."""
SELECTION = 1_000_003
"""Between the seeds of trials that choose by the share of right ones, and of those that report."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attempt:
    """A size that was tuned, and how right it is on validation trials."""

    plan: Plan
    found: Descent
    network: LowRankNetwork
    size: Size

    @property
    def total(self) -> int:
        """Neurons with their clones."""
        return self.size.neurons * self.size.copies

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Less is better."""
        right = 0.0 if math.isnan(self.size.right) else self.size.right
        return not self.size.met, -right, self.size.mse


class SizeSearch:
    """Over neurons, and over clones where weights are wrong."""

    def __init__(
        self,
        system: System,
        options: FitOptions,
        tuning: TuneOptions,
        goal: TaskGoal,
        executor: Executor,
        deadline: Deadline,
        tell: Progress,
    ) -> None:
        self.system, self.options, self.tuning, self.goal = system, options, tuning, goal
        self.executor, self.deadline, self.tell = executor, deadline, tell
        self.least = prepare(system, options).minimum
        self.tried: list[Size] = []
        self.best: Attempt | None = None

    def smallest(self) -> Attempt:
        """The smallest that is right; the best one if none is."""
        for neurons in self._doubled():
            if self.best is not None and self.deadline.passed:
                break
            if not self._allowed(neurons, self._copies(neurons)):
                break
            if self._with_clones(neurons):
                self._between(neurons // 2, neurons)
                if self.goal.robust is None:
                    break
        assert self.best is not None
        return self.best

    def _doubled(self) -> Iterator[int]:
        n = max(self.least, 1)
        while n < self.options.max_neurons:
            yield n
            n *= 2
        yield self.options.max_neurons

    def _copies(self, neurons: int) -> int:
        """The most clones for which the network is smaller than the best one that is right."""
        if self.goal.robust is None:
            return 1
        most = MOST_NEURONS if not self._is_met else self._best_total - 1
        return 1 << max(0, (most // neurons).bit_length() - 1)

    def _allowed(self, neurons: int, copies: int) -> bool:
        return not self._is_met or neurons * copies < self._best_total

    @property
    def _is_met(self) -> bool:
        return self.best is not None and self.best.size.met

    @property
    def _best_total(self) -> int:
        return MOST_NEURONS + 1 if self.best is None else self.best.total

    def _with_clones(self, neurons: int) -> bool:
        """Whether a number of neurons is right, with as few clones as it needs."""
        most = self._copies(neurons)
        if not self._is_right(neurons, most):
            return False
        low, high = 0, most.bit_length() - 1  # exponents: high is right
        while low < high:
            middle = (low + high) // 2
            if self._is_right(neurons, 1 << middle):
                high = middle
            else:
                low = middle + 1
        return True

    def _between(self, wrong: int, right: int) -> None:
        """Fewer neurons, with the clones that the larger number needs."""
        assert self.best is not None
        copies = self.best.size.copies
        wrong = max(wrong, self.least - 1)
        while right - wrong > 1 and not self.deadline.passed:
            middle = (wrong + right) // 2
            if self._is_right(middle, copies):
                right = middle
            else:
                wrong = middle

    def _is_right(self, neurons: int, copies: int) -> bool:
        """Tune this size from one start after the other, until one is right."""
        for start in range(STARTS):
            attempt = self._attempt(neurons, copies, start)
            self.tried.append(attempt.size)
            if self.best is None or self._is_better(attempt):
                self.best = attempt
            if attempt.size.met or self.deadline.passed or self._is_far(attempt.size):
                return attempt.size.met
        return False

    def _is_far(self, size: Size) -> bool:
        """Whether another start is no use."""
        return self.goal.task_tol is not None and size.mse > FAR * self.goal.task_tol

    def _is_better(self, attempt: Attempt) -> bool:
        assert self.best is not None
        if attempt.size.met and self.best.size.met:
            return attempt.total < self.best.total
        return attempt.rank < self.best.rank

    def _attempt(self, neurons: int, copies: int, start: int) -> Attempt:
        tuning = replace(self.tuning, clones=copies)
        price = max(self.options.weight_noise, tuning.weight_noise / math.sqrt(copies))
        begun = fit(
            self.system,
            neurons=neurons,
            method="refine" if neurons <= REFINED else "ols",
            options=replace(
                self.options,
                weight_noise=price,
                seed=self.options.seed + start,
                time_limit=self._time_left(),
            ),
            look=False,
        )
        plan = Plan(begun, self.system, tuning, self.options.seed)
        found = plan.descend(
            self.executor, self.deadline, self.tell, lambda *at: self._is_enough(plan, *at)
        )
        network = plan.tuned(found)
        return Attempt(plan=plan, found=found, network=network, size=self._judged(plan, network))

    def _time_left(self) -> float | None:
        """What a fit may take of the time limit; the first one, which is needed, at least 1 s."""
        return None if self.options.time_limit is None else max(1.0, self.deadline.left)

    def _is_enough(self, plan: Plan, theta: Array, validation: float) -> bool:
        """Whether tuning may end: the goal is passed, with a margin for the test trials."""
        widest = float(np.max(plan.system.domain.half_width))
        if self.goal.task_tol is not None and validation * widest**2 > MARGIN * self.goal.task_tol:
            return False
        if self.goal.score is None:
            return True
        return _right(plan, plan.layout.network(theta)) >= self.goal.score

    def _judged(self, plan: Plan, network: LowRankNetwork) -> Size:
        examined = plan.validated(network, self.executor)
        mse = examined.plain if self.goal.robust is None else examined.typical[0]
        right = float("nan") if self.goal.score is None else _right(plan, network)
        return Size(
            neurons=plan.start.network.neurons,
            copies=plan.options.clones,
            mse=mse,
            right=right,
            met=self.goal.met(mse, right),
        )


def _right(plan: Plan, network: LowRankNetwork) -> float:
    """Share of trials that end right, of others than those of the report."""
    trials, seed = plan.options.validation_trials, plan.seed + SELECTION
    return float(plan.scored(network, trials=trials, seed=seed).right)
