"""Neurons of one population made different, and the readout that makes up for it.

    (m, B, b)_i = (m, B, b)_p + s xi_i,
    N = argmin  <w |Phi N - Y|²> + sum_i (sigma² + delta² <w phi_i²>) |N_i|²

xi is standard normal, box units; Y = tau g + z - c - C u is what the rates have to do, g the field
of the network before, or of its system (docs/theory, eq. 54). The price is that of the
populations. A price on the change of N alone keeps what slopes that have changed no longer need:
for van der Pol at s = 0.2 the sensitivity to wrong weights was 2.4 times as large.

Place in the flow: `expand` makes neurons of populations different with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.sample_set import SampleSet
from lrfit.networks.lowrank import LowRankNetwork


@dataclass(frozen=True, kw_only=True)
class Price:
    """What the readout costs: noise of rates, and relative errors of weights."""

    noise: float
    weight_noise: float


def jittered(
    network: LowRankNetwork, size: float, generator: np.random.Generator
) -> LowRankNetwork:
    """Add normal numbers of a size, box units, to slopes and biases of every neuron.

    Weights of inputs that no neuron sees, and biases where there are none, stay zero.
    """
    domain, count = network.domain, network.neurons
    h, h_u = domain.half_width, domain.input_half_width
    seen = np.any(network.input_weights, axis=0)
    dM = size * generator.standard_normal(network.M.shape) / h
    dB = size * generator.standard_normal(network.input_weights.shape) / h_u * seen
    # A neuron keeps its bias in the middle of the box, not at a centre far outside of it.
    shift = dM @ (network.center - domain.middle) - dB @ domain.input_middle
    db = size * generator.standard_normal(count) + shift
    return replace(
        network,
        M=network.M + dM,
        input_weights=network.input_weights + dB,
        bias=network.bias + (db if np.any(network.bias) else 0.0),
    )


def refitted(
    network: LowRankNetwork, field: Array, points: SampleSet, price: Price
) -> LowRankNetwork:
    """Solve N so that the network has a field (P, D), the user's units, at sample points."""
    domain = network.domain
    z, u = domain.state_from_box(points.state), domain.input_from_box(points.input)
    rates = network.rates(network.current(z, u))
    wanted = network.tau * field + z - network.center - u @ network.direct_input.T
    root = np.sqrt(points.weight / points.count)[:, None]
    rates = rates * root
    prices = price.noise**2 + price.weight_noise**2 * np.sum(rates**2, axis=0)
    scale = 1.0 / np.sqrt(np.maximum(prices, _LEAST * np.max(prices, initial=1e-300)))
    return replace(network, N=scale[:, None] * _ridge(rates * scale, wanted * root))


_LEAST = 1e-6
"""A neuron that is silent at all samples costs at least this share of the dearest one."""


def _ridge(X: Array, Y: Array) -> Array:
    """The solution (n, D) of |X a - Y|² + |a|², by the smaller of its two normal equations."""
    if X.shape[0] < X.shape[1]:
        return np.asarray(X.T @ np.linalg.solve(X @ X.T + np.eye(len(X)), Y))
    return np.asarray(np.linalg.solve(X.T @ X + np.eye(X.shape[1]), X.T @ Y))


def correlation(network: LowRankNetwork, points: SampleSet) -> float:
    """Mean correlation of the rates of two neurons of one population, over samples.

    1 where they are equal, or where no population has two neurons.
    """
    labels = network.population
    if labels is None:
        return 1.0
    domain = network.domain
    z, u = domain.state_from_box(points.state), domain.input_from_box(points.input)
    rates = network.rates(network.current(z, u))
    rates -= np.average(rates, axis=0, weights=points.weight)
    rates *= np.sqrt(points.weight)[:, None]
    rates /= np.maximum(np.linalg.norm(rates, axis=0), 1e-300)
    total = pairs = 0.0
    for label in np.unique(labels):
        of = labels == label
        count = int(np.sum(of))
        total += float(np.sum(np.sum(rates[:, of], axis=1) ** 2)) - count
        pairs += count * (count - 1)
    return total / pairs if pairs else 1.0
