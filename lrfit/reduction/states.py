"""Stable states and other fixed points of both networks at rest, in the shared latent space.

Place in the flow: part of what `reduce` reports, and of its figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.learning.fixed_points import FixedPoints, fixed_points, starts_on
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.reduction.coordinates import Coordinates
from lrfit.reduction.latent import LatentModel
from lrfit.reduction.original import Original

STARTS, SMALL_STARTS = 60, 240
"""From which fixed points are looked for: of the trained network, and of small ones."""


@dataclass(frozen=True, kw_only=True, eq=False)
class States:
    """Fixed points at rest: latent (p, L), outputs (p, K), unstable (p,) directions."""

    latent: Array
    outputs: Array
    unstable: NDArray[np.int64]

    @property
    def stable(self) -> Array:
        """Outputs (q, K) of the stable ones."""
        return np.asarray(self.outputs[self.unstable == 0])


def trained_states(
    original: Original,
    currents: Array,
    model: LatentModel,
    chosen: Coordinates,
    generator: np.random.Generator,
) -> States:
    """Those of the trained network, found from currents (S, n) on its trajectories."""
    weights = original.weights
    network = FullRankNetwork(
        J=weights.J,
        tau=original.task.tau,
        nonlinearity=original.phi,
        input_weights=weights.inputs,
        bias=weights.bias,
        output_weights=weights.outputs,
        dt=original.task.dt,
    )
    found = _points(network, starts_on(currents, STARTS, generator))
    q = (found.states - model.bias) @ np.linalg.pinv(model.M).T
    return States(latent=chosen.of(q), outputs=found.outputs, unstable=found.unstable)


def reduced_states(
    network: LowRankNetwork, y: Array, outputs: int, generator: np.random.Generator
) -> States:
    """Those of the reduced network, found from latent states (S, L) on its own trajectories.

    outputs : how many variables of its state are outputs.
    """
    full = FullRankNetwork.from_low_rank(network)
    rest = np.zeros((1, network.domain.input_count))
    y = y[np.all(np.isfinite(y), axis=1)]
    found = _points(full, starts_on(network.current(y, rest), SMALL_STARTS, generator))
    # x = M (y - c) + b at a fixed point, exactly: what is outside of the range of M has decayed.
    latent = network.center + (found.states - network.bias) @ np.linalg.pinv(network.M).T
    read = network.state(latent, np.broadcast_to(rest, (len(latent), rest.shape[1])))
    return States(latent=latent, outputs=read[:, :outputs], unstable=found.unstable)


def _points(network: FullRankNetwork, starts: Array) -> FixedPoints:
    return fixed_points(network, starts, np.zeros(len(network.inputs)))


def apart(one: Array, other: Array) -> float:
    """Largest distance of a row of one array from the nearest of the other; NaN of none."""
    if not len(one) or not len(other):
        return float("nan")
    distance = np.max(np.abs(one[:, None] - other[None]), axis=2)
    return float(max(distance.min(axis=0).max(), distance.min(axis=1).max()))
