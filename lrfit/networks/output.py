"""Reading a state that is not the latent one: from currents, filtered inputs and rates.

    z = offset + S y + K v + O phi(x),     y = c + pinv(M) (x - B v - b)

Place in the flow: networks whose latent state y is shifted (`systems.transforms.shifted`) carry
one; for all others z is y. With copied inputs (`systems.transforms.copied`) y has further
variables, and S leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.regression.noise_price import price


@dataclass(frozen=True, kw_only=True, eq=False)
class Output:
    """The reading of D state variables from L latent ones.

    offset : (D,). state : S (D, L). input : K (D, U). rates : O (D, N). domain : the box and the
    names of the state. copied : inputs that the last latent variables copy, by index.
    """

    offset: Array
    state: Array
    input: Array
    rates: Array
    domain: Domain
    copied: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays; refuse what is not finite."""
        D = self.domain.dimension
        latent = D + len(self.copied)
        shapes = {name: np.shape(getattr(self, name)) for name in ("input", "rates")}
        freeze_fields(self, offset=(D,), state=(D, latent), **shapes)
        if not all(np.all(np.isfinite(getattr(self, n))) for n in ("offset", "state", *shapes)):
            raise InputError("a weight of the output is not finite; give finite numbers")

    def read(self, y: Array, v: Array, rates: Array) -> Array:
        """Z (P, D) from latent states (P, L), filtered inputs (P, U) and rates (P, N)."""
        return np.asarray(self.offset + y @ self.state.T + v @ self.input.T + rates @ self.rates.T)


def hide_copies(domain: Domain, copied: tuple[int, ...], neurons: int) -> Output:
    """The reading of a network with copies: the state is the first D latent variables."""
    D, U = domain.dimension, domain.input_count
    return Output(
        offset=np.zeros(D),
        state=np.eye(D, D + len(copied)),
        input=np.zeros((D, U)),
        rates=np.zeros((D, neurons)),
        domain=domain,
        copied=copied,
    )


def fit_output(
    y: Array, v: Array, rates: Array, z: Array, *, weight: Array, noise: float, domain: Domain
) -> Output:
    """Fit the reading by ridge regression, priced by the noise of the rates.

    y (P, D), v (P, U), rates (P, N), z (P, D); the half-widths h of `domain` divide z, so that
    noise of standard deviation `noise` on every rate adds noise² |O / h|² to the squared error.
    """
    scale = domain.half_width
    root = np.sqrt(weight)[:, None]
    free = np.hstack([np.ones((len(y), 1)), y, v])
    widths = np.sqrt(np.mean(free**2, axis=0))
    widths = np.where(widths > 0, widths, 1.0)
    columns = np.hstack([free / widths, rates]) * root
    ridge = np.hstack([np.zeros((rates.shape[1], free.shape[1])), np.eye(rates.shape[1])]) * (
        noise * np.sqrt(len(y))
    )
    targets = np.vstack([z / scale * root, np.zeros((len(ridge), z.shape[1]))])
    best, *_ = np.linalg.lstsq(np.vstack([columns, ridge]), targets, rcond=1e-13)
    D = y.shape[1]
    linear = (best[: free.shape[1]] / widths[:, None] * scale).T
    return Output(
        offset=linear[:, 0],
        state=linear[:, 1 : 1 + D],
        input=linear[:, 1 + D :],
        rates=(best[free.shape[1] :] * scale).T,
        domain=domain,
    )


def output_error(
    output: Output,
    y: Array,
    v: Array,
    rates: Array,
    z: Array,
    *,
    noise: float,
) -> float:
    """Rms error of a reading, its noise included, relative to the rms of z about the middle."""
    scale, middle = output.domain.half_width, output.domain.middle
    residual = (output.read(y, v, rates) - z) / scale
    added = price((output.rates / scale[:, None]).T, noise=noise)
    size = np.mean(((z - middle) / scale) ** 2, axis=0)
    return float(np.sqrt((np.mean(residual**2, axis=0) + added).sum() / size.sum()))
