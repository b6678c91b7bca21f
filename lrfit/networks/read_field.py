"""The field of the state that a network's output reads, at a constant input.

    z = state(y, u),   dz/dt = (dz/dy) dy/dt,   y the latent state that is read as z

Place in the flow: networks with gated or copied inputs have a shifted latent state; what their
target's state does is what is read. At a constant input the filtered input is at rest, and so are
the copies: the state alone then has a field of its own, conjugate to that of the latent state, and
can be analyzed like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain, VectorField
from lrfit.networks.lowrank import LowRankNetwork

_STEP = 6e-6
"""Half-widths: the cube root of the rounding unit, the best step of central differences."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadField:
    """A `VectorField` over the box of what a network's output reads.

    NaN where no latent state is read as the state asked for.
    """

    network: LowRankNetwork

    @property
    def domain(self) -> Domain:
        """The box of the state, not of the latent state."""
        return self.network.state_domain

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D) at states z (P, D) and constant inputs u (P, U)."""
        y, found = self.network.find_latent(z, u)
        change = self.network.velocity(y, u)
        by_latent = self.network.reading_slope(y, u)
        velocity = np.einsum("pdl,pl->pd", by_latent, change)
        return np.asarray(np.where(found[:, None], velocity, np.nan))

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives by state (P, D, D) and input (P, D, U), by central differences.

        Their error, about 1e-10 of the field's scale, is smaller than that of any fit.
        """
        by_state = _differences(
            lambda step: self.velocity(z + step, u), self.domain.half_width * _STEP
        )
        by_input = _differences(
            lambda step: self.velocity(z, u + step), self.domain.input_half_width * _STEP
        )
        shape = (len(z), z.shape[1])
        return by_state.reshape(*shape, -1), by_input.reshape(*shape, u.shape[1])


def _differences(velocity: Callable[[Array], Array], steps: Array) -> Array:
    """Central differences (P, D, n) of a velocity along n axes."""
    columns = []
    for axis, step in enumerate(steps):
        move = np.zeros(len(steps))
        move[axis] = step
        columns.append((velocity(move) - velocity(-move)) / (2.0 * step))
    return np.stack(columns, axis=-1) if columns else np.empty(0)


def field_of(network: LowRankNetwork) -> VectorField:
    """The field of the state: the network's own where its latent state is the state."""
    return network if network.output is None else ReadField(network=network)
