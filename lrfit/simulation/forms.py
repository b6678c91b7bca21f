"""The forms of a network as systems to integrate: what y is, where it starts and may be.

    latent   y = [z, v]:   tau dz/dt = -(z - c) + Nᵀ phi(M (z - c) + B v + b) + C u
    full     y = [x, v]:   tau dx/dt = -x + M Nᵀ phi(x) + (B + M C) u + b
    both                   tau dv/dt = -v + u
    rates    y = x:        tau dx/dt = -x + J phi(x) + W u + b

The first two are of low-rank networks. z is the latent state; where the network has an output,
runs start from and show what it reads. They are the same system: x starts at the lift of (z, v),
and z is read from x and v. v is integrated beside x because reading needs it. Any other
`RateNetwork` has the third form, and what is seen of it are its outputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.integrate import Region
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.rate_network import RateNetwork
from lrfit.simulation.euler import FullStep, LatentStep, RateStep
from lrfit.simulation.noise import Noise
from lrfit.simulation.resolved import ResolvedExperiment
from lrfit.systems.signals.input_signal import StepInputs


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentForm:
    """D + U numbers. `store_x`: whether what is observed includes the neurons' currents."""

    network: LowRankNetwork
    store_x: bool

    @property
    def D(self) -> int:
        """Numbers of process noise: one per latent variable."""
        return self.network.domain.dimension

    @property
    def filtered_inputs(self) -> int:
        """How many filtered inputs are seen."""
        return self.network.domain.input_count

    @property
    def region(self) -> Region:
        """The box of states and inputs."""
        domain = self.network.domain
        return Region(
            middle=np.concatenate([domain.middle, domain.input_middle]),
            scale=np.concatenate([domain.half_width, domain.input_half_width]),
            names=domain.variables + tuple(f"filtered {name}" for name in domain.inputs),
        )

    def start(self, z: Array, v: Array) -> Array:
        """Y (P, D + U) at states z (P, D) and filtered inputs v (P, U)."""
        return np.hstack([self.network.latent(z, v), v])

    def velocity(self, y: Array, u: Array) -> Array:
        """dy/dt (P, D + U) under inputs u (P, U)."""
        network, D = self.network, len(self.network.center)
        z, v = y[:, :D], y[:, D:]
        change = network.latent_velocity(z, v, u)
        return _beside(change, (u - v) / network.tau) if v.shape[1] else change

    def observe(self, y: Array) -> Array:
        """Columns z, v and, if stored, x."""
        D, U = self.network.direct_input.shape
        seen = y[:, : D + U]
        if self.network.output is not None:
            seen = _beside(self.network.state(y[:, :D], y[:, D : D + U]), y[:, D : D + U])
        if not self.store_x:
            return seen
        return np.hstack([seen, self.network.current(y[:, :D], y[:, D : D + U])])

    def step(self, u: StepInputs, dt: float, noise: Noise | None) -> LatentStep:
        """Euler's step."""
        return LatentStep(self.network, u, dt, noise)


@dataclass(frozen=True, kw_only=True, eq=False)
class FullForm:
    """All neurons, and U numbers for the reading."""

    network: LowRankNetwork
    store_x: bool

    @property
    def D(self) -> int:
        """Numbers of process noise: one per latent variable."""
        return self.network.domain.dimension

    @property
    def filtered_inputs(self) -> int:
        """How many filtered inputs are seen."""
        return self.network.domain.input_count

    @property
    def region(self) -> Region:
        """What the box of states and inputs becomes in every neuron, one unit of phi wider."""
        network, domain = self.network, self.network.domain
        middle = network.current(domain.middle[None], domain.input_middle[None])[0]
        reach = np.abs(network.M) @ domain.half_width
        reach += np.abs(network.input_weights) @ domain.input_half_width
        return Region(
            middle=np.concatenate([middle, domain.input_middle]),
            scale=np.concatenate([1.0 + reach, domain.input_half_width]),
            names=tuple(f"neuron {i}" for i in range(network.neurons))
            + tuple(f"filtered {name}" for name in domain.inputs),
        )

    def start(self, z: Array, v: Array) -> Array:
        """Y (P, neurons + U), the lift of states z (P, D) and filtered inputs v (P, U)."""
        return self.start_at(self.network.lift(z, v), v)

    def start_at(self, x: Array, v: Array) -> Array:
        """Y (P, neurons + U) at currents x (P, neurons) and filtered inputs v (P, U)."""
        return np.hstack([x, v])

    def velocity(self, y: Array, u: Array) -> Array:
        """dy/dt (P, neurons + U) under inputs u (P, U)."""
        network = self.network
        x, v = y[:, : network.neurons], y[:, network.neurons :]
        change = network.full_velocity(x, u)
        return _beside(change, (u - v) / network.tau) if v.shape[1] else change

    def observe(self, y: Array) -> Array:
        """Columns z, v and, if stored, x."""
        n, U = self.network.neurons, self.network.domain.input_count
        offset, weights = self.network.reading
        # The transpose of what `read` does: an Euler state has the trials side by side.
        rows = y.T[: n + U]
        z = weights @ rows
        z += offset[:, None]
        if (output := self.network.output) is not None:
            phi = self.network.nonlinearity.phi
            z = output.read(z.T, rows[n:].T, phi(rows[:n].T)).T
        return np.vstack([z, rows[n:], rows[:n]] if self.store_x else [z, rows[n:]]).T

    def step(self, u: StepInputs, dt: float, noise: Noise | None) -> FullStep:
        """Euler's step."""
        return FullStep(self.network, u, dt, noise)


@dataclass(frozen=True, kw_only=True, eq=False)
class RateForm:
    """All neurons of any rate network."""

    network: RateNetwork
    store_x: bool
    filtered_inputs: int = 0

    @property
    def D(self) -> int:
        """Numbers of process noise: one per neuron."""
        return self.network.neurons

    @property
    def region(self) -> Region:
        """Currents that rates and inputs of size one can make, apart from those of J."""
        network = self.network
        n = network.neurons
        return Region(
            middle=np.zeros(n),
            scale=1.0 + np.abs(network.bias) + np.abs(network.full_input_weights).sum(axis=1),
            names=tuple(f"neuron {i}" for i in range(n)),
        )

    def start(self, z: Array, v: Array) -> Array:
        """Currents (P, n) at states z, where the network has such."""
        return self.start_at(self.network.lift(z, v), v)

    def start_at(self, x: Array, _v: Array) -> Array:
        """The currents x (P, n) themselves, in an array of their own."""
        return np.array(x)

    def velocity(self, y: Array, u: Array) -> Array:
        """dx/dt (P, n) under inputs u (P, U)."""
        return self.network.full_velocity(y, u)

    def observe(self, y: Array) -> Array:
        """Columns of the outputs and, if stored, of x."""
        n, network = self.network.neurons, self.network
        x = y[:, :n]
        # Nothing low-passes the input here; what needed it would read NaN and not a wrong number.
        unknown = np.full((len(x), network.full_input_weights.shape[1]), np.nan)
        outputs = network.readout(x, unknown)
        return _beside(outputs, x) if self.store_x else outputs

    def step(self, u: StepInputs, dt: float, noise: Noise | None) -> RateStep:
        """Euler's step."""
        return RateStep(self.network, u, dt, noise)


def form_of(network: RateNetwork, resolved: ResolvedExperiment, *, store_x: bool) -> Form:
    """The form in which a network is integrated. Currents are what is seen without outputs.

    Raises
    ------
    NumericalError
        The full form of a low-rank network whose M has not full column rank.
    """
    if not isinstance(network, LowRankNetwork):
        return RateForm(network=network, store_x=store_x or not resolved.domain.dimension)
    if resolved.space == "latent":
        return LatentForm(network=network, store_x=store_x)
    _ = network.decoder  # raises when the state could not be read afterwards
    return FullForm(network=network, store_x=store_x)


def widened(region: Region, count: int) -> Region:
    """Add components that may be anywhere: the rate noise."""
    return Region(
        middle=np.concatenate([region.middle, np.zeros(count)]),
        scale=np.concatenate([region.scale, np.full(count, np.inf)]),
        names=region.names + ("rate noise",) * count,
    )


def _beside(left: Array, right: Array) -> Array:
    # np.hstack takes three times as long for one row, and a solver calls this all the time.
    return np.concatenate((left, right), axis=1)


Form = LatentForm | FullForm | RateForm
