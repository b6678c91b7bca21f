"""A network as the numbers that a script needs, with a run that the script has to reproduce.

    current form   x <- x + (dt/tau) (-x + J phi(x) + W u + b)            rates phi(x)
    rate form      x <- x + (dt/tau) (-x + phi(J x + W u + b))            rates x
    v <- v + (dt/tau) (u - v)
    z = offset + by_state x + by_filtered v + by_rates rates

Place in the flow: every script of an export is written from this, whatever the network is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError, UsageError
from lrfit.networks.connectivity import Connectivity
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.groups import NeuronGroup, group_neurons
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES
from lrfit.networks.rate_network import RateNetwork, shortest_tau
from lrfit.simulation.simulate import simulate

STEPS = 200
"""Of the run: 20 time constants, where the step is a tenth of one."""
_DENSE = 4096
"""Neurons of a sparse network that is written out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """z (K,) from states, filtered inputs and rates; empty arrays (K, n) of what is not read."""

    offset: Array
    by_state: Array
    by_filtered: Array
    by_rates: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """What lrfit computes: inputs (steps, U), first and last state (n,), last outputs (K,)."""

    inputs: Array
    first: Array
    last: Array
    outputs: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A network of n neurons for scripts.

    J : (n, n), dense or CSR; None where M, N (n, R) with J = M Nᵀ are given. W : (n, U). b : (n,).
    groups : neurons by nonlinearity. dt : the network's own step, else a tenth of the shortest tau.
    """

    form: str
    J: Connectivity | None
    M: Array
    N: Array
    W: Array
    b: Array
    tau: float | Array
    dt: float
    groups: tuple[NeuronGroup, ...]
    reading: Reading
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    run: Run

    @property
    def neurons(self) -> int:
        """The number of neurons."""
        return len(self.b)

    @property
    def is_sparse(self) -> bool:
        """Whether J is sparse."""
        return self.J is not None and not isinstance(self.J, np.ndarray)

    def dense(self) -> Array:
        """J (n, n), written out.

        Raises
        ------
        UsageError
            It is sparse and too large.
        """
        if self.J is None:
            return self.M @ self.N.T
        if isinstance(self.J, np.ndarray):
            return self.J
        if self.neurons > _DENSE:
            raise UsageError(
                f"a sparse network of {self.neurons:,} neurons is too large to be written out; "
                "export it to numpy or npz"
            )
        return np.asarray(self.J.toarray())

    def one_tau(self, program: str) -> float:
        """The time constant of all neurons.

        Raises
        ------
        UsageError
            They have different ones.
        """
        times = np.unique(self.tau)
        if len(times) > 1:
            raise UsageError(
                f"{program} has one time constant for all neurons, and these have "
                f"{len(times)}; export to numpy, torch or brian2"
            )
        return float(times[0])


def model_of(network: RateNetwork) -> Model:
    """A network for scripts, with the run that they compare themselves with.

    Raises
    ------
    UsageError
        A nonlinearity of a plugin, of which no text is known, or another kind of network.
    NumericalError
        The run diverges, or the state cannot be read from the neurons.
    """
    weights = _weights(network)
    groups: tuple[NeuronGroup, ...] = weights["groups"]
    for group in groups:
        if group.nonlinearity.name not in NONLINEARITIES:
            raise UsageError(
                f"the nonlinearity {group.nonlinearity.name} is a plugin's, and its formula is not "
                "known to scripts; export the arrays with --to npz"
            )
    dt = network.dt or shortest_tau(network) / 10
    domain = network.state_domain
    return Model(
        W=network.full_input_weights,
        b=network.bias,
        tau=network.tau,
        dt=dt,
        inputs=domain.inputs,
        outputs=domain.variables,
        run=_run(network, weights.pop("start"), dt),
        **weights,
    )


@singledispatch
def _weights(network: Any) -> dict[str, Any]:
    """What depends on the kind of network, and the state at which the run starts."""
    raise UsageError(f"a {type(network).__name__} cannot be written as a script; export to npz")


@_weights.register
def _(network: LowRankNetwork) -> dict[str, Any]:
    domain, n = network.domain, network.neurons
    y0 = domain.middle + 0.25 * domain.half_width
    return {
        "form": "current",
        "J": None,
        "M": network.M,
        "N": network.N,
        "groups": group_neurons(network.nonlinearity, n),
        "reading": _low_rank_reading(network),
        "start": network.current(y0[None], _inputs(network)[:1])[0],
    }


def _low_rank_reading(network: LowRankNetwork) -> Reading:
    n, output = network.neurons, network.output
    offset, weights = network.reading  # raises where M has not full column rank
    by_state, by_filtered = weights[:, :n], weights[:, n:]
    if output is None:
        return Reading(
            offset=offset,
            by_state=by_state,
            by_filtered=by_filtered,
            by_rates=np.empty((len(offset), 0)),
        )
    return Reading(
        offset=output.offset + output.state @ offset,
        by_state=output.state @ by_state,
        by_filtered=output.state @ by_filtered + output.input,
        by_rates=output.rates,
    )


@_weights.register
def _(network: FullRankNetwork) -> dict[str, Any]:
    n, K = network.neurons, len(network.outputs)
    O, none = network.output_weights, np.empty((K, 0))  # noqa: E741 - as in the equation
    of_rates = network.reads == "rates"
    reading = Reading(
        offset=network.output_offset,
        by_state=none if of_rates else O,
        by_filtered=none,
        by_rates=O if of_rates else none,
    )
    return {
        "form": network.form,
        "J": network.J,
        "M": np.empty((n, 0)),
        "N": np.empty((n, 0)),
        "groups": network.groups,
        "reading": reading,
        "start": 0.1 * np.cos(np.arange(n)),
    }


def _inputs(network: RateNetwork) -> Array:
    """Inputs (steps, U) within their ranges: waves of different lengths."""
    domain, k = network.state_domain, np.arange(STEPS)[:, None]
    waves = np.sin(2 * np.pi * k * (1 + np.arange(len(domain.inputs))) / 80)
    return np.asarray(domain.input_middle + 0.5 * domain.input_half_width * waves)


def _run(network: RateNetwork, start: Array, dt: float) -> Run:
    inputs = _inputs(network)

    def signal(t: Array) -> Array:
        return np.asarray(inputs[np.clip(np.rint(t / dt).astype(int), 0, STEPS - 1)])

    found = simulate(
        network,
        duration=STEPS * dt,
        currents=start,
        signal=signal,
        solver="euler",
        dt=dt,
        space="full",
        points=2,
        store_rates=True,
    )
    if not found.complete or found.x is None:
        raise NumericalError(
            f"the run that the script is compared with ended early: {found.status[0]}; export the "
            "arrays with --to npz"
        )
    first, last = found.x[0, 0], found.x[0, -1]
    return Run(inputs=inputs, first=first, last=last, outputs=found.z[0, -1])
