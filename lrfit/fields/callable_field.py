"""The field of a Python function: for users of the library whose field is no formula.

Without a Jacobian it is taken by central differences, with steps of 1e-5 half-widths: relative
error near 1e-10 for smooth fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.numbers import real_numbers
from lrfit.fields.field import Domain
from lrfit.io.text import shown

Velocity = Callable[[Array, Array], ArrayLike]
Jacobian = Callable[[Array, Array], tuple[ArrayLike, ArrayLike]]

STEP = 1e-5


@dataclass(frozen=True, kw_only=True, eq=False)
class CallableField:
    """Velocity and Jacobian from Python functions, their shapes checked at every call."""

    domain: Domain
    function: Velocity
    derivative: Jacobian | None = None

    def __post_init__(self) -> None:
        """Check that the functions can be called with a state and an input."""
        require_two_arguments(self.function, "velocity")
        if self.derivative is not None:
            require_two_arguments(self.derivative, "Jacobian")

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D) at z (P, D) and u (P, U); raises UsageError for any other shape."""
        return shaped(self.function(z, u), (len(z), self.domain.dimension), "velocity")

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives by state (P, D, D) and by input (P, D, U)."""
        D, U = self.domain.dimension, self.domain.input_count
        if self.derivative is None:
            return self._differences(z, u)
        given = self.derivative(z, u)
        if not (isinstance(given, tuple | list) and len(given) == 2):
            raise UsageError(
                f"the Jacobian function returns a {type(given).__name__}; let it return two "
                "arrays, the derivatives by state (P, D, D) and by input (P, D, U)"
            )
        by_state, by_input = given
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


def require_two_arguments(function: Callable[..., object], what: str) -> None:
    """Raise UsageError for a function that cannot be called as f(z, u)."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # one of C, which does not say
        return
    try:
        signature.bind(None, None)
    except TypeError:
        name = getattr(function, "__name__", type(function).__name__)
        raise UsageError(
            f"the {what} function {name}{shown(signature, 80)} cannot be called as {name}(z, u); "
            "let it take two arguments, states z (P, D) and inputs u (P, U), U = 0 without inputs"
        ) from None


def shaped(values: ArrayLike, shape: tuple[int, ...], what: str) -> Array:
    """Return what a user's function gave as an array.

    Raises
    ------
    UsageError
        It has any other shape, or is not of real numbers.
    """
    array = real_numbers(values, f"the {what} that the function gives")
    if array.shape != shape:
        raise UsageError(f"the {what} has shape {array.shape}; the function must return {shape}")
    return array
