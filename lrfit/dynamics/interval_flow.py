"""Bounds on a field and its Jacobian over boxes of states, for proofs.

    f([X]) in values ± radius,    J([X]) in slopes ± radius          (user's units)

Place in the flow: a target given by expressions, or a network, at one tonic input becomes a
`FieldBounds`. Everything is rounded outwards: what is enclosed is the formula (or the network
with the weights it has) in exact arithmetic. A bound that is not known is infinite.

Across a kink (relu, abs) the Jacobian is the set of all slopes between the two sides, for which
the mean value theorem holds as well (Lebourg 1975).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.flow import Flow
from lrfit.fields.knowledge import Enclosing, Enclosures, enclosures_of
from lrfit.networks.enclosure import bounds_of, largest_rate
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import Nonlinearity

Ball = tuple[Array, Array]
"""Middles and radii, of one shape."""
SAFE = 1.0 + 1e-12
"""Above the relative rounding error of any sum of terms of one sign that is formed here."""
_UNIT = 2.0**-53


class FieldBounds(Protocol):
    """Bounds over n boxes [lower, upper], (D, n), in the user's units."""

    def values(self, lower: Array, upper: Array) -> Ball:
        """The velocity's, (D, n): from its formula as it stands."""
        ...

    def slopes(self, lower: Array, upper: Array, middle: Array) -> Ball:
        """The Jacobian's, (D, D, n); `middle` (D, n) lies in the boxes."""
        ...


def field_bounds(flow: Flow) -> FieldBounds | None:
    """Bounds of a flow's field; None where it offers none and is no plain network."""
    field = flow.field
    if isinstance(field, LowRankNetwork) and field.output is None:
        return _network_bounds(field, flow.input)
    known = enclosures_of(field)
    return None if known is None else TargetBounds(known=known, levels=flow.input[:, None])


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetBounds:
    """A target by the bounds that its field offers; levels (U, 1) are the inputs."""

    known: Enclosures
    levels: Array

    def values(self, lower: Array, upper: Array) -> Ball:
        """Bounds on the velocity."""
        return self._ball(self.known.values, lower, upper)

    def slopes(self, lower: Array, upper: Array, middle: Array) -> Ball:
        """Bounds on the Jacobian."""
        D, n = lower.shape
        slope, radius = self._ball(self.known.slopes_by_state, lower, upper)
        return slope.reshape(D, D, n), radius.reshape(D, D, n)

    def _ball(self, known: Enclosing, lower: Array, upper: Array) -> Ball:
        levels = np.broadcast_to(self.levels, (len(self.levels), lower.shape[1]))
        box = known.enclose(np.vstack([lower, levels]), np.vstack([upper, levels]))
        middle = 0.5 * (box.lower + box.upper)
        radius = np.maximum(box.upper - middle, middle - box.lower) * SAFE
        finite = np.isfinite(middle) & np.isfinite(radius)
        return np.where(finite, middle, 0.0), np.where(finite, radius, np.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkBounds:
    """A network by its neurons, with products of weights that are formed once.

    weights (N, D) and offset (N,): current = weights (z - center) + offset. readout (D, N), leak
    1/tau, drive (D,). gains (D², N): readout times weights; bends (D³, N): times weights again.
    current_doubt (N,), rate_doubt (D,), slope_doubt (D²,): rounding anywhere in and near the
    domain.
    """

    nonlinearity: Nonlinearity
    center: Array
    weights: Array
    offset: Array
    readout: Array
    leak: float
    drive: Array
    gains: Array
    bends: Array
    current_doubt: Array
    rate_doubt: Array
    slope_doubt: Array

    def values(self, lower: Array, upper: Array) -> Ball:
        """Bounds on the velocity by the range of every neuron; at a point by its rates."""
        middle = 0.5 * (lower + upper)
        radius = np.maximum(upper - middle, middle - lower) * SAFE
        current, reach = self._currents(middle, radius)
        low, high = _rate_range(self.nonlinearity, current, reach)
        rate, spread = 0.5 * (low + high), 0.5 * (high - low)
        f = self.readout @ rate - self.leak * (middle - self.center) + self.drive[:, None]
        size = np.abs(self.readout) @ spread + self.leak * radius
        return f, size * SAFE + self.rate_doubt[:, None]

    def slopes(self, lower: Array, upper: Array, middle: Array) -> Ball:
        """Bounds on the Jacobian: phi'(a) + phi''(a) t ± remainder, summed over the neurons.

        The linear terms of all neurons are added up before their size is taken: readouts
        cancel, and bounds on every neuron by itself would not.
        """
        D, n = lower.shape
        radius = np.maximum(upper - middle, middle - lower) * SAFE
        current, reach = self._currents(middle, radius)
        slope, bend, remainder = _slope_form(self.nonlinearity, current, reach)
        # Summed over neurons with their signs first; sizes are taken after.
        change = np.abs((self.bends @ bend).reshape(D * D, D, n))
        size = np.einsum("pkn,kn->pn", change, radius) + np.abs(self.gains) @ remainder
        leak = self.leak * np.eye(D).reshape(-1, 1)
        center = self.gains @ slope - leak
        spread = size * SAFE + self.slope_doubt[:, None]
        return center.reshape(D, D, n), spread.reshape(D, D, n)

    def _currents(self, middle: Array, radius: Array) -> Ball:
        current = self.weights @ (middle - self.center) + self.offset[:, None]
        # Without its own rounding a current could lie on the wrong side of a kink.
        return current, np.abs(self.weights) @ radius * SAFE + self.current_doubt[:, None]


def _network_bounds(network: LowRankNetwork, level: Array) -> NetworkBounds:
    D = network.domain.dimension
    readout = network.N.T / network.tau
    gains = readout[:, None, :] * network.M.T
    # (D, D, D, N): derivatives of J_de by z_k are sum_i A_di W_ie W_ik phi''(a_i).
    bends = gains[:, :, None, :] * network.M.T
    offset = network.bias + network.input_weights @ level
    current_doubt, rate_doubt, slope_doubt = _doubts(network, level)
    return NetworkBounds(
        nonlinearity=network.nonlinearity,
        center=network.center[:, None],
        weights=network.M,
        offset=offset,
        readout=readout,
        leak=1.0 / network.tau,
        drive=network.direct_input @ level / network.tau,
        gains=gains.reshape(D * D, -1),
        bends=bends.reshape(D**3, -1),
        current_doubt=current_doubt,
        rate_doubt=rate_doubt,
        slope_doubt=slope_doubt,
    )


def _doubts(network: LowRankNetwork, level: Array) -> tuple[Array, Array, Array]:
    """Rounding (N,) of currents, (D,) of velocities, (D²,) of slopes in the domain and around it.

    As in Higham 2002, section 3.1: a sum of n terms is off by n u times the sum of their sizes; a
    current by its own terms, a rate by 8 u more (numpy promises 4). Four times all that.
    """
    domain, bounds = network.domain, bounds_of(network.nonlinearity)
    # Half a box beyond the domain: Newton's steps and widened boxes may leave it by less.
    far = np.maximum(np.abs(domain.lower), np.abs(domain.upper)) + domain.half_width
    span = far + np.abs(network.center)
    current = np.abs(network.M) @ span + np.abs(network.bias)
    current += np.abs(network.input_weights) @ np.abs(level)
    rate = largest_rate(network.nonlinearity, current) + bounds.lipschitz * current
    readout, weights = np.abs(network.N.T) / network.tau, np.abs(network.M)
    terms = readout @ rate + (span + np.abs(network.direct_input) @ np.abs(level)) / network.tau
    # |phi''| <= 2 (`Bounds`): slopes feel the rounding of currents with at most that.
    steep = weights * (bounds.lipschitz + 2.0 * current)[:, None]
    slopes = (readout @ steep + np.eye(len(span)) / network.tau).ravel()
    share = 4.0 * _UNIT * (network.neurons + len(span) + len(level) + 64)
    return share * current, share * terms, share * slopes


def _rate_range(nonlinearity: Nonlinearity, current: Array, reach: Array) -> tuple[Array, Array]:
    """Lowest and highest rate for currents within reach; all but waves are monotone."""
    low, high = nonlinearity.phi(current - reach), nonlinearity.phi(current + reach)
    if bounds_of(nonlinearity).shape != "wave":
        return low, high
    middle = nonlinearity.phi(current)
    return np.maximum(middle - reach, -1.0), np.minimum(middle + reach, 1.0)


def _slope_form(
    nonlinearity: Nonlinearity, current: Array, reach: Array
) -> tuple[Array, Array, Array]:
    """Enclose phi' over |x - current| <= reach by slope + bend t ± remainder."""
    low, high = _slope_range(nonlinearity, current, reach)
    slope, bend = 0.5 * (low + high), np.zeros_like(current)
    remainder = 0.5 * (high - low) * SAFE
    bounds = bounds_of(nonlinearity)
    if bounds.third is None or bounds.second is None:
        return slope, bend, remainder
    nearest = np.maximum(np.abs(current) - reach, 0.0)
    curved = (bounds.third(nearest) + 1e-15) * (0.5 * SAFE) * reach**2
    second = bounds.second(current)
    # What varies less than its own linear term predicts is better bounded by its range.
    linear = curved < remainder
    here = nonlinearity.slope(current, nonlinearity.phi(current))
    return (
        np.where(linear, here, slope),
        np.where(linear, second, bend),
        np.where(linear, curved, remainder),
    )


def _slope_range(nonlinearity: Nonlinearity, current: Array, reach: Array) -> tuple[Array, Array]:
    """Lowest and highest phi' for currents within reach."""
    low, high = current - reach, current + reach
    ends = tuple(nonlinearity.slope(x, nonlinearity.phi(x)) for x in (low, high))
    least, most = np.minimum(*ends), np.maximum(*ends)
    bounds = bounds_of(nonlinearity)
    if bounds.shape == "wave":
        middle = nonlinearity.slope(current, nonlinearity.phi(current))
        return np.maximum(middle - reach, -1.0), np.minimum(middle + reach, 1.0)
    if bounds.shape == "ramp":
        return least, most
    if bounds.shape == "kink":
        return np.where(low <= 0.0, 0.0, least), np.where(high >= 0.0, 1.0, most)
    return least, np.where((low <= 0.0) & (high >= 0.0), bounds.lipschitz, most)
