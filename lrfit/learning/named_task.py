"""A network that came without a task, such as an imported one, beside the task that the user names.

Place in the flow: `reduce` and `score` open such networks here; `opening` those that `learn` made.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.io.text import counted
from lrfit.learning.opening import Task, as_task
from lrfit.learning.options import LearnOptions
from lrfit.learning.tasks import TASKS, LearningTask
from lrfit.networks.checks import labels
from lrfit.networks.fullrank import FullRankNetwork


def task_beside(
    network: FullRankNetwork, task: Task | None
) -> tuple[LearningTask, FullRankNetwork]:
    """The task, and the network with names for its inputs and outputs.

    Where the network has none of its own (u0, u1, ..., z0, ...) they are those of the task, in
    their order.

    Raises
    ------
    UsageError
        No task, or one that does not fit the network.
    """
    if task is None:
        raise UsageError(
            "the task of this network is not known; say what it does: --task flip_flop, or a "
            "system with a task"
        )
    known = as_task(task, _steps_of(network, task))
    require_fits(network, known)
    return known, _named_as(network, known)


def _named_as(network: FullRankNetwork, task: LearningTask) -> FullRankNetwork:
    U, K = len(network.inputs), len(network.outputs)
    inputs = task.inputs if network.inputs == labels("inputs", (), "u", U) else network.inputs
    outputs = task.outputs if network.outputs == labels("outputs", (), "z", K) else network.outputs
    return replace(network, inputs=inputs, outputs=outputs)


def _steps_of(network: FullRankNetwork, task: Task) -> LearnOptions:
    """Options with which a system's task has the steps of the network."""
    if isinstance(task, LearningTask) or (isinstance(task, str) and task in TASKS):
        return LearnOptions()
    return LearnOptions(tau=float(np.mean(network.tau)), dt=network.dt)


def require_fits(network: FullRankNetwork, task: LearningTask) -> None:
    """Refuse a network that cannot be run through the trials of a task.

    Raises
    ------
    UsageError
        It has other inputs, outputs, offsets or steps, or is in the rate form with steps shorter
        than tau, with several time constants or nonlinearities, or read from its currents.
    """
    _require_form(network)
    own = len(network.inputs), len(network.outputs)
    if own != (len(task.inputs), len(task.outputs)):
        raise UsageError(
            f"the network has {counted(own[0], 'input')} and {counted(own[1], 'output')}, the task "
            f"{task.name} {len(task.inputs)} and {len(task.outputs)}; give its own task"
        )
    if not np.allclose(network.output_offset, task.output_middle):
        raise UsageError(
            f"the outputs have another offset than those of the task {task.name}; give its own task"
        )
    step = float(network.dt or 0.0) / float(network.tau)
    if abs(step - task.step) > 1e-9 * task.step:
        raise UsageError(
            f"the network has dt/tau {step:g}, the task {task.name} {task.step:g}; give its own "
            "task"
        )


def _require_form(network: FullRankNetwork) -> None:
    if np.ndim(network.tau) or len(network.groups) != 1:
        raise UsageError(
            "the network has several time constants or nonlinearities; give one with a single tau "
            "and nonlinearity"
        )
    if network.reads != "rates":
        raise UsageError("outputs must be read from rates; import the network so")
    if network.dt is None:
        raise UsageError("the network says no step dt; import it with --dt")
    if network.form == "rate" and network.dt != network.tau:
        raise UsageError(
            "a network in the rate form sees inputs that no membrane filters, unless dt = tau; "
            "give one in the current form"
        )
