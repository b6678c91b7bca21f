"""A trained network confined to a latent space of rank R.

    x = M q + B v + b,     tau dq/dt = -q + N^T phi(x),     tau dv/dt = -v + u

v is the input as the membranes filter it. Confined to the leading principal components P (n, R) of
h = x - B v, with mean m, the network W is (Galerkin's projection)

    M = P,   N = W^T P,   b = m - P P^T m + P P^T b_W

which needs no training. Components of x itself would mix in those of B v (Dubreuil et al. 2022,
methods).

Place in the flow: `galerkin` and `lint` make one, `coordinates` turns it into a field to be fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.learning.activity import split
from lrfit.learning.gradient import Weights
from lrfit.learning.trials import Floats, TaskTrials
from lrfit.networks.nonlinearity import Nonlinearity
from lrfit.reduction.original import Original


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentModel:
    """A network of rank R.

    M, N : (n, R). inputs : B (n, U). bias : b (n,). by : "projection" or "lint".
    """

    M: Array
    N: Array
    inputs: Array
    bias: Array
    by: str

    @property
    def rank(self) -> int:
        """R."""
        return int(self.M.shape[1])

    def weights(self, outputs: Array) -> Weights:
        """The network of n neurons with these output weights (K, n)."""
        return Weights(J=self.M @ self.N.T, inputs=self.inputs, bias=self.bias, outputs=outputs)

    @property
    def start(self) -> Array:
        """Latent state (R,) nearest to currents of zero, where trials begin."""
        return np.asarray(-np.linalg.pinv(self.M) @ self.bias)

    def follow(self, inputs: Floats, a: float, phi: Nonlinearity) -> tuple[Array, Array]:
        """Latent states q (T, P, R) and filtered inputs v (T, P, U) after every step of a."""
        v, N = filtered(inputs, a), self.N
        q = np.empty((*inputs.shape[:2], self.rank))
        now, seen = np.tile(self.start, (inputs.shape[1], 1)), np.zeros_like(v[0])
        for t in range(len(inputs)):
            rates = phi.phi(now @ self.M.T + seen @ self.inputs.T + self.bias)
            now = (1.0 - a) * now + a * (rates @ N)
            q[t], seen = now, v[t]
        return q, v


def filtered(inputs: Floats, a: float) -> Array:
    """Inputs v (T, P, U) as membranes see them, after every step."""
    v, now = np.empty(inputs.shape), np.zeros(inputs.shape[1:])
    for t, u in enumerate(inputs):
        now = (1.0 - a) * now + a * u
        v[t] = now
    return v


@dataclass(frozen=True, kw_only=True, eq=False)
class Components:
    """Principal components of the recurrent activity h: mean (n,), directions (n, n), share (n,).

    share : of the variance, in the first k components.
    """

    mean: Array
    directions: Array
    share: Array


def components_of(original: Original, trials: TaskTrials) -> Components:
    """The components of h over all trials and times."""
    _, h = split(original.weights, trials, original.a, original.phi)
    samples = h.reshape(-1, original.neurons)
    mean = samples.mean(axis=0)
    apart = samples - mean
    values, directions = np.linalg.eigh(apart.T @ apart)
    values = np.maximum(values[::-1], 0.0)
    share = np.cumsum(values) / max(float(np.sum(values)), np.finfo(float).tiny)
    return Components(mean=mean, directions=directions[:, ::-1], share=share)


def galerkin(original: Original, found: Components, rank: int) -> LatentModel:
    """The network confined to its first components."""
    weights, P = original.weights, found.directions[:, :rank]
    bias = found.mean + P @ (P.T @ (weights.bias - found.mean))
    return LatentModel(M=P, N=weights.J.T @ P, inputs=weights.inputs, bias=bias, by="projection")
