"""Figures by which networks are compared: relative loss, right trials, R2 of rates and outputs.

Place in the flow: every stage of the reduction is judged here, on the same trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrfit.learning.gradient import Run, Weights
from lrfit.learning.trials import Floats, TaskTrials
from lrfit.reduction.original import Original

NEARLY = 0.95
"""Share of the trained network's right trials from which on a latent model needs no other way to be
found: tuning in closed loop mends the rest."""
MISSED = 0.004
"""Share of the trials, one of 256, that may go wrong beside those of the trained network: noise
in the inputs leaves some trials at the edge of what is right."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How well a network does the task: loss relative to the untrained one, share right."""

    relative_loss: float
    right: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Trials:
    """Trials, and what the trained network does in them."""

    original: Original
    drawn: TaskTrials

    @cached_property
    def teacher(self) -> Run:
        """The trained network's activity."""
        return self.original.run(self.original.weights, self.drawn)

    @cached_property
    def _scale(self) -> float:
        return max(self.original.scale(self.drawn), float(np.finfo(float).tiny))

    @cached_property
    def trained(self) -> Figures:
        """Of the trained network."""
        return self.of_outputs(self.teacher.outputs)

    def of_outputs(self, outputs: Floats) -> Figures:
        """Of a network with these outputs (T, P, K)."""
        if not np.all(np.isfinite(outputs)):
            return Figures(relative_loss=float("inf"), right=0.0)
        loss, right = self.original.judged(outputs, self.drawn)
        return Figures(relative_loss=loss / self._scale, right=right)

    def of_weights(self, weights: Weights) -> tuple[Figures, float]:
        """Of a network of as many neurons, and the R2 of the trained network's rates."""
        found = self.original.run(weights, self.drawn)
        return self.of_outputs(found.outputs), explained(found.rates, self.teacher.rates)

    def nearly(self, figures: Figures) -> bool:
        """Whether nearly as many trials are right as with the trained network."""
        return figures.right >= NEARLY * self.trained.right

    def done(self, figures: Figures, tol: float) -> bool:
        """Whether the task is done as by the trained network, within a tolerance of the loss."""
        right = figures.right >= self.trained.right - MISSED
        return right and figures.relative_loss <= tol


def explained(found: Floats, wanted: Floats) -> float:
    """R2: share of the variance of `wanted` (..., k), over all but the last axis, in `found`."""
    axes = tuple(range(wanted.ndim - 1))
    spread = float(np.sum((wanted - wanted.mean(axis=axes)) ** 2, dtype=np.float64))
    left = float(np.sum((found - wanted) ** 2, dtype=np.float64))
    return 1.0 - left / spread if spread and np.isfinite(left) else float("nan")
