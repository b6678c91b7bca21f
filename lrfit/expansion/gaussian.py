"""Averages over Gaussian populations, and their derivatives by mean and spread of the current.

    ⟨φ⟩,  ⟨ξφ⟩/s,  ⟨φ²⟩,  ⟨ξφ²⟩/s,  (⟨ξ²φ²⟩ - ⟨φ²⟩)/s²,        current h + s ξ,  ξ ~ N(0, 1)

By Stein's lemma these are ⟨φ⟩, ⟨φ'⟩, ⟨φ²⟩, ⟨(φ²)'⟩ and ⟨(φ²)''⟩; with weights in ξ no derivative of
φ above the first is needed. The rule has an error of 5e-5 for tanh: it serves the search, and what
is reported comes from `networks.mixtures.mean_field`.

Place in the flow: `projection` makes features and their scatter of these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.nonlinearity import Nonlinearity

REACH = 6.0
LEAST_SPREAD = 1e-3
"""s is at least this: the quotients lose 1e-16/s² to rounding, and are wrong by s² of a limit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """The five averages of the module's docstring, in that order; each array (5, P, K).

    value : themselves. by_mean, by_spread : their derivatives by h and by s.
    """

    value: Array
    by_mean: Array
    by_spread: Array


def node_rule(spread: float) -> tuple[Array, Array]:
    """Nodes ξ (Q,) and ξ to the powers 0 to 3 times their weights (Q, 4).

    Steps of 1/s at most: the trapezoid rule's error is exp(-π²) where the poles of tanh are
    π/(2 s) away from the real axis.
    """
    xi = np.linspace(-REACH, REACH, int(np.ceil(25.0 + 2.0 * REACH * spread)))
    weight = np.exp(-0.5 * xi**2)
    return xi, (weight / np.sum(weight))[:, None] * xi[:, None] ** np.arange(4)


def moments(phi: Nonlinearity, mean: Array, spread: Array) -> Moments:
    """Averages over currents of mean h and spread s >= LEAST_SPREAD, both (P, K)."""
    xi, weights = node_rule(float(np.max(spread)))
    current = mean[..., None] + spread[..., None] * xi
    rate = phi.phi(current)
    slope = phi.slope(current, rate)
    # Last axis: powers of ξ from 0.
    one, square = rate @ weights[:, :2], (rate * rate) @ weights[:, :3]
    slopes, products = slope @ weights[:, :3], (2.0 * rate * slope) @ weights
    s = spread
    gain, tilt = one[..., 1] / s, square[..., 1] / s
    bend = (square[..., 2] - square[..., 0]) / s**2
    by_mean = [
        slopes[..., 0],
        slopes[..., 1] / s,
        products[..., 0],
        products[..., 1] / s,
        (products[..., 2] - products[..., 0]) / s**2,
    ]
    by_spread = [
        slopes[..., 1],
        (slopes[..., 2] - gain) / s,
        products[..., 1],
        (products[..., 2] - tilt) / s,
        ((products[..., 3] - products[..., 1]) / s - 2.0 * bend) / s,
    ]
    return Moments(
        value=np.array([one[..., 0], gain, square[..., 0], tilt, bend]),
        by_mean=np.array(by_mean),
        by_spread=np.array(by_spread),
    )
