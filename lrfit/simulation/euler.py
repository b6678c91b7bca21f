"""One Euler step of a network for all trials, in place, in each of its forms.

With k = dt / tau, in the latent form
    z += k (c - z + Nᵀ phi(M (z - c) + B v + b) + C u + eta) + s sqrt(dt) w,    v += k (u - v)
and in the full form
    x += k (-x + M Nᵀ (phi(x) + xi) + (B + M C) u + b) + M s sqrt(dt) w
with w standard normal, D numbers in both forms, so that process noise is the very same noise;
xi and eta = Nᵀ xi are the rate noise of `lrfit.simulation.noise`. Any other rate network has
    x += k (-x + J (phi(x) + xi) + W u + b) + s sqrt(dt) w,    w: a number per neuron
and in the rate form
    r += k (-r + phi(J (r + xi) + W u + b)) + s sqrt(dt) w

State: y = [z, v, eta], [x, v, xi] or [x, xi] in Fortran order, so that the rows of y.T are
contiguous. Of low-rank networks, the arrays of neurons x trials are allocated once and passed over
as seldom as can be: what is added to every trial alike rides along in the matrix products, as a row
of ones. Of other networks the product with J takes nearly all of the time.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.rate_network import RateNetwork, responder
from lrfit.simulation.noise import ColoredRates, Kicks, Noise
from lrfit.systems.signals.input_signal import StepInputs


class _Step:
    """What both forms share: the readout, the filtered input, the noise, the buffers."""

    def __init__(
        self,
        network: LowRankNetwork,
        u: StepInputs,
        dt: float,
        noise: Noise | None,
        form: str,
    ) -> None:
        self.network, self.u, self.k = network, u, dt / network.tau
        self.D, self.U = network.direct_input.shape
        self.readout = np.ascontiguousarray(self.k * network.N.T)
        self.kicks = Kicks(noise, dt)
        self.colored = ColoredRates(network, noise, dt, form)
        self.fit_buffers(0)

    def fit_buffers(self, trials: int) -> None:
        """Make room; trials that end make the crowd smaller."""
        self.rates = np.empty((self.network.neurons, trials))
        self.lifted = np.ones((self.D + self.U + 1, trials))
        self.pull = np.ones((self.D + 1, trials))

    def rows(self, y: Array, first: int) -> tuple[Array, Array, Array]:
        """Views of the state (n, trials): z or x, v, and the rate noise."""
        state = y.T
        if state.shape[1] != self.rates.shape[1]:
            self.fit_buffers(state.shape[1])
        return state[:first], state[first : first + self.U], state[first + self.U :]

    def filter_input(self, v: Array, u: Array) -> None:
        """V += k (u - v)."""
        if self.U:
            v *= 1.0 - self.k
            v += self.k * by_rows(u)


class LatentStep(_Step):
    """An Euler step of y = [z, v, eta]."""

    def __init__(
        self,
        network: LowRankNetwork,
        u: StepInputs,
        dt: float,
        noise: Noise | None,
    ) -> None:
        super().__init__(network, u, dt, noise, "latent")
        self.lift = np.hstack([network.M, network.input_weights, network.bias[:, None]])

    def __call__(self, step: int, y: Array) -> None:
        """Take y (trials, n) one step further."""
        network, u = self.network, self.u[step]
        z, v, eta = self.rows(y, self.D)
        np.subtract(z, network.center[:, None], out=self.lifted[: self.D])
        self.lifted[self.D : -1] = v
        np.matmul(self.lift, self.lifted, out=self.rates)
        network.nonlinearity.phi(self.rates, out=self.rates)
        pull = np.matmul(self.readout, self.rates, out=self.pull[: self.D])
        if self.colored.rows:
            pull += self.k * eta
            self.colored.advance(eta)
        self.kicks.add_to(pull)
        z *= 1.0 - self.k
        z += pull
        z += self.k * (network.center[:, None] + network.direct_input @ by_rows(u))
        self.filter_input(v, u)


class FullStep(_Step):
    """An Euler step of y = [x, v, xi]."""

    def __init__(
        self,
        network: LowRankNetwork,
        u: StepInputs,
        dt: float,
        noise: Noise | None,
    ) -> None:
        super().__init__(network, u, dt, noise, "full")
        self.spread = np.hstack([network.M, network.bias[:, None]])
        self.weights = network.full_input_weights

    def __call__(self, step: int, y: Array) -> None:
        """Take y (trials, n) one step further."""
        network, u = self.network, self.u[step]
        x, v, xi = self.rows(y, network.neurons)
        network.nonlinearity.phi(x, out=self.rates)
        if self.colored.rows:
            self.rates += xi
            self.colored.advance(xi)
        pull = np.matmul(self.readout, self.rates, out=self.pull[: self.D])
        self.kicks.add_to(pull)
        shared = u.ndim == 1
        constant = network.bias + self.weights @ u if shared else network.bias
        self.spread[:, self.D] = self.k * constant
        decay_and_add(x, 1.0 - self.k, self.spread, self.pull)
        if not shared:
            x += (self.k * self.weights) @ u.T
        self.filter_input(v, u)


class RateStep:
    """An Euler step of y = [x, xi], x the states of any rate network: currents, or rates."""

    def __init__(
        self,
        network: RateNetwork,
        u: StepInputs,
        dt: float,
        noise: Noise | None,
    ) -> None:
        self.network, self.u = network, u
        # (n, 1) where neurons have time constants of their own, beside the trials' columns.
        self.k = dt / np.reshape(network.tau, (-1, 1))
        self.respond = responder(network)
        self.kicks = Kicks(noise, dt)
        self.colored = ColoredRates(network, noise, dt, "full")

    def __call__(self, step: int, y: Array) -> None:
        """Take y (trials, n) one step further."""
        network, n = self.network, self.network.neurons
        x, xi = y.T[:n], y.T[n:]
        rates = network.rates(x.T)
        if self.colored.rows:
            rates = rates + xi.T
            self.colored.advance(xi)
        pull = network.recurrent(rates).T
        pull += network.bias[:, None]
        if network.full_input_weights.shape[1]:
            pull += network.full_input_weights @ by_rows(self.u[step])
        if self.respond is not None:
            pull = self.respond(pull.T).T
        pull *= self.k
        x *= 1.0 - self.k
        x += pull
        self.kicks.add_to(x)


def by_rows(u: Array) -> Array:
    """The input as rows beside those of the state: (U, 1) for all trials, or (U, trials)."""
    return u[:, None] if u.ndim == 1 else u.T


def decay_and_add(x: Array, decay: float, left: Array, right: Array) -> None:
    """Set x to decay x + left @ right, in place; all are C-contiguous.

    One pass of BLAS over x, where numpy needs three: half the time of all but phi. BLAS knows
    Fortran order only, hence the transposes.
    """
    from scipy.linalg.blas import dgemm  # noqa: PLC0415 - a slow import

    result = dgemm(1.0, right.T, left.T, beta=decay, c=x.T, overwrite_c=1)
    if not np.may_share_memory(result, x):  # an array it had to copy, of an order not foreseen
        x[...] = result.T
