"""The points of a search: those it looks at while it searches, and those of its last polish.

Place in the flow: a setting becomes one set of points; searching takes the first few of them (of
a Sobol sequence: a balanced part), more where there are many parameters to pin down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrfit.fitting.policy import SamplingPolicy
from lrfit.fitting.setting import FitProblem
from lrfit.systems.sampling import SampleSet, draw_set


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchPoints:
    """All points of a search, and how many of them are looked at.

    first : how many at first. parameters, outputs : of a neuron. values : that every parameter
    has to be pinned down by.
    """

    all: SampleSet
    first: int
    parameters: int
    outputs: int
    values: float

    def count(self, neurons: int) -> int:
        """How many points to search on, for networks of a size."""
        wanted = self.values * neurons * self.parameters / (self.outputs * self.first)
        return min(self.first << max(0, math.ceil(math.log2(wanted))), self.all.count)


def search_points(setting: FitProblem, policy: SamplingPolicy) -> SearchPoints:
    """Points of a search: landmarks are among them where those are emphasized."""
    dimension, seen = setting.system.domain.dimension, len(setting.seen)
    box, doubled = _box_points(setting, policy.least), setting.emphasis is not None
    return SearchPoints(
        all=box if setting.emphasis is None else setting.emphasis.mixed(box),
        first=_first(dimension + seen, policy.first) << doubled,
        parameters=2 * dimension + seen + setting.options.bias,
        outputs=dimension,
        values=policy.values,
    )


def _first(coordinates: int, counts: tuple[int, int, int]) -> int:
    """Points to begin with, for 1, up to 4, and more coordinates that neurons see."""
    return counts[0] if coordinates == 1 else counts[1] if coordinates <= 4 else counts[2]


def _box_points(setting: FitProblem, least: int) -> SampleSet:
    """A set of its own, of at least so many points where possible."""
    samples, system = setting.samples, setting.system
    count = max(least, samples.training.count)
    seed = np.random.SeedSequence([setting.options.seed, 3])
    if system.data is not None:
        shuffled = np.random.default_rng(seed).permutation(samples.training.count)
        return samples.training.subset(shuffled)
    if samples.kind in ("trajectory", "mixed"):
        return draw_set(system, count, seed, kind=samples.kind)
    return draw_set(system, count, seed)
