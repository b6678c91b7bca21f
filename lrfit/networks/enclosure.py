"""Quadratics that enclose phi over intervals of current, with a proved remainder.

    phi(a + t) = p0 + p1 t + p2 t² ± remainder,    |t| <= r

Place in the flow: the neurons' share of the bounds of `lrfit.certification`. The quadratic
interpolates phi at the Chebyshev nodes t = 0, ± sqrt(3)/2 r, so that the remainder is at most
r³/24 max |phi'''| (a quarter of that of a Taylor expansion). Where that is larger than phi can
vary, a constant serves; relu, which has no derivatives, gets its chord.

Rounding is not in here: rates are as accurate as numpy has them, and whoever uses the quadratics
must allow for some units in the last place of `largest_rate` and of the currents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.nonlinearity import Nonlinearity

_NODE = np.sqrt(0.75)
_TINY = 1e-150  # squares of it do not vanish


@dataclass(frozen=True, kw_only=True, eq=False)
class Quadratics:
    """Coefficients p0, p1, p2 and remainder of every enclosure, and value = phi(a)."""

    value: Array
    constant: Array
    linear: Array
    square: Array
    remainder: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Regularity:
    """What bounds a nonlinearity: |phi'| <= lipschitz, highest - lowest rate <= span.

    third(b): a bound on |phi'''(x)| for all |x| >= b >= 0; None where there is no third
    derivative.
    """

    lipschitz: float
    span: float
    third: Callable[[Array], Array] | None


def _tanh_third(b: Array) -> Array:
    # 2 |(1 - s)(1 - 3 s)| with s = tanh²: falls from 2 to 0, and from its hump 2/3 at s = 2/3.
    s = np.tanh(b) ** 2
    falling = 2.0 * np.abs((1.0 - s) * (1.0 - 3.0 * s))
    return np.asarray(np.maximum(falling, (s < 0.6667) * 0.66667))


def _tanh_second(b: Array) -> Array:
    # 2 y (1 - y²), y = tanh: rises to 4 / (3 sqrt(3)) at y² = 1/3, then falls.
    y = np.tanh(b)
    return np.asarray(np.maximum(2.0 * y * (1.0 - y * y), (y * y < 0.3334) * 0.7699))


def _erf_third(b: Array) -> Array:
    # 2/sqrt(pi) |4 s - 2| exp(-s) with s = b²: falls from 2 to 0, and from its hump at s = 3/2.
    s = np.minimum(b, 26.0) ** 2
    hump = (s < 1.5001) * 0.8926
    return np.asarray(1.1284 * np.maximum(np.abs(4.0 * s - 2.0) * np.exp(-s), hump))


_REGULARITY = {
    "tanh": Regularity(lipschitz=1.0, span=2.0, third=_tanh_third),
    "erf": Regularity(lipschitz=1.1284, span=2.0, third=_erf_third),
    "sigmoid": Regularity(lipschitz=0.25, span=1.0, third=lambda b: _tanh_third(b / 2.0) / 16.0),
    "relu": Regularity(lipschitz=1.0, span=np.inf, third=None),
    "softplus": Regularity(lipschitz=1.0, span=np.inf, third=lambda b: _tanh_second(b / 2.0) / 8.0),
    "sin": Regularity(lipschitz=1.0, span=2.0, third=np.ones_like),
}


def regularity(nonlinearity: Nonlinearity) -> Regularity:
    """The bounds of a nonlinearity's derivatives and range."""
    return _REGULARITY[nonlinearity.name]


def largest_rate(nonlinearity: Nonlinearity, current: Array) -> Array:
    """A bound on |phi(x)| for all |x| <= current."""
    at_ends = np.abs(nonlinearity.phi(current)), np.abs(nonlinearity.phi(-current))
    if nonlinearity.name == "sin":
        return np.ones_like(current)
    return np.asarray(np.maximum(*at_ends))


def enclose(nonlinearity: Nonlinearity, current: Array, radius: Array) -> Quadratics:
    """Enclose phi over |x - current| <= radius, arrays of one shape."""
    bounds = regularity(nonlinearity)
    radius = np.maximum(radius, _TINY)
    if bounds.third is None:
        return _chords(current, radius)
    phi = nonlinearity.phi
    middle = phi(current)
    high = phi(current + _NODE * radius)
    low = phi(current - _NODE * radius)
    nearest = np.maximum(np.abs(current) - radius, 0.0)
    # 1e-15: the absolute rounding error of 1 - tanh² in the tails.
    remainder = (bounds.third(nearest) + 1e-15) * radius**3 / 23.999
    variation = np.minimum(bounds.lipschitz * radius, bounds.span)
    smooth = remainder < variation
    return Quadratics(
        value=middle,
        constant=middle,
        linear=smooth * ((high - low) / (2.0 * _NODE * radius)),
        square=smooth * ((high + low - 2.0 * middle) / (1.5 * radius**2)),
        remainder=np.minimum(remainder, variation),
    )


def _chords(current: Array, radius: Array) -> Quadratics:
    """Enclose relu: exact on either side of the kink, its chord less half its sag across it."""
    across = np.abs(current) < radius
    value = np.maximum(current, 0.0)
    slope = np.where(across, (current + radius) / (2.0 * radius), current > 0.0)
    sag = np.where(across, (radius - current) * slope, 0.0)
    constant = np.where(across, slope * radius - sag / 2.0, value)
    return Quadratics(
        value=value,
        constant=constant,
        linear=slope,
        square=np.zeros_like(current),
        remainder=sag / 2.0,
    )
