"""Copies of neurons: the same dynamics, and less harm from errors of single weights.

Each neuron becomes K neurons with the same row of M, B and b, and with N / K and O / K. Sums over
neurons are the same to rounding, and with them the latent dynamics. Independent relative errors
delta of the weights average: they act like delta / sqrt(K). Errors that all copies share do not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.networks.lowrank import LowRankNetwork

MOST_NEURONS = 100_000


def require_copies(network: LowRankNetwork, copies: int) -> None:
    """Refuse fewer than one copy, and more neurons than make sense."""
    if not 1 <= copies <= MOST_NEURONS // max(network.neurons, 1):
        most = MOST_NEURONS // max(network.neurons, 1)
        raise UsageError(f"{copies} clones of each neuron; give a whole number from 1 to {most:,}")


def cloned(network: LowRankNetwork, copies: int) -> LowRankNetwork:
    """The network with every neuron replaced by copies of it, side by side.

    Raises
    ------
    UsageError
        Fewer than one copy, or more neurons than make sense.

    Examples
    --------
    >>> import lrfit
    >>> from lrfit.tuning.clones import cloned
    >>> network = lrfit.fit("pitchfork_bistable", neurons=4, method="ols", look=False).network
    >>> more = cloned(network, 3)
    >>> more.neurons, float(abs(more.N.sum() - network.N.sum())) < 1e-12
    (12, True)
    """
    require_copies(network, copies)
    output = network.output
    if output is not None:
        output = replace(output, rates=np.repeat(output.rates / copies, copies, axis=1))
    return replace(
        network,
        M=np.repeat(network.M, copies, axis=0),
        N=np.repeat(network.N / copies, copies, axis=0),
        bias=np.repeat(network.bias, copies),
        input_weights=np.repeat(network.input_weights, copies, axis=0),
        output=output,
    )
