"""The error field, network minus target, as boxes and points see it.

    e(z, u) = (network velocity - target velocity) / half-width

Place in the flow: both models and their difference become bounds for branch and bound, in units
of `scale`: the rms speed of the target for |e|, each variable's own for |e_d|. Boxes are the
last axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.certification.bounds import BoxBounds, bound_errors
from lrfit.certification.network_model import NetworkModel, network_model
from lrfit.certification.pieces import difference
from lrfit.certification.target_model import TargetModel
from lrfit.core.arrays import Array
from lrfit.fields.field import Domain, VectorField
from lrfit.fields.knowledge import Enclosures
from lrfit.networks.lowrank import LowRankNetwork

_NUMBERS = 2_000_000  # per batch of boxes: 16 MB
_BATCH = (64, 4096)


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorModel:
    """Bounds and values of the error of `network` against `target`, over `domain`.

    scale (K,): what the K = 1 + D objectives |e|, |e_1|, ... are divided by.
    """

    network: LowRankNetwork
    target: VectorField
    domain: Domain
    scale: Array
    network_model: NetworkModel
    target_model: TargetModel

    @property
    def lower(self) -> Array:
        """(n,) lower corner of the domain, inputs after variables."""
        return np.concatenate([self.domain.lower, self.domain.input_lower])

    @property
    def upper(self) -> Array:
        """(n,) upper corner of the domain."""
        return np.concatenate([self.domain.upper, self.domain.input_upper])

    @property
    def width(self) -> Array:
        """(n,) half-widths of the domain."""
        return np.concatenate([self.domain.half_width, self.domain.input_half_width])

    @property
    def batch(self) -> int:
        """Boxes to enclose at once."""
        n, D = len(self.width), self.domain.dimension
        each = 12 * self.network.neurons + 2 * self.target_model.steps + 8 * D * n * (n + 3)
        return int(np.clip(_NUMBERS // each, *_BATCH))

    def enclose(self, lower: Array, upper: Array) -> BoxBounds:
        """Bounds over boxes (n, P), in units of `scale`."""
        middle = 0.5 * (lower + upper)
        # Rounded outwards: [middle - radius, middle + radius] must hold the box.
        radius = np.maximum(upper - middle, middle - lower) * (1.0 + 1e-15)
        with np.errstate(all="ignore"):
            target = self.target_model.enclose(lower, upper, middle, radius)
            error = difference(self.network_model.enclose(middle, radius), target)
            found = bound_errors(error, radius, self.width)
        scale = self.scale[:, None]
        return BoxBounds(
            upper=np.where(np.isnan(found.upper), np.inf, found.upper / scale),
            middle=np.where(np.isfinite(found.middle), found.middle / scale, 0.0),
            axis=found.axis,
        )

    def certain(self, places: Array) -> Array:
        """What the error at places (P, n) certainly is at least: (K, P)."""
        return self.enclose(places.T, places.T).middle

    def evaluate(self, places: Array) -> Array:
        """The error at places (P, n) in floating point: (K, P); 0 where it is not finite."""
        z, u = np.split(places, [self.domain.dimension], axis=1)
        with np.errstate(all="ignore"):
            error = (self.network.velocity(z, u) - self.target.velocity(z, u)).T
            error /= self.domain.half_width[:, None]
            whole = np.sqrt(np.sum(error**2, axis=0))
            values = np.vstack([whole, np.abs(error)]) / self.scale[:, None]
        return np.nan_to_num(values, posinf=0.0)


def error_model(
    network: LowRankNetwork, target: VectorField, bounds: Enclosures, scale: Array
) -> ErrorModel:
    """Prepare the error of a network against a target with these bounds."""
    domain = target.domain
    with np.errstate(all="ignore"):  # weights may overflow: then there are no bounds
        model = network_model(network)
    return ErrorModel(
        network=network,
        target=target,
        domain=domain,
        scale=scale,
        network_model=model,
        target_model=TargetModel(
            bounds=bounds,
            half_width=domain.half_width,
            axes=domain.dimension + domain.input_count,
        ),
    )
