"""A low-rank network fitted to the rates of a trained one (LINT: Valente et al. 2022).

    loss = 1/2 <|phi(x) - r|^2> / <|r|^2> + 1/2 <|O phi(x) - z|^2> / <|z|^2>      over M, N, B, b

r and z are rates and outputs of the trained network on the same trials, O its output weights. The
second term is not in the paper: rates of the full network are reproduced only to 80 or 90 % at the
ranks that suffice for the task, and what is left must not be what the outputs read.

Place in the flow: where Galerkin's projection of a rank goes wrong, learning starts from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lrfit.learning.adam import Arrays, no_moments, stepped
from lrfit.learning.gradient import Weights, loss_and_gradient
from lrfit.learning.trials import Floats, TaskTrials
from lrfit.reduction.latent import LatentModel
from lrfit.reduction.original import Original

BATCH = 32
RATE = 0.05
"""Of Adam, times 1/n, and 1/sqrt(n) for M and N, as in `learn`."""
FALL = 0.5
"""Share of the epochs, at the end, over which the rate falls to zero."""


def lint(
    original: Original,
    start: LatentModel,
    trials: TaskTrials,
    *,
    epochs: int,
    generator: np.random.Generator,
    tell: Callable[[int, float], None],
) -> LatentModel:
    """Train a network of rank R on the rates of the trained network.

    tell : (epoch, loss), after every epoch.
    """
    teacher = _teacher(original, trials)
    outputs = _read(original, teacher)
    scale = math.sqrt(float(np.linalg.norm(start.M) / np.linalg.norm(start.N)))  # as large
    trained: Arrays = {
        "M": start.M / scale,
        "N": start.N * scale,
        "inputs": start.inputs,
        "bias": start.bias,
    }
    trained = {name: each.astype(np.float32) for name, each in trained.items()}
    moments, n = no_moments(trained), original.neurons
    for k in range(epochs):
        chosen = np.sort(generator.choice(trials.count, min(BATCH, trials.count), replace=False))
        weights = Weights(
            J=trained["M"] @ trained["N"].T,
            inputs=trained["inputs"],
            bias=trained["bias"],
            outputs=outputs,
        )
        loss, slope = loss_and_gradient(weights, teacher.chosen(chosen), original.a, original.phi)
        gradient = {
            "M": slope.J @ trained["N"],
            "N": slope.J.T @ trained["M"],
            "inputs": slope.inputs,
            "bias": slope.bias,
        }
        rate = RATE * min(1.0, (1.0 - k / epochs) / FALL)
        rates = {"M": rate / math.sqrt(n), "inputs": rate / n, "bias": rate / n}
        trained, moments = stepped(trained, gradient, moments, {**rates, "N": rates["M"]}, k + 1)
        tell(k + 1, loss)
    exact = {name: each.astype(np.float64) for name, each in trained.items()}
    return LatentModel(
        M=exact["M"], N=exact["N"], inputs=exact["inputs"], bias=exact["bias"], by="lint"
    )


def _teacher(original: Original, trials: TaskTrials) -> TaskTrials:
    """Trials whose targets are rates and outputs of the trained network, weighed alike."""
    found = original.run(original.weights.of_type(np.float32), trials.of_type(np.float32))
    rates = found.rates[1:]
    z = found.outputs
    weight = float(np.sum(rates**2) / max(float(np.sum(z**2)), 1e-30))
    mask = np.ones((*rates.shape[:2], rates.shape[2] + z.shape[2]), dtype=np.float32)
    mask[:, :, rates.shape[2] :] = weight
    targets = np.concatenate([rates, z], axis=2)
    return TaskTrials(
        inputs=trials.inputs.astype(np.float32),
        targets=targets,
        mask=mask,
        answers=targets,
        judged=np.ones(mask.shape, dtype=bool),
    )


def _read(original: Original, teacher: TaskTrials) -> Floats:
    """Output weights that read every rate, then the outputs (n + K, n)."""
    n = original.neurons
    read = np.vstack([np.eye(n), original.weights.outputs]).astype(np.float32)
    assert len(read) == teacher.targets.shape[2]
    return read
