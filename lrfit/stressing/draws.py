"""Networks with random errors in their weights, stacked to be followed together.

Place in the flow: `march` integrates a `Batch`. Errors in M, N, B, b and O are those of
`networks.wrong_weights`, so that draw k of a seed is the network that the report of `tune` has.
Each is a network of its own: it starts where it reads the given state, and is read by its own
z = c + pinv(M) (x - B v - b). Networks with errors in J are of full rank; start and reading are
then those of the network without errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.names import PLACES
from lrfit.networks.wrong_weights import Errors, reported_errors, wrong_network
from lrfit.stressing.result import Place

_CHUNK_BYTES = 2**25
_STREAM_OF_J = 33

Couple = Callable[[Array], Array]
"""Rates (S, N) -> J phi (S, N), with every network's own J."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """S networks that differ in weights.

    like : one of them, for what they share. couple : J phi. start : (S, N) currents. bias : (S, N).
    filtered : (S, N, U), B. drive : (S, N, U), B + M C. decoder : (S, L, N), pinv(M). output :
    (S, D, N), O, or None where the latent state is read itself.
    """

    like: LowRankNetwork
    couple: Couple
    start: Array
    bias: Array
    filtered: Array
    drive: Array
    decoder: Array
    output: Array | None

    def read(self, x: Array, v: Array) -> Array:
        """States z (S, D) at currents x (S, N) and filtered inputs v (S, U)."""
        y = self.like.center + _times(self.decoder, x - self.bias - _times(self.filtered, v))
        output = self.like.output
        if output is None or self.output is None:
            return y
        linear = output.offset + y @ output.state.T + v @ output.input.T
        return np.asarray(linear + _times(self.output, self.like.nonlinearity.phi(x)))


def batch_of(networks: Sequence[LowRankNetwork], z: Array, v: Array) -> Batch:
    """Networks of one shape that start at the state z (1, D) and filtered inputs v (1, U)."""
    like = networks[0]
    h = like.domain.half_width  # in box units, so that rank does not depend on units
    M = np.stack([network.M for network in networks])
    N = np.stack([network.N for network in networks]).transpose(0, 2, 1)
    outputs = [network.output.rates for network in networks if network.output is not None]
    return Batch(
        like=like,
        couple=lambda rates: _times(M, _times(N, rates)),
        start=np.concatenate([network.lift(z, v) for network in networks]),
        bias=np.stack([network.bias for network in networks]),
        filtered=np.stack([network.input_weights for network in networks]),
        drive=np.stack([network.full_input_weights for network in networks]),
        decoder=h[:, None] * np.linalg.pinv(M * h),
        output=np.stack(outputs) if outputs else None,
    )


def places_of(network: LowRankNetwork) -> tuple[Place, ...]:
    """Kinds of errors that a network can have."""
    reads_rates = network.output is not None and bool(np.any(network.output.rates))
    lacking = {"B": not network.domain.inputs, "O": not reads_rates}
    places: tuple[Place, ...] = ("M", "N", "B", "b", "O", "all", "J")
    return tuple(place for place in places if not lacking.get(place, False))


def drawn_batches(
    network: LowRankNetwork, place: Place, size: float, draws: int, seed: int, z: Array, v: Array
) -> Iterator[Batch]:
    """The draws of one kind of error one after the other, as many together as fit into memory."""
    for numbers in _chunks(network, place, draws):
        if place == "J":
            same = batch_of([network] * len(numbers), z, v)
            yield replace(same, couple=_coupled_by(wrong_couplings(network, size, seed, numbers)))
        else:
            errors = reported_errors(size, PLACES if place == "all" else (place,), seed)
            yield batch_of([wrong_network(network, errors, k) for k in numbers], z, v)


def wrong_couplings(
    network: LowRankNetwork, size: float, seed: int, numbers: Sequence[int]
) -> Array:
    """J (S, N, N) of draws by number, with errors in every entry."""
    errors = Errors(weights=size, places=("J",), seed=(seed, _STREAM_OF_J))
    J = network.J
    return np.asarray(J * errors.factors({"J": J.shape}, np.array(numbers))["J"])


def _coupled_by(J: Array) -> Couple:
    return lambda rates: _times(J, rates)


def _chunks(network: LowRankNetwork, place: Place, draws: int) -> Iterator[range]:
    """Cut the draws so that their weights fit into memory."""
    U, L = network.domain.input_count, network.domain.dimension
    by_neuron = network.neurons if place == "J" else 4 * L + 2 * U + 1
    most = max(1, _CHUNK_BYTES // (8 * max(network.neurons, 1) * by_neuron))
    for first in range(0, draws, most):
        yield range(first, min(first + most, draws))


def _times(matrices: Array, rows: Array) -> Array:
    """Each row by its own matrix."""
    return np.asarray(np.matmul(matrices, rows[:, :, None])[:, :, 0])
