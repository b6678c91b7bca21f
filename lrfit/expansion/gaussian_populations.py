"""Gaussian populations as numbers that a search moves.

    slopes (m, B) = μ + L ξ,    b = μ_b + sd_b ξ_b,    α_p = (1 + (n - K) softmax(a)_p) / n

Slopes multiply X = (z - c, v) in box units, L is lower triangular, and every one of the K
populations has at least one of the n neurons. Place in the flow: `projection` evaluates them,
`mixture_search` moves them, `from_data` makes a mixture of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

STEEPEST, FARTHEST = 10.0, 20.0
"""Largest slopes (mean, or entry of L) and biases in box units."""
_SHARES = 8.0
"""Largest |a|; a population of e^-16 of another has the one neuron that every one has."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Populations:
    """K populations: mean (K, E), mean_bias (K,), root L (K, E, E), sd_bias (K,), share (K,)."""

    mean: Array
    mean_bias: Array
    root: Array
    sd_bias: Array
    share: Array


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Where the parameters theta (K, q) of K populations are.

    coordinates : E, of X. neurons : n, inf without a price. means : whether μ and μ_b may differ
    from 0. bias : whether b may.
    """

    coordinates: int
    neurons: float
    means: bool
    bias: bool

    @property
    def triangle(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns of the entries of L."""
        return np.tril_indices(self.coordinates)

    @property
    def columns(self) -> tuple[slice, int, slice, int, int]:
        """Of μ, μ_b, L, sd_b and a."""
        E = self.coordinates
        end = E + 1 + len(self.triangle[0])
        return slice(0, E), E, slice(E + 1, end), end, end + 1

    def free(self, count: int) -> Array:
        """Largest absolute value (count, q) of every parameter; 0 of those that are held at 0."""
        mu, mu_b, L, sd, a = self.columns
        most = np.zeros((count, a + 1))
        most[:, mu] = STEEPEST * self.means
        most[:, mu_b] = FARTHEST * (self.means and self.bias)
        most[:, L], most[:, a] = STEEPEST, _SHARES
        most[:, sd] = FARTHEST * self.bias
        return most

    def populations(self, theta: Array) -> Populations:
        """The populations of theta (K, q)."""
        mu, mu_b, L, sd, a = self.columns
        root = np.zeros((len(theta), self.coordinates, self.coordinates))
        root[(slice(None), *self.triangle)] = theta[:, L]
        return Populations(
            mean=theta[:, mu],
            mean_bias=theta[:, mu_b],
            root=root,
            sd_bias=theta[:, sd],
            share=self._shared(theta[:, a]),
        )

    def _shared(self, a: Array) -> Array:
        least = 1.0 / self.neurons
        return np.asarray(least + (1.0 - len(a) * least) * _softmax(a))

    def gradient(self, theta: Array, by: Populations) -> Array:
        """The gradient (K, q) by theta of a function whose gradient by populations is `by`."""
        _, _, _, _, a = self.columns
        soft = _softmax(theta[:, a])
        by_a = soft * (by.share - soft @ by.share) * (1.0 - len(theta) / self.neurons)
        rows, columns = self.triangle
        parts = (by.mean, by.mean_bias, by.root[:, rows, columns], by.sd_bias, by_a)
        return np.column_stack(parts)

    def drawn(
        self, count: int, scale: tuple[float, float], generator: np.random.Generator
    ) -> Array:
        """Random theta (count, q): slopes of sizes from log-uniform `scale`, shares equal."""
        mu, mu_b, L, sd, a = self.columns
        theta = np.zeros((count, a + 1))
        low, high = scale
        theta[:, mu] = generator.uniform(-high, high, (count, self.coordinates))
        theta[:, mu_b] = generator.uniform(-high, high, count)
        size = np.exp(generator.uniform(np.log(low), np.log(high), (count, 1)))
        theta[:, L] = size * generator.standard_normal((count, len(self.triangle[0])))
        theta[:, sd] = generator.exponential(1.0, count)
        return np.where(self.free(count) > 0.0, theta, 0.0)


def _softmax(a: Array) -> Array:
    raised = np.exp(a - np.max(a))
    return np.asarray(raised / np.sum(raised))
