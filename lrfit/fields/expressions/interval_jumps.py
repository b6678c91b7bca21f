"""Interval rules of functions that jump, and of those whose 0/0 is removable."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrfit.fields.expressions.interval_parts import (
    ULP,
    Bounds,
    absolute,
    add,
    monotone,
    of_corners,
    opposite,
    outward,
    quotient,
    undefined,
    within,
)
from lrfit.fields.expressions.removable_arrays import exprel_slopes, sinc_slopes


def hypot(a: Bounds, b: Bounds) -> Bounds:
    """Lengths, monotone in both absolute values."""
    a, b = absolute(a), absolute(b)
    low, high = outward(np.hypot(a[0], b[0]), np.hypot(a[1], b[1]), 8.0)
    return np.maximum(low, 0.0), high


def _touches_cut(y: Bounds, x: Bounds) -> Any:
    """Whether (y, x) may lie on the half-line y = 0, x <= 0, where atan2 jumps."""
    return ~((y[0] > 0.0) | (y[1] < 0.0) | (x[0] > 0.0))


def atan2(y: Bounds, x: Bounds) -> Bounds:
    """Off the cut the angle is harmonic, and monotone on every edge: extreme at corners."""
    low, high = of_corners([np.arctan2(p, q) for p in y for q in x], 8.0)
    jumps, most = _touches_cut(y, x), np.nextafter(np.pi, 4.0)
    low, high = np.where(jumps, -most, low), np.where(jumps, most, high)
    return undefined(np.isnan(y[0] + y[1] + x[0] + x[1]), (low, high))


def mod(a: Bounds, b: Bounds) -> Bounds:
    """Values a - b k where floor(a / b) is k for sure, else all from 0 to b."""
    low, high = quotient(a, b)
    one, known = np.floor(low), np.floor(low) == np.floor(high)
    piece = add(a, opposite(of_corners([x * one for x in (*b, *b)], 1.0)))
    zero = np.minimum(b[0], 0.0), np.maximum(b[1], 0.0)
    bounds = np.where(known, piece[0], zero[0]), np.where(known, piece[1], zero[1])
    return undefined(np.isnan(low + high), bounds)


def flat(a: Bounds) -> Bounds:
    """Zero where the argument is the same all over the interval, else unbounded."""
    return undefined(~(a[0] >= a[1]), (np.zeros_like(a[0]), np.zeros_like(a[0])))


def cut(y: Bounds, x: Bounds) -> Bounds:
    """Zero off the cut of atan2, else unbounded."""
    shape = np.zeros_like(y[0] + x[0])
    return undefined(_touches_cut(y, x), (shape, shape))


def exprel_slope(a: Bounds, order: Bounds) -> Bounds:
    """Positive and increasing, as an integral of s^k exp(s x)."""
    k = np.rint(order[0])
    return within(monotone(lambda x: exprel_slopes(x, k), 256.0), 0.0, np.inf)(a)


def sinc_slope(a: Bounds, order: Bounds) -> Bounds:
    """The value in the middle and as much as it can change: |S_k| <= 1/(k+1), |S_k'| <= 1/(k+2)."""
    k = float(np.rint(order[0]))
    middle = 0.5 * a[0] + 0.5 * a[1]
    radius = np.maximum(a[1] - middle, middle - a[0]) * (1.0 + 4.0 * ULP) / (k + 2.0)
    value, most = sinc_slopes(np.asarray(middle), k), (1.0 + 4.0 * ULP) / (k + 1.0)
    low, high = value - radius - 256.0 * ULP, value + radius + 256.0 * ULP
    bounds = np.maximum(low, -most), np.minimum(high, most)
    return undefined(~np.isfinite(a[0] + a[1]), bounds)
