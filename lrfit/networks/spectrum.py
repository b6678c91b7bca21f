"""Eigenvalues of any connectivity matrix that lie outside of the bulk of the others.

    (Re λ / (1 + rho))² + (Im λ / (1 - rho))²  >  (margin g)²,      margin = 1 + sqrt(log n / n)

g² / n is the variance of the entries of J about their mean and rho the correlation of J_ij with
J_ji. For independent pairs of entries the eigenvalues fill the ellipse with margin 1 as n grows
(Girko 1984; Sommers et al. 1988); that of the largest one at finite n is a little above (Rider
2003), which the margin allows for. Structure whose norm does not grow with n leaves g unchanged,
and shows as eigenvalues outside (Tao 2013). Of a few neurons this says little.

Place in the flow: `networks.statistics` tells them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.networks.connectivity import Connectivity, is_sparse

_DENSE = 500
"""Neurons up to which all eigenvalues are computed: about a second."""
_LARGEST = 32
"""Eigenvalues of largest modulus that are asked for beyond."""
_MOST_ENTRIES = 5 * 10**7
"""Entries of J beyond which no eigenvalues are computed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrum:
    """Eigenvalues outside of the bulk, (k,) complex, and the ellipse of the bulk."""

    outliers: NDArray[np.complex128]
    radius: float
    symmetry: float
    margin: float


def spectrum_of(J: Connectivity) -> Spectrum:
    """The ellipse of the bulk of J (n, n), and the eigenvalues outside of it."""
    n = J.shape[0]
    variance, covariance = _pair_moments(J)
    symmetry = float(np.clip(covariance / variance, -1.0, 1.0)) if variance > 0.0 else 0.0
    radius = float(np.sqrt(n * variance))
    margin = 1.0 + float(np.sqrt(np.log(max(n, 2)) / n))
    values = _eigenvalues(J)
    far = _distance(values, symmetry) > margin * radius
    return Spectrum(outliers=values[far], radius=radius, symmetry=symmetry, margin=margin)


def _distance(values: NDArray[np.complex128], symmetry: float) -> Array:
    """(k,) size of the ellipse on which each eigenvalue lies."""
    # An axis of length zero stands for eigenvalues that are real, or imaginary, but for rounding.
    wide, high = max(1.0 + symmetry, 1e-9), max(1.0 - symmetry, 1e-9)
    return np.asarray(np.hypot(values.real / wide, values.imag / high))


def _pair_moments(J: Connectivity) -> tuple[float, float]:
    """Variance of the entries off the diagonal, and covariance of J_ij with J_ji."""
    n = J.shape[0]
    if n < 2:
        return 0.0, 0.0
    square, cross = (_sum_of_products(J, K) for K in (J, J.T))
    diagonal = np.asarray(J.diagonal())
    pairs, loops = n * (n - 1), float(diagonal @ diagonal)
    mean = (float(J.sum()) - float(diagonal.sum())) / pairs
    return max((square - loops) / pairs - mean**2, 0.0), (cross - loops) / pairs - mean**2


def _sum_of_products(J: Any, K: Any) -> float:
    """Sum over the entries of J * K, both dense or both sparse."""
    return float((J.multiply(K) if is_sparse(J) else J * K).sum())


def _eigenvalues(J: Any) -> NDArray[np.complex128]:
    n = J.shape[0]
    if n <= _DENSE:
        dense = J.toarray() if is_sparse(J) else J
        return np.asarray(np.linalg.eigvals(dense), dtype=np.complex128)
    entries = J.nnz if is_sparse(J) else n * n
    if entries > _MOST_ENTRIES:
        return np.empty(0, dtype=np.complex128)
    from scipy.sparse.linalg import ArpackNoConvergence, eigs  # noqa: PLC0415 - a slow import

    start = np.random.default_rng(0).normal(size=n)  # the same for every run
    try:
        found: Any = eigs(J, k=_LARGEST, which="LM", v0=start, return_eigenvectors=False)
    except ArpackNoConvergence as partial:
        found = partial.eigenvalues
    return np.asarray(found, dtype=np.complex128)
