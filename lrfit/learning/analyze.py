"""Take a trained network apart: what `lrfit analyze` does with the file of one.

Place in the flow: `records.kinds` names the function here as the analysis of its kind of file;
`lrfit.dynamics.analyze` calls it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lrfit.core.threads import BlasThreads
from lrfit.learning.activity import activity_of
from lrfit.learning.analysis import TrainedAnalysis
from lrfit.learning.change import ConnectivityChange, change_of
from lrfit.learning.fixed_points import fixed_points, levels_of, starts_on
from lrfit.learning.gradient import run
from lrfit.learning.judge import Judge, fresh_judge
from lrfit.learning.opening import task_of, weights_of
from lrfit.learning.result import TrainedNetwork, dense
from lrfit.learning.spectrum import eigenvalues_of_trained
from lrfit.learning.training import TANH

STARTS, TRIALS = 60, 64
"""From which fixed points are looked for; trials whose activity is looked at."""


def analyze_trained(
    trained: TrainedNetwork, *, inputs: Sequence[Mapping[str, float]] = (), seed: int = 0
) -> TrainedAnalysis:
    """What learning changed, the fixed points, and the subspaces of the activity.

    Parameters
    ----------
    trained : TrainedNetwork
        What `learn` returns, or the file of it.
    inputs : sequence of mappings
        Constant inputs at which fixed points are looked for, in the user's units, inputs not named
        at zero; by default all at zero.
    seed : int
        Of the shuffled connectivities and of the starts.

    Raises
    ------
    UsageError
        An input that the network does not have.
    InputError
        The file's task cannot be built again.
    """
    levels = levels_of(trained.network.inputs, inputs)
    task = task_of(trained)
    judge = fresh_judge(task, trained.options)
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    with BlasThreads().one():
        change = _change(trained, judge, generator)
        some = judge.trials.part(0, TRIALS).of_type(np.float64)
        after = weights_of(trained.network, task)
        x = run(after, some, task.step, TANH).currents[1:].reshape(-1, after.neurons)
        activity = activity_of(after, some, task.step)
        starts = starts_on(x, STARTS, generator)
        eigenvalues = eigenvalues_of_trained(
            dense(trained.initial.J), dense(trained.network.J), trained.options.g
        )
        at = tuple(fixed_points(trained.network, starts, u) for u in levels)
    return TrainedAnalysis(
        task=trained.task,
        neurons=trained.network.neurons,
        g=trained.options.g,
        epochs=trained.epochs,
        epochs_to_tenth=trained.training.epochs_to_tenth,
        right=trained.report.right,
        inputs=trained.network.inputs,
        outputs=trained.network.outputs,
        change=change,
        activity=activity,
        eigenvalues=eigenvalues,
        at=at,
        seed=seed,
    )


def change_in(trained: TrainedNetwork, *, seed: int = 0) -> ConnectivityChange:
    """What learning changed in the connectivity alone."""
    judge = fresh_judge(task_of(trained), trained.options)
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    with BlasThreads().one():
        return _change(trained, judge, generator)


def _change(
    trained: TrainedNetwork, judge: Judge, generator: np.random.Generator
) -> ConnectivityChange:
    before, after = (weights_of(each, judge.task) for each in (trained.initial, trained.network))
    return change_of(before, after, judge, generator)
