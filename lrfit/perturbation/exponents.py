"""Rates at which neighbours of a trajectory approach it or leave it.

    d delta / dt = J(t) delta,   Phi = fundamental matrix,   lambda_i = (1/T) log sigma_i(Phi)

Finite-time Lyapunov exponents: positive away, negative back to the trajectory. The product is
never formed, since its singular values may be further apart than 1e16: QR at every step (Benettin
et al. 1980), first through the transposed steps from the end to the start, which turns the
frame into the right singular vectors, then forwards.

Place in the flow: Jacobians along a trajectory become D numbers that can be stated and checked.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array

_TURNS = 2


def growth_rates(jacobians: Array, dt: float) -> Array:
    """Finite-time exponents (D,), largest first.

    Parameters
    ----------
    jacobians : (n, D, D)
        At the middles of n equal steps of length dt, in the units distances are measured in;
        the fundamental matrix of a step is exp(dt J), of second order in dt (Magnus 1954).
    """
    from scipy.linalg import expm  # noqa: PLC0415 - a slow import

    steps = expm(dt * jacobians)
    frame = np.eye(jacobians.shape[1])
    for _ in range(_TURNS):
        frame, _ = _through(frame, steps[::-1].transpose(0, 2, 1))
        frame, logs = _through(frame, steps)
    return np.sort(logs / (len(steps) * dt))[::-1]


def _through(Q: Array, steps: Array) -> tuple[Array, Array]:
    """Take a frame Q (D, D) through steps (n, D, D); the sums of log |r_ii| (D,)."""
    logs = np.zeros(len(Q))
    for step in steps:
        Q, R = np.linalg.qr(step @ Q)
        logs += np.log(np.maximum(np.abs(np.diag(R)), 1e-300))
    return Q, logs
