"""The leak and the combination of outputs, eliminated from the objective of refinement.

Place in the flow: `variable_projection` leaves for every output a quadratic in the shared leak,
    o_d(kappa) = a_d + 2 b_d kappa + c_d kappa²,
and F = (sum_d o_d^p)^(1/p) is minimized over kappa within its bounds: F is convex in kappa.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array

ROUNDING = 1e-14
"""What differences of Gram entries of order 1 are good for: an exact fit gives less, or below 0."""


def best_leak(quadratics: Array, bounds: tuple[float, float], power: float) -> tuple[Array, Array]:
    """Leak (S,) that minimises F within its bounds, and o (S, D) there."""
    a, b, c = quadratics
    low, high = bounds
    kappa = np.clip(-b.sum(axis=1) / c.sum(axis=1), low, high)
    if power > 1.0 and low < high:
        kappa = _newton(quadratics, kappa, bounds, power)
    return kappa, a + 2 * b * kappa[:, None] + c * kappa[:, None] ** 2


def _newton(quadratics: Array, kappa: Array, bounds: tuple[float, float], power: float) -> Array:
    """Minimize F over kappa: convex, so Newton between the outputs' own best values.

    Where two outputs are equally large F bends sharply and Newton steps jump to and fro across
    the bend: a step that is not half the one before is replaced by bisection.
    """
    a, b, c = quadratics
    own = np.clip(-b / c, *bounds)
    low, high = own.min(axis=1), own.max(axis=1)
    last = high - low
    for _ in range(40):
        column = kappa[:, None]
        _, slope, bend = power_mean(a + 2 * b * column + c * column**2, power)
        pull = b + c * column
        first = (slope * pull).sum(axis=1)
        second = (slope * c).sum(axis=1) + 2.0 * np.einsum("sd,sde,se->s", pull, bend, pull)
        low, high = np.where(first < 0, kappa, low), np.where(first > 0, kappa, high)
        step = -first / second
        there = np.minimum(np.abs(step), high - low) <= 1e-9 * np.abs(kappa)
        if np.all(there | ~np.isfinite(step)):
            break
        newton = there | (
            (kappa + step >= low) & (kappa + step <= high) & (np.abs(step) < 0.5 * np.abs(last))
        )
        last = np.where(newton, step, 0.5 * (low + high) - kappa)
        kappa = kappa + last
    return kappa


def power_mean(outputs: Array, power: float) -> tuple[Array, Array, Array]:
    """F (S,), dF/do (S, D), and d²F/do² (S, D, D) of F = (sum_d o_d^p)^(1/p).

    Outputs that are fitted exactly come as rounding errors of either sign, and count as such.
    """
    starts, D = outputs.shape
    outputs = np.where(np.abs(outputs) < ROUNDING, ROUNDING, outputs)
    if power == 1.0 or D == 1:
        return outputs.sum(axis=1), np.ones_like(outputs), np.zeros((starts, D, D))
    largest = outputs.max(axis=1, keepdims=True)
    ratio = outputs / largest
    value = largest[:, 0] * np.sum(ratio**power, axis=1) ** (1.0 / power)
    share = outputs / value[:, None]
    slopes = share ** (power - 1.0)
    diagonal = np.eye(D) * (share ** (power - 2.0))[:, :, None]
    bend = (
        (power - 1.0) / value[:, None, None] * (diagonal - slopes[:, :, None] * slopes[:, None, :])
    )
    return value, slopes, bend
