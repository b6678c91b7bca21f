"""Learning against the strength of the initial connectivity: one network for each g and seed.

Place in the flow: `lrfit learn --g 0,0.6,1.2 --seeds 3`. Every network is a task of its own for the
executor, so that the table does not depend on how many processes there are.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.executor import Executor, opened, require_workers
from lrfit.core.progress import Progress, silent
from lrfit.core.provenance import Result
from lrfit.core.shapes import Axes, Rows, freeze_shaped
from lrfit.io.text import brief, counted
from lrfit.learning.analyze import change_in
from lrfit.learning.learn import learn
from lrfit.learning.opening import Task, as_task, source_of
from lrfit.learning.options import LearnOptions, StudyOptions
from lrfit.options.declare import replaced
from lrfit.systems.given import as_system


@dataclass(frozen=True, kw_only=True)
class Learned:
    """One network of the table; what there is not is NaN.

    epochs_to_tenth : until the loss, a mean of ten epochs, was a tenth of the first one.
    first_below, functional_rank : see `ConnectivityChange`. relative_at_10 : the relative loss of
    the change cut to rank ten. shuffled : of the change beside a shuffled W0. share_of_two : of
    |dW|^2 in the first two directions.
    """

    g: float
    seed: int
    test_loss: float
    right: float
    epochs_to_tenth: float
    change_norm: float
    first_below: float
    functional_rank: float
    relative_at_10: float
    shuffled: float
    share_of_two: float


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningStudy(Result):
    """The table of learning against g.

    Attributes
    ----------
    task : its name. options : of all networks; their g and seed are those of the first.
    networks : one for each g and seed. losses : (network, epoch) of every epoch.
    """

    task: str
    options: LearnOptions
    networks: Annotated[tuple[Learned, ...], Rows("network", group="networks")]
    losses: Annotated[Array, Axes("network", "epoch")]

    def __repr__(self) -> str:
        """One line."""
        strengths = ", ".join(f"{g:g}" for g in self.strengths)
        return brief(self, self.task, counted(len(self.networks), "network"), f"g {strengths}")

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_shaped(self)

    @property
    def seed(self) -> int:
        """Of the first network of each g."""
        return self.options.seed

    @property
    def strengths(self) -> tuple[float, ...]:
        """Every g, in the order of the table."""
        return tuple(dict.fromkeys(each.g for each in self.networks))

    def of(self, g: float) -> tuple[Learned, ...]:
        """The networks of one g."""
        return tuple(each for each in self.networks if each.g == g)

    def median(self, g: float, name: str) -> float:
        """The median of a column over the networks of one g; NaN where most have no value."""
        values = [float(getattr(each, name)) for each in self.of(g)]
        if not values:
            return math.nan
        middle = statistics.median([math.inf if math.isnan(value) else value for value in values])
        return middle if math.isfinite(middle) else math.nan


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What every worker needs: the task, by name or as text, and the options."""

    task: str
    system_text: str = ""
    overrides: Mapping[str, float] = field(default_factory=dict)
    options: LearnOptions


def study_learning(
    task: Task,
    *,
    g: Sequence[float] = (0.0, 0.6, 1.2),
    seeds: int = 3,
    options: LearnOptions | None = None,
    workers: int | Executor | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> LearningStudy:
    """Train networks with initial connectivities of several strengths, and compare them.

    Parameters
    ----------
    task : as `learn` takes it.
    g : sequence of float
        Entries of W0 have variance g^2/neurons.
    seeds : int
        Networks of each g, with seeds from `options.seed` on.
    options : LearnOptions, optional
        Of all networks.
    workers : int or Executor, optional
        Processes; the table does not depend on how many. By default one per core.
    progress : callable, optional
        Called after every round of networks.
    **changes
        Fields of `LearnOptions`, in place of those of `options`, but g.

    Returns
    -------
    LearningStudy
        Of each network: epochs until a tenth of the first loss, norm and functional rank of the
        change, its loss beside a shuffled W0; and the loss of every epoch.

    Raises
    ------
    UsageError
        Options that make no sense.

    Examples
    --------
    >>> import lrfit
    >>> study = lrfit.study_learning(
    ...     "flip_flop", g=(0.0, 1.0), seeds=1, neurons=24, epochs=5, test_trials=16, workers=1
    ... )
    >>> [each.g for each in study.networks], study.losses.shape
    ([0.0, 1.0], (2, 5))
    """
    asked = StudyOptions(g=tuple(g), seeds=seeds)
    require_workers(workers)
    chosen = replaced(LearnOptions, options, changes)
    opened_task = as_task(task, chosen)
    source = _Source(**source_of(opened_task), options=chosen)
    wanted = [(strength, chosen.seed + k) for strength in asked.g for k in range(asked.seeds)]
    tell = progress or silent
    found = []
    with opened(workers) as executor:
        # A few at a time, so that progress is told: as many as an executor is likely to take.
        for first in range(0, len(wanted), asked.seeds):
            tell("learning", first, len(wanted), chosen.neurons, None)
            found += executor.map(_one, source, wanted[first : first + asked.seeds])
    return LearningStudy(
        task=opened_task.name,
        options=replace(chosen, g=asked.g[0]),
        networks=tuple(row for row, _ in found),
        losses=np.array([losses for _, losses in found]),
    )


def _one(source: _Source, wanted: tuple[float, int]) -> tuple[Learned, Array]:
    """Train one network, and take its change apart."""
    g, seed = wanted
    options = replace(source.options, g=g, seed=seed)
    task: Task = source.task
    if source.system_text:
        task = as_system(source.system_text.encode(), overrides=dict(source.overrides))
    trained = learn(task, options)
    change, tenth = change_in(trained), trained.training.epochs_to_tenth
    row = Learned(
        g=g,
        seed=seed,
        test_loss=trained.report.test_loss,
        right=trained.report.right,
        epochs_to_tenth=_number(tenth),
        change_norm=change.change_norm,
        first_below=_number(change.first_below),
        functional_rank=_number(change.functional_rank),
        relative_at_10=change.relative_at(10),
        shuffled=change.shuffled_relative,
        share_of_two=float(change.share[1]),
    )
    return row, trained.training.loss


def _number(value: int | None) -> float:
    return float("nan") if value is None else float(value)
