"""learn(): train a network of rate neurons on a task by gradient descent.

Place in the flow: task and options -> `Training` -> the last state -> `TrainedNetwork`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.core.progress import Progress, silent
from lrfit.core.threads import BlasThreads
from lrfit.learning.judge import PART, fresh_judge
from lrfit.learning.opening import Task, as_task, network_of, source_of, task_of
from lrfit.learning.options import LearnOptions
from lrfit.learning.parameters import Parameters, initial_weights
from lrfit.learning.result import SMOOTH, LearningCourse, TrainedNetwork, TrialReport
from lrfit.learning.stored_state import state_of, stored_arrays
from lrfit.learning.tasks import LearningTask
from lrfit.learning.training import (
    LearningState,
    Training,
    checkpoint,
    first_state,
    train,
)
from lrfit.options.declare import replaced
from lrfit.records.store import load


def learn(
    task: Task | None = None,
    options: LearnOptions | None = None,
    *,
    resume: TrainedNetwork | str | Path | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> TrainedNetwork:
    """Train a network on a task by exact backpropagation through time and Adam.

    Parameters
    ----------
    task : "flip_flop", "context", "comparison", System, path or name of a sample system
        What is learned: a task of Schuessler et al. 2020, or that of a system's `task:` block.
    options : LearnOptions, optional
        The network, what is trained, and how.
    resume : TrainedNetwork or path, optional
        Go on with it up to `epochs` in all, as if it had never stopped, instead of a new one.
    progress : callable, optional
        Called after every epoch.
    **changes
        Fields of `LearnOptions`, in place of those of `options`; with `resume` only `epochs`.

    Returns
    -------
    TrainedNetwork
        The network before and after, the loss of every epoch, the change of its connectivity at
        checkpoints, and how well it does on new trials.

    Raises
    ------
    UsageError
        Options that make no sense, a system without a task, or nothing left to learn.
    InputError
        A file cannot be read.
    NumericalError
        The loss is not finite.

    Notes
    -----
    The network is x[t+1] = (1-a) x[t] + a (J tanh(x[t]) + W u[t] + b), a = dt/tau, from x = 0, with
    outputs O tanh(x); the loss is half the masked mean square error (Schuessler et al. 2020,
    eqs. 1 to 3). BLAS runs in one thread, so that equal seeds give equal results.

    Examples
    --------
    >>> import lrfit
    >>> trained = lrfit.learn("flip_flop", neurons=32, g=0.0, epochs=20, test_trials=64)
    >>> trained.network.neurons, trained.epochs
    (32, 20)
    >>> again = lrfit.learn(resume=lrfit.learn("flip_flop", neurons=32, g=0.0, epochs=5,
    ...     test_trials=64), epochs=20)
    >>> bool((again.network.J == trained.network.J).all())
    True
    """
    if resume is None:
        chosen = replaced(LearnOptions, options, changes)
        training = _training(as_task(_given(task), chosen), chosen)
        return _learned(training, first_state(training.parameters), progress)
    if task is not None or options is not None or set(changes) - {"epochs"}:
        raise UsageError("a trained network goes on as it began; give epochs beside resume alone")
    before = _trained(resume)
    training = _training(task_of(before), replace(before.options, **changes))
    if training.options.epochs <= before.epochs:
        raise UsageError(
            f"it has learned for {before.epochs} epochs; give more than that, in all, to go on"
        )
    return _learned(training, state_of(before, training), progress)


def plan(
    task: Task | None, options: LearnOptions, *, resume: TrainedNetwork | str | Path | None = None
) -> tuple[LearningTask, int]:
    """The task that would be learned, and about how many bytes that takes.

    Raises
    ------
    UsageError, InputError
        As `learn`.
    """
    if resume is not None:
        before = _trained(resume)
        known, options = task_of(before), before.options
    else:
        known = as_task(_given(task), options)
    steps = known.draw(1, np.random.SeedSequence(0)).inputs.shape[0]
    entry = np.dtype(options.precision).itemsize
    # Currents, rates and their derivatives; W, its gradient, moments, and copies of all of them.
    activity = 3 * steps * max(options.batch, PART) * options.neurons
    return known, entry * (activity + 12 * options.neurons**2)


def _given(task: Task | None) -> Task:
    if task is None:
        raise UsageError("give a task, or a trained network to resume")
    return task


def _trained(given: TrainedNetwork | str | Path) -> TrainedNetwork:
    found = load(given) if isinstance(given, str | Path) else given
    if not isinstance(found, TrainedNetwork):
        raise UsageError(f"{given} is no trained network; give a file that `lrfit learn` wrote")
    return found


def _training(task: LearningTask, options: LearnOptions) -> Training:
    parameters = Parameters(
        initial=initial_weights(task, options),
        learn=options.learn,
        rank=options.rank,
        seed=options.seed,
    )
    return Training(task=task, parameters=parameters, options=options)


def _learned(training: Training, state: LearningState, progress: Progress | None) -> TrainedNetwork:
    source = source_of(training.task)
    with BlasThreads().one():
        state, interrupted = train(training, state, _teller(training, progress or silent))
        return _result(training, state, interrupted, source)


def _teller(training: Training, progress: Progress) -> Callable[[LearningState], None]:
    options = training.options

    def tell(state: LearningState) -> None:
        loss = float(np.mean(state.losses[-SMOOTH:]))
        progress("learning", state.epoch, options.epochs, options.neurons, loss)

    return tell


def _result(
    training: Training, state: LearningState, interrupted: bool, source: dict[str, Any]
) -> TrainedNetwork:
    task, options, parameters = training.task, training.options, training.parameters
    chosen = state.best if options.keep_best else state.trained
    weights = parameters.weights_of(chosen)
    judge = fresh_judge(task, options)
    loss, right = judge.judged(weights)
    report = TrialReport(
        test_trials=judge.trials.count,
        test_loss=loss,
        untrained_loss=judge.loss(parameters.initial),
        right=right,
    )
    return TrainedNetwork(
        **source,
        network=network_of(weights, task),
        initial=network_of(parameters.initial, task),
        options=options,
        training=_course(state, parameters, keep_best=options.keep_best),
        report=report,
        interrupted=interrupted,
    )


def _course(state: LearningState, parameters: Parameters, *, keep_best: bool) -> LearningCourse:
    """What the file says of learning; its last state is a checkpoint in any case."""
    points = list(state.checkpoints)
    if not points or points[-1].epoch != state.epoch:
        weights = parameters.weights_of(state.trained)
        points.append(checkpoint(state.epoch, weights, parameters))
    return LearningCourse(
        loss=np.array(state.losses[: state.epoch]),
        gradient_norm=np.array(state.norms[: state.epoch]),
        checkpoint=np.array([each.epoch for each in points]),
        change_norm=np.array([each.norm for each in points]),
        singular_values=np.array([each.values for each in points]),
        clipped=state.clipped,
        best_epoch=state.best_epoch,
        best_loss=state.best_loss,
        state=stored_arrays(state, keep_best=keep_best),
    )
