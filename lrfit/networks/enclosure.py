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

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.networks.nonlinearity import Bounds, Nonlinearity

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


def bounds_of(nonlinearity: Nonlinearity) -> Bounds:
    """The bounds of a nonlinearity's derivatives and range.

    Raises
    ------
    InputError
        None are known.
    """
    if nonlinearity.bounds is None:
        raise InputError(
            f"no bounds of the nonlinearity {nonlinearity.name} are known, and so nothing can be "
            "proved of networks with it; give it `bounds`"
        )
    return nonlinearity.bounds


def largest_rate(nonlinearity: Nonlinearity, current: Array) -> Array:
    """A bound on |phi(x)| for all |x| <= current."""
    if bounds_of(nonlinearity).shape == "wave":
        return np.ones_like(current)
    return np.asarray(
        np.maximum(np.abs(nonlinearity.phi(current)), np.abs(nonlinearity.phi(-current)))
    )


def enclose(nonlinearity: Nonlinearity, current: Array, radius: Array) -> Quadratics:
    """Enclose phi over |x - current| <= radius, arrays of one shape."""
    bounds = bounds_of(nonlinearity)
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
