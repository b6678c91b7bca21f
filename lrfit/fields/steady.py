"""A field at a constant input, in units of a box: one function of the state, made once.

    zeta -> g(middle + scale zeta, u) / scale

Place in the flow: integrations ask for velocities of a few states a hundred thousand times; what
does not depend on the state is computed before them. A field that offers `steady` has a way of its
own, in which units and input are part of its weights; of others the velocity is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Velocities

StateFunction = Callable[[Array], Array]
"""Velocities (P, D) at states zeta (P, D)."""
_REMEMBERED = 256
"""Most states for which the inputs are kept."""


@runtime_checkable
class HasSteady(Protocol):
    """A field that knows a faster way where its input is constant."""

    def steady(self, u: Array, middle: Array, scale: Array) -> StateFunction:
        """Velocity in units of scale (D,) about middle (D,) at a constant input u (U,)."""
        ...


def steady(field: Velocities, u: Array, middle: Array, scale: Array) -> StateFunction:
    """Velocity of any field in units of scale (D,) about middle (D,), at a constant input (U,)."""
    if isinstance(field, HasSteady):
        return field.steady(u, middle, scale)
    inputs = Repeated(u)

    def velocity(zeta: Array) -> Array:
        return np.asarray(field.velocity(middle + scale * zeta, inputs.rows(len(zeta))) / scale)

    return velocity


class Repeated:
    """An input (U,) once for each of P states; kept where those are few."""

    def __init__(self, u: Array) -> None:
        self.u = u
        self._kept: dict[int, Array] = {}

    def rows(self, count: int) -> Array:
        """(P, U)."""
        found = self._kept.get(count)
        if found is None:
            found = np.repeat(self.u[None], count, axis=0)
            if count <= _REMEMBERED:
                self._kept[count] = found
        return found
