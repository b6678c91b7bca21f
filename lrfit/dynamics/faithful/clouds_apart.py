"""How far a network's irregular motion is from its target's, looked at until that can be told.

Place in the flow: two anatomies with irregular motion become a distance of their sets of states,
and a yardstick: what two halves of the target's own set show. Where the distance lies between
what is allowed and what the yardstick can tell from it, both motions are followed further, so
that a quick look and a full one come to the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.anatomies import Anatomy
from lrfit.dynamics.clouds import cloud_of
from lrfit.dynamics.faithful.distances import cloud_distance, split_distance
from lrfit.dynamics.runs import extend
from lrfit.dynamics.search import IRREGULAR

ALLOWED = 0.25
"""Largest distance of irregular sets, in standard deviations of the target's states."""
_SIGMAS = 2.0
"""Yardsticks by which a distance must be beyond what is allowed."""
_STEPS, _LOOKS, _RUNS = 1200, 3, 12
"""Steps of the first further look, each of which is twice as long; looks; trajectories."""


@dataclass(frozen=True, kw_only=True)
class CloudGap:
    """Distance of two irregular sets, and of the halves of the target's: see `cloud_distance`."""

    distance: float
    yardstick: float

    @property
    def differs(self) -> bool:
        """Whether the distance is beyond what is allowed, and that is certain."""
        return self.distance > ALLOWED + _SIGMAS * self.yardstick

    @property
    def undecided(self) -> bool:
        """Whether it is beyond what is allowed, but no more than sets of this size show."""
        return self.distance > ALLOWED and not self.differs


def clouds_apart(target: Anatomy, network: Anatomy, generator: np.random.Generator) -> CloudGap:
    """Compare the irregular motion of a target and of a network; both must have some."""
    gap = _gap(target.cloud, network.cloud, generator)
    for look in range(_LOOKS):
        if not gap.undecided:
            break
        steps = _STEPS * 2**look
        gap = _gap(_followed(target, steps), _followed(network, steps), generator)
    return gap


def _gap(first: Array, second: Array, generator: np.random.Generator) -> CloudGap:
    return CloudGap(
        yardstick=split_distance(first, generator),
        distance=cloud_distance(first, second, generator),
    )


def _followed(anatomy: Anatomy, steps: int) -> Array:
    """States (n, D) of the irregular motion, from where it was last on."""
    starts = anatomy.ends[anatomy.fate == IRREGULAR][:_RUNS]
    tracks = extend(anatomy.flow, starts, steps, stiff=anatomy.stiff).tracks
    return cloud_of(tracks, anatomy.flow.dimension)[0]
