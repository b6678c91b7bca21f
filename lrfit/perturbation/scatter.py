"""What process noise does to a response, to first order: the covariance of trials around it.

    dz = f(z, t) dt + s scale dW,     dSigma/dt = J Sigma + Sigma Jᵀ + s² I   (scaled coordinates)

(van Kampen 2007, chapter X: the linear noise approximation), J along the response itself, since
a pushed trial may go where noise grows. Over a step h Sigma becomes E Sigma Eᵀ + s² h
(I + 4 E_half E_halfᵀ + E Eᵀ)/6 with E = exp(h J), J the mean of both ends: Simpson's rule. It
starts at zero: all trials start at the same state.

First order holds while the scatter is small: `trusted` says until when. Beyond, noise alone has
carried trials elsewhere, and a covariance around one response means nothing.

Place in the flow: Jacobians along responses become the scatter of trials around them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.perturbation.driven import Driven

LARGEST = 0.3
"""Excursions: up to here the scatter of simulated trials was found as computed."""
_TERMS = 8
_SMALL = 0.5
"""Norm below which that many terms of exp are exact to 1e-9."""


def covariance(driven: Driven, t: Array, runs: Array, scale: Array, noise: float) -> Array:
    """Covariances (runs, T, D, D) along runs (runs, T, D), both of z / scale.

    t : (T,), evenly spaced. noise : s, per square root of time. NaN where a run has ended.
    """
    h, one = float(t[1] - t[0]), np.eye(runs.shape[2])
    kept = np.zeros((*runs.shape, len(one)))
    with np.errstate(all="ignore"):  # where a run has ended everything is NaN
        J = _slopes(driven, t[0], runs[:, 0], scale)
        for k in range(len(t) - 1):
            following = _slopes(driven, t[k + 1], runs[:, k + 1], scale)
            half = _exponential(0.25 * h * (J + following))
            whole = half @ half
            fresh = one + 4.0 * half @ half.swapaxes(1, 2) + whole @ whole.swapaxes(1, 2)
            kept[:, k + 1] = whole @ kept[:, k] @ whole.swapaxes(1, 2)
            kept[:, k + 1] += noise**2 * h / 6.0 * fresh
            J = following
    return kept


def trusted(sigma: Array) -> NDArray[np.bool_]:
    """Where covariances (runs, T, D, D) may be used (runs, T): the scatter was always below
    `LARGEST`, rms over the variables.
    """
    spread = np.sqrt(np.trace(sigma, axis1=2, axis2=3) / sigma.shape[-1])
    small = spread < LARGEST  # NaN is not
    return np.asarray(np.logical_and.accumulate(small, axis=1))


def _slopes(driven: Driven, t: float, states: Array, scale: Array) -> Array:
    J = driven.jacobian(np.array([t]), states * scale)
    return np.asarray(J * (scale / scale[:, None]))


def _exponential(A: Array) -> Array:
    """The exponential of matrices (runs, D, D): a series, scaled and squared, for all at once."""
    size = float(np.nanmax(np.linalg.norm(A, axis=(1, 2)), initial=0.0))
    halvings = max(0, int(np.ceil(np.log2(max(size, _SMALL) / _SMALL))))
    A = A / 2.0**halvings
    total = term = np.broadcast_to(np.eye(A.shape[1]), A.shape)
    for k in range(1, _TERMS + 1):
        term = term @ A / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return np.asarray(total)
