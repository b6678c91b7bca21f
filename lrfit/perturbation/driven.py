"""A network with the inputs it is given: a field that depends on time.

    f(z, t) = latent velocity of the network at z under v(t) and u(t),   tau dv/dt = -v + u

Place in the flow: what a file says a network does on its own (start, duration, signals) becomes
the time-varying field that trajectories, Jacobians and perturbations are computed from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.lag import filtered
from lrfit.simulation.simulate import simulate
from lrfit.simulation.trajectory import Trajectory
from lrfit.systems.signals.input_signal import InputSignal

_PER_TAU = 40
_FEWEST, _MOST = 2**12, 2**18
"""Intervals on which u is filtered."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Driven:
    """A network, its input and where it starts.

    name : for reports. initial : (D,). duration : time for which the signal is meant.
    """

    name: str
    network: LowRankNetwork
    signal: InputSignal
    initial: Array
    duration: float

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_fields(self, initial=(-1,))

    @cached_property
    def _filtered(self) -> Any:
        """Spline of v(t)."""
        from scipy.interpolate import make_interp_spline  # noqa: PLC0415 - a slow import

        wanted = _PER_TAU * self.duration / self.network.tau
        t = np.linspace(0.0, self.duration, int(np.clip(wanted, _FEWEST, _MOST)) + 1)
        signal = self.signal.within(self.duration)
        v = filtered(signal.over_steps(0, len(t), t[1]), self.network.tau / t[1])
        return make_interp_spline(t, v, k=1 if len(signal.breakpoints) else 3)

    def filtered_input(self, t: Array) -> Array:
        """V (T, U) at times t (T,), v(0) = u(0)."""
        if self.signal.constant:
            return np.array(self.signal.at(t))
        return np.asarray(self._filtered(t))

    def velocity(self, t: Array, z: Array) -> Array:
        """dz/dt (P, D) at times t (P,) and states z (P, D)."""
        u = np.array(self.signal.at(t))
        return self.network.latent_velocity(z, self.filtered_input(t), u)

    def jacobian(self, t: Array, z: Array) -> Array:
        """Derivative of the velocity by the state, (P, D, D), at times t (P,) or one time (1,)."""
        v = self.filtered_input(t)
        return self.network.jacobian(z, np.broadcast_to(v, (len(z), v.shape[1])))[0]

    def run(self, duration: float | None = None, *, points: int = 1001) -> Trajectory:
        """Follow the network itself from its start, as `lrfit simulate` does by default."""
        return simulate(
            self.network,
            duration=duration or self.duration,
            initial=self.initial,
            signal=self.signal.level if self.signal.function is None else self.signal.function,
            breakpoints=self.signal.breakpoints,
            points=points,
        )
