"""The small network made right in closed loop, on the outputs of the trained one.

Place in the flow: `search` tunes every network that it fits. The trials are those of the task, the
targets what the trained network puts out in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.deadline import Deadline
from lrfit.core.executor import Serial
from lrfit.learning.trials import Floats
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.wrong_weights import Errors
from lrfit.tuning.closed_loop import Loop
from lrfit.tuning.levenberg import Job, descend, in_blocks
from lrfit.tuning.trials import TrialSet
from lrfit.tuning.weights import layout_of

ELSEWHERE = 0.2
"""Factor of errors where the task does not judge the outputs, in the last rounds of tuning."""

MOST_STRESS = 5.0
"""Factor of errors, at most, of trials that go wrong."""


def trial_set(
    inputs: Floats,
    outputs: Floats,
    start: Array,
    dt: float,
    *,
    judged: NDArray[np.bool_] | None = None,
) -> TrialSet:
    """Trials of the small network: inputs (T, P, U), outputs (T, P, K) of the trained network.

    start : (L,) latent state. Of L > K variables those behind the outputs are not compared.
    judged : (T, P, K), where errors count in full; None: everywhere.
    """
    T, P, K = outputs.shape
    states, weights = np.zeros((2, P, T, len(start)))
    states[:, :, :K] = outputs.transpose(1, 0, 2)
    weights[:, :, :K] = (
        1.0 if judged is None else np.where(judged.transpose(1, 0, 2), 1.0, ELSEWHERE)
    )
    return TrialSet(
        start=np.zeros((P, len(start))),
        inputs=np.asarray(inputs, dtype=np.float64),
        states=states,
        dt=dt,
        streams=np.arange(P),
        latent=np.tile(start, (P, 1)),
        weights=weights,
    )


def stressed(trials: TrialSet, network: LowRankNetwork) -> TrialSet:
    """The trials with errors that count the more, the farther off the network's worst output is.

    The factors are the largest weighted errors of the trials in units of their median, from 1 to
    `MOST_STRESS`: the mean square alone gives up few trials for many.
    """
    assert trials.weights is not None
    off = outputs_of(network, trials).transpose(1, 0, 2) - trials.states
    worst = np.max(np.abs(trials.weights * off), axis=(1, 2))
    typical = float(np.median(worst))
    if not (np.all(np.isfinite(worst)) and typical > 0.0):
        return trials
    factors = np.clip(worst / typical, 1.0, MOST_STRESS)
    return replace(trials, weights=factors[:, None, None] * trials.weights)


def tuned(
    network: LowRankNetwork,
    training: TrialSet,
    validation: TrialSet,
    *,
    iterations: int,
    seed: int,
    tell: Callable[[int, float], None],
) -> LowRankNetwork:
    """The network after Levenberg-Marquardt steps on the squares of its outputs' errors."""
    layout = layout_of(network)
    loop = Loop(layout=layout, solver="euler", errors=Errors())
    found = descend(
        Job(
            loops={"training": loop, "validation": loop},
            trials={
                "training": in_blocks(training, layout),
                "validation": in_blocks(validation, layout),
            },
        ),
        layout.vector(network),
        Serial(),
        iterations=iterations,
        generator=np.random.default_rng([seed, 41]),
        deadline=Deadline.after(None),
        report=lambda k, error: tell(k, float(np.sqrt(error))),
    )
    return layout.network(found.theta)


def path_and_outputs(network: LowRankNetwork, trials: TrialSet) -> tuple[Array, Array]:
    """Latent states (T, P, L) and what the network reads (T, P, D), in one run."""
    found = [(y, network.state(y, v)) for y, v in _followed(network, trials)]
    return np.array([y for y, _ in found]), np.array([z for _, z in found])


def outputs_of(network: LowRankNetwork, trials: TrialSet) -> Array:
    """What the network reads after every step (T, P, D), by Euler's method."""
    found = [network.state(y, v) for y, v in _followed(network, trials)]
    return np.array(found)


def latent_path(network: LowRankNetwork, trials: TrialSet) -> Array:
    """Latent states after every step (T, P, L)."""
    return np.array([y for y, _ in _followed(network, trials)])


def _followed(network: LowRankNetwork, trials: TrialSet) -> Iterator[tuple[Array, Array]]:
    """Latent states and filtered inputs after every step; a lost trial becomes not finite."""
    assert trials.latent is not None
    y, v, a = trials.latent, trials.inputs[0], trials.dt / network.tau
    with np.errstate(all="ignore"):
        for u in trials.inputs:
            y = y + trials.dt * network.latent_velocity(y, v, u)
            v = v + a * (u - v)
            yield y, v
