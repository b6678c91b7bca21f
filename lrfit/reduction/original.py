"""The network that is reduced, with a task whose trials say whether the reduced one is right.

Place in the flow: a trained network brings its task; for one that was imported it is named. All
weights here are in the units of the task's trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.learning.gradient import Run, Weights, loss_of, run
from lrfit.learning.named_task import require_fits, task_beside
from lrfit.learning.opening import Task, as_task, in_units_of, task_of
from lrfit.learning.result import TrainedNetwork, dense
from lrfit.learning.tasks import LearningTask
from lrfit.learning.trials import Floats, TaskTrials
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.nonlinearity import Nonlinearity
from lrfit.records.store import load

Trained = TrainedNetwork | FullRankNetwork | str | Path
"""A trained network, a network of any connectivity, or the path of a file of one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Original:
    """A network with n neurons, U inputs and K outputs, and its task.

    network : in the user's units. weights : in those of the trials. change : J - J0 (n, n), what
    learning added, None where the connectivity before is not known. phi : of all neurons.
    """

    network: FullRankNetwork
    task: LearningTask
    weights: Weights
    change: Array | None
    phi: Nonlinearity

    @property
    def a(self) -> float:
        """Euler's step over tau."""
        return self.task.step

    @property
    def neurons(self) -> int:
        """How many neurons n."""
        return self.weights.neurons

    @property
    def untrained(self) -> Weights | None:
        """The network with the connectivity before training and its trained other weights."""
        if self.change is None:
            return None
        weights = self.weights
        return Weights(
            J=weights.J - self.change,
            inputs=weights.inputs,
            bias=weights.bias,
            outputs=weights.outputs,
        )

    def run(self, weights: Weights, trials: TaskTrials) -> Run:
        """Run the network, or one with other weights, through trials."""
        return run(weights, trials, self.a, self.phi)

    def judged(self, outputs: Floats, trials: TaskTrials) -> tuple[float, float]:
        """Loss of outputs (T, P, K), and the share of trials that are right."""
        return float(loss_of(outputs, trials)), self.task.right(outputs, trials)

    def scale(self, trials: TaskTrials) -> float:
        """The loss that others are relative to: with J = J0, or with silent outputs."""
        untrained = self.untrained
        silent = np.zeros_like(trials.targets)
        outputs = silent if untrained is None else self.run(untrained, trials).outputs
        return float(loss_of(outputs, trials))


def as_original(trained: Trained, task: Task | None = None) -> Original:
    """The network that the user means, and its task.

    Raises
    ------
    UsageError
        No task, a task with other inputs, outputs or steps, or a network that is not of the form
        of those that `learn` trains (`learning.named_task`).
    InputError
        The file cannot be read.
    """
    found = load(trained) if isinstance(trained, str | Path) else trained
    if isinstance(found, TrainedNetwork):
        known = task_of(found) if task is None else as_task(task, found.options)
        network = found.network
        change: Array | None = found.change
    elif isinstance(found, FullRankNetwork):
        known, network = task_beside(found, task)
        change = None if found.initial is None else dense(found.J) - dense(found.initial)
    else:
        raise UsageError(
            "needed is a network that `lrfit learn` or `lrfit import` wrote, or activity over time"
        )
    require_fits(network, known)
    return Original(
        network=network,
        task=known,
        weights=in_units_of(network, known),
        change=change,
        phi=network.groups[0].nonlinearity,
    )
