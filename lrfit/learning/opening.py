"""From what a user names, or a file holds, to a task; and between its units and the user's.

Place in the flow: `learn` and `analyze` begin here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lrfit.core.errors import InputError, UsageError
from lrfit.learning.gradient import Weights
from lrfit.learning.options import LearnOptions
from lrfit.learning.result import TrainedNetwork, dense
from lrfit.learning.system_task import SystemTask, system_task
from lrfit.learning.tasks import TASKS, LearningTask
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.systems.given import Target, as_system

Task = LearningTask | Target
"""A task, the name of one, or a system with a `task:` block."""


def as_task(task: Task, options: LearnOptions) -> LearningTask:
    """The task that the user means.

    Raises
    ------
    UsageError
        A system without a task, or tau or dt for a task that has its own.
    InputError
        As `load_system`.
    """
    if isinstance(task, LearningTask) or (isinstance(task, str) and task in TASKS):
        found = task if isinstance(task, LearningTask) else TASKS[task]
        if options.tau is not None or options.dt is not None:
            raise UsageError(
                f"{found.name} has tau {found.tau:g} and dt {found.dt:g} of its own; leave tau and "
                "dt out"
            )
        return found
    system = as_system(task)
    return system_task(system, seed=options.seed, tau=options.tau, dt=options.dt)


def task_of(trained: TrainedNetwork) -> LearningTask:
    """The task that a network was trained on.

    Raises
    ------
    InputError
        The file holds no task that can be built again.
    """
    source: Task = trained.task
    if trained.system_text:
        source = as_system(trained.system_text.encode(), overrides=dict(trained.overrides))
    return as_task(source, trained.options)


def source_of(task: LearningTask) -> dict[str, Any]:
    """Fields of a result from which `task_of` makes the task again."""
    if not isinstance(task, SystemTask):
        return {"task": task.name}
    source = task.system.source
    if source.kind != "expressions":
        raise UsageError(
            f"{task.name} is not given by a text; networks learn tasks of systems in YAML"
        )
    overrides = dict(source.overrides)
    return {"task": task.name, "system_text": source.text, "overrides": overrides}


def network_of(weights: Weights, task: LearningTask) -> FullRankNetwork:
    """A network in the user's units."""
    exact = weights.of_type(np.float64)
    return FullRankNetwork(
        J=exact.J,
        tau=task.tau,
        nonlinearity="tanh",
        input_weights=exact.inputs / task.input_scale,
        bias=exact.bias,
        output_weights=task.output_scale[:, None] * exact.outputs,
        output_offset=task.output_middle,
        dt=task.dt,
        inputs=task.inputs,
        outputs=task.outputs,
    )


def weights_of(network: FullRankNetwork, task: LearningTask) -> Weights:
    """The weights of a network in the units of the task's trials.

    Raises
    ------
    InputError
        It is no network that was trained on this task.
    """
    if (network.inputs, network.outputs) != (task.inputs, task.outputs):
        raise InputError(
            f"the network has the inputs {', '.join(network.inputs)} and outputs "
            f"{', '.join(network.outputs)}, which are not those of the task {task.name}"
        )
    kinds = {group.nonlinearity.name for group in network.groups}
    if kinds != {"tanh"} or network.reads != "rates" or network.dt is None:
        raise InputError("the network is not of tanh neurons in steps, read by their rates")
    return in_units_of(network, task)


def in_units_of(network: FullRankNetwork, task: LearningTask) -> Weights:
    """The weights of a network with as many inputs and outputs as the task, in its units."""
    return Weights(
        J=dense(network.J),
        inputs=network.input_weights * task.input_scale,
        bias=network.bias,
        outputs=network.output_weights / task.output_scale[:, None],
    )
