"""An autonomous field in box units: a target or a network at a tonic input.

    d zeta / dt = f(zeta),   zeta in [-1, 1]^D

Place in the flow: whatever has a velocity and a Jacobian over a box becomes a `Flow`; the anatomy
of targets and networks is the same code. All lengths are half-widths of the box, so that no
threshold depends on units; time stays in the system's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import NumericalError
from lrfit.fields.box import BoxField, fastest_rate
from lrfit.fields.field import Domain, VectorField
from lrfit.fields.steady import Repeated, StateFunction, steady
from lrfit.systems.places import sobol_points

_SURVEY = 512
_SEED = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Flow:
    """A field at a constant input.

    field : target or network. input : (U,), the user's units. dt : the step of Euler's method
    where the field stands for a map (a network in discrete time), else None.
    """

    field: VectorField
    input: Array
    dt: float | None = None

    def __post_init__(self) -> None:
        """Freeze the input."""
        freeze_fields(self, input=(self.field.domain.input_count,))

    def __getstate__(self) -> dict[str, Any]:
        # The function of the state cannot travel to another process: it is made again there.
        return {name: value for name, value in vars(self).items() if name != "velocity"}

    @property
    def domain(self) -> Domain:
        """The box."""
        return self.field.domain

    @property
    def dimension(self) -> int:
        """D."""
        return self.domain.dimension

    @cached_property
    def _box(self) -> BoxField:
        return BoxField(field=self.field)

    @cached_property
    def _inputs(self) -> Repeated:
        return Repeated(self.input)

    @cached_property
    def velocity(self) -> StateFunction:
        """Velocities (P, D) at states zeta (P, D), box units."""
        return steady(self.field, self.input, self.domain.middle, self.domain.half_width)

    def jacobian(self, zeta: Array) -> Array:
        """Derivatives (P, D, D) of the velocity, box units."""
        return self._box.jacobian(zeta, self._inputs.rows(len(zeta)))

    @property
    def backward(self) -> Flow:
        """The same flow with time reversed: what repels attracts there.

        A map has none: Euler's step with -f is not the inverse of the step with f.
        """
        return Flow(field=_Reversed(field=self.field), input=self.input)

    @cached_property
    def at_rest(self) -> bool:
        """Whether the velocity is zero at all points of the survey."""
        velocity, _ = self._own
        return bool(len(velocity)) and not np.any(velocity)

    @cached_property
    def survey(self) -> tuple[Array, Array]:
        """Velocities (P, D) and Jacobians (P, D, D) at Sobol points of the box.

        Of a flow that rests everywhere they are those at the ends of its inputs' ranges: what a
        small speed is, and a long time, cannot be said by a field that is zero.

        Raises
        ------
        NumericalError
            The field is zero, whatever its inputs are, not finite, or out of float64's range.
        """
        velocity, jacobian = self._own
        if self.at_rest and self.domain.input_count:
            ends = [self._measured(end) for end in _ends(self.domain)]
            velocity, jacobian = (np.concatenate(parts) for parts in zip(*ends, strict=True))
        if not np.any(velocity):
            raise NumericalError(
                "the field is zero in the whole box, whatever its inputs are: every state is a "
                "fixed point, and nothing else can be said"
                if len(velocity)
                else "the field is not finite anywhere in the box; check its equations and domain"
            )
        with np.errstate(over="ignore"):
            squares = float(np.sum(velocity**2))
        if not 0.0 < squares < np.inf:
            raise NumericalError(
                "the field is too slow or too fast for float64, its squares are zero or infinite; "
                "choose another unit of time"
            )
        return velocity, jacobian

    @cached_property
    def _own(self) -> tuple[Array, Array]:
        return self._measured(self.input)

    def _measured(self, u: Array) -> tuple[Array, Array]:
        """Velocities and Jacobians at Sobol points of the box at an input, the finite ones."""
        # The same points for every flow: target and network are measured alike, and runs repeat.
        places = sobol_points(self.dimension, _SURVEY, np.random.default_rng(_SEED))
        levels = np.repeat(u[None], len(places), axis=0)
        with np.errstate(all="ignore"):
            velocity = self._box.velocity(places, levels)
            jacobian = self._box.jacobian(places, levels)
        # A pole or a hole in the box takes no part: rms and largest norm would be infinite.
        good = np.isfinite(velocity).all(axis=1) & np.isfinite(jacobian).all(axis=(1, 2))
        return velocity[good], jacobian[good]

    @cached_property
    def speed(self) -> float:
        """Root mean square of |f| over the box, half-widths per unit of time."""
        return float(np.sqrt(np.mean(np.sum(self.survey[0] ** 2, axis=1))))

    @cached_property
    def natural_time(self) -> float:
        """Rms |zeta| over rms |f|: how long it takes to cross the box."""
        return float(np.sqrt(self.dimension / 3.0) / self.speed)

    @cached_property
    def fastest_rate(self) -> float:
        """Largest norm of the Jacobian over the box."""
        return fastest_rate(self.survey[1])


def _ends(domain: Domain) -> tuple[Array, Array]:
    """All inputs (U,) at their lowest, and all at their highest."""
    return domain.input_lower, domain.input_upper


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reversed:
    """A field with its sign changed."""

    field: VectorField

    @property
    def domain(self) -> Domain:
        return self.field.domain

    def velocity(self, z: Array, u: Array) -> Array:
        return -self.field.velocity(z, u)

    def steady(self, u: Array, middle: Array, scale: Array) -> StateFunction:
        forward = steady(self.field, u, middle, scale)
        return lambda zeta: -forward(zeta)

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        by_state, by_input = self.field.jacobian(z, u)
        return -by_state, -by_input
