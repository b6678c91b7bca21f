"""The leak and the combination of outputs, eliminated from the objective of refinement.

Place in the flow: `variable_projection` leaves for every output a quadratic in the shared leak,
    o_d(kappa) = a_d + 2 b_d kappa + c_d kappa²,
and F = (sum_d o_d^p)^(1/p) is minimized over kappa within its bounds: F is convex in kappa.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

ROUNDING = 1e-14
"""What differences of Gram entries of order 1 are good for: an exact fit gives less, or below 0."""


_MOST_STEPS = 40
"""Newton steps for the leak. Bisection alone would need 30 for nine digits of its bracket."""
_DIGITS = 1e-9
"""Relative change of the leak at which it counts as found: F is flat there, and its own error is
of the square of this."""


def best_leak(
    quadratics: Array, bounds: tuple[float, float], power: float
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Leak (S,) that minimises F within its bounds, o (S, D) there, and where it was found (S,)."""
    a, b, c = quadratics
    low, high = bounds
    kappa = np.clip(-b.sum(axis=1) / c.sum(axis=1), low, high)  # p = 1: one quadratic in all
    settled: NDArray[np.bool_] = np.ones(len(kappa), dtype=bool)
    if power > 1.0 and low < high:
        kappa, settled = _newton(quadratics, kappa, bounds, power)
    return kappa, a + 2 * b * kappa[:, None] + c * kappa[:, None] ** 2, settled


def _newton(
    quadratics: Array, kappa: Array, bounds: tuple[float, float], power: float
) -> tuple[Array, NDArray[np.bool_]]:
    """Minimize F over kappa: convex, so Newton between the outputs' own best values.

    Where two outputs are equally large F bends sharply and Newton steps jump to and fro across
    the bend: a step that is not half the one before is replaced by bisection.
    """
    # F grows with every o_d. Below the smallest and above the largest of the outputs' own best
    # values all of them move the same way, so the minimum lies between.
    a, b, c = quadratics
    own = np.clip(-b / c, *bounds)
    low, high = least, most = own.min(axis=1), own.max(axis=1)
    last, done = high - low, np.ones(len(kappa), dtype=bool)
    for _ in range(_MOST_STEPS):
        column = kappa[:, None]
        _, slope, bend = power_mean(a + 2 * b * column + c * column**2, power)
        pull = b + c * column
        first = (slope * pull).sum(axis=1)  # F'/2, since o_d' = 2 pull; below, F''/2
        second = (slope * c).sum(axis=1) + 2.0 * np.einsum("sd,sde,se->s", pull, bend, pull)
        low, high = np.where(first < 0, kappa, low), np.where(first > 0, kappa, high)
        step = -first / second
        there = np.minimum(np.abs(step), high - low) <= _DIGITS * np.abs(kappa)
        done = there | ~np.isfinite(step)  # a start that is lost must not keep the others waiting
        if np.all(done):
            break
        newton = there | (
            (kappa + step >= low) & (kappa + step <= high) & (np.abs(step) < 0.5 * np.abs(last))
        )
        last = np.where(newton, step, 0.5 * (low + high) - kappa)
        kappa = kappa + last
    # A row that is done takes its steps with the others of its batch, out of its bracket at times,
    # and past the bounds of the leak: its value is then too low or too high, and not settled.
    margin = _DIGITS * np.abs(kappa)
    return kappa, done & (kappa >= least - margin) & (kappa <= most + margin)


def power_mean(outputs: Array, power: float) -> tuple[Array, Array, Array]:
    """F (S,), dF/do (S, D), and d²F/do² (S, D, D) of F = (sum_d o_d^p)^(1/p).

    Outputs that are fitted exactly come as rounding errors of either sign, and count as such.
    """
    starts, D = outputs.shape
    outputs = np.where(np.abs(outputs) < ROUNDING, ROUNDING, outputs)
    if power == 1.0 or D == 1:
        return outputs.sum(axis=1), np.ones_like(outputs), np.zeros((starts, D, D))
    # Divided by the largest, so that no power leaves float64 whatever p is.
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
