"""The points of a search: those it looks at while it searches, and those of its last polish.

Place in the flow: a setting becomes one set of points; searching takes the first few of them (of
a Sobol sequence: a balanced part), more where there are many parameters to pin down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrfit.fitting.setting import FitProblem
from lrfit.systems.sampling import SampleSet, draw_set

_LEAST = 4096
_VALUES = 10
"""Values (points x outputs) for every parameter: with fewer the errors of refined networks were
found 5 % and more below those on fresh points, and the smallest ones failed when confirmed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchPoints:
    """All points, how many of them are looked at first, and parameters and outputs of a neuron."""

    all: SampleSet
    first: int
    parameters: int
    outputs: int

    def count(self, neurons: int) -> int:
        """How many points to search on, for networks of a size."""
        wanted = _VALUES * neurons * self.parameters / (self.outputs * self.first)
        return min(self.first << max(0, math.ceil(math.log2(wanted))), self.all.count)


def search_points(setting: FitProblem) -> SearchPoints:
    """Points of a search: landmarks are among them where those are emphasized."""
    dimension, seen = setting.system.domain.dimension, len(setting.seen)
    box, doubled = _box_points(setting), setting.emphasis is not None
    return SearchPoints(
        all=box if setting.emphasis is None else setting.emphasis.mixed(box),
        first=_first(dimension + seen) << doubled,
        parameters=2 * dimension + seen + setting.options.bias,
        outputs=dimension,
    )


def _first(coordinates: int) -> int:
    """256, 512 and 1,024 points for 1, up to 4, and more coordinates that neurons see."""
    return 256 if coordinates == 1 else 512 if coordinates <= 4 else 1024


def _box_points(setting: FitProblem) -> SampleSet:
    """A set of its own, at least 4,096 where possible."""
    samples, system = setting.samples, setting.system
    count = max(_LEAST, samples.training.count)
    seed = np.random.SeedSequence([setting.options.seed, 3])
    if system.data is not None:
        shuffled = np.random.default_rng(seed).permutation(samples.training.count)
        return samples.training.subset(shuffled)
    if samples.kind in ("trajectory", "mixed"):
        return draw_set(system, count, seed, kind=samples.kind)
    return draw_set(system, count, seed)
