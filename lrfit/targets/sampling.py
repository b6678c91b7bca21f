"""Samples of a target: training, validation and test sets, in box units.

Place in the flow: a target field over a box becomes the arrays that regression works on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.arrays import Array, freeze_fields


@dataclass(frozen=True, kw_only=True, eq=False)
class SampleSet:
    """P points of a field, box units: state (P, D), input (P, U), velocity (P, D), weight (P,).

    The weights have mean one: <f> = mean(weight * f) is the average over the box that the
    sampling stands for (quadrature on grids, all ones for Sobol points).
    `drive` (P, U) is u / h_u, the input counted from u = 0, for direct input columns.
    """

    state: Array
    input: Array
    drive: Array
    velocity: Array
    weight: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        count, dimension = np.shape(self.state)
        inputs = np.shape(self.input)[1]
        freeze_fields(
            self,
            state=(count, dimension),
            input=(count, inputs),
            drive=(count, inputs),
            velocity=(count, dimension),
            weight=(count,),
        )

    @property
    def count(self) -> int:
        """P, the number of points."""
        return len(self.weight)


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Three disjoint sets: fitting sees `training`, choosing `validation`, the report `test`."""

    training: SampleSet
    validation: SampleSet
    test: SampleSet
    kind: str
