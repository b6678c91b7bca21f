"""A target as a network sees it that is run by Euler with a coarse step: its exact dt-flow map.

    g_dt(z, u) = (Phi_dt(z, u) - z) / dt,     Phi_t the flow of dz/dt = g(z, u), u held

This is docs/theory, eq. 21. One Euler step z + dt g_dt(z, u) ends where the target is after dt. A
network whose field is g_dt makes no error of discretization, whereas one whose field is g is off by
dt g'g / 2 and more. Place in the flow: a `System` is `discretized`; everything downstream sees a
field.

The Jacobian comes from the variational equation, dE/dt = g_z (I + E) for E = dPhi/dz - I, and
dF/dt = g_z F + g_u for F = dPhi/du. As dt goes to zero g_dt becomes g; fixed points are the
same at any dt; an eigenvalue lambda of g there becomes (exp(lambda dt) - 1)/dt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.affine import measured_affine_inputs
from lrfit.fields.data import SampledData
from lrfit.fields.field import Domain, Velocities
from lrfit.fields.knowledge import affine_inputs_of, data_of
from lrfit.integrate import displacements

_BLOCK = 2**15


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowMap:
    """The flow map of a field over a step dt, as a field; NaN where the flow ends before dt."""

    field: Velocities
    domain: Domain
    dt: float

    @property
    def continuous(self) -> Velocities:
        """The field whose flow map this is."""
        return self.field

    @property
    def data(self) -> SampledData | None:
        """The measured points of the field; their velocities are those of continuous time."""
        return data_of(self.field)

    @property
    def interpolation(self) -> str | None:
        """What lies between the measured points."""
        return getattr(self.field, "interpolation", None)

    def affine_inputs(self, domain: Domain) -> tuple[str, ...]:
        """Inputs in which the map is affine, as far as points tell; none if the field has none."""
        if not affine_inputs_of(self.field, domain):
            return ()
        found = measured_affine_inputs(self, domain, generator=np.random.default_rng(0))
        return found.names(domain)

    def velocity(self, z: Array, u: Array) -> Array:
        """(Phi_dt(z, u) - z)/dt, (P, D), at states z (P, D) and held inputs u (P, U)."""
        return _in_blocks(self._velocity, z, u)

    def _velocity(self, z: Array, u: Array) -> Array:
        def change(d: Array, rows: NDArray[np.intp]) -> Array:
            return self.field.velocity(z[rows] + d, u[rows])

        return displacements(change, z.shape, self.dt, scale=self.domain.half_width) / self.dt

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives of the velocity: by state (P, D, D) and by held input (P, D, U)."""
        both = _in_blocks(self._jacobian, z, u)
        return both[:, :, : self.domain.dimension], both[:, :, self.domain.dimension :]

    def _jacobian(self, z: Array, u: Array) -> Array:
        """(P, D, D + U): the state and its derivatives, integrated together."""
        D, U = z.shape[1], u.shape[1]
        start = np.hstack([np.eye(D), np.zeros((D, U))])

        def change(y: Array, rows: NDArray[np.intp]) -> Array:
            now, held = z[rows] + y[:, :D], u[rows]
            by_state, by_input = self.field.jacobian(now, held)
            slopes = by_state @ (start + y[:, D:].reshape(-1, D, D + U))
            slopes[:, :, D:] += by_input
            flat = slopes.reshape(len(y), -1)
            return np.hstack([self.field.velocity(now, held), flat])

        h = np.concatenate([self.domain.half_width, self.domain.input_half_width])
        scale = np.concatenate([h[:D], (h[:D, None] / h).ravel()])
        y = displacements(change, (len(z), len(scale)), self.dt, scale=scale)
        return y[:, D:].reshape(-1, D, D + U) / self.dt


def _in_blocks(evaluate: Callable[[Array, Array], Array], z: Array, u: Array) -> Array:
    """Not more points at a time than memory for their stages is cheap."""
    z, u = np.asarray(z, dtype=np.float64), np.asarray(u, dtype=np.float64)
    starts = range(0, max(len(z), 1), _BLOCK)
    return np.concatenate([evaluate(z[k : k + _BLOCK], u[k : k + _BLOCK]) for k in starts])
