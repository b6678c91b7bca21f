"""Samples of the latent field on the trajectories of trials, and around them.

Latent state and filtered inputs fill a thin set of up to 8 dimensions: a box around it is nearly
empty, and a small network that had to be right all over it would be right nowhere. Half of the
points are moved off the trajectories, so that the field also says how deviations decay.

Place in the flow: what `small` fits its neurons to.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.sample_set import Samples, SampleSet, box_samples
from lrfit.networks.lowrank import LowRankNetwork

OFF_STATE, OFF_INPUT = 0.15, 0.05
"""Standard deviations of the moves, in those of the coordinates, and in half-widths of inputs."""
TRAINING, HELD_OUT = 1024, 1024


def field_samples(
    field: LowRankNetwork, y: Array, v: Array, generator: np.random.Generator
) -> Samples:
    """Training, validation and test samples; trials (T, P, ...) are split among the three."""
    trials = generator.permutation(y.shape[1])
    cuts = np.cumsum([len(trials) // 2, len(trials) // 4])
    parts = np.split(trials, cuts)
    counts = (TRAINING, HELD_OUT, HELD_OUT)
    training, validation, test = (
        _measured(field, y[:, part], v[:, part], count, generator)
        for part, count in zip(parts, counts, strict=True)
    )
    return Samples(training=training, validation=validation, test=test, kind="data")


def _measured(
    field: LowRankNetwork, y: Array, v: Array, count: int, generator: np.random.Generator
) -> SampleSet:
    states, inputs = y.reshape(-1, y.shape[2]), v.reshape(-1, v.shape[2])
    chosen = generator.choice(len(states), min(count, len(states)), replace=False)
    z, u = states[chosen], inputs[chosen]
    moved = np.arange(len(z)) % 2 == 1
    z[moved] += OFF_STATE * generator.normal(size=z[moved].shape)
    half = field.domain.input_half_width
    u[moved] += OFF_INPUT * half * generator.normal(size=u[moved].shape)
    return box_samples(field.domain, z, u, field.velocity(z, u))
