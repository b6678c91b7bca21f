"""FORCE (Sussillo & Abbott 2009): recursive least squares on a chaotic reservoir's readout.

    tau x' = -x + g J r + F z,   r = tanh(x),   z = Wᵀ r,   J of variance 1/N, F uniform in [-1, 1]

W is updated every second step while the network runs with its own output; then it runs freely.
"""

from __future__ import annotations

import time

import numpy as np

from lrfit.arrays import Array


def force(
    target: Array, *, neurons: int, dt: float, tau: float, learn: int, seed: int, gain: float = 1.5
) -> tuple[Array, float]:
    """Learn from target (T, D) for `learn` steps; the free output after it, and CPU seconds."""
    generator = np.random.default_rng(seed)
    N, D = neurons, target.shape[1]
    J = gain / np.sqrt(N) * generator.standard_normal((N, N))
    F = generator.uniform(-1.0, 1.0, (N, D))
    x, W, P = 0.5 * generator.standard_normal(N), np.zeros((N, D)), np.eye(N)
    out, began, spent = np.empty_like(target), time.process_time(), 0.0
    r = np.tanh(x)
    z = r @ W
    for k, wanted in enumerate(target):
        if k == learn:
            spent = time.process_time() - began
        x += dt / tau * (-x + J @ r + F @ z)
        r = np.tanh(x)
        z = r @ W
        out[k] = z
        if k < learn and k % 2 == 0:
            p = P @ r
            p_scaled = p / (1.0 + r @ p)
            P -= np.outer(p_scaled, p)
            W -= np.outer(p_scaled, z - wanted)
    return out[learn:], spent
