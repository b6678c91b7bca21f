"""The task of a system as something to train a network on.

The outputs are the system's variables and the targets its own trajectory, in units of the box:
z = (state - middle)/half width, so that all variables count alike; an input is in units of half
its range. The mask is one at every step. A network starts from x = 0 in every trial, so that what
only the initial state says cannot be learned.

Place in the flow: beside `tasks`, whose trials are drawn as arrays. A system's own trials are
drawn one by one and followed by Runge-Kutta, which is slow; batches are chosen from a pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError, UsageError
from lrfit.learning.tasks import LearningTask
from lrfit.learning.trials import TaskTrials
from lrfit.simulation.field_trials import plan_trials, run_target
from lrfit.systems.system import System
from lrfit.systems.task import Task, Trials

POOL = 512
"""Trials from which batches are chosen."""
STEPS_PER_TAU, TAUS = 10, 50
"""Of Euler's steps, where nobody says another dt; time constants in a trial, as in `tasks`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SystemTask(LearningTask):
    """Trials of a system's `task:` block. pool_stream : from which those for batches are drawn."""

    system: System
    pool_stream: np.random.SeedSequence

    @cached_property
    def pool(self) -> TaskTrials:
        """Trials from which batches are chosen."""
        return self.draw(POOL, self.pool_stream)

    def batch(self, count: int, stream: np.random.SeedSequence) -> TaskTrials:
        """Trials of the pool, none of them twice where there are enough."""
        size = self.pool.count
        generator = np.random.default_rng(stream)
        return self.pool.chosen(generator.choice(size, count, replace=count > size))

    def draw(self, count: int, stream: np.random.SeedSequence) -> TaskTrials:
        """Draw new trials; those whose target does not reach the end are left out.

        Raises
        ------
        NumericalError
            The target reaches the end of no trial.
        """
        task = _task_of(self.system)
        drawn = task.draw(count, stream)
        steps = round(task.duration / self.dt)
        plan = plan_trials(
            drawn.signals,
            duration=task.duration,
            dt=self.dt,
            dimension=self.system.domain.dimension,
            points=steps + 1,
        )
        found = run_target(self.system.continuous, drawn.initial, plan)
        there = np.array([ending.kind == "done" for ending in found.endings])
        if not np.any(there):
            raise NumericalError(f"the target reaches the end of no trial: {found.endings[0]}")
        inputs = plan.inputs()
        u = np.stack([inputs[k] for k in range(int(plan.keep[-1]))])
        states = np.swapaxes(found.y[:, 1:], 0, 1)
        targets = (states - self.output_middle) / self.output_scale
        answers, judged = self._judged(drawn, targets)
        whole = TaskTrials(
            inputs=u / self.input_scale,
            targets=targets,
            mask=np.ones_like(targets),
            answers=answers,
            judged=judged,
        )
        return whole.chosen(np.flatnonzero(there))

    def _judged(self, drawn: Trials, targets: Array) -> tuple[Array, np.ndarray]:
        """Answers (T, P, K) and where they are judged: after the step that ends nearest."""
        names = self.outputs
        chosen = [names.index(name) for name in _task_of(self.system).variables]
        steps = np.clip(np.rint(drawn.times / self.dt).astype(int) - 1, 0, len(targets) - 1)
        answers, judged = targets.copy(), np.zeros(targets.shape, dtype=bool)
        trial = np.arange(drawn.count)[:, None]
        for number, column in enumerate(chosen):
            told = drawn.answers[:, :, number]
            scaled = (told - self.output_middle[column]) / self.output_scale[column]
            own = targets[steps, trial, column]
            answers[steps, trial, column] = np.where(np.isnan(told), own, scaled)
            judged[steps, trial, column] = True
        return answers, judged


def system_task(
    system: System, *, seed: int, tau: float | None = None, dt: float | None = None
) -> SystemTask:
    """The task of a system.

    tau : time constant of the neurons, by default a fiftieth of a trial. dt : of Euler's steps, by
    default a tenth of tau.

    Raises
    ------
    UsageError
        The system has no task, or dt is longer than tau.
    """
    block, domain = _task_of(system), system.domain
    tau = tau or block.duration / TAUS
    dt = dt or tau / STEPS_PER_TAU
    if dt > tau:
        raise UsageError(f"dt {dt:g} is longer than tau {tau:g}; give at most tau")
    width = domain.half_width
    return SystemTask(
        name=system.name,
        inputs=domain.inputs,
        outputs=domain.variables,
        tau=tau,
        dt=dt,
        within=None if block.within is None else block.within / width,
        input_scale=domain.input_half_width,
        output_scale=width,
        output_middle=domain.middle,
        system=system,
        pool_stream=np.random.SeedSequence(seed, spawn_key=(5,)),
    )


def _task_of(system: System) -> Task:
    if system.task is None:
        raise UsageError(
            f"{system.name} has no task; add a `task:` block to its file, with duration, signals "
            "and judge, or give flip_flop, context or comparison"
        )
    return system.task
