"""What `populations` is given: a network with its loadings, and what judges networks like it.

Place in the flow: the first thing that `populations` does. A fitted network has loadings, a
trained or imported one those of the low-rank part of its connectivity; of a mixture a network is
drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lrfit.clustering.full_rank import low_rank_network, low_rank_part, require_neurons
from lrfit.clustering.judges import DynamicsJudge, Judge, LearnedJudge, TaskJudge
from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import VectorField
from lrfit.io.text import counted, shown
from lrfit.learning.judge import fresh_judge
from lrfit.learning.named_task import require_fits, task_beside
from lrfit.learning.opening import Task as LearnedTask
from lrfit.learning.opening import task_of
from lrfit.learning.options import LearnOptions
from lrfit.learning.result import TrainedNetwork
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.loadings import loadings_of
from lrfit.networks.mixtures.mean_field import mean_field_of
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.records.store import load
from lrfit.records.subject import HasNetwork, as_subject
from lrfit.systems.given import as_system
from lrfit.systems.system import StandsForSystem, System

FEWEST = 50
"""Neurons of which populations are looked for."""
DRAWN = 1000
"""Neurons of the network that is drawn from a mixture."""
LEAST_SQUARES = (
    "N was found by least squares for all neurons together, and such loadings are no distribution: "
    "networks drawn from the mixture do the same only where N is fitted again"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A network and what is known beside it.

    name : of it. told : where its loadings come from. network : of n neurons, low-rank. readout :
    O (K, n) of a network whose outputs are not its latent state, else (0, n). field : what drawn
    networks are compared with. judge : None where nothing says what the network does. system :
    that it stands for. mixture : where the populations are known. notes : what the user should
    know.
    """

    name: str
    told: str
    network: LowRankNetwork
    readout: Array
    field: VectorField
    judge: Judge | None
    system: System | None = None
    mixture: Mixture | None = None
    notes: tuple[str, ...] = ()

    @property
    def input_range(self) -> tuple[Array, Array]:
        """The lowest and highest values (U,) of the inputs, in the trials where there are any."""
        if isinstance(self.judge, LearnedJudge):
            u = self.judge.inputs.reshape(-1, self.network.domain.input_count)
            return u.min(axis=0), u.max(axis=0)
        return self.network.domain.input_lower, self.network.domain.input_upper

    @property
    def own(self) -> float:
        """What the judge says of the network, of a mixture its mean field; NaN without a judge."""
        if self.judge is None:
            return float("nan")
        if self.mixture is not None:
            return self.judge.target
        return self.judge.of(self.network, self.readout)

    @property
    def loadings(self) -> Array:
        """Loadings (n, L + K), the output weights n O last."""
        return np.hstack([loadings_of(self.network), self.network.neurons * self.readout.T])


def as_populated(
    what: Any, *, task: Any = None, rank: int | None = None, trials: int = 100, seed: int = 0
) -> Subject:
    """The subject that the user means.

    Raises
    ------
    UsageError
        Neither a network nor a mixture, too few neurons, or no low-rank loadings.
    InputError
        The file cannot be read.
    """
    given = load(what) if isinstance(what, str | Path) else what
    if isinstance(given, TrainedNetwork | FullRankNetwork):
        return _full_rank(given, task, rank, trials, seed)
    if rank is not None:
        raise UsageError("--rank is for full-rank networks; this one has a rank of its own")
    if isinstance(given, HasNetwork | LowRankNetwork):
        return _low_rank(given, task, trials, seed)
    if isinstance(given, System | StandsForSystem):
        return _mixture(as_system(given), task, trials, seed)
    raise UsageError(
        f"{shown(str(what), 200)} is neither a network nor a mixture; give one of those"
    )


def _judge(system: System | None, tau: float, trials: int, seed: int) -> Judge | None:
    if system is None:
        return None
    if system.task is None:
        return DynamicsJudge(system=system, seed=seed)
    drawn = system.task.draw(trials, seed)
    return TaskJudge(system=system, task=system.task, drawn=drawn, tau=tau)


def _low_rank(given: HasNetwork | LowRankNetwork, task: Any, trials: int, seed: int) -> Subject:
    found = as_subject(given)
    network = found.network
    require_neurons(network.neurons, FEWEST)
    system = found.system if task is None else as_system(task)
    return Subject(
        name="network" if found.system is None else found.system.name,
        told="the network's own loadings",
        network=network,
        readout=np.empty((0, network.neurons)),
        field=network,
        # A verdict is about a target in the latent variables themselves.
        judge=_judge(system if network.output is None else None, network.tau, trials, seed),
        system=system,
        notes=(LEAST_SQUARES,) if isinstance(given, HasNetwork) else (),
    )


def _mixture(system: System, task: Any, trials: int, seed: int) -> Subject:
    field = mean_field_of(system.field)
    if field is None:
        raise UsageError(
            f"{system.name} is a system without neurons; give a network, or a system of populations"
        )
    mixture = field.mixture
    network = mixture.sampled(DRAWN, np.random.default_rng([seed, 82]))
    beside = system if task is None else as_system(task)
    return Subject(
        name=system.name,
        told=f"a mixture, and {counted(DRAWN, 'neuron')} drawn from it",
        network=network,
        readout=np.empty((0, DRAWN)),
        field=field,
        judge=_judge(beside, mixture.tau, trials, seed),
        system=system,
        mixture=mixture,
    )


def _full_rank(
    given: TrainedNetwork | FullRankNetwork,
    task: LearnedTask | None,
    rank: int | None,
    trials: int,
    seed: int,
) -> Subject:
    trained = given if isinstance(given, TrainedNetwork) else None
    network = given.network if isinstance(given, TrainedNetwork) else given
    require_neurons(network.neurons, FEWEST)
    known, options = None, LearnOptions() if trained is None else trained.options
    if trained is not None:
        known = task_of(trained)
        require_fits(network, known)
    elif task is not None:
        known, network = task_beside(network, task)
    judge = None
    if known is not None:
        options = replace(options, seed=seed, test_trials=trials, precision="float64")
        judge = LearnedJudge(
            task=known, trials=fresh_judge(known, options).trials, offset=network.output_offset
        )
    part = low_rank_part(network, trained, rank, seed)
    low = low_rank_network(network, part, None if judge is None else judge.inputs)
    reads_rates = network.reads == "rates"
    notes: tuple[str, ...] = ()
    if "change" in part.told:
        notes = ("the connectivity before training is left out: what was learned stands alone",)
    return Subject(
        name=known.name if known is not None else "network",
        told=part.told,
        network=low,
        readout=network.output_weights if reads_rates else network.output_weights[:0],
        field=low,
        judge=judge,
        notes=notes,
    )
