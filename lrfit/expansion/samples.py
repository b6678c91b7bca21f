"""Samples for a network that must keep the dynamics of its target: half of them where it stays.

    w = 1 / (|gamma|² + (v/2)²)

half of the points are a Sobol set of the box, half lie around the target's attractors, and v is the
rms speed there. Without the weights an error that is small against the fastest motion in the box
is as large as the whole field where the target is slow (docs/theory, eq. 51).

Place in the flow: a `FitProblem` becomes the sets on which populations are refined and judged.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from lrfit.core.arrays import Array
from lrfit.expansion.options import Focus
from lrfit.fields.sample_set import SampleSet, box_samples
from lrfit.fitting.setting import FitProblem
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.systems.landmarks import on_attractors
from lrfit.systems.places import sobol_points
from lrfit.systems.sampling import draw_set, measure

JITTER = 0.1
"""Half-widths by which points on attractors are moved: a network with wrong weights is driven off
them, and has to come back."""
SLOW = 0.5
"""Share of the rms speed on attractors below which a slower field gets no more weight."""
TRAINING, VALIDATION, REFITTING, MEASURING = range(4)
"""Sets of points, each with places of its own on the attractors."""
PLACES = 1024
"""Places on attractors for each set: long runs lead there, which take most of the time."""
_STREAM = 90


class FocusedSamples:
    """Sets of points of one target.

    setting : its system, its seed, its measured points. focus : "attractors" as in the module's
    docstring, or "box": points of the box alone, of equal weights. A target whose trajectories all
    leave its box has points of the box alone as well.
    """

    def __init__(self, setting: FitProblem, focus: Focus = "attractors") -> None:
        self.setting, self.focus = setting, focus

    def draw(self, count: int, which: int) -> SampleSet:
        """About `count` points of the set `which`; weights have mean one."""
        system, generator = self.setting.system, self._generator(which)
        if self.focus == "box":
            return self._box(count, which)
        box = self._box(count // 2, which)
        places = self._places[which :: MEASURING + 1]
        if not len(places):
            return _weighted(box, box)
        chosen = places[generator.integers(len(places), size=box.count)]
        near = measure(system, _jittered(chosen, system.domain.dimension, generator))
        return _weighted(box.interleaved(near), near)

    @cached_property
    def _places(self) -> Array:
        """Places on attractors (P, D + U) for all sets."""
        generator = self._generator(MEASURING + 1)
        return on_attractors(self.setting.system.continuous, (MEASURING + 1) * PLACES, generator)

    def _generator(self, which: int) -> np.random.Generator:
        return np.random.default_rng([self.setting.options.seed, _STREAM, which, 1])

    def _box(self, count: int, which: int) -> SampleSet:
        """Points of the box, or the measured ones of a target that is known there alone."""
        setting = self.setting
        seed = np.random.SeedSequence((setting.options.seed, _STREAM, which))
        return draw_set(setting.system, count, seed, samples=setting.samples)


def own_samples(network: LowRankNetwork, count: int, seed: tuple[int, ...]) -> SampleSet:
    """About `count` points all over the box of a network, with its own velocities."""
    domain = network.domain
    generator = np.random.default_rng([*seed, _STREAM])
    places = sobol_points(domain.dimension + domain.input_count, count, generator)
    z, u = domain.from_box(places)
    return box_samples(domain, z, u, network.velocity(z, u))


def _jittered(places: Array, dimension: int, generator: np.random.Generator) -> Array:
    moved = places.copy()
    moved[:, :dimension] += JITTER * generator.standard_normal((len(places), dimension))
    return np.clip(moved, -1.0, 1.0)


def _weighted(points: SampleSet, near: SampleSet) -> SampleSet:
    speed = np.mean(np.sum(near.velocity**2, axis=1))
    weight = points.weight / (np.sum(points.velocity**2, axis=1) + SLOW**2 * speed)
    return replace(points, weight=weight / np.mean(weight))
