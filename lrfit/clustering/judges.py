"""Whether a network that was drawn does what the original does: three ways to tell.

    TaskJudge       share of right trials of the task of a system
    LearnedJudge    the same of a task that a network was trained on, from its outputs
    DynamicsJudge   1 where the dynamics are those of the system (`lrfit.dynamics.faithful`), else 0

Place in the flow: `subject` makes the one that fits; `resampling` asks it of every network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.anatomies import Anatomy
from lrfit.dynamics.budget import QUICK
from lrfit.dynamics.faithful import quick_look, run_differences, target_anatomies
from lrfit.integrate import IntegrationResult
from lrfit.learning.tasks import LearningTask
from lrfit.learning.trials import TaskTrials
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.reduction.latent import LatentModel
from lrfit.scoring.study import judged
from lrfit.simulation.field_trials import TrialPlan, plan_trials, run_target
from lrfit.simulation.network_trials import run_network
from lrfit.systems.system import System
from lrfit.systems.task import Task, Trials

Measure = Literal["right", "faithful", ""]
STEPS_PER_TAU = 4
"""Of Runge-Kutta's method in trials: networks drawn anew differ by far more than its error."""


class Judge(Protocol):
    """Says how well a network does; `measure` is what its numbers are."""

    @property
    def measure(self) -> Measure:
        """Share of right trials, or whether the dynamics are faithful."""
        ...

    @property
    def target(self) -> float:
        """The same number of the system itself."""
        ...

    def of(self, network: LowRankNetwork, readout: Array) -> float:
        """A number from 0 to 1, NaN where it cannot be told; readout : O (K, n)."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskJudge:
    """Trials of a system's task."""

    system: System
    task: Task
    drawn: Trials
    tau: float
    measure: Measure = "right"

    @cached_property
    def _plan(self) -> TrialPlan:
        return plan_trials(
            self.drawn.signals,
            duration=self.task.duration,
            dt=self.tau / STEPS_PER_TAU,
            dimension=self.system.domain.dimension,
        )

    @cached_property
    def _ideal(self) -> IntegrationResult:
        return run_target(self.system, self.drawn.initial, self._plan)

    @property
    def target(self) -> float:
        """Share of trials that the system itself ends right."""
        return float(judged(self.task, self.drawn, self._ideal, self._ideal)["right"])

    def of(self, network: LowRankNetwork, _: Array) -> float:
        """Share of right trials."""
        found = run_network(network, self.drawn.initial, self._plan)
        return float(judged(self.task, self.drawn, found, self._ideal)["right"])


@dataclass(frozen=True, kw_only=True, eq=False)
class DynamicsJudge:
    """The verdict on the dynamics, at a quick look."""

    system: System
    seed: int
    measure: Measure = "faithful"

    @cached_property
    def _target(self) -> Sequence[Anatomy]:
        return target_anatomies(self.system, seed=self.seed, budget=QUICK)

    @property
    def target(self) -> float:
        """1: the system has its own dynamics."""
        return 1.0

    def of(self, network: LowRankNetwork, _: Array) -> float:
        """1 for faithful, 0 for not, NaN for not judged."""
        if run_differences(self.system, network, self._target):
            return 0.0
        found = quick_look(self.system, network, target=self._target, seed=self.seed).faithful
        return float("nan") if found is None else float(found)


@dataclass(frozen=True, kw_only=True, eq=False)
class LearnedJudge:
    """Trials of the task that a network was trained on.

    offset : (K,) o of the outputs O phi(x) + o, the user's units.
    """

    task: LearningTask
    trials: TaskTrials
    offset: Array
    measure: Measure = "right"

    @property
    def inputs(self) -> Array:
        """The inputs (T, P, U) in the user's units."""
        return np.asarray(self.trials.inputs * self.task.input_scale)

    @property
    def target(self) -> float:
        """Share of trials in which the task's own targets are right."""
        return self.task.right(self.trials.targets, self.trials)

    def of(self, network: LowRankNetwork, readout: Array) -> float:
        """Share of right trials."""
        return self.task.right(self.outputs(network, readout), self.trials)

    def outputs(self, network: LowRankNetwork, readout: Array) -> Array:
        """Outputs (T, P, K) in the units of the trials."""
        model = LatentModel(
            M=network.M,
            N=network.N,
            inputs=network.input_weights,
            bias=network.bias,
            by="projection",
        )
        phi = network.nonlinearity
        q, v = model.follow(self.inputs, self.task.step, phi)
        parts = [
            phi.phi(one @ model.M.T + seen @ model.inputs.T + model.bias) @ readout.T
            for one, seen in zip(q, v, strict=True)
        ]
        return np.asarray(
            (np.array(parts) + self.offset - self.task.output_middle) / self.task.output_scale
        )
