"""The one interface of a target: a velocity field over a box of states and input values.

Place in the flow: a description (YAML, grid, callable) becomes a `VectorField`; everything
downstream sees only this. Box units, zeta = (z - middle) / half_width (docs/theory, eq. 9), are
defined here, once: every variable and input runs over [-1, 1], time stays in the system's own unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError

WIDEST = 1e100
"""Width of a box, in the user's units, that can be computed with; its inverse is the least."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Domain:
    """The box the network must be right on: D state variables and U inputs.

    `lower`, `upper`: (D,), in the user's units; `input_lower`, `input_upper`: (U,).
    """

    variables: tuple[str, ...]
    lower: Array
    upper: Array
    inputs: tuple[str, ...] = ()
    input_lower: Array = field(default_factory=lambda: np.empty(0))
    input_upper: Array = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """Freeze the bounds and refuse a box that is empty or whose squares leave float64."""
        D, U = (len(self.variables),), (len(self.inputs),)
        freeze_fields(self, lower=D, upper=D, input_lower=U, input_upper=U)
        names = self.variables + self.inputs
        lows = np.concatenate([self.lower, self.input_lower])
        highs = np.concatenate([self.upper, self.input_upper])
        for name, low, high in zip(names, lows, highs, strict=True):
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise InputError(
                    f"the range of {name} is [{low:g}, {high:g}]; give two finite numbers, "
                    "the smaller one first"
                )
            if not 1.0 / WIDEST <= high - low <= WIDEST:
                raise InputError(
                    f"the width of [{low:g}, {high:g}] for {name} cannot be computed with; "
                    "choose another unit"
                )

    @property
    def dimension(self) -> int:
        """D, the number of state variables."""
        return len(self.variables)

    @property
    def input_count(self) -> int:
        """U, the number of inputs."""
        return len(self.inputs)

    @property
    def middle(self) -> Array:
        """(D,) middle of the box."""
        return self.lower + 0.5 * (self.upper - self.lower)

    @property
    def half_width(self) -> Array:
        """(D,) half-widths of the box."""
        return 0.5 * (self.upper - self.lower)

    @property
    def input_middle(self) -> Array:
        """(U,) middle of the input ranges."""
        return self.input_lower + 0.5 * (self.input_upper - self.input_lower)

    @property
    def input_half_width(self) -> Array:
        """(U,) half-widths of the input ranges."""
        return 0.5 * (self.input_upper - self.input_lower)

    def state_to_box(self, z: Array) -> Array:
        """Box units of states z (..., D)."""
        return np.asarray((z - self.middle) / self.half_width)

    def state_from_box(self, zeta: Array) -> Array:
        """User's units of states zeta (..., D) in box units."""
        return np.asarray(self.middle + self.half_width * zeta)

    def from_box(self, points: Array) -> tuple[Array, Array]:
        """States (P, D) and inputs (P, U), the user's units, of points (P, D+U) in box units."""
        D = self.dimension
        return self.state_from_box(points[:, :D]), self.input_from_box(points[:, D:])

    def input_to_box(self, u: Array) -> Array:
        """Box units of inputs u (..., U)."""
        return np.asarray((u - self.input_middle) / self.input_half_width)

    def input_from_box(self, omega: Array) -> Array:
        """User's units of inputs omega (..., U) in box units."""
        return np.asarray(self.input_middle + self.input_half_width * omega)


class Velocities(Protocol):
    """What computes: expressions, an interpolation, a Python function.

    It may offer more about itself, as `lrfit.fields.knowledge` lists.
    """

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt, (P, D), at states z (P, D) and inputs u (P, U), in the user's units."""
        ...

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives of the velocity: by state (P, D, D) and by input (P, D, U)."""
        ...


class VectorField(Velocities, Protocol):
    """Anything with a velocity and a Jacobian over a box: a target, or a network."""

    @property
    def domain(self) -> Domain:
        """The box."""
        ...
