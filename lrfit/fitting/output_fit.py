"""How the state is read where the latent state is shifted: weights by ridge regression.

Place in the flow: a network with gated inputs gets its `Output` from samples of both states.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.networks.output import Output
from lrfit.regression.noise_price import price


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
