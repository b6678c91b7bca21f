"""What process noise does to a trajectory, to first order: the covariance along it.

    dz = f(z, t) dt + s scale dW,     dSigma/dt = J Sigma + Sigma Jᵀ + s² I   (scaled coordinates)

(van Kampen 2007, chapter X: the linear noise approximation.) Over a step of length h with J at
its middle, Sigma becomes E Sigma Eᵀ + s² h (I + 4 E_half E_halfᵀ + E Eᵀ)/6 with E = exp(h J),
Simpson's rule. It starts at zero: all trials start at the same state.

Place in the flow: Jacobians along a trajectory become the scatter of trials around it.
"""

from __future__ import annotations

import numpy as np

from lrfit.analysis.perturbation.driven import Driven
from lrfit.arrays import Array
from lrfit.targets.curve import Curve

_PARTS = 4
"""Steps between two output times."""


def covariance(driven: Driven, curve: Curve, t: Array, noise: float) -> Array:
    """Covariances (T, D, D) at evenly spaced times t (T,), z / scale; noise s per sqrt(time)."""
    from scipy.linalg import expm  # noqa: PLC0415 - a slow import

    h = (t[1] - t[0]) / _PARTS
    middles = h * (np.arange((len(t) - 1) * _PARTS, dtype=np.float64) + 0.5)
    J = driven.jacobian(middles, curve.at(middles)) * (curve.scale / curve.scale[:, None])
    half = expm(0.5 * h * J)
    whole = half @ half
    one = np.eye(J.shape[1])
    fresh = one + 4.0 * half @ half.transpose(0, 2, 1) + whole @ whole.transpose(0, 2, 1)
    fresh *= noise**2 * h / 6.0
    sigma, kept = np.zeros_like(one), [np.zeros_like(one)]
    for k, step in enumerate(whole):
        sigma = step @ sigma @ step.T + fresh[k]
        if (k + 1) % _PARTS == 0:
            kept.append(sigma)
    return np.array(kept)
