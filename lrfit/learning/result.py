"""What `learn` returns, and what the file of a trained network holds.

    /trained            J, input_weights, output_weights, bias, tau, dt of the learned network
    /trained/initial    the same before learning
    /training           loss, gradient_norm (epoch); checkpoints (checkpoint) with change_norm and
                        singular_values (checkpoint, 30) of W - W0; options
    /training/state     what is trained and the moments of Adam, from which learning goes on
    /report             test_loss, right, on trials that learning has not seen

Place in the flow: `learn` makes it, `analyze` takes it apart, `view` tells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.shapes import AtRoot, Axes, Inline, freeze_shaped
from lrfit.io.text import brief, counted
from lrfit.learning.options import LearnOptions
from lrfit.networks.connectivity import Connectivity
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.records.subject import HasFullNetwork

TENTH = 0.1
"""Learning is timed until the loss has fallen to this share of the first one."""
SMOOTH = 10
"""Epochs over whose mean it must be there: a batch of easy trials is no learning."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StateArray:
    """An array that the next epoch needs; a vector is a column.

    name : "W" of what is trained, "W.mean" and "W.square" of the moments of Adam, "W.best" of what
    was trained at the smallest loss.
    """

    name: str
    values: Annotated[Array, Axes("row", "column")]

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_shaped(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningCourse:
    """How a network was learned.

    Attributes
    ----------
    loss, gradient_norm : (E,), of every epoch, before its step.
    checkpoint : (C,), numbers of epochs after which the change W - W0 was looked at.
    change_norm : (C,) its Frobenius norm. singular_values : (C, 30) its largest ones.
    clipped : how many gradients were shortened. best_epoch : of the smallest loss, mean of ten.
    best_loss : that loss; infinite before the tenth epoch.
    state : what the next epoch needs.
    """

    ENCODING: ClassVar = "lrfit-training"

    loss: Annotated[Array, Axes("epoch", about="loss of a batch", units="1")]
    gradient_norm: Annotated[Array, Axes("epoch")]
    checkpoint: Annotated[NDArray[np.int64], Axes("checkpoint")]
    change_norm: Annotated[Array, Axes("checkpoint")]
    singular_values: Annotated[Array, Axes("checkpoint", "_value")]
    clipped: int
    best_epoch: int
    best_loss: float
    state: tuple[StateArray, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays.

        Raises
        ------
        InputError
            There is no epoch.
        """
        freeze_shaped(self)
        if not len(self.loss):
            raise InputError("has learned for no epoch")

    @property
    def epochs(self) -> int:
        """How many epochs there were."""
        return len(self.loss)

    @property
    def epochs_to_tenth(self) -> int | None:
        """The first epoch at which the loss, a mean of ten, is a tenth of the first one."""
        if len(self.loss) < SMOOTH:
            return None
        sums = np.cumsum(np.concatenate([[0.0], self.loss]))
        means = (sums[SMOOTH:] - sums[:-SMOOTH]) / SMOOTH
        there = np.flatnonzero(means <= TENTH * self.loss[0])
        return int(there[0]) + SMOOTH - 1 if len(there) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class TrialReport:
    """How well a network does its task on new trials.

    test_loss : half the masked mean square error, in the units of the trials. untrained_loss :
    the same of the network before learning. right : share of trials in which every output is
    within half of the amplitude (or as the system's task judges) whenever it is judged.
    """

    ENCODING: ClassVar = "lrfit-trial-report"

    test_trials: int
    test_loss: float
    untrained_loss: float
    right: float


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedNetwork(HasFullNetwork):
    """A network that was trained on a task, with how it was before and how it came about.

    Attributes
    ----------
    network : as it was learned. initial : before learning. Both in the user's units.
    task : flip_flop, context, comparison, or the name of a system. system_text, overrides : of a
        system, as YAML, and the parameters that were set beside it.
    options : of learning. training : its course. report : on new trials.
    change_norm : Frobenius norm of the change of the connectivity.
    interrupted : whether learning was ended early.
    """

    network: Annotated[FullRankNetwork, Inline()]
    initial: FullRankNetwork
    task: str
    system_text: str = ""
    overrides: Mapping[str, float] = field(default_factory=dict)
    options: LearnOptions
    training: Annotated[LearningCourse, AtRoot()]
    report: Annotated[TrialReport, AtRoot()]
    interrupted: bool = False

    def __repr__(self) -> str:
        """One line."""
        size, epochs = counted(self.network.neurons, "neuron"), counted(self.epochs, "epoch")
        return brief(self, self.task, size, epochs, f"test loss {self.report.test_loss:.3g}")

    def __post_init__(self) -> None:
        """Refuse two networks that cannot be the same one before and after.

        Raises
        ------
        InputError
            They differ in their neurons, inputs or outputs.
        """
        before, after = self.initial, self.network
        if (before.neurons, before.inputs, before.outputs) != (
            after.neurons,
            after.inputs,
            after.outputs,
        ):
            raise InputError("the initial network has other neurons, inputs or outputs")

    @property
    def seed(self) -> int:
        """Of all random numbers."""
        return self.options.seed

    @property
    def epochs(self) -> int:
        """How many epochs it has learned."""
        return self.training.epochs

    @property
    def change(self) -> Array:
        """What learning added to the connectivity: J - J0 (n, n)."""
        return dense(self.network.J) - dense(self.initial.J)

    @property
    def change_norm(self) -> float:
        """Frobenius norm of the change."""
        return float(np.linalg.norm(self.change))


def dense(J: Connectivity) -> Array:
    """A connectivity (n, n) with its zeros."""
    return J if isinstance(J, np.ndarray) else np.asarray(J.toarray())
