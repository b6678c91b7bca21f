"""The field of a Python function: for users of the library whose field is no formula.

Without a Jacobian it is taken by central differences, with steps of 1e-5 half-widths: relative
error near 1e-10 for smooth fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain

Velocity = Callable[[Array, Array], ArrayLike]
Jacobian = Callable[[Array, Array], tuple[ArrayLike, ArrayLike]]

STEP = 1e-5


@dataclass(frozen=True, kw_only=True, eq=False)
class CallableField:
    """Velocity and Jacobian from Python functions, their shapes checked at every call."""

    domain: Domain
    function: Velocity
    derivative: Jacobian | None = None

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D) at z (P, D) and u (P, U); raises UsageError for any other shape."""
        return shaped(self.function(z, u), (len(z), self.domain.dimension), "velocity")

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives by state (P, D, D) and by input (P, D, U)."""
        D, U = self.domain.dimension, self.domain.input_count
        if self.derivative is None:
            return self._differences(z, u)
        by_state, by_input = self.derivative(z, u)
        return (
            shaped(by_state, (len(z), D, D), "Jacobian by state"),
            shaped(by_input, (len(z), D, U), "Jacobian by input"),
        )

    def _differences(self, z: Array, u: Array) -> tuple[Array, Array]:
        domain = self.domain
        by_state = [
            (self.velocity(z + step, u) - self.velocity(z - step, u)) / (2.0 * step.sum())
            for step in np.diag(STEP * domain.half_width)
        ]
        by_input = [
            (self.velocity(z, u + step) - self.velocity(z, u - step)) / (2.0 * step.sum())
            for step in np.diag(STEP * domain.input_half_width)
        ]
        none = np.empty((len(z), domain.dimension, 0))
        return np.stack(by_state, axis=-1), np.stack(by_input, axis=-1) if by_input else none


def shaped(values: ArrayLike, shape: tuple[int, ...], what: str) -> Array:
    """Return what a user's function gave as an array; raises UsageError for any other shape."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        raise UsageError(f"the {what} has shape {array.shape}; the function must return {shape}")
    return array
