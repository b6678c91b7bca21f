"""Networks drawn from a mixture: do they still do what the original does?

    loadings ~ N(mu_p, Sigma_p),  shares alpha_p (largest remainders),  n_i = nu_i / n'
    refit:   N + dN,  dN = argmin |Phi dN - (tau F + (z - c) - C v - Phi N)|² + price |dN|²

F is the original's own field, at points all over its box. With a refit, N is no longer a sample;
M, B and b are. Place in the flow: `populations` asks for one population, for the number that is
most stable, and for one more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.clustering.clustering import Clustering
from lrfit.clustering.judges import Judge, Measure
from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.fields.field import VectorField
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.regression.least_squares import solve_readout
from lrfit.regression.readout import LeakBounds, ReadoutProblem
from lrfit.systems.places import sobol_points

PLACES = 1024
"""At which fields are compared, and N is fitted."""
PRICE = 1e-3
"""Standard deviation of the noise on a rate that the refit allows for."""
FEW = 500
"""Neurons below which one draw says little of the next."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampling:
    """Networks drawn from mixtures.

    count : (R,) populations of the mixture. refitted : (R,) 1 where N was fitted again.
    field_error : (R, draws) of the field over the box, rms relative to the original's.
    outcome : (R, draws) by `measure`: the share of right trials, or 1 where the dynamics are
    faithful and 0 where not; NaN where not told.
    neurons : of each. own : the outcome of the original itself.
    """

    ENCODING: ClassVar = "lrfit-populations-resampling"

    neurons: int
    measure: Measure
    own: float
    count: Annotated[NDArray[np.int64], Axes("row")]
    refitted: Annotated[NDArray[np.int64], Axes("row")]
    field_error: Annotated[Array, Axes("row", "draw")]
    outcome: Annotated[Array, Axes("row", "draw")]

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Where fields are compared: states (S, D), inputs (S, U), the velocity there (S, D).

    outputs : (S, K) of a network with outputs of its own, there.
    """

    z: Array
    u: Array
    velocity: Array
    outputs: Array


def places_of(field: VectorField, network: LowRankNetwork, readout: Array, seed: int) -> Places:
    """Places all over the box of a network, whose field is `field`; readout : O (K, n)."""
    domain = network.domain
    generator = np.random.default_rng([seed, 81])
    points = sobol_points(domain.dimension + domain.input_count, PLACES, generator)
    z, u = domain.from_box(points)
    rates = network.nonlinearity.phi(network.current(z, u))
    outputs = rates @ readout.T if len(readout) else np.empty((len(z), 0))
    return Places(z=z, u=u, velocity=field.velocity(z, u), outputs=outputs)


def field_error(network: LowRankNetwork, places: Places) -> float:
    """Rms of the difference of two fields, in half-widths, relative to that of the original."""
    h = network.domain.half_width
    off = (network.velocity(places.z, places.u) - places.velocity) / h
    return float(np.sqrt(np.sum(off**2) / np.sum((places.velocity / h) ** 2)))


def draw(
    mixture: Mixture, found: Clustering, neurons: int, generator: np.random.Generator
) -> tuple[LowRankNetwork, Array]:
    """A network of a mixture, and its output weights O (K, n).

    mixture : of the loadings. found : of the same with the output weights, n O, behind them.
    """
    parts = [
        generator.multivariate_normal(mean, covariance, size, check_valid="ignore", method="eigh")
        for mean, covariance, size in zip(
            found.mean, found.covariance, mixture.quotas(neurons), strict=True
        )
    ]
    loadings = np.concatenate(parts)
    L = mixture.layout.length
    return mixture.network(loadings[:, :L]), loadings[:, L:].T / neurons


def refitted(
    network: LowRankNetwork, readout: Array, places: Places
) -> tuple[LowRankNetwork, Array]:
    """The network with N, and the output weights, fitted to what the original does."""
    h, D = network.domain.half_width, network.domain.dimension
    Phi = network.nonlinearity.phi(network.current(places.z, places.u))
    off = (places.velocity - network.velocity(places.z, places.u)) / h
    wanted = np.hstack([off, places.outputs - Phi @ readout.T])
    K = wanted.shape[1]
    # What is left to be fitted has no leak and no input of its own: both are the network's.
    problem = ReadoutProblem(
        state=np.zeros_like(wanted),
        drive=np.empty((len(wanted), 0)),
        velocity=wanted,
        weight=np.ones(len(wanted)),
        noise=PRICE,
        bounds=LeakBounds(
            kappa=(1.0 / network.tau, 1.0 / network.tau), center=(np.zeros(K), np.zeros(K))
        ),
        output_scale=np.ones(K),
    )
    A = solve_readout(problem, Phi).A
    return replace(network, N=network.N + network.tau * h * A[:, :D]), readout + A[:, D:].T


def outcomes(
    draws: list[tuple[LowRankNetwork, Array]], judge: Judge | None, places: Places
) -> tuple[Array, Array]:
    """Field errors and outcomes (draws,) of networks with their output weights."""
    errors = [field_error(network, places) for network, _ in draws]
    told = [np.nan if judge is None else judge.of(*each) for each in draws]
    return np.array(errors), np.array(told)
