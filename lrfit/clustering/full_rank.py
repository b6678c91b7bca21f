"""A low-rank network from the connectivity of a full-rank one, in latent variables with a meaning.

    dJ = J - J0 = sum_r s_r l_r r_rᵀ,     M = (s_1 l_1, ...),  N = (r_1, ...)

J0 is the connectivity before training, 0 where it is not known. Any basis of M and N is as good:
latent variables are turned so that the outputs rise along the first of them, and scaled to a
variance of one on the network's trajectories (`lrfit.reduction.coordinates`).

Place in the flow: `subject` calls it for trained and imported networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.io.text import counted
from lrfit.learning.analyze import change_in
from lrfit.learning.analyze_network import visited_states
from lrfit.learning.result import TrainedNetwork, dense
from lrfit.learning.trials import Floats
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import Nonlinearity
from lrfit.reduction.coordinates import coordinates_of, field_of
from lrfit.reduction.latent import LatentModel

MOST_RANK = 10
"""Of a matrix that counts as low-rank by itself, when nobody says a rank."""
_ROUNDING = 1e-5
"""Of the largest singular value: what is below is rounding, of weights in 32 bits too."""


def require_one_kind(network: FullRankNetwork) -> Nonlinearity:
    """The nonlinearity of all neurons.

    Raises
    ------
    UsageError
        The rate form, several time constants or several nonlinearities.
    """
    if network.form == "rate":
        raise UsageError(
            "the network is in the rate form, whose inputs reach no latent variable; populations "
            "are those of networks in the current form"
        )
    if np.ndim(network.tau) or len(network.groups) != 1:
        raise UsageError(
            "the network has several time constants or nonlinearities; its neurons are of kinds "
            "of which a mixture knows nothing: give a network with one of each"
        )
    return network.groups[0].nonlinearity


@dataclass(frozen=True, kw_only=True, eq=False)
class LowRankPart:
    """Singular vectors of a change of the connectivity: M (n, R), N (n, R), and what it is."""

    M: Array
    N: Array
    told: str


def low_rank_part(
    network: FullRankNetwork, trained: TrainedNetwork | None, rank: int | None, seed: int
) -> LowRankPart:
    """The terms of the change of the connectivity that count.

    rank : how many; by default all of a matrix of low rank, else the functional rank of what was
        learned.

    Raises
    ------
    UsageError
        The connectivity is not of low rank, and nothing says how many terms count.
    """
    require_one_kind(network)
    before = network.initial if trained is None else trained.initial.J
    if before is not None and not np.any(dense(before)):
        before = None  # learning began from nothing
    whole, what = dense(network.J), "connectivity"
    left, s, right = np.linalg.svd(whole)
    own = _rank_of(s)
    # Of a network that learned factors from no random connectivity, all is of low rank, and the
    # factors before learning are none of the change's.
    if before is not None and own > MOST_RANK:
        what = "change of the connectivity"
        left, s, right = np.linalg.svd(whole - dense(before))
        own = _rank_of(s)
    if not own:
        raise UsageError(f"the {what} is 0, which has no loadings")
    chosen = rank or (own if own <= MOST_RANK else _functional_rank(trained, own, what, seed))
    if chosen > own:
        raise UsageError(f"the {what} has rank {own}; give a rank of at most that")
    share = float(np.sum(s[:chosen] ** 2) / np.sum(s**2))
    parts = "all" if own == chosen else f"{100 * share:.3g} % of the square"
    return LowRankPart(
        M=left[:, :chosen] * s[:chosen],
        N=right[:chosen].T,
        told=f"rank {chosen} of the {what} ({parts})",
    )


def _rank_of(s: Array) -> int:
    return int(np.sum(s > _ROUNDING * s[0])) if s[0] > 0.0 else 0


def _functional_rank(trained: TrainedNetwork | None, own: int, what: str, seed: int) -> int:
    found = None if trained is None else change_in(trained, seed=seed).functional_rank
    if not found:
        why = "" if trained is None else ", and no functional rank"
        raise UsageError(
            f"the {what} has rank {own}{why}: it has no low-rank loadings; say how many singular "
            "vectors count with --rank, as `lrfit analyze` tells them"
        )
    return found


def low_rank_network(
    network: FullRankNetwork, part: LowRankPart, inputs: Floats | None
) -> LowRankNetwork:
    """The network M Nᵀ over the box of its own trajectories.

    inputs : u (T, P, U) of trials from rest, the user's units; by default trajectories from random
        states without input.
    """
    phi = require_one_kind(network)
    B = network.full_input_weights
    model = LatentModel(M=part.M, N=part.N, inputs=B, bias=network.bias, by="projection")
    if inputs is None:
        # The inputs are named, and their range is nominal.
        q, v = _without_trials(network, model)
    else:
        q, v = model.follow(inputs, float(network.dt or 0.0) / float(network.tau), phi)
    q, v = q.reshape(-1, model.rank), v.reshape(-1, B.shape[1])
    x = q @ model.M.T + v @ B.T + network.bias
    chosen = coordinates_of(q, network.readout(x, v))
    return field_of(
        model,
        chosen,
        y=chosen.of(q),
        v=v,
        tau=float(network.tau),
        phi=phi,
        names=tuple(f"k{r + 1}" for r in range(model.rank)),
        inputs=network.inputs,
    )


def _without_trials(network: FullRankNetwork, model: LatentModel) -> tuple[Array, Array]:
    """Latent states on trajectories from random states, and inputs over [-1, 1]."""
    U, generator = len(network.inputs), np.random.default_rng(0)
    x = visited_states(network, np.zeros(U), generator)
    q = (x - network.bias) @ np.linalg.pinv(model.M).T
    return q, generator.uniform(-1.0, 1.0, (len(q), U))


def require_neurons(neurons: int, least: int) -> None:
    """Refuse a network with too few neurons to be a sample of anything."""
    if neurons < least:
        raise UsageError(
            f"the network has {counted(neurons, 'neuron')}, which are no sample of a "
            f"distribution; populations need {least} at least"
        )
