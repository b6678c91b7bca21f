"""When two networks can be told apart by one look at the state after a push.

    d'(t)² = Deltaᵀ S⁻¹ Delta,   Delta = z_i(t) - z_j(t),   S = (Sigma_i + Sigma_j) / 2

Delta is the difference of the responses themselves, S the scatter of trials by process noise, to
first order around the responses, as long as that may be trusted. d' is that of the best linear
observer who looks once, at the best time (Green & Swets 1966; at d' = 1 it is right in 69 % of
trials).

Place in the flow: responses and scatters of two networks become d' by push and amplitude.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array

_UNIT = 1e-12
"""Least variance, of one and of the others': numbers are not exact even without noise."""


def sensitivity(first: Array, second: Array, sigma: Array) -> Array:
    """Return d' (..., T) of states first, second (..., T, D) under covariances (..., T, D, D).

    0 where a run has ended: nothing is claimed of what is not known.
    """
    one = np.eye(sigma.shape[-1])
    size = np.trace(sigma, axis1=-2, axis2=-1)
    known = np.isfinite(size) & np.isfinite(first - second).all(axis=-1)
    floor = _UNIT * (1.0 + np.where(known, size, 0.0))[..., None, None] * one
    S = np.where(known[..., None, None], sigma, one) + floor
    gap = np.where(known[..., None], first - second, 0.0)
    squares = np.sum(gap * np.linalg.solve(S, gap[..., None])[..., 0], axis=-1)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def threshold(amplitudes: Array, dprime: Array, criterion: float, free: float = 0.0) -> float:
    """The amplitude at which d' (amplitudes,) first reaches the criterion; NaN if none does.

    Between two amplitudes d' is taken as a power law; below the smallest one as a line from
    `free`, the d' without a push. 0 where no push is needed.
    """
    if free >= criterion:
        return 0.0
    enough = np.flatnonzero(dprime >= criterion)
    if not len(enough):
        return float("nan")
    k = int(enough[0])
    if k == 0:
        return float(amplitudes[0] * (criterion - free) / (dprime[0] - free))
    low, high = np.log(np.maximum(dprime[k - 1 : k + 1], 1e-300))
    share = (np.log(criterion) - low) / (high - low)
    return float(amplitudes[k - 1] * (amplitudes[k] / amplitudes[k - 1]) ** share)
