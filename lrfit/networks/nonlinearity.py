"""The nonlinearities, each declared once: phi, phi', its symmetry, and what proofs need of it.

`parity` is that of phi: "odd", "odd plus constant" (phi - phi(0) is odd), "even plus linear"
(phi minus a linear part is even). `homogeneous`: phi(s x) = s phi(x) for s > 0. `nonnegative`:
phi(x) >= 0, as firing rates are.

A package of a user adds its own by a plugin (`lrfit.core.plugins`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.plugins import load_object, plugin_nonlinearities

Parity = Literal["odd", "odd plus constant", "even plus linear"]
Shape = Literal["sigmoid", "ramp", "kink", "wave"]


class Rate(Protocol):
    """phi: current -> rate, elementwise; into `out` (which may be the current) when given."""

    def __call__(self, current: Array, /, out: Array | None = None) -> Array:
        """Rates, of the current's shape."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Bounds:
    """What bounds a nonlinearity and its derivatives, for proofs by interval arithmetic.

    shape : "sigmoid" (it rises, most steeply at 0), "ramp" (phi and phi' rise), "kink" (a ramp
        whose phi' jumps from 0 to 1 at 0), "wave" (between -1 and 1, and so is phi').
    lipschitz : |phi'| <= lipschitz. span : highest - lowest rate.
    second : phi''. third : b -> a bound on |phi'''(x)| for all |x| >= b >= 0. Both are None where
        there are no such derivatives. |phi''| must be at most 2.
    """

    shape: Shape
    lipschitz: float
    span: float
    second: Callable[[Array], Array] | None = None
    third: Callable[[Array], Array] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Nonlinearity:
    """A scalar function applied to every neuron's input current.

    `phi`: current -> rate. `slope`: (current, rate) -> phi'(current), given the rate already
    computed, since tanh' = 1 - tanh² and sigmoid' = s (1 - s) then cost one product. `bounds`:
    None where none are known; then nothing is proved of networks with it.
    """

    name: str
    phi: Rate
    slope: Callable[[Array, Array], Array]
    parity: Parity
    homogeneous: bool = False
    bounded: bool = True
    nonnegative: bool = False
    bounds: Bounds | None = None

    def __reduce__(self) -> tuple[Callable[[str], Nonlinearity], tuple[str]]:
        """Travel to another process by name: there is one of each."""
        return nonlinearity, (self.name,)


def _erf(x: Array, /, out: Array | None = None) -> Array:
    from scipy.special import erf  # noqa: PLC0415 - scipy only where it is used

    return np.asarray(erf(x, out=out))


def _sigmoid(x: Array, /, out: Array | None = None) -> Array:
    # An exact identity that never overflows: sigmoid(x) = (1 + tanh(x / 2)) / 2.
    rate = np.tanh(np.multiply(x, 0.5, out=out), out=out)
    return np.multiply(np.add(rate, 1.0, out=out), 0.5, out=out)


def _relu(x: Array, /, out: Array | None = None) -> Array:
    return np.maximum(x, 0.0, out=out)


def _softplus(x: Array, /, out: Array | None = None) -> Array:
    return np.logaddexp(0.0, x, out=out)


def _tanh_second(x: Array) -> Array:
    y = np.tanh(x)
    return np.asarray(-2.0 * y * (1.0 - y * y))


def _tanh_third(b: Array) -> Array:
    # 2 |(1 - s)(1 - 3 s)| with s = tanh²: falls from 2 to 0, and from its hump 2/3 at s = 2/3.
    s = np.tanh(b) ** 2
    falling = 2.0 * np.abs((1.0 - s) * (1.0 - 3.0 * s))
    return np.asarray(np.maximum(falling, (s < 0.6667) * 0.66667))


def _tanh_second_bound(b: Array) -> Array:
    # 2 y (1 - y²), y = tanh: rises to 4 / (3 sqrt(3)) at y² = 1/3, then falls.
    y = np.tanh(b)
    return np.asarray(np.maximum(2.0 * y * (1.0 - y * y), (y * y < 0.3334) * 0.7699))


def _erf_third(b: Array) -> Array:
    # 2/sqrt(pi) |4 s - 2| exp(-s) with s = b²: falls from 2 to 0, and from its hump at s = 3/2.
    s = np.minimum(b, 26.0) ** 2
    hump = (s < 1.5001) * 0.8926
    return np.asarray(1.1284 * np.maximum(np.abs(4.0 * s - 2.0) * np.exp(-s), hump))


def _softplus_second(x: Array) -> Array:
    y = np.tanh(0.5 * x)
    return np.asarray(0.25 * (1.0 - y * y))


NONLINEARITIES: dict[str, Nonlinearity] = {
    item.name: item
    for item in (
        Nonlinearity(
            name="tanh",
            phi=np.tanh,
            slope=lambda _, r: 1.0 - r * r,
            parity="odd",
            bounds=Bounds(
                shape="sigmoid", lipschitz=1.0, span=2.0, second=_tanh_second, third=_tanh_third
            ),
        ),
        Nonlinearity(
            name="erf",
            phi=_erf,
            slope=lambda x, _: (2.0 / np.sqrt(np.pi)) * np.exp(-x * x),
            parity="odd",
            bounds=Bounds(
                shape="sigmoid",
                lipschitz=1.1284,
                span=2.0,
                second=lambda x: np.asarray(-4.0 / np.sqrt(np.pi) * x * np.exp(-x * x)),
                third=_erf_third,
            ),
        ),
        Nonlinearity(
            name="sigmoid",
            phi=_sigmoid,
            slope=lambda _, r: r * (1.0 - r),
            parity="odd plus constant",
            nonnegative=True,
            bounds=Bounds(
                shape="sigmoid",
                lipschitz=0.25,
                span=1.0,
                second=lambda x: _tanh_second(0.5 * x) / 8.0,
                third=lambda b: _tanh_third(b / 2.0) / 16.0,
            ),
        ),
        Nonlinearity(
            name="relu",
            phi=_relu,
            slope=lambda x, _: (x > 0.0).astype(np.float64),
            parity="even plus linear",
            homogeneous=True,
            bounded=False,
            nonnegative=True,
            bounds=Bounds(shape="kink", lipschitz=1.0, span=np.inf),
        ),
        Nonlinearity(
            name="softplus",
            phi=_softplus,
            slope=lambda x, _: _sigmoid(x),
            parity="even plus linear",
            bounded=False,
            nonnegative=True,
            bounds=Bounds(
                shape="ramp",
                lipschitz=1.0,
                span=np.inf,
                second=_softplus_second,
                third=lambda b: _tanh_second_bound(b / 2.0) / 8.0,
            ),
        ),
        Nonlinearity(
            name="sin",
            phi=np.sin,
            slope=lambda x, _: np.cos(x),
            parity="odd",
            bounds=Bounds(
                shape="wave",
                lipschitz=1.0,
                span=2.0,
                second=lambda x: -np.sin(x),
                third=np.ones_like,
            ),
        ),
    )
}


def nonlinearity(name: str) -> Nonlinearity:
    """Look a nonlinearity up by name, also among those of plugins.

    Raises
    ------
    UsageError
        There is none of this name.

    Examples
    --------
    >>> import numpy as np
    >>> from lrfit.networks.nonlinearity import nonlinearity
    >>> relu = nonlinearity("relu")
    >>> relu.phi(np.array([-1.0, 2.0])).tolist(), relu.homogeneous, relu.bounded
    ([0.0, 2.0], True, False)
    """
    if name in NONLINEARITIES:
        return NONLINEARITIES[name]
    added = plugin_nonlinearities()
    if name not in added:
        choices = ", ".join([*NONLINEARITIES, *added])
        raise UsageError(f"unknown nonlinearity {name!r}; choose one of {choices}")
    found = load_object(added[name])
    if not isinstance(found, Nonlinearity) or found.name != name:
        raise UsageError(f"{added[name]} is no Nonlinearity of the name {name!r}; mend the plugin")
    return found
