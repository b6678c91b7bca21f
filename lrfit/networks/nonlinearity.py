"""The six nonlinearities: phi, phi', and the symmetry that a bias-free network inherits.

`parity` is that of phi: "odd", "odd plus constant" (phi - phi(0) is odd), "even plus linear"
(phi minus a linear part is even). `homogeneous`: phi(s x) = s phi(x) for s > 0. `nonnegative`:
phi(x) >= 0, as firing rates are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError

Parity = Literal["odd", "odd plus constant", "even plus linear"]


class Rate(Protocol):
    """phi: current -> rate, elementwise; into `out` (which may be the current) when given."""

    def __call__(self, current: Array, /, out: Array | None = None) -> Array:
        """Rates, of the current's shape."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Nonlinearity:
    """A scalar function applied to every neuron's input current.

    `phi`: current -> rate. `slope`: (current, rate) -> phi'(current), given the rate already
    computed, since tanh' = 1 - tanh² and sigmoid' = s (1 - s) then cost one product.
    """

    name: str
    phi: Rate
    slope: Callable[[Array, Array], Array]
    parity: Parity
    homogeneous: bool = False
    bounded: bool = True
    nonnegative: bool = False

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


NONLINEARITIES: dict[str, Nonlinearity] = {
    item.name: item
    for item in (
        Nonlinearity(name="tanh", phi=np.tanh, slope=lambda _, r: 1.0 - r * r, parity="odd"),
        Nonlinearity(
            name="erf",
            phi=_erf,
            slope=lambda x, _: (2.0 / np.sqrt(np.pi)) * np.exp(-x * x),
            parity="odd",
        ),
        Nonlinearity(
            name="sigmoid",
            phi=_sigmoid,
            slope=lambda _, r: r * (1.0 - r),
            parity="odd plus constant",
            nonnegative=True,
        ),
        Nonlinearity(
            name="relu",
            phi=_relu,
            slope=lambda x, _: (x > 0.0).astype(np.float64),
            parity="even plus linear",
            homogeneous=True,
            bounded=False,
            nonnegative=True,
        ),
        Nonlinearity(
            name="softplus",
            phi=_softplus,
            slope=lambda x, _: _sigmoid(x),
            parity="even plus linear",
            bounded=False,
            nonnegative=True,
        ),
        Nonlinearity(name="sin", phi=np.sin, slope=lambda x, _: np.cos(x), parity="odd"),
    )
}


def nonlinearity(name: str) -> Nonlinearity:
    """Look a nonlinearity up by name; raises UsageError for an unknown one."""
    try:
        return NONLINEARITIES[name]
    except KeyError:
        choices = ", ".join(NONLINEARITIES)
        raise UsageError(f"unknown nonlinearity {name!r}; choose one of {choices}") from None
