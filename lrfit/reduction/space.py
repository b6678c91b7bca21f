"""The latent space of one latent model: training trials in it, and what is fitted there.

Place in the flow: `reduce` makes one of every latent model that `ranks` proposes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.reduction.alignment import aligned
from lrfit.reduction.closed_loop import latent_path, trial_set
from lrfit.reduction.coordinates import Coordinates, coordinates_of, field_of, reading_box
from lrfit.reduction.field_samples import TRAINING, field_samples
from lrfit.reduction.figures import Trials
from lrfit.reduction.latent import filtered
from lrfit.reduction.ranks import Found
from lrfit.reduction.small import SmallProblem
from lrfit.reduction.states import States, trained_states


@dataclass(frozen=True, kw_only=True, eq=False)
class Space:
    """A latent model in whitened coordinates, with training trials.

    start : (L,) latent state at the beginning of a trial. y : (T, P, L) latent states, v :
    (T, P, U) filtered inputs of the training trials.
    """

    found: Found
    chosen: Coordinates
    training: Trials
    start: Array
    y: Array
    v: Array

    def problem(self, seed: int) -> SmallProblem:
        """What small networks are fitted to."""
        task, rank = self.training.original.task, self.found.model.rank
        y, v = self.y.reshape(-1, rank), self.v.reshape(-1, self.v.shape[2])
        outputs = self.training.teacher.outputs.reshape(len(y), -1)
        z = np.hstack([outputs, y[:, outputs.shape[1] :]])
        field = field_of(
            self.found.model,
            self.chosen,
            y=y,
            v=v,
            tau=task.tau,
            phi=self.training.original.phi,
            names=tuple(f"latent{k + 1}" for k in range(rank)),
            inputs=task.inputs,
        )
        generator = np.random.default_rng([seed, 71])
        some = generator.choice(len(y), min(len(y), TRAINING), replace=False)
        names = (*task.outputs, *(f"latent{k + 1}" for k in range(outputs.shape[1], rank)))
        return SmallProblem(
            field=field,
            samples=field_samples(field, self.y, self.v, generator),
            y=y[some],
            v=v[some],
            z=z[some],
            reading=reading_box(field.domain, names, z),
            dt=task.dt,
        )

    def states(self, seed: int) -> States:
        """The trained network's fixed points at rest, in this space."""
        original, teacher = self.training.original, self.training.teacher
        currents = teacher.currents[1:].reshape(-1, original.neurons)
        generator = np.random.default_rng([seed, 72])
        return trained_states(original, currents, self.found.model, self.chosen, generator)

    def aligned(self, network: LowRankNetwork) -> tuple[LowRankNetwork, Array]:
        """A small network and its start in the latent coordinates of the trained one."""
        training, K = self.training, self.training.teacher.outputs.shape[2]
        dt, L = training.original.task.dt, len(self.start)
        trials = trial_set(training.drawn.inputs, training.teacher.outputs, self.start, dt)
        own = latent_path(network, trials).reshape(-1, L)
        if not np.all(np.isfinite(own)):
            return network, self.start
        return aligned(network, self.start, own, self.y.reshape(-1, L), K)

    def projected(self, trials: Trials, count: int) -> Array:
        """Latent states (T, count, L) of the trained network itself, in the first trials."""
        model, drawn = self.found.model, trials.drawn.part(0, count)
        x = trials.teacher.currents[1:, :count]
        h = x - filtered(drawn.inputs, trials.original.a) @ model.inputs.T
        return self.chosen.of((h - model.bias) @ np.linalg.pinv(model.M).T)


def space_of(found: Found, training: Trials) -> Space:
    """The space of a latent model, with whitened coordinates that are turned to the outputs."""
    original, model = training.original, found.model
    q, v = model.follow(training.drawn.inputs, original.a, original.phi)
    z = training.teacher.outputs
    chosen = coordinates_of(q.reshape(-1, model.rank), z.reshape(-1, z.shape[2]))
    return Space(
        found=found,
        chosen=chosen,
        training=training,
        start=chosen.of(model.start),
        y=chosen.of(q),
        v=v,
    )
