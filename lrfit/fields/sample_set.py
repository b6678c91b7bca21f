"""What regression works on: points of a field in box units, and the three sets of a fit."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.fields.field import Domain
from lrfit.fields.held_out import Indices

Kind = Literal["sobol", "grid", "trajectory", "mixed", "data"]


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

    def take(self, indices: Indices) -> SampleSet:
        """The points at `indices`, with their weights as they are."""
        return SampleSet(**{each.name: getattr(self, each.name)[indices] for each in fields(self)})

    def interleaved(self, other: SampleSet) -> SampleSet:
        """The points of both in turn, as many of each, with their weights as they are."""

        def alternate(name: str) -> Array:
            both = np.stack([getattr(self, name), getattr(other, name)], axis=1)
            return both.reshape(2 * self.count, *both.shape[2:])

        return SampleSet(**{each.name: alternate(each.name) for each in fields(self)})

    def subset(self, indices: Indices) -> SampleSet:
        """The points at `indices`, their weights normalized to mean one again."""
        weight = self.weight[indices]
        return SampleSet(
            state=self.state[indices],
            input=self.input[indices],
            drive=self.drive[indices],
            velocity=self.velocity[indices],
            weight=weight / np.mean(weight),
        )


def box_samples(
    domain: Domain, z: Array, u: Array, velocity: Array, weight: Array | None = None
) -> SampleSet:
    """A set of points z (P, D), u (P, U) with velocities (P, D) in the user's units."""
    return SampleSet(
        state=domain.state_to_box(z),
        input=domain.input_to_box(u),
        drive=u / domain.input_half_width,
        velocity=velocity / domain.half_width,
        weight=np.ones(len(z)) if weight is None else weight,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Three disjoint sets: fitting sees `training`, choosing `validation`, the report `test`.

    `notes`: one line each for what the user should know, such as nodes left out.
    """

    training: SampleSet
    validation: SampleSet
    test: SampleSet
    kind: Kind
    notes: tuple[str, ...] = ()
