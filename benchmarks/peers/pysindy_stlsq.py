"""PySINDy's sparse regression, as far as it fits: neurons in place of its library of functions.

STLSQ (sequentially thresholded least squares, SINDy's own optimizer) solves a ridge regression
for every output and drops weights below a threshold, again and again. Its ridge is the price of
noise, its supports (one per output) are united, and `unbias` is off since the union is solved anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from benchmarks.peers.sklearn_omp import Indices
from lrfit.core.arrays import Array

FINER = 1.15
"""Ratio of successive thresholds."""


def supports(Phi: Array, targets: Array, *, noise: float, most: int) -> Iterator[Indices]:
    """Unions of supports for falling thresholds, until they have more than `most` neurons."""
    from pysindy.optimizers import STLSQ  # noqa: PLC0415 - an optional peer

    def weights(threshold: float, rounds: int) -> Array:
        with warnings.catch_warnings():
            # An empty support, and rounds that are spent, are told by warnings.
            warnings.simplefilter("ignore")
            solver = STLSQ(
                threshold=threshold, alpha=len(Phi) * noise**2, max_iter=rounds, unbias=False
            )
            return np.abs(solver.fit(Phi, targets).coef_)

    threshold = float(np.max(weights(0.0, 1)))
    count = 0
    while count <= most:
        threshold /= FINER
        union = np.flatnonzero(np.any(weights(threshold, 20) > 0.0, axis=0))
        if len(union) > count:
            yield union
        count = len(union)
