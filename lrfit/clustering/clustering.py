"""A mixture of a given number of populations, and which neuron belongs to which.

    BIC = -2 n log-likelihood + parameters log n

It is told beside the stability, and chooses nothing: of loadings it keeps falling with the number
of populations. Place in the flow: `stability` fits subsamples, `populations` all neurons.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.clustering.expectation import FLOOR, fit_zero_mean
from lrfit.clustering.features import features_of
from lrfit.core.arrays import Array

_STARTS = 8
"""Of scikit-learn's mixture, each from other neurons as means (k-means++)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clustering:
    """Populations of n neurons, the largest first.

    share : (P,). mean : (P, F). covariance : (P, F, F), of loadings in the user's units.
    labels : (n,). bic : over features of one scale.
    """

    share: Array
    mean: Array
    covariance: Array
    labels: NDArray[np.int64]
    bic: float

    @property
    def count(self) -> int:
        """P."""
        return len(self.share)


def cluster(
    loadings: Array, count: int, generator: np.random.Generator, *, zero_mean: bool
) -> Clustering:
    """Fit `count` populations to loadings (n, F)."""
    features = features_of(loadings, zero_mean=zero_mean)
    fit = _zero_mean if zero_mean else _free_means
    share, mean, covariance, responsibility, likelihood = fit(features.points, count, generator)
    n, K = features.points.shape
    parameters = count - 1 + count * (K * (K + 1) / 2 + (0 if zero_mean else K))
    means, covariances = features.back(mean, covariance)
    order = np.argsort(-share, kind="stable")
    return Clustering(
        share=share[order] / np.sum(share),
        mean=means[order],
        covariance=covariances[order],
        labels=np.argsort(order, kind="stable")[np.argmax(responsibility, axis=1)],
        bic=float(-2.0 * n * likelihood + parameters * np.log(n)),
    )


_Fitted = tuple[Array, Array, Array, Array, float]
"""Shares, means, covariances, responsibilities, log-likelihood per neuron."""


def _zero_mean(points: Array, count: int, generator: np.random.Generator) -> _Fitted:
    found = fit_zero_mean(points, count, generator)
    mean = np.zeros((count, points.shape[1]))
    return found.share, mean, found.covariance, found.responsibility, found.log_likelihood


def _free_means(points: Array, count: int, generator: np.random.Generator) -> _Fitted:
    from sklearn.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types, and is slow to import
        ConvergenceWarning,
    )
    from sklearn.mixture import GaussianMixture  # type: ignore[import-untyped]  # noqa: PLC0415

    model = GaussianMixture(
        n_components=count,
        reg_covar=FLOOR,
        init_params="k-means++",  # whole k-means runs take longer than the mixture itself
        n_init=_STARTS,
        random_state=int(generator.integers(2**31)),
    )
    with warnings.catch_warnings():
        # Where a fit is slow to converge, or points are fewer than they seem, as copies of a
        # neuron are: the stability says what that is worth.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(points)
    return (
        model.weights_,
        model.means_,
        model.covariances_,
        model.predict_proba(points),
        float(model.score(points)),
    )
