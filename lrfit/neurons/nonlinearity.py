"""The six nonlinearities: phi, phi', and the symmetry that a bias-free network inherits.

`parity` is that of phi: "odd", "odd plus constant" (phi - phi(0) is odd), "even plus linear"
(phi minus a linear part is even). `homogeneous`: phi(s x) = s phi(x) for s > 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrfit.arrays import Array
from lrfit.errors import UsageError

Parity = Literal["odd", "odd plus constant", "even plus linear"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Nonlinearity:
    """A scalar function applied to every neuron's input current.

    `phi`: current -> rate. `slope`: (current, rate) -> phi'(current), given the rate already
    computed, since tanh' = 1 - tanh² and sigmoid' = s (1 - s) then cost one product.
    """

    name: str
    phi: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    parity: Parity
    homogeneous: bool = False
    bounded: bool = True


def _erf(x: Array) -> Array:
    from scipy.special import erf  # noqa: PLC0415 - scipy only where it is used

    return np.asarray(erf(x))


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))  # exact identity, and no overflow


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
        ),
        Nonlinearity(
            name="relu",
            phi=lambda x: np.maximum(x, 0.0),
            slope=lambda x, _: (x > 0.0).astype(np.float64),
            parity="even plus linear",
            homogeneous=True,
            bounded=False,
        ),
        Nonlinearity(
            name="softplus",
            phi=lambda x: np.logaddexp(0.0, x),
            slope=lambda x, _: _sigmoid(x),
            parity="even plus linear",
            bounded=False,
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
