"""The priced error of Gaussian populations, as a function of their slopes, biases and shares.

    f_p = (⟨φ⟩, ⟨ξ_1 φ⟩, ..., ⟨ξ_E φ⟩),   Γ_p = (1 + δ²) ⟨(1, ξ)(1, ξ)ᵀ φ²⟩ - f_p f_pᵀ
    F = min over A, κ, C of   ⟨w |Σ_p A_pᵀ f_p + C u - κ (z - c) - g|²⟩
                              + Σ_p tr A_pᵀ (⟨w Γ_p⟩ + σ²) A_p / (n α_p),   over ⟨w |g|²⟩

in box units, for ν = μ^ν + V ξ and A_p = α_p (μ^ν, V)ᵀ / τ (docs/theory, eqs. 56 and 57). Readouts,
leak and direct inputs are solved for exactly, so that F depends on theta alone, and its gradient
follows from those of f and Γ at fixed A (Golub & Pereyra 1973). Place in the flow:
`mixture_search` minimizes this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.expansion.gaussian import LEAST_SPREAD, Moments, moments
from lrfit.expansion.gaussian_populations import Parameters, Populations
from lrfit.networks.nonlinearity import Nonlinearity

_LOST = 1e-13
"""Singular values below this share of the largest are rounding, where nothing has a price."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetRows:
    """What populations are fitted to: P samples in box units.

    seen : (P, E) X = (z - c, v), what neurons see. leak, velocity : (P, D) z - c and g. free :
    (P, F) inputs with columns of their own. weight : (P,), of sum one. kappa : (lowest, highest).
    noise : sigma, of every rate. weight_noise : delta, relative, of every weight.
    """

    seen: Array
    leak: Array
    velocity: Array
    free: Array
    weight: Array
    kappa: tuple[float, float]
    noise: float
    weight_noise: float = 0.0

    def first(self, count: int) -> TargetRows:
        """The first `count` samples."""
        kept = {name: getattr(self, name)[:count] for name in ("seen", "leak", "velocity", "free")}
        weight = self.weight[:count]
        return replace(self, **kept, weight=weight / np.sum(weight))

    @property
    def total(self) -> float:
        """⟨w |g|²⟩."""
        return float(self.weight @ np.sum(self.velocity**2, axis=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Solved:
    """The best readout of given populations.

    value : F, the square of the relative error. A (K, 1 + E, D); direct (F, D); kappa. residual
    (P, D), times the square root of the weights.
    """

    value: float
    A: Array
    direct: Array
    kappa: float
    residual: Array


class Projection:
    """F and its gradient for K populations with parameters as `parameters` says."""

    def __init__(self, rows: TargetRows, parameters: Parameters, phi: Nonlinearity) -> None:
        self.rows, self.parameters, self.phi = rows, parameters, phi
        self.root = np.sqrt(rows.weight)[:, None]

    def solved(self, populations: Populations) -> Solved:
        """The best readout of populations."""
        return self._solved(self._features(populations))

    def evaluate(self, theta: Array) -> tuple[float, Array]:
        """The logarithm of F, and its gradient (K, q) by theta (K, q)."""
        at = self._features(self.parameters.populations(theta))
        solved = self._solved(at)
        gradient = self.parameters.gradient(theta, self._gradient(at, solved))
        size = solved.value * self.rows.total
        return float(np.log(solved.value)), gradient / size

    def _features(self, populations: Populations) -> _Features:
        return _Features(populations, self.rows, self.phi, means=self.parameters.means)

    def _solved(self, at: _Features) -> Solved:
        rows, (P, K, J) = self.rows, at.features.shape
        D, F = rows.leak.shape[1], rows.free.shape[1]
        X = np.zeros((P + K * J, F + K * J))
        X[:P, :F] = self.root * rows.free
        X[:P, F:] = self.root * at.features.reshape(P, K * J)
        for p, factor in enumerate(self._price_roots(at)):
            where = slice(p * J, (p + 1) * J)
            X[P:, F:][where, where] = factor
        targets = np.zeros((len(X), 2 * D))
        targets[:P] = self.root * np.hstack([rows.velocity, rows.leak])
        coefficients = np.linalg.lstsq(X, targets, rcond=_LOST)[0]
        left = targets - X @ coefficients
        kappa = self._leak(left[:, :D], left[:, D:])
        whole = coefficients[:, :D] + kappa * coefficients[:, D:]
        residual = left[:, :D] + kappa * left[:, D:]
        return Solved(
            value=max(float(np.sum(residual**2)) / rows.total, np.finfo(float).tiny),
            A=whole[F:].reshape(K, J, D),
            direct=whole[:F],
            kappa=kappa,
            residual=residual[:P],
        )

    def _leak(self, velocity: Array, state: Array) -> float:
        """The leak at which what is left of g + kappa (z - c) is least, within its bounds."""
        square = np.sum(state**2)
        best = -np.sum(velocity * state) / square if square > 0.0 else self.rows.kappa[0]
        return float(np.clip(best, *self.rows.kappa))

    def _price_roots(self, at: _Features) -> Array:
        """Matrices (K, J, J) whose squares are the prices ⟨w C_p + σ²⟩ / (n α_p)."""
        values, vectors = np.linalg.eigh(at.scatter)
        values = np.maximum(values, 0.0) + self.rows.noise**2
        roots = np.sqrt(values)[:, :, None] * np.swapaxes(vectors, 1, 2)
        return np.asarray(roots / np.sqrt(self._neurons(at))[:, None, None])

    def _neurons(self, at: _Features) -> Array:
        """Neurons n α_p (K,) of every population."""
        return np.asarray(self.parameters.neurons * at.populations.share)

    def _gradient(self, at: _Features, solved: Solved) -> Populations:
        """By populations, of F ⟨w |g|²⟩: readouts, leak and direct inputs are at their best."""
        A, weight = solved.A, self.rows.weight
        products = np.einsum("kid,kjd->kij", A, A)
        H = products / self._neurons(at)[:, None, None]
        # The residual is g - f A: more of f lowers it.
        by_features = -2.0 * np.einsum("pd,kjd->pkj", self.root * solved.residual, A)
        by_features -= 2.0 * weight[:, None, None] * np.einsum("pki,kij->pkj", at.features, H)
        own = at.scatter + self.rows.noise**2 * np.eye(A.shape[1])
        cost = np.einsum("kij,kij->k", H, own)
        return at.gradient(by_features, H, -cost / at.populations.share)


class _Features:
    """Features (P, K, 1 + E) of populations and their scatter (K, 1 + E, 1 + E), mean over samples.

    pull : L'X (P, K, E), through which m and B reach the current. Without means that of nu is 0
    as well: the first feature and its scatter are 0, and so is its readout.
    """

    def __init__(
        self, populations: Populations, rows: TargetRows, phi: Nonlinearity, *, means: bool
    ) -> None:
        self.populations, self.rows = populations, rows
        self.pull = np.einsum("pi,kij->pkj", rows.seen, populations.root)
        variance = np.sum(self.pull**2, axis=2) + populations.sd_bias**2
        self.spread = np.maximum(np.sqrt(variance), LEAST_SPREAD)
        mean = rows.seen @ populations.mean.T + populations.mean_bias
        self.moments: Moments = moments(phi, mean, self.spread)
        rate, gain = self.moments.value[:2]
        self.features = np.concatenate([rate[..., None], self.pull * gain[..., None]], axis=2)
        self.factor = 1.0 + rows.weight_noise**2
        self.scatter = self.factor * self._second() - np.einsum(
            "p,pki,pkj->kij", rows.weight, self.features, self.features, optimize=True
        )
        if not means:
            self.features[..., 0] = self.scatter[:, 0] = self.scatter[:, :, 0] = 0.0

    def _second(self) -> Array:
        """⟨w (1, ξ)(1, ξ)ᵀ φ²⟩ (K, 1 + E, 1 + E)."""
        weight, pull = self.rows.weight, self.pull
        _, _, square, tilt, bend = self.moments.value
        found = (weight @ square)[:, None, None] * np.eye(pull.shape[2] + 1)
        cross = np.einsum("p,pk,pkj->kj", weight, tilt, pull, optimize=True)
        found[:, 0, 1:] += cross
        found[:, 1:, 0] += cross
        found[:, 1:, 1:] += np.einsum("p,pk,pki,pkj->kij", weight, bend, pull, pull, optimize=True)
        return np.asarray(found)

    def gradient(self, by_features: Array, H: Array, by_share: Array) -> Populations:
        """Gradient by populations, from that by features (P, K, 1 + E) and by second moments H."""
        weight, pull = self.rows.weight[:, None], self.pull
        _, gain, _, tilt, bend = self.moments.value
        second = self.factor * H
        cross = np.einsum("pkj,kj->pk", pull, second[:, 0, 1:])
        inner = np.einsum("pkj,kij->pki", pull, second[:, 1:, 1:])
        by_moments = np.array(
            [
                by_features[..., 0],
                np.sum(by_features[..., 1:] * pull, axis=2),
                weight * np.trace(second, axis1=1, axis2=2),
                2.0 * weight * cross,
                weight * np.sum(pull * inner, axis=2),
            ]
        )
        by_mean = np.sum(by_moments * self.moments.by_mean, axis=0)
        by_spread = np.sum(by_moments * self.moments.by_spread, axis=0) / self.spread
        by_pull = by_features[..., 1:] * gain[..., None] + by_spread[..., None] * pull
        by_pull += 2.0 * weight[..., None] * (tilt[..., None] * second[:, 0, 1:])
        by_pull += 2.0 * weight[..., None] * bend[..., None] * inner
        return Populations(
            mean=by_mean.T @ self.rows.seen,
            mean_bias=np.sum(by_mean, axis=0),
            root=np.einsum("pi,pkj->kij", self.rows.seen, by_pull),
            sd_bias=np.sum(by_spread, axis=0) * self.populations.sd_bias,
            share=by_share,
        )
