"""Averages of a nonlinearity and its derivatives over a Gaussian argument.

    ⟨f⟩(h, s) = ∫ f(h + s ξ) exp(-ξ²/2) dξ / √(2π),      f = φ, φ', φ'', φ'''

Closed forms for erf, relu and sin. Of the others an average is the trapezoid sum over ξ in
[-8.5, 8.5], whose error is about exp(-π² (nodes - 1) / (17 s)) for tanh: its poles at ±iπ/2 are
π/(2 s) away from the real axis of ξ. Gauss-Hermite is no rule for it: its error at s = 5 is 1e-2
with 50 nodes and 1e-4 with 200.

Place in the flow: `mean_field` puts these together into the velocity of a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.networks.nonlinearity import Nonlinearity

REACH = 8.5
"""Standard deviations over which is summed; what is beyond weighs 1e-17."""
FEWEST = 61
_WIDEST = 128.0
"""Standard deviations of the argument beyond which no more nodes are taken: phi is a step there."""
_ENTRIES = 2**18
"""Evaluations of phi at a time, which keeps them in the cache."""

Derivatives = Callable[[Array, Array], tuple[Array, Array]]
"""(current, rate) -> phi'', phi'''."""
Integrand = Callable[[Array, Array], tuple[Array, ...]]
"""(arguments (K, nodes), nodes) -> functions (K, nodes) to be averaged."""


def node_count(sd: float) -> int:
    """Nodes for arguments of a standard deviation: 41 + 45 sd, at least 61."""
    return max(FEWEST, int(np.ceil(41.0 + 45.0 * sd)))


@cache
def _rule(sd: float) -> tuple[Array, Array]:
    """Nodes and weights of the trapezoid rule, which sum to 1."""
    nodes = np.linspace(-REACH, REACH, node_count(sd))
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / np.sum(weights)


def averaged(integrand: Integrand, count: int, mean: Array, sd: Array) -> tuple[Array, ...]:
    """Averages of `count` functions over N(mean, sd²), each of the shape of mean and sd.

    How many nodes an argument gets depends on its own standard deviation alone, so that no result
    depends on which are asked for together.
    """
    h, s = np.ravel(mean), np.ravel(sd)
    found = np.full((count, len(h)), np.nan)
    for widest, chosen in _classes(s):
        nodes, weights = _rule(widest)
        step = max(_ENTRIES // len(nodes), 1)
        for start in range(0, len(chosen), step):
            rows = chosen[start : start + step]
            values = integrand(h[rows, None] + s[rows, None] * nodes, nodes)
            for f, value in enumerate(values):
                found[f, rows] = value @ weights
    return tuple(found.reshape(count, *np.shape(mean)))


def _classes(sd: Array) -> Iterator[tuple[float, NDArray[np.intp]]]:
    """Arguments by the power of √2 that bounds their standard deviation."""
    with np.errstate(divide="ignore"):
        powers = np.ceil(2.0 * np.log2(np.clip(sd, 0.4, _WIDEST)))
    for power in np.unique(powers[np.isfinite(powers)]):
        yield float(2.0 ** (power / 2.0)), np.flatnonzero(powers == power)


def _tanh(_: Array, r: Array) -> tuple[Array, Array]:
    squares = r * r
    slope = 1.0 - squares
    return -2.0 * r * slope, (6.0 * squares - 2.0) * slope


def _sigmoid(_: Array, r: Array) -> tuple[Array, Array]:
    slope = r * (1.0 - r)
    return slope * (1.0 - 2.0 * r), slope * (1.0 - 6.0 * slope)


def _softplus(x: Array, _: Array) -> tuple[Array, Array]:
    y = np.tanh(0.5 * x)  # phi' = (1 + y) / 2
    slope = 0.25 * (1.0 - y * y)
    return slope, -slope * y


_DERIVATIVES: dict[str, Derivatives] = {"tanh": _tanh, "sigmoid": _sigmoid, "softplus": _softplus}


def _erf_average(h: Array, s: Array) -> tuple[Array, Array, Array, Array]:
    from scipy.special import erf  # noqa: PLC0415 - scipy only where it is used

    q = np.sqrt(1.0 + 2.0 * s**2)
    x = h / q
    slope = 2.0 / np.sqrt(np.pi) * np.exp(-x * x) / q
    return erf(x), slope, -2.0 * x / q * slope, (4.0 * x * x - 2.0) / q**2 * slope


def _relu_average(h: Array, s: Array) -> tuple[Array, Array, Array, Array]:
    from scipy.special import ndtr  # noqa: PLC0415 - scipy only where it is used

    # Without variance phi'' is 0 but at the kink, and what it is multiplied with is 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(s > 0.0, h / s, np.where(h > 0.0, np.inf, -np.inf))
        density = np.where(s > 0.0, np.exp(-0.5 * x * x) / (np.sqrt(2.0 * np.pi) * s), 0.0)
        third = np.where(s > 0.0, -density * x / s, 0.0)
    below = ndtr(x)
    return h * below + s**2 * density, below, density, third


def _sin_average(h: Array, s: Array) -> tuple[Array, Array, Array, Array]:
    damped = np.exp(-0.5 * s**2)
    sin, cos = damped * np.sin(h), damped * np.cos(h)
    return sin, cos, -sin, -cos


_CLOSED = {"erf": _erf_average, "relu": _relu_average, "sin": _sin_average}


def require_known(phi: Nonlinearity) -> None:
    """Raise UsageError for a nonlinearity whose averages are not known."""
    if phi.name not in (known := (*_DERIVATIVES, *_CLOSED)):
        raise UsageError(
            f"the mean field of {phi.name!r} is not known; choose one of {', '.join(known)}"
        )


def gaussian_averages(phi: Nonlinearity, mean: Array, sd: Array) -> tuple[Array, Array]:
    """⟨φ⟩ and ⟨φ'⟩ over N(mean, sd²), of the shape of mean and sd."""
    if phi.name in _CLOSED:
        return _CLOSED[phi.name](mean, sd)[:2]
    value, slope = averaged(partial(_value_and_slope, phi), 2, mean, sd)
    return value, slope


def gaussian_derivatives(phi: Nonlinearity, mean: Array, sd: Array) -> tuple[Array, Array, Array]:
    """⟨φ'⟩, ⟨φ''⟩ and ⟨φ'''⟩ over N(mean, sd²), of the shape of mean and sd."""
    if phi.name in _CLOSED:
        return _CLOSED[phi.name](mean, sd)[1:]
    slope, second, third = averaged(partial(_slope_and_higher, phi), 3, mean, sd)
    return slope, second, third


def gaussian_squares(phi: Nonlinearity, mean: Array, sd: Array) -> tuple[Array, ...]:
    """⟨φ⟩, ⟨ξ φ⟩, ⟨φ²⟩, ⟨ξ φ²⟩ and ⟨ξ² φ²⟩, for the scatter of sampled networks."""
    return averaged(partial(_moments, phi), 5, mean, sd)


def _value_and_slope(phi: Nonlinearity, x: Array, _: Array) -> tuple[Array, ...]:
    rate = phi.phi(x)
    return rate, phi.slope(x, rate)


def _slope_and_higher(phi: Nonlinearity, x: Array, _: Array) -> tuple[Array, ...]:
    rate = phi.phi(x)
    return phi.slope(x, rate), *_DERIVATIVES[phi.name](x, rate)


def _moments(phi: Nonlinearity, x: Array, xi: Array) -> tuple[Array, ...]:
    rate = phi.phi(x)
    square = rate * rate
    return rate, xi * rate, square, xi * square, xi**2 * square
