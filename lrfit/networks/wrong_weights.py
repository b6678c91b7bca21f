"""Networks with wrong weights and noisy rates, each from a random stream of its own.

    N_p = N (1 + delta xi_p)         of trial p, and so of other blocks of weights
    r_p(t) = phi(x) + sigma eta_p(t)

xi is standard normal, eta an Ornstein-Uhlenbeck process for every neuron. A sample average over
fixed draws is a function of the weights that Gauss-Newton steps lower; with fresh draws in every
step it would be another function each time.

Place in the flow: part of the residuals when a network is tuned; whole networks with wrong weights
for its report, for `stress` and for figures, so that all of them speak of the same draws. Each
trial has a random stream of its own, and its draws do not depend on the trials that it is computed
with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.names import PLACES

OF_NETWORK = {
    "M": "M",
    "N": "N",
    "B": "input_weights",
    "b": "bias",
    "C": "direct_input",
    "c": "center",
}
"""Names of weights in the equations, and the fields of a network that hold them."""
OF_OUTPUT = {"offset": "offset", "S": "state", "K": "input", "O": "rates"}
_WEIGHTS, _RATES, _REPORTED = 1, 2, 32


@dataclass(frozen=True, kw_only=True)
class Errors:
    """How wrong weights are and how noisy rates, and what the draws depend on.

    weights : relative standard deviation of each weight of the blocks `places`. rates : standard
    deviation of the noise of each rate, in units of phi, correlated over `time`. seed : of the
    draws; training, validation and test have seeds of their own.
    """

    weights: float = 0.0
    places: tuple[str, ...] = ("N",)
    rates: float = 0.0
    time: float = 1.0
    seed: tuple[int, ...] = (0,)

    def factors(
        self, shapes: Mapping[str, tuple[int, ...]], streams: NDArray[np.int64]
    ) -> dict[str, Array]:
        """What multiplies the weights of each trial: (P, *shape) for every block that is wrong."""
        if not self.weights:
            return {}
        wrong = [name for name in self.places if name in shapes]
        found = {name: np.empty((len(streams), *shapes[name])) for name in wrong}
        for p, stream in enumerate(streams):
            generator = np.random.default_rng([*self.seed, _WEIGHTS, int(stream)])
            for name in wrong:
                found[name][p] = 1.0 + self.weights * generator.standard_normal(shapes[name])
        return found

    def noise(self, neurons: int, streams: NDArray[np.int64], dt: float) -> Iterator[Array]:
        """Noise of the rates (P, neurons), step by step; advanced exactly in law."""
        own = [np.random.default_rng([*self.seed, _RATES, int(stream)]) for stream in streams]
        decay = np.exp(-dt / self.time)
        fresh = self.rates * np.sqrt(-np.expm1(-2.0 * dt / self.time))
        eta = self.rates * np.stack([each.standard_normal(neurons) for each in own])
        while True:
            yield eta
            drawn = np.stack([each.standard_normal(neurons) for each in own])
            eta = decay * eta + fresh * drawn


def reported_errors(size: float, places: tuple[str, ...], seed: int) -> Errors:
    """Errors of weights as reports have them: draw k of a seed is the same network in all.

    The order in which places are given does not matter.
    """
    in_order = tuple(place for place in PLACES if place in places)
    return Errors(weights=size, places=in_order, seed=(seed, _REPORTED))


def blocks_of(network: LowRankNetwork) -> dict[str, Array]:
    """The weights of a network by name, in the order of theta."""
    blocks = {name: getattr(network, field) for name, field in OF_NETWORK.items()}
    if network.output is not None:
        blocks |= {name: getattr(network.output, field) for name, field in OF_OUTPUT.items()}
    return blocks


def wrong_network(network: LowRankNetwork, errors: Errors, draw: int) -> LowRankNetwork:
    """The network with errors in its weights, one draw for all trials."""
    shapes = {name: np.shape(block) for name, block in blocks_of(network).items()}
    factors = errors.factors(shapes, np.array([draw]))
    output, own = network.output, {}
    for name, factor in factors.items():
        if name == "O" and output is not None:
            output = replace(output, rates=output.rates * factor[0])
        elif name in OF_NETWORK:
            field = OF_NETWORK[name]
            own[field] = getattr(network, field) * factor[0]
    return replace(network, output=output, **own)
