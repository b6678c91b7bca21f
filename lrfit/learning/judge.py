"""How well weights do a task: the loss on many trials, and the share of right ones.

Place in the flow: `learn` reports it on trials that learning has not seen; `change` asks it of
networks with a part of the change, or with another initial connectivity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.learning.gradient import Weights, run
from lrfit.learning.options import LearnOptions
from lrfit.learning.tasks import LearningTask
from lrfit.learning.training import TANH
from lrfit.learning.trials import Floats, TaskTrials

PART = 64
"""Trials that are run at once: their activity stays within a few MB."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judge:
    """A task with trials on which weights are judged, in one precision."""

    task: LearningTask
    trials: TaskTrials

    def loss(self, weights: Weights) -> float:
        """Half the masked mean square error."""
        return self.judged(weights)[0]

    def judged(self, weights: Weights) -> tuple[float, float]:
        """The loss, and the share of trials that are right."""
        outputs = self.outputs(weights)
        trials, off = self.trials, outputs - self.trials.targets
        squares = float(np.sum(trials.mask * off * off, dtype=np.float64))
        loss = 0.5 * squares / float(np.sum(trials.mask, dtype=np.float64))
        return loss, self.task.right(outputs, trials)

    def outputs(self, weights: Weights) -> Floats:
        """Outputs (T, P, K) in all trials, a part of them at a time."""
        weights = weights.of_type(self.trials.inputs.dtype)
        parts = [
            run(weights, self.trials.part(first, first + PART), self.task.step, TANH).outputs
            for first in range(0, self.trials.count, PART)
        ]
        return np.concatenate(parts, axis=1)


def fresh_judge(task: LearningTask, options: LearnOptions) -> Judge:
    """New trials of a task, from a stream of their own."""
    stream = np.random.SeedSequence(options.seed, spawn_key=(2,))
    trials = task.draw(options.test_trials, stream)
    return Judge(task=task, trials=trials.of_type(options.precision))
