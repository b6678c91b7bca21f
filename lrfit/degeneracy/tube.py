"""Samples in a tube around a trajectory, in the user's units and in box units.

    z = z*(t) + r scale delta,   t uniform, delta of rms one

Place in the flow: a curve and a time-varying field become the sets that regression works on.
Half of the training points lie ten times closer to the curve, where the network will be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.sample_set import Samples, SampleSet, box_samples
from lrfit.simulation.curve import Curve
from lrfit.systems.places import sobol_points
from lrfit.systems.system import System

CLOSE = 0.1
HELD_OUT = 2**12


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Points near a curve: times t (P,), states z (P, D), offsets from the curve (P, D)."""

    t: Array
    z: Array
    offset: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Tube:
    """The surroundings of a curve: offsets uniform, of rms `radius` scales each."""

    curve: Curve
    radius: float

    def places(self, count: int, seed: list[int], *, close: bool = False) -> Places:
        """Draw `count` places (a power of two); with `close` every other one near the curve."""
        curve = self.curve
        points = sobol_points(1 + len(curve.scale), count, np.random.default_rng(seed))
        t = 0.5 * (points[:, 0] + 1.0) * curve.duration
        offset = np.sqrt(3.0) * self.radius * curve.scale * points[:, 1:]
        if close:
            offset[::2] *= CLOSE
        return Places(t=t, z=curve.at(t) + offset, offset=offset)


Rule = Callable[[Places], tuple[Array, Array]]
"""Places -> inputs (P, U) as the neurons see them, and velocities (P, D)."""


def tube_samples(system: System, rule: Rule, tube: Tube, count: int, seed: int) -> Samples:
    """Training, validation and test sets of a rule in the tube, box units of the system."""
    sets = (
        tube.places(count, [seed, 20], close=True),
        tube.places(HELD_OUT, [seed, 21]),
        tube.places(HELD_OUT, [seed, 22]),
    )
    training, validation, test = (_box_set(system, rule, places) for places in sets)
    return Samples(training=training, validation=validation, test=test, kind="trajectory")


def _box_set(system: System, rule: Rule, places: Places) -> SampleSet:
    inputs, velocity = rule(places)
    return box_samples(system.domain, places.z, inputs, velocity)
