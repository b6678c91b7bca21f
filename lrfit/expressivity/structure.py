"""Structure that a network was asked to have: where a target is odd, and whether a network is.

Place in the flow: before a fit, the centre about which its target is odd is found; after it, the
finished network, in the user's units, is measured against everything that was asked for.

    symmetric           f(2c - z, -u) = -f(z, u) everywhere
    shared_bias         b_i = b for all neurons
    nonnegative_rates   phi >= 0
    orthogonal          the columns of M are orthogonal (in any units)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrfit.core.arrays import Array
from lrfit.expressivity.symmetry import box_velocity_inside, mirror_of
from lrfit.fields.field import VectorField
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.names import Structure

ODD = 1e-6
"""Even part of a field, relative to its rms, up to which it counts as odd: measured fields are
odd to single precision at best."""
EXACT = 1e-12
"""Relative violation by a finished network that is rounding, and nothing else."""
_POINTS = 4096


def even_part(field: VectorField, center: Array, seed: int = 0) -> float:
    """Rms of the even part about (c, u = 0) over the rms of the field, of its worst variable.

    Over the part of the box whose mirror image lies in the box too; inf where there is none.
    """
    domain, D = field.domain, field.domain.dimension
    reach = mirror_of(domain, center).reach
    if np.min(reach) <= 0.0:
        return float("inf")
    points = reach * np.random.default_rng(seed).uniform(-1.0, 1.0, (_POINTS, len(reach)))
    shift = np.concatenate([center, np.zeros(len(reach) - D)])
    there = box_velocity_inside(field, shift + points)
    mirrored = box_velocity_inside(field, shift - points)
    even, whole = there + mirrored, np.abs(there) + np.abs(mirrored)
    total = np.sqrt(np.mean(np.sum(whole**2, axis=1)))
    each = np.maximum(np.sqrt(np.mean(whole**2, axis=0)), 1e-3 * total)
    return float(np.max(np.sqrt(np.mean(even**2, axis=0)) / each)) if total > 0.0 else 0.0


def odd_center(field: VectorField, candidates: Sequence[Array]) -> Array | None:
    """The first of some centres (D,) about which a field is odd; None if it is about none."""
    return next((c for c in candidates if even_part(field, c) <= ODD), None)


def violation(network: LowRankNetwork, structure: Structure) -> float:
    """How far a network is from a structure; 0 or rounding where it has it.

    symmetric : the even part of its field about its centre, relative, on fresh points; inf if a
        bias is not zero. shared_bias : range of the biases, relative. nonnegative_rates : the
        lowest rate on fresh points, below zero. orthogonal : largest cosine between columns of M.
    """
    if structure == "symmetric":
        return np.inf if np.any(network.bias) else even_part(network, network.center, seed=1)
    if structure == "shared_bias":
        size = float(np.max(np.abs(network.bias), initial=0.0))
        return float(np.ptp(network.bias)) / size if size > 0.0 else 0.0
    if structure == "orthogonal":
        unit = network.M / np.maximum(np.linalg.norm(network.M, axis=0), 1e-300)
        return float(np.max(np.abs(np.triu(unit.T @ unit, 1)), initial=0.0))
    return max(0.0, -_lowest_rate(network))


def _lowest_rate(network: LowRankNetwork) -> float:
    domain = network.domain
    points = np.random.default_rng(1).uniform(
        -1.0, 1.0, (_POINTS, domain.dimension + domain.input_count)
    )
    z = domain.state_from_box(points[:, : domain.dimension])
    u = domain.input_from_box(points[:, domain.dimension :])
    return float(np.min(network.nonlinearity.phi(network.current(z, u)), initial=0.0))
