"""An epoch of learning in NumPy, against PyTorch with the same weights and the same trials.

Both take steps of Adam on the same batches, in alternation, one BLAS thread each; the trials are
drawn before, and nothing is clipped. Ratios are medians over pairs of CPU time. `difference` is the
largest relative difference between the two losses over all epochs: rounding, and nothing else.
"""

from __future__ import annotations

import functools
import itertools
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.peers.torch_rnn import trainer
from benchmarks.timing import timed
from lrfit.learning.adam import no_moments, stepped
from lrfit.learning.gradient import loss_and_gradient
from lrfit.learning.options import LearnOptions, Precision
from lrfit.learning.parameters import Parameters, initial_weights
from lrfit.learning.tasks import TASKS
from lrfit.learning.training import TANH
from lrfit.learning.trials import TaskTrials


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Sizes and tasks; `epochs` pairs of each, of which the first two warm up."""

    neurons: tuple[int, ...] = (64, 128, 256)
    tasks: tuple[str, ...] = ("flip_flop", "comparison")
    precision: Precision = "float32"
    epochs: int = 12


QUICK = Settings(neurons=(16,), tasks=("comparison",), epochs=4)
WARM = 2


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    """Every task at every size."""
    rows = []
    for task in settings.tasks:
        for neurons in settings.neurons:
            rows.append(compared(task, neurons, settings))
            save(rows)
    return rows


def compared(name: str, neurons: int, settings: Settings) -> dict[str, Any]:
    """One row: CPU milliseconds of an epoch, median of the pairs, and of their ratios."""
    task = TASKS[name]
    options = LearnOptions(neurons=neurons, precision=settings.precision)
    parameters = Parameters(
        initial=initial_weights(task, options), learn=options.learn, rank=None, seed=0
    )
    ours = numpy_trainer(parameters, task.step, options.rate)
    theirs = trainer(parameters.initial, task.step, options.rate / neurons)
    pairs, differences = [], []
    for k in range(settings.epochs):
        trials = task.draw(options.batch, np.random.SeedSequence(k)).of_type(options.precision)
        _, own, loss = timed(functools.partial(ours, trials))
        _, other, their_loss = timed(functools.partial(theirs, trials))
        pairs.append((own, other))
        differences.append(abs(loss - their_loss) / their_loss)
    kept = pairs[WARM:]
    return {
        "task": name,
        "neurons": neurons,
        "numpy_ms": 1e3 * statistics.median(own for own, _ in kept),
        "torch_ms": 1e3 * statistics.median(other for _, other in kept),
        "ratio": statistics.median(own / other for own, other in kept),
        "difference": max(differences),
    }


def numpy_trainer(parameters: Parameters, a: float, rate: float) -> Callable[[TaskTrials], float]:
    """A function that takes one step on a batch, as lrfit does; its loss before the step."""
    trained = parameters.start()
    moments, rates, count = no_moments(trained), parameters.rates(rate), itertools.count(1)

    def step(trials: TaskTrials) -> float:
        nonlocal trained, moments
        weights = parameters.weights_of(trained)
        loss, derivatives = loss_and_gradient(weights, trials, a, TANH)
        gradient = parameters.gradient_of(derivatives, trained)
        trained, moments = stepped(trained, gradient, moments, rates, next(count))
        return loss

    return step


def table(figures: list[dict[str, Any]]) -> str:
    """A row for every task and size."""
    lines = [
        "| task | neurons | PyTorch, ms per epoch | lrfit | lrfit / PyTorch | losses differ by |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['task']} | {row['neurons']} | {row['torch_ms']:.3g} | {row['numpy_ms']:.3g} | "
        f"{row['ratio']:.2f} | {row['difference']:.0e} |"
        for row in figures
    ]
    return "\n".join(lines)
