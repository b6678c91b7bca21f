"""Whether a matrix is a covariance, and the smallest variance that covariances allow."""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array

ROUNDING = 1e-9
"""How negative an eigenvalue of a correlation matrix may be for each of its rows, by rounding."""


def covariance_problem(covariance: Array) -> str:
    """Say why a matrix (L, L) is no covariance; "" when it is one."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    if np.any(np.abs(covariance - covariance.T) > 1e-12 * np.max(np.abs(covariance), initial=0.0)):
        return "is not symmetric"
    if np.any(np.diag(covariance) < 0.0):
        return "has a negative variance"
    if np.any(covariance[scale == 0.0] != 0.0):
        return "has a covariance with an entry whose variance is 0"
    unit = np.where(scale > 0.0, scale, 1.0)
    correlation = covariance / unit / unit[:, None]
    if not np.all(np.abs(correlation) <= 1.0 + ROUNDING):
        return "is not positive semidefinite: a covariance is larger than its variances allow"
    least = float(np.min(np.linalg.eigvalsh(correlation)))
    if least < -ROUNDING * len(covariance):
        return f"is not positive semidefinite: its correlations have the eigenvalue {least:.3g}"
    return ""


def smallest_variance(cross: Array, variance: Array) -> tuple[Array, Array]:
    """The smallest covariance (D, D) of nu, given that with theta (D, K) and that of theta (K, K).

    Σ_νθ Σ_θθ⁺ Σ_θν; and what of Σ_νθ (D, K) lies where theta has no variance, which must be 0.
    """
    scale = np.sqrt(np.diag(variance))
    unit = np.where(scale > 0.0, scale, 1.0)
    values, vectors = np.linalg.eigh(variance / np.outer(unit, unit))
    kept = values > ROUNDING * len(values)
    along = (cross / unit) @ vectors
    rooted = along[:, kept] / np.sqrt(values[kept])
    return rooted @ rooted.T, along[:, ~kept] @ vectors[:, ~kept].T * unit
