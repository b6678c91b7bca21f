"""What of a network is trained: W as a whole or a low-rank change of it, and the rest.

    W = W0 + M N^T,      dL/dM = (dL/dW) N,   dL/dN = (dL/dW)^T M       (Dubreuil et al. 2022)

N starts at zero, so that every network starts from W0 whatever its rank.

Place in the flow: `training` steps on `trained` and asks `weights_of` for the network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrfit.learning.adam import Arrays
from lrfit.learning.gradient import Weights
from lrfit.learning.options import LearnOptions
from lrfit.learning.tasks import LearningTask

FIELDS = {"W": "J", "inputs": "inputs", "outputs": "outputs", "bias": "bias"}
"""The array of `Weights` that each word of the option `learn` means."""


def initial_weights(task: LearningTask, options: LearnOptions) -> Weights:
    """Random weights before learning (Schuessler et al. 2020, section 2).

    Entries of W0 are normal with variance g^2/n. Input columns are normal, scaled to norm sqrt(n);
    output rows to norm 1/sqrt(n). The bias is zero.
    """
    n = options.neurons
    generator = np.random.default_rng(np.random.SeedSequence(options.seed, spawn_key=(0,)))
    J = options.g / np.sqrt(n) * generator.normal(size=(n, n))
    inputs = generator.normal(size=(n, len(task.inputs)))
    outputs = generator.normal(size=(len(task.outputs), n))
    return Weights(
        J=J,
        inputs=inputs * (np.sqrt(n) / np.linalg.norm(inputs, axis=0)),
        bias=np.zeros(n),
        outputs=outputs / (np.sqrt(n) * np.linalg.norm(outputs, axis=1, keepdims=True)),
    ).of_type(options.precision)


@dataclass(frozen=True, kw_only=True, eq=False)
class Parameters:
    """Initial weights, and which part of them is trained. rank : of the change of W."""

    initial: Weights
    learn: tuple[str, ...]
    rank: int | None
    seed: int

    def start(self) -> Arrays:
        """What is trained, by name, before the first step."""
        kept = [name for name in self.learn if name != "W" or self.rank is None]
        trained = {name: getattr(self.initial, FIELDS[name]) for name in kept}
        if self.rank is None:
            return trained
        n, dtype = self.initial.neurons, self.initial.J.dtype
        generator = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(4,)))
        M = generator.normal(size=(n, self.rank)) / np.sqrt(n)
        return {**trained, "M": M.astype(dtype), "N": np.zeros((n, self.rank), dtype)}

    def weights_of(self, trained: Arrays) -> Weights:
        """The network's weights with what is trained in its place."""
        own = {FIELDS[name]: each for name, each in trained.items() if name in FIELDS}
        if "M" in trained:
            own["J"] = self.initial.J + trained["M"] @ trained["N"].T
        whole = {name: getattr(self.initial, name) for name in FIELDS.values()}
        return Weights(**{**whole, **own})

    def gradient_of(self, derivatives: Weights, trained: Arrays) -> Arrays:
        """Derivatives by what is trained, from those by the weights."""
        gradient = {name: getattr(derivatives, FIELDS[name]) for name in trained if name in FIELDS}
        if "M" in trained:
            gradient["M"] = derivatives.J @ trained["N"]
            gradient["N"] = derivatives.J.T @ trained["M"]
        return gradient

    def rates(self, rate: float) -> dict[str, float]:
        """Rates of Adam: rate/n; of M and N rate/sqrt(n), so that M N^T moves as W does."""
        # Floats of Python: a number of NumPy would turn float32 into float64.
        n = self.initial.neurons
        return {**dict.fromkeys(FIELDS, rate / n), **dict.fromkeys("MN", rate / math.sqrt(n))}
