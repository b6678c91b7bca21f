"""Copies of neurons: the same dynamics, and less harm from errors of single weights.

Each neuron j becomes q_j neurons with the same row of M, B and b, and with N / q_j and O / q_j.
Sums over neurons are the same to rounding, and with them the latent dynamics. Independent relative
errors delta of the weights average: they act like delta / sqrt(q_j). Errors that all copies share
do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.networks.lowrank import LowRankNetwork

MOST_NEURONS = 100_000
_ROUNDING = 1e-9


def require_copies(network: LowRankNetwork, copies: int) -> None:
    """Refuse fewer than one copy, and more neurons than make sense."""
    if not 1 <= copies <= MOST_NEURONS // max(network.neurons, 1):
        most = MOST_NEURONS // max(network.neurons, 1)
        raise UsageError(f"{copies} clones of each neuron; give a whole number from 1 to {most:,}")


def quotas(loads: Array, total: int) -> NDArray[np.int64]:
    """How many of `total` neurons each population (k,) gets: in proportion to its load, one at
    least, by largest remainders.

    Independent errors of the weights add sum_j load_j² / q_j to a mean square. In proportion to the
    loads that is least (Neyman 1934).

    Raises
    ------
    UsageError
        Fewer neurons than populations.
    """
    if total < len(loads):
        raise UsageError(
            f"{total} neurons are fewer than {len(loads)} populations; give more neurons"
        )
    loads = np.ones(len(loads)) if not np.any(loads) else np.asarray(loads, dtype=np.float64)
    single = np.zeros(len(loads), dtype=bool)
    while True:  # the others share what those leave that get one although they need less
        left = (total - np.sum(single)) / np.sum(loads[~single])
        wanted = np.where(single, 1.0, loads * left)
        small = wanted < 1.0 - _ROUNDING  # not all of them: their mean is one at least
        if not np.any(small):
            break
        single |= small
    whole = np.floor(wanted).astype(np.int64)
    missing = total - int(np.sum(whole))
    whole[np.argsort(whole - wanted, kind="stable")[:missing]] += 1
    return whole


def equal_quotas(count: int, total: int) -> NDArray[np.int64]:
    """Quotas (count,) of populations that all get as many neurons, within one."""
    return quotas(np.ones(count), total)


def merged(network: LowRankNetwork) -> LowRankNetwork:
    """The network with neurons of equal M, B and b as one: the same latent field, fewer neurons.

    Labels of populations are left out: neurons of several may be equal. A network whose neurons all
    differ is returned as it is.
    """
    rows = np.hstack([network.M, network.input_weights, network.bias[:, None]])
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    if len(first) == network.neurons:
        return network
    order = np.argsort(first)  # as they come, not as their weights are sorted
    place = np.argsort(order)[which.ravel()]
    first = first[order]
    N, output = np.zeros((len(first), network.N.shape[1])), network.output
    np.add.at(N, place, network.N)
    if output is not None:
        rates = np.zeros((len(first), len(output.rates)))
        np.add.at(rates, place, output.rates.T)
        output = replace(output, rates=rates.T)
    return replace(
        network,
        M=network.M[first],
        N=N,
        bias=network.bias[first],
        input_weights=network.input_weights[first],
        output=output,
        population=None,
    )


def cloned(
    network: LowRankNetwork, copies: int | Sequence[int] | NDArray[np.int64]
) -> LowRankNetwork:
    """The network with every neuron replaced by copies of it, side by side.

    copies : of each neuron; one number for all, or one for each. Labels of populations stay; a
    network without them gets those of the neurons that were copied.

    Raises
    ------
    UsageError
        Fewer than one copy, or more neurons than make sense.

    Examples
    --------
    >>> import lrfit
    >>> from lrfit.networks.clones import cloned
    >>> network = lrfit.fit("pitchfork_bistable", neurons=4, method="ols", look=False).network
    >>> more = cloned(network, [3, 1, 1, 2])
    >>> more.neurons, float(abs(more.N.sum() - network.N.sum())) < 1e-12
    (7, True)
    """
    counts = np.broadcast_to(np.asarray(copies, dtype=np.int64), network.neurons)
    if np.all(counts == 1):
        return network
    if network.neurons and (np.min(counts) < 1 or np.sum(counts) > MOST_NEURONS):
        raise UsageError(
            f"{int(np.min(counts))} to {int(np.max(counts))} clones of each neuron; give whole "
            f"numbers from 1 on, and at most {MOST_NEURONS:,} neurons in all"
        )
    row = np.repeat(np.arange(network.neurons), counts)
    share = (1.0 / counts)[row]
    output, labels = network.output, network.population
    if output is not None:
        output = replace(output, rates=output.rates[:, row] * share)
    return replace(
        network,
        M=network.M[row],
        N=network.N[row] * share[:, None],
        bias=network.bias[row],
        input_weights=network.input_weights[row],
        output=output,
        population=row if labels is None else labels[row],
    )
