"""Loadings: what a neuron is to its network, as one point.

    loading of neuron i = (m_i, nu_i, B_i, b_i),        nu_i = neurons * n_i

m_i, n_i, B_i are rows of M, N and B, b_i the bias. n_i shrinks as 1/neurons and nu_i does not, so
that networks of different sizes can have one distribution of loadings (Beiran et al. 2021, whose
J = M Nᵀ / neurons holds nu itself). Place in the flow: `mixture` is a distribution of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork

PARTS = ("m", "nu", "B", "b")
"""Parts of a loading in their order."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the parts of a loading are, for D latent variables and U inputs."""

    variables: tuple[str, ...]
    inputs: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """L = 2 D + U + 1, the length of a loading."""
        return 2 * len(self.variables) + len(self.inputs) + 1

    @property
    def slices(self) -> Mapping[str, slice]:
        """Entries of each part: m (D), nu (D), B (U), b (1)."""
        D, U = len(self.variables), len(self.inputs)
        ends = np.cumsum([0, D, D, U, 1])
        return {part: slice(ends[i], ends[i + 1]) for i, part in enumerate(PARTS)}

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the L entries: m.x, nu.x, B.u, b."""
        of = {"m": self.variables, "nu": self.variables, "B": self.inputs}
        return (*(f"{part}.{name}" for part in of for name in of[part]), "b")

    @property
    def argument(self) -> NDArray[np.intp]:
        """Indices (D + U + 1,) of the entries (m, B, b), which make the argument of phi."""
        D = len(self.variables)
        return np.delete(np.arange(self.length), np.s_[D : 2 * D])

    @property
    def readout(self) -> NDArray[np.intp]:
        """Indices (D,) of nu."""
        return np.arange(self.length)[self.slices["nu"]]


def layout_of(network: LowRankNetwork) -> Layout:
    """The layout of the loadings of a network's neurons."""
    return Layout(variables=network.domain.variables, inputs=network.domain.inputs)


def loadings_of(network: LowRankNetwork) -> Array:
    """Loadings (neurons, L) of a network's neurons."""
    nu = network.neurons * network.N
    return np.hstack([network.M, nu, network.input_weights, network.bias[:, None]])
