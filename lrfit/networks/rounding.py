"""A network as other hardware would hold it: every weight rounded to a shorter format.

Place in the flow: part of the report of every fit. Only the weights (M, N, B, b, C, c, tau) are
rounded; the arithmetic stays in double precision, as in hardware that accumulates well.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np

from lrfit.core.errors import InputError
from lrfit.networks.lowrank import LowRankNetwork

Precision = Literal["float32", "float16"]

_WEIGHTS = ("M", "N", "bias", "center", "input_weights", "direct_input")


def rounded(network: LowRankNetwork, precision: Precision) -> LowRankNetwork | None:
    """The network with all its numbers rounded, in the user's units.

    None when it is no network any more: a weight overflows, or tau becomes zero.
    """
    kind = np.dtype(precision)
    with np.errstate(over="ignore", under="ignore"):
        weights = {n: getattr(network, n).astype(kind).astype(np.float64) for n in _WEIGHTS}
        tau = float(kind.type(network.tau))
    try:
        return dataclasses.replace(network, **weights, tau=tau)
    except InputError:
        return None
