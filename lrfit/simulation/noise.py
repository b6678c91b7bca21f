"""Noise in a network: white on the latent state (or currents), colored on every neuron's rate.

    dz = ... + s dW,          d xi = -xi dt / theta + sigma sqrt(2 / theta) dW

Rate noise xi is an Ornstein-Uhlenbeck process of standard deviation sigma and correlation time
theta for each neuron, advanced exactly in law over any dt. The latent form needs only its D
projections eta = Nᵀ xi: the same process with covariance sigma² Nᵀ N = (sigma R)ᵀ (sigma R),
where N = Q R, so that D numbers are drawn in place of one per neuron.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.core.numbers import real_numbers
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.rate_network import RateNetwork
from lrfit.options.kinds import Number


@dataclass(frozen=True, kw_only=True)
class RateNoise:
    """Noise on every rate: standard deviation, in units of phi, and correlation time."""

    sd: float
    correlation_time: float

    def __post_init__(self) -> None:
        """Refuse what is no noise."""
        Number(above=0.0).check("the standard deviation of the rate noise", self.sd)
        Number(above=0.0).check("the correlation time of the rate noise", self.correlation_time)


@dataclass(frozen=True, kw_only=True, eq=False)
class Noise:
    """All noise of a simulation.

    process : (D,), s, in the user's units of z per square root of time; (n,) in those of x for
        a network without latent state; zeros for none.
    rate : noise on the rates, or None. generator : where the numbers come from.
    """

    process: Array
    rate: RateNoise | None
    generator: np.random.Generator

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_fields(self, process=(-1,))


def noise_of(
    process: ArrayLike, rate: RateNoise | None, generator: np.random.Generator | None, D: int
) -> Noise | None:
    """Check what the user asked for; None when that is no noise.

    Raises
    ------
    UsageError
        A negative, wrong-sized or endless amplitude, or no generator to draw from.
    """
    amplitude = real_numbers(process, "the process noise")
    if amplitude.shape not in {(), (D,)} or not np.all((amplitude >= 0) & (amplitude < np.inf)):
        raise UsageError(
            f"process noise {amplitude}; give a number that is not negative, or {D} of them"
        )
    if rate is None and not np.any(amplitude):
        return None
    if generator is None:
        raise UsageError("noise needs a random generator; give one, from a seed")
    return Noise(process=np.broadcast_to(amplitude, (D,)), rate=rate, generator=generator)


class Kicks:
    """Process noise of an Euler step: s sqrt(dt) w, w standard normal."""

    def __init__(self, noise: Noise | None, dt: float) -> None:
        self.noise = noise if noise and np.any(noise.process) else None
        self._normals = np.empty((0, 0))
        if self.noise:
            self._scale = np.sqrt(dt) * self.noise.process[:, None]

    def add_to(self, rows: Array) -> None:
        """Add a fresh kick to rows (D, trials); nothing is drawn without process noise."""
        if self.noise is None:
            return
        if self._normals.shape != rows.shape:
            self._normals = np.empty(rows.shape)
        self.noise.generator.standard_normal(out=self._normals)
        self._normals *= self._scale
        rows += self._normals


class ColoredRates:
    """Rate noise as one form of the network carries it: rows of the state.

    rows : how many; the neurons in the full form, D in the latent form, 0 without rate noise.
    """

    def __init__(self, network: RateNetwork, noise: Noise | None, dt: float, form: str) -> None:
        self.rows, self._factor = 0, np.empty((0, 0))
        if noise is None or noise.rate is None:
            return
        self._generator, self._sd = noise.generator, noise.rate.sd
        self._decay = float(np.exp(-dt / noise.rate.correlation_time))
        self._fresh = float(np.sqrt(-np.expm1(-2.0 * dt / noise.rate.correlation_time)))
        self.rows = self._draws = network.neurons
        self._full = True
        if form == "latent" and isinstance(network, LowRankNetwork):
            self._full = False
            self._factor = np.asarray(np.linalg.qr(network.N, mode="r")).T
            self.rows, self._draws = self._factor.shape
        self._normals = np.empty((0, 0))

    def start(self, trials: int) -> Array:
        """Draw from the stationary law, (trials, rows)."""
        return self._draw(trials).T if self.rows else np.empty((trials, 0))

    def advance(self, rows: Array) -> None:
        """Take the noise (rows, trials) one dt further, in place."""
        if not self.rows:
            return
        rows *= self._decay
        fresh = self._draw(rows.shape[1])
        fresh *= self._fresh
        rows += fresh

    def _draw(self, trials: int) -> Array:
        """(rows, trials) of covariance sigma² I, or sigma² Nᵀ N in the latent form."""
        if self._normals.shape[1] != trials:
            self._normals = np.empty((self._draws, trials))
        self._generator.standard_normal(out=self._normals)
        self._normals *= self._sd
        return self._normals if self._full else self._factor @ self._normals
