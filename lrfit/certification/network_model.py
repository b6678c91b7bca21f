"""A network's field as quadratic pieces.

    dz/dt = sum_i A_i phi(W_i (y - y_c) + b_i) + E (y - y_c),    y = (z, u), A = N / (tau h)

Place in the flow: every neuron is enclosed on its own interval of current
(`lrfit.networks.enclosure`); the readout adds the quadratics up by matrix products. Rounding is
one number per variable, a bound for the whole domain (Higham 2002, section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.certification.pieces import Pieces, multiplicity, pairs
from lrfit.core.arrays import Array
from lrfit.networks.enclosure import bounds_of, enclose, largest_rate
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import Nonlinearity

_UNIT = 2.0**-53
_SAFE = 1.0 + 1e-12
"""Above the relative rounding error of any sum of terms of one sign that is formed here."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkModel:
    """A network, its readout multiplied out for every coefficient of the pieces.

    weights (N, n), offset (N,), origin (n,), leak (D, n); readout (D, N), and its products with
    the weights: by_axis (D n, N), by_pair (D pairs, N), blame (n, N). rounding (D,).
    """

    nonlinearity: Nonlinearity
    weights: Array
    offset: Array
    origin: Array
    leak: Array
    readout: Array
    by_axis: Array
    by_pair: Array
    blame: Array
    rounding: Array

    def enclose(self, middle: Array, radius: Array) -> Pieces:
        """Enclose over the boxes |y - middle| <= radius, both (n, P)."""
        (D, n), P = self.leak.shape, middle.shape[1]
        first, second = pairs(n)
        moved = middle - self.origin[:, None]
        reach = np.abs(self.weights) @ radius * _SAFE
        rates = enclose(self.nonlinearity, self.weights @ moved + self.offset[:, None], reach)
        leak = self.leak @ moved
        linear = (self.by_axis @ rates.linear).reshape(D, n, P) + self.leak[:, :, None]
        square = (self.by_pair @ rates.square).reshape(D, len(first), P)
        # Remainder per unit of current: an axis is to blame by how far it moves the currents.
        steepness = rates.remainder / np.maximum(reach, 1e-300)
        return Pieces(
            value=self.readout @ rates.value + leak,
            doubt=np.broadcast_to(self.rounding[:, None], (D, P)),
            constant=self.readout @ rates.constant + leak,
            linear=linear * radius,
            # From deviations y - c to coordinates s in [-1, 1], y = c + radius s.
            square=square * (radius[first] * radius[second]),
            remainder=(np.abs(self.readout) @ rates.remainder) * _SAFE + self.rounding[:, None],
            sway=(self.blame @ steepness) * radius,
        )


def network_model(network: LowRankNetwork) -> NetworkModel:
    """Prepare a network, in box units of velocity."""
    domain = network.domain
    weights = np.hstack([network.M, network.input_weights])
    origin = np.concatenate([network.center, np.zeros(domain.input_count)])
    scale = network.tau * domain.half_width
    readout = (network.N / scale).T
    leak = np.hstack([-np.eye(domain.dimension), network.direct_input]) / scale[:, None]
    D, n = leak.shape
    first, second = pairs(n)
    # A pair j < k stands for itself and for its mirror image in the full quadratic form.
    products = weights[:, first] * weights[:, second] * multiplicity(n)
    return NetworkModel(
        nonlinearity=network.nonlinearity,
        weights=weights,
        offset=network.bias,
        origin=origin,
        leak=leak,
        readout=readout,
        by_axis=(readout[:, None, :] * weights.T).reshape(D * n, -1),
        by_pair=(readout[:, None, :] * products.T).reshape(D * len(first), -1),
        blame=np.abs(weights.T) * np.abs(readout).sum(axis=0),
        rounding=_rounding(network, weights, origin, readout, leak),
    )


def _rounding(
    network: LowRankNetwork, weights: Array, origin: Array, readout: Array, leak: Array
) -> Array:
    """Bound (D,) on all rounding in evaluating the pieces anywhere in the domain.

    A current is off by at most (n + 4) u times the sum of its terms' sizes, a rate by 8 u more
    (numpy: 4), the three nodes of a quadratic add their own, a sum over N neurons N u; 4 times
    all that, and 64 u for what is left.
    """
    domain = network.domain
    low = np.concatenate([domain.lower, domain.input_lower])
    high = np.concatenate([domain.upper, domain.input_upper])
    span = np.maximum(np.abs(low - origin), np.abs(high - origin))
    current = np.abs(weights) @ span + np.abs(network.bias)
    lipschitz = bounds_of(network.nonlinearity).lipschitz
    # A chord's nodes reach as far beyond the domain as the domain is wide.
    each = largest_rate(network.nonlinearity, 2.0 * current) + lipschitz * 2.0 * current
    terms = np.abs(readout) @ each + np.abs(leak) @ span
    return np.asarray(4.0 * _UNIT * (network.neurons + len(origin) + 64) * terms)
