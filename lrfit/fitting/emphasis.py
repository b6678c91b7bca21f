"""Samples where a target's dynamics are decided, beside those of the box.

    <|r|²>_box / <|g|²>_box   +   strictness² < |r|² / s² >_landmarks,        both within tol²

r is the residual, s the rms speed within a blur of 3 % around a landmark: near a fixed point the
field is small, and so must the error be. Place in the flow: `faithful` gives a setting an
`Emphasis`; the refinement then works on the mixture, and confirmation asks for both errors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.sample_set import SampleSet
from lrfit.fitting.policy import BASE, FaithfulPolicy
from lrfit.networks.basis import Neurons
from lrfit.regression.readout import Readout
from lrfit.systems.landmarks import landmarks, local_speeds
from lrfit.systems.sampling import measure
from lrfit.systems.system import System


@dataclass(frozen=True, kw_only=True, eq=False)
class Emphasis:
    """Landmarks of a target, and how much more right a network must be there.

    points, checks : for refinement and for confirmation; weights (speed of the box / s)².
    strictness : 1 asks for an error within tol of the local speed.
    """

    points: SampleSet
    checks: SampleSet
    strictness: float

    def mixed(self, box: SampleSet) -> SampleSet:
        """Box points and landmarks in turn, so that any first part holds as many of each."""
        marks = self.points.take(np.arange(box.count) % self.points.count)
        marks = replace(marks, weight=self.strictness**2 * marks.weight)
        return box.interleaved(marks)

    def error(self, neurons: Neurons, readout: Readout, scale: Array) -> float:
        """Strictness times the relative error at fresh landmarks."""
        points = self.checks
        Phi = neurons.activity(points.state, points.input)
        residual = points.velocity - readout.velocity(Phi, points.state, points.drive)
        squares = points.weight * np.mean((residual / scale) ** 2, axis=1)
        return float(self.strictness * np.sqrt(np.mean(squares)))


def emphasis(
    system: System,
    scale: Array,
    seed: int,
    strictness: float,
    *,
    border: bool = False,
    policy: FaithfulPolicy = BASE.faithful,
) -> Emphasis | None:
    """Draw the landmarks of a system; None if it has none in its box.

    scale : (D,) what residuals are divided by, box units. border : whether its border counts too.
    """
    sets = []
    for stream in (20, 21):
        places = landmarks(
            system, policy.landmarks, np.random.default_rng([seed, stream]), border=border
        )
        if not len(places):
            return None
        speeds = local_speeds(system.continuous, places)
        weight = np.sum(scale**2) / np.maximum(speeds, 1e-300) ** 2
        sets.append(replace(measure(system, places), weight=np.minimum(weight, policy.heaviest)))
    return Emphasis(points=sets[0], checks=sets[1], strictness=strictness)
