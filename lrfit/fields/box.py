"""A field in box units, and how fast it is there: the one place where this is computed.

    zeta = (z - middle) / h,    gamma = g(z, u) / h,    d gamma_i / d zeta_j = (h_j / h_i) J_ij

with h the half-widths of the box (docs/theory, eq. 9). Time stays in the system's own unit; what
is to be free of it is stated in natural times, rms(zeta) / rms(gamma). Inputs stay in the user's
units, since they are held at a value or follow a signal.

Place in the flow: between a `VectorField` and everything that compares, searches or integrates it
without regard to units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain, VectorField


@dataclass(frozen=True, kw_only=True, eq=False)
class BoxField:
    """A field whose states and velocities are in half-widths of its box."""

    field: VectorField

    @property
    def domain(self) -> Domain:
        """The box."""
        return self.field.domain

    @cached_property
    def _box(self) -> tuple[Array, Array]:
        # Kept: integrations ask for velocities of a few states a hundred thousand times.
        return self.domain.middle, self.domain.half_width

    def velocity(self, zeta: Array, u: Array) -> Array:
        """Velocity d zeta / dt (P, D) at states zeta (P, D), box units, and inputs u (P, U)."""
        middle, half_width = self._box
        return np.asarray(self.field.velocity(middle + half_width * zeta, u) / half_width)

    def jacobian(self, zeta: Array, u: Array) -> Array:
        """Derivatives (P, D, D) of the velocity by the state, both in box units."""
        middle, half_width = self._box
        return rescaled(self.field.jacobian(middle + half_width * zeta, u)[0], half_width)

    def flow(self) -> Callable[[int, Array], Array]:
        """Velocity (step, y) of y = (zeta, omega) (P, D+U), box units, of which omega stays."""
        D = self.domain.dimension

        def velocity(_: int, y: Array) -> Array:
            change = np.zeros(y.shape)
            change[:, :D] = self.velocity(y[:, :D], self.domain.input_from_box(y[:, D:]))
            return change

        return velocity


def rescaled(jacobian: Array, scale: Array) -> Array:
    """Jacobians (..., D, D) of z / scale, scale (D,), from those of z."""
    return np.asarray(jacobian * (scale / scale[:, None]))


def fastest_rate(jacobian: Array) -> float:
    """Largest 2-norm of Jacobians (P, D, D), 0 of none: no rate of change is above it."""
    return float(np.max(np.linalg.norm(jacobian, ord=2, axis=(1, 2)), initial=0.0))


def natural_rate(state: Array, velocity: Array, weight: Array | float = 1.0) -> float:
    """rms(gamma) / rms(zeta) of points (P, D) with weights (P,): one over the natural time.

    The natural leak of docs/theory, eq. 7.
    """
    weights = np.broadcast_to(weight, len(state))
    speed = np.sum(np.mean(weights[:, None] * velocity**2, axis=0))
    return float(np.sqrt(speed / np.mean(weights * np.sum(state**2, axis=1))))
