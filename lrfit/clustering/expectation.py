"""Mixtures of Gaussians with all means at 0, by expectation and maximisation.

    R_ip ~ alpha_p N(F_i; 0, Sigma_p),   alpha_p = mean_i R_ip,
    Sigma_p = sum_i R_ip F_i F_iᵀ / sum_i R_ip + 1e-6 I             (Dempster et al. 1977)

Several starts go side by side for a few steps, and the best two of them to the end. With the
products F_i F_iᵀ as columns, both halves of a step are one matrix product for all starts. Free
means would make populations of networks without bias unstable: there is nothing to be found at
means other than 0, and noise decides (Dubreuil et al. 2022 pin them too).

Place in the flow: `clustering` calls it where means are 0, and scikit-learn where they are free.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array

FLOOR = 1e-6
"""Added to every variance, in that of the feature: copies of a neuron have none of their own."""
STARTS, FIRST_STEPS, KEPT, STEPS = 8, 20, 2, 300
_ENOUGH = 1e-6
"""Log-likelihood per neuron that another step must add."""
_EVEN = 0.5
"""Concentration of the Dirichlet distribution that the first responsibilities come from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ZeroMeanFit:
    """A mixture with means at 0.

    share : (P,). covariance : (P, K, K). responsibility : (n, P). log_likelihood : per neuron.
    """

    share: Array
    covariance: Array
    responsibility: Array
    log_likelihood: float


def fit_zero_mean(points: Array, count: int, generator: np.random.Generator) -> ZeroMeanFit:
    """The mixture of `count` populations with the largest likelihood of points (n, K)."""
    n, K = points.shape
    products = (points[:, :, None] * points[:, None, :]).reshape(n, K * K)
    R = generator.dirichlet(np.full(count, _EVEN), size=(STARTS, n))
    for _ in range(FIRST_STEPS):
        R, likelihood = _expected(products, *_maximised(products, R))
    R = R[np.argsort(-likelihood, kind="stable")[:KEPT]]
    before = -np.inf
    for _ in range(STEPS):
        R, likelihood = _expected(products, *_maximised(products, R))
        best = float(np.max(likelihood))
        if best - before < _ENOUGH:
            break
        before = best
    chosen = R[[int(np.argmax(likelihood))]]
    share, covariance = _maximised(products, chosen)
    return ZeroMeanFit(
        share=share[0],
        covariance=covariance[0],
        responsibility=chosen[0],
        log_likelihood=float(np.max(likelihood)),
    )


def _maximised(products: Array, R: Array) -> tuple[Array, Array]:
    """Shares (S, P) and covariances (S, P, K, K) from responsibilities (S, n, P)."""
    K = round(np.sqrt(products.shape[1]))
    weight = np.maximum(R.sum(axis=1), 1e-300)
    sums = np.swapaxes(R, 1, 2) @ products / weight[..., None]
    return weight / len(products), sums.reshape(*weight.shape, K, K) + FLOOR * np.eye(K)


def _expected(products: Array, share: Array, covariance: Array) -> tuple[Array, Array]:
    """Responsibilities (S, n, P), and log-likelihoods per neuron (S,)."""
    S, P, K, _ = covariance.shape
    precision = np.linalg.inv(covariance).reshape(S * P, K * K)
    size = np.linalg.slogdet(covariance)[1] + K * np.log(2.0 * np.pi)
    squares = (products @ precision.T).reshape(-1, S, P).swapaxes(0, 1)
    log = np.log(share)[:, None] - 0.5 * (squares + size[:, None])
    largest = log.max(axis=2, keepdims=True)
    density = np.exp(log - largest)
    total = density.sum(axis=2, keepdims=True)
    return density / total, (largest + np.log(total))[..., 0].mean(axis=1)
