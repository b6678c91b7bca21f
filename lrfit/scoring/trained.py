"""A trained network in fresh trials of the task that it learned, or of one that the user names.

    mse_k = sum mask (z_k - y_k)^2 / sum mask_k,    variance_k = sum mask y_k^2 / sum mask_k

in the user's units, and the loss that learning lowers, half the masked mean square in those of the
trials. A trial is right by the judge of `learn`. The seed and the number of trials of learning give
the trials of its own report, which learning has not seen.

Place in the flow: `score` comes here with networks of any connectivity, which have no target field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.threads import BlasThreads
from lrfit.learning.judge import Judge, fresh_judge
from lrfit.learning.named_task import require_fits, task_beside
from lrfit.learning.opening import Task, as_task, task_of, weights_of
from lrfit.learning.options import LearnOptions
from lrfit.learning.result import TrainedNetwork
from lrfit.learning.tasks import LearningTask
from lrfit.learning.trials import Floats
from lrfit.networks.digest import full_rank_digest
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.scoring.options import TrialOptions
from lrfit.scoring.result import Score


def score_trained(
    subject: TrainedNetwork | FullRankNetwork, task: Task | None, options: TrialOptions
) -> Score:
    """Run a network of any connectivity through fresh trials of its task.

    Raises
    ------
    UsageError
        No task, one that does not fit, or a solver, step or noise: such networks have their own.
    """
    if options.dt is not None or options.rate_noise or options.solver != TrialOptions().solver:
        raise UsageError(
            "a trained network is run in the steps in which it was trained; leave solver, dt and "
            "rate_noise out"
        )
    known, network, learning = _opened(subject, task)
    chosen = replace(learning, seed=options.seed, test_trials=options.trials)
    with BlasThreads().one():
        judge = fresh_judge(known, chosen)
        weights = weights_of(network, known)
        loss, _ = judge.judged(weights)
        outputs = judge.outputs(weights)
    trials = judge.trials
    return Score(
        **_measured(judge, outputs),
        overrides=dict(getattr(subject, "overrides", {})),
        system=known.name,
        neurons=network.neurons,
        trials=trials.count,
        seed=options.seed,
        duration=known.dt * len(trials.inputs),
        dt=known.dt,
        solver="euler",
        rate_noise=0.0,
        loss=loss,
        target_right=known.right(trials.targets, trials),
        finished=trials.count,
        judged=known.outputs,
        draws={},
        domain=network.state_domain,
        network_sha256=full_rank_digest(network),
    )


def _opened(
    subject: TrainedNetwork | FullRankNetwork, task: Task | None
) -> tuple[LearningTask, FullRankNetwork, LearnOptions]:
    """The task, the network, and the options that the precision of trials is taken from."""
    if isinstance(subject, FullRankNetwork):
        return *task_beside(subject, task), LearnOptions()
    known = task_of(subject) if task is None else as_task(task, subject.options)
    require_fits(subject.network, known)
    return known, subject.network, subject.options


def _measured(judge: Judge, outputs: Floats) -> dict[str, Any]:
    """Squared errors in the user's units and right trials, by the names of a score's fields."""
    task, trials = judge.task, judge.trials
    scale = task.output_scale**2
    mask = trials.mask.astype(np.float64)
    squares = mask * (outputs - trials.targets) ** 2
    each = scale * _mean(squares, mask, (0, 1))
    variance = scale * _mean(mask * trials.targets**2, mask, (0, 1))
    right = task.right_by_trial(outputs, trials).astype(np.float64)
    with np.errstate(all="ignore"):
        relative = float(np.sqrt(np.sum(each / scale) / np.sum(variance / scale)))
    return {
        "right": float(np.mean(right)),
        "right_by_trial": right,
        "mse": float(np.mean(each)),
        "mse_by_variable": each,
        "mse_by_trial": np.mean(scale * _mean(squares, mask, 0), axis=1),
        "variance": variance,
        "relative": relative,
    }


def _mean(values: Array, mask: Array, axes: int | tuple[int, ...]) -> Array:
    """Means of masked values; zero where nothing is asked."""
    total = np.sum(mask, axis=axes)
    return np.asarray(np.sum(values, axis=axes) / np.where(total > 0.0, total, 1.0))
