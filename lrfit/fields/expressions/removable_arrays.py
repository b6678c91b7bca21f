"""The functions of `removable` on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions.removable import (
    alternating,
    horner,
    moments,
    near_exprel,
    near_sinc,
    rising,
    waves,
)


def exprel_slopes(x: Array, order: Any) -> Array:
    """As `exprel_slope`, of arrays."""
    k = round(float(order))
    near = np.minimum(np.abs(x), near_exprel(k))
    with np.errstate(all="ignore"):
        top = np.exp(x)
        series = np.where(x < 0.0, horner(rising(k), near) * top, horner(moments(k), near))
        far = np.expm1(x) / x
        for j in range(1, k + 1):
            far = (top - j * far) / x
    return np.asarray(np.where(np.abs(x) <= near_exprel(k), series, far))


def sinc_slopes(x: Array, order: Any) -> Array:
    """As `sinc_slope`, of arrays."""
    k = round(float(order))
    near = np.clip(x, -near_sinc(k), near_sinc(k))
    series = horner(alternating(k), near * near) * (near if k % 2 else 1.0)
    with np.errstate(all="ignore"):
        turned = waves(np.sin(x), np.cos(x))
        far = turned[0] / x
        for j in range(1, k + 1):
            far = (turned[j % 4] - j * far) / x
    return np.asarray(np.where(np.abs(x) <= near_sinc(k), series, far))
