"""Epochs of learning: a batch, its gradient, clipped, and a step of Adam.

A state is a value and an epoch makes the next one of it, so that an interrupt between two leaves
a whole one, and learning goes on from a file as if it had never stopped: the trials of an epoch
depend on the seed and its number alone.

Losses and norms of gradients of an epoch are those before its step, as in the paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.learning.adam import Arrays, Moments, no_moments, stepped
from lrfit.learning.gradient import Weights, loss_and_gradient
from lrfit.learning.options import LearnOptions
from lrfit.learning.parameters import Parameters
from lrfit.learning.result import SMOOTH
from lrfit.learning.tasks import LearningTask
from lrfit.networks.nonlinearity import nonlinearity

WINDOW, TRUSTED = 100, 20
"""Norms whose median a gradient is compared with; how many there must be before one is clipped."""
SINGULAR_VALUES = 30
TANH = nonlinearity("tanh")


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """The change of W after so many epochs: its norm, and its largest singular values (30,)."""

    epoch: int
    norm: float
    values: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningState:
    """Where learning is after `epoch` epochs.

    trained, moments : as the next step needs them. losses, norms : before each step; they are
    shared by all states of a run, and what stands behind the first `epoch` does not count.
    clipped : how many gradients were shortened. best : what was trained at the smallest loss.
    """

    epoch: int
    trained: Arrays
    moments: Moments
    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    clipped: int = 0
    best: Arrays
    best_epoch: int = 0
    best_loss: float = float("inf")
    checkpoints: tuple[Checkpoint, ...] = ()


def first_state(parameters: Parameters) -> LearningState:
    """The state before the first epoch."""
    trained = parameters.start()
    return LearningState(epoch=0, trained=trained, moments=no_moments(trained), best=trained)


@dataclass(frozen=True, kw_only=True, eq=False)
class Training:
    """How a network learns: the task, what is trained, and the options."""

    task: LearningTask
    parameters: Parameters
    options: LearnOptions

    def epoch(self, state: LearningState) -> LearningState:
        """The state one epoch later.

        Raises
        ------
        NumericalError
            The loss is not finite.
        """
        options, number = self.options, state.epoch
        stream = np.random.SeedSequence(options.seed, spawn_key=(1, number))
        trials = self.task.batch(options.batch, stream).of_type(options.precision)
        weights = self.parameters.weights_of(state.trained)
        loss, derivatives = loss_and_gradient(weights, trials, self.task.step, TANH)
        gradient = self.parameters.gradient_of(derivatives, state.trained)
        norm = _norm(gradient)
        if not (np.isfinite(loss) and np.isfinite(norm)):
            raise NumericalError(
                f"the loss is not finite after {number} epochs; give a smaller rate than "
                f"{options.rate:g}"
            )
        del state.losses[number:], state.norms[number:]  # of an epoch that was interrupted
        factor = self._clipping(norm, state.norms)
        if factor < 1.0:
            gradient = {name: factor * each for name, each in gradient.items()}
        rates = self.parameters.rates(self._rate(number))
        trained, moments = stepped(state.trained, gradient, state.moments, rates, number + 1)
        state.losses.append(loss)
        state.norms.append(norm)
        smooth = float(np.mean(state.losses[-SMOOTH:])) if number + 1 >= SMOOTH else float("inf")
        better = smooth < state.best_loss
        return self._checked(
            LearningState(
                epoch=number + 1,
                trained=trained,
                moments=moments,
                losses=state.losses,
                norms=state.norms,
                clipped=state.clipped + (factor < 1.0),
                best=state.trained if better else state.best,
                best_epoch=number if better else state.best_epoch,
                best_loss=min(smooth, state.best_loss),
                checkpoints=state.checkpoints,
            )
        )

    def _clipping(self, norm: float, before: list[float]) -> float:
        """What the gradient is multiplied by: one, or so much that its norm is the limit."""
        if len(before) < TRUSTED:
            return 1.0
        limit = self.options.clip * float(np.median(before[-WINDOW:]))
        return min(1.0, limit / norm) if norm > 0.0 else 1.0

    def _rate(self, number: int) -> float:
        """The rate of an epoch; it falls to zero over the last part of them."""
        left = 1.0 - number / self.options.epochs
        fall = self.options.fall
        return self.options.rate * (min(1.0, left / fall) if fall else 1.0)

    def _checked(self, state: LearningState) -> LearningState:
        """The state, with a checkpoint where it is time for one."""
        if not is_checkpoint(state.epoch):
            return state
        weights = self.parameters.weights_of(state.trained)
        return replace(
            state,
            checkpoints=(*state.checkpoints, checkpoint(state.epoch, weights, self.parameters)),
        )


def is_checkpoint(epoch: int) -> bool:
    """Whether the change is looked at: after 1, 2, 4, 8, ... epochs, and those half way between.

    It depends on the number alone, so that it is the same however often learning was resumed.
    """
    power = 1 << (epoch.bit_length() - 1)
    return epoch == power or 2 * epoch == 3 * power


def checkpoint(epoch: int, weights: Weights, parameters: Parameters) -> Checkpoint:
    """The change of W after so many epochs."""
    change = weights.J.astype(np.float64) - parameters.initial.J
    values = np.zeros(SINGULAR_VALUES)
    found = np.linalg.svd(change, compute_uv=False)[:SINGULAR_VALUES]
    values[: len(found)] = found
    return Checkpoint(epoch=epoch, norm=float(np.linalg.norm(change)), values=values)


def _norm(gradient: Arrays) -> float:
    """Of all derivatives together, in double precision."""
    return float(np.sqrt(sum(np.sum(np.square(g, dtype=np.float64)) for g in gradient.values())))


def train(
    training: Training, state: LearningState, tell: Callable[[LearningState], None]
) -> tuple[LearningState, bool]:
    """Learn up to the last epoch; with `keep_best` an interrupt ends it early and gives True.

    Raises
    ------
    KeyboardInterrupt
        Interrupted without `keep_best`.
    NumericalError
        As `Training.epoch`.
    """
    try:
        while state.epoch < training.options.epochs:
            with np.errstate(over="ignore", invalid="ignore"):  # said in one line by `epoch`
                state = training.epoch(state)
            tell(state)
    except KeyboardInterrupt:
        if not training.options.keep_best or not state.losses:
            raise
        return state, True
    return state, False
