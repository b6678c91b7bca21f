"""Latent coordinates in which a small network is fitted: of variance one, turned to the outputs.

    y = Q S^-1 (q - mean),     S = U sqrt(lambda),   Q orthogonal

S whitens the latent state on trajectories, so that every direction counts alike in the fit. Q turns
the first K coordinates so that the outputs rise along them, z ~ z0 + U s U^T y with a positive
matrix (orthogonal Procrustes): the network's state is its outputs, which is then read back from z
by Newton's method. The other coordinates are perpendicular to what the outputs read.

Place in the flow: a `LatentModel` becomes a field over a box, as every target of a fit is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import Nonlinearity
from lrfit.reduction.latent import LatentModel

SMALLEST = 1e-6
"""Of the largest variance: a direction with less of it is scaled as if it had so much."""
MARGIN = 1.2
"""Of the box around the trajectories, whose half-widths are units of the fit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Coordinates:
    """y = turn (q - mean); turn (L, L), back its inverse, mean (L,)."""

    turn: Array
    back: Array
    mean: Array

    def of(self, q: Array) -> Array:
        """Coordinates y (..., L) of latent states q (..., L)."""
        return np.asarray((q - self.mean) @ self.turn.T)


def coordinates_of(q: Array, z: Array) -> Coordinates:
    """Coordinates for latent states q (P, L) with outputs z (P, K)."""
    mean = q.mean(axis=0)
    values, directions = np.linalg.eigh(np.cov((q - mean).T).reshape(q.shape[1], -1))
    spread = np.sqrt(np.maximum(values, SMALLEST * values[-1]))
    white = (q - mean) @ directions / spread
    turn = _turned(white, z) @ (directions / spread).T
    return Coordinates(turn=turn, back=np.linalg.inv(turn), mean=mean)


def _turned(white: Array, z: Array) -> Array:
    """Q (L, L): the outputs rise along the first K of its rows."""
    L, K = white.shape[1], z.shape[1]
    slope = np.linalg.lstsq(white, z - z.mean(axis=0), rcond=None)[0].T
    left, _, right = np.linalg.svd(slope[: min(K, L)])
    first = left @ right[: len(left)]
    return np.vstack([first, right[len(left) :]])


def field_of(
    model: LatentModel,
    chosen: Coordinates,
    *,
    y: Array,
    v: Array,
    tau: float,
    phi: Nonlinearity,
    names: tuple[str, ...],
    inputs: tuple[str, ...],
) -> LowRankNetwork:
    """The latent field in these coordinates: a network of n neurons, over the box of y and v."""
    lowest, highest = _range(y)
    input_lowest, input_highest = _range(v)
    domain = Domain(
        variables=names,
        lower=lowest,
        upper=highest,
        inputs=inputs,
        input_lower=input_lowest,
        input_upper=input_highest,
    )
    center = chosen.of(np.zeros(len(chosen.mean)))
    return LowRankNetwork(
        M=model.M @ chosen.back,
        N=model.N @ chosen.turn.T,
        bias=model.bias,
        center=center,
        input_weights=model.inputs,
        direct_input=np.zeros((len(names), len(inputs))),
        tau=tau,
        nonlinearity=phi,
        domain=domain,
    )


def reading_box(domain: Domain, names: tuple[str, ...], z: Array) -> Domain:
    """The box of what is read, z (P, D), beside the inputs of the latent field."""
    lowest, highest = _range(z)
    return replace(domain, variables=names, lower=lowest, upper=highest)


def _range(points: Array) -> tuple[Array, Array]:
    """Lowest and highest value of each column, with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2.0, MARGIN * np.maximum((high - low) / 2.0, 1e-9)
    return middle - half, middle + half
