"""Parts of what a user has: a network, a trajectory with currents, recorded rates and inputs.

Place in the flow: the first thing that `subspaces` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lrfit.clustering.gains import usual_contexts
from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.geometry.parts import OFF, Parts, leading_directions, regressed
from lrfit.io.text import shown
from lrfit.learning.activity import split
from lrfit.learning.analyze_network import visited_states
from lrfit.learning.fixed_points import levels_of
from lrfit.learning.gradient import Weights
from lrfit.learning.judge import fresh_judge
from lrfit.learning.opening import task_of, weights_of
from lrfit.learning.result import TrainedNetwork
from lrfit.learning.tasks import LearningTask
from lrfit.learning.trials import TaskTrials
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.store import load
from lrfit.records.subject import HasNetwork, as_subject
from lrfit.reduction.activity import recorded
from lrfit.running.simulate import simulate
from lrfit.simulation.trajectory import Trajectory
from lrfit.systems.places import sobol_points

STARTS, POINTS, DURATION = 4, 201, 20.0
"""Runs at every tonic input, times of each, and how long they are in tau."""
_TRIALS = 64
_DIRECT = (
    "an input that acts at once, C u, enters the span of M, and counts as recurrent activity here"
)
Levels = Sequence[Mapping[str, float]]


def parts_of(
    what: Any, *, inputs: Levels = (), tau: float | None = None, dt: float | None = None, seed: int
) -> Parts:
    """The parts of what the user means.

    Raises
    ------
    UsageError
        Nothing with currents, or tonic inputs for activity that has inputs of its own.
    InputError
        The file cannot be read.
    """
    if tau is not None or dt is not None:
        return _of_recorded(what, inputs, tau, dt)
    given = load(what) if isinstance(what, str | Path) else what
    if isinstance(given, HasNetwork | LowRankNetwork):
        return _of_low_rank(given, inputs, seed)
    if isinstance(given, TrainedNetwork):
        _no_levels(inputs, "a trained network is run in the trials of its task")
        return _of_trained(given)
    if isinstance(given, FullRankNetwork):
        return _of_full_rank(given, inputs, seed)
    if isinstance(given, Trajectory):
        _no_levels(inputs, "a trajectory has the input that it was made with")
        return _of_trajectory(given)
    raise UsageError(
        f"{shown(str(what), 200)} holds neither a network nor a trajectory; give one of those, or "
        "recorded rates and inputs with tau and dt"
    )


def _no_levels(inputs: Levels, why: str) -> None:
    if inputs:
        raise UsageError(f"{why}; leave the tonic inputs out")


def _levels(names: tuple[str, ...], given: Levels, low: Array, high: Array) -> Array:
    """No input first, which the others are compared with."""
    chosen = levels_of(names, given) if given else np.array(usual_contexts(low, high))
    levels = np.vstack([np.zeros((1, len(names))), chosen])
    _, first = np.unique(levels, axis=0, return_index=True)
    return np.asarray(levels[np.sort(first)])


def _of_low_rank(given: HasNetwork | LowRankNetwork, inputs: Levels, seed: int) -> Parts:
    subject = as_subject(given)
    network, domain = subject.network, subject.network.domain
    levels = _levels(domain.inputs, inputs, domain.input_lower, domain.input_upper)
    generator = np.random.default_rng([seed, 90])
    starts = domain.state_from_box(0.8 * sobol_points(domain.dimension, STARTS, generator))
    bare = replace(network, output=None)  # the latent state, not what is read from it
    declared = None if subject.system is None else subject.system.simulation.duration
    duration = max(DURATION * network.tau, float(declared or 0.0))
    runs = [
        simulate(
            bare,
            duration=duration,
            initial=starts,
            signal=list(level) if len(level) else None,
            points=POINTS,
        )
        for level in levels
    ]
    x = [
        network.current(z, v)
        for run in runs
        for z, v in zip(run.z, run.v, strict=True)  # a run at a time
    ]
    return Parts(
        x=np.array(x),
        recurrent=network.M,
        B=network.input_weights,
        inputs=domain.inputs,
        told=f"{STARTS} runs at each of {len(levels)} tonic inputs",
        system="network" if subject.system is None else subject.system.name,
        level=levels,
        run_level=np.repeat(np.arange(len(levels)), STARTS),
        notes=(_DIRECT,) if np.any(network.direct_input) else (),
    )


def _of_trained(trained: TrainedNetwork) -> Parts:
    task = task_of(trained)
    judge = fresh_judge(task, replace(trained.options, precision="float64"))
    weights = weights_of(trained.network, task)
    return _of_trials(weights, judge.trials.part(0, _TRIALS), task, "trials of its task")


def _of_recorded(what: Any, inputs: Levels, tau: float | None, dt: float | None) -> Parts:
    if not isinstance(what, str | Path):
        raise UsageError("tau and dt belong to a file of recorded activity; give its path")
    _no_levels(inputs, "recorded activity has inputs of its own")
    original, explained = recorded(what, tau, dt)
    told = f"the recorded trials, as the network regressed on them has them (R2 {explained:.3g})"
    task: Any = original.task
    return _of_trials(original.weights, task.recorded, original.task, told)


def _of_trials(weights: Weights, trials: TaskTrials, task: LearningTask, told: str) -> Parts:
    x, h = (np.swapaxes(each, 0, 1) for each in split(weights, trials, task.step))
    return Parts(
        x=x,
        recurrent=leading_directions(h.reshape(-1, weights.neurons)),
        B=weights.inputs,
        inputs=task.inputs,
        told=told,
        system=task.name,
    )


def _of_full_rank(network: FullRankNetwork, inputs: Levels, seed: int) -> Parts:
    if network.form == "rate":
        raise UsageError(
            "the network is in the rate form, in which inputs do not add to its states"
        )
    ones = np.ones(len(network.inputs))
    levels = _levels(network.inputs, inputs, -ones, ones)
    starts = visited_states(network, np.zeros(len(ones)), np.random.default_rng([seed, 90]))[
        :STARTS
    ]
    W, times = network.full_input_weights, DURATION * float(np.max(network.tau))
    x = np.concatenate(
        [
            _currents(
                simulate(
                    network,
                    duration=times,
                    currents=starts + W @ level,
                    signal=list(level) if len(level) else None,
                    points=POINTS,
                    store_rates=True,
                )
            )
            for level in levels
        ]
    )
    run_level = np.repeat(np.arange(len(levels)), STARTS)
    h = x - (levels[run_level] @ W.T)[:, None]
    return Parts(
        x=x,
        recurrent=leading_directions(h.reshape(-1, network.neurons)),
        B=W,
        inputs=network.inputs,
        told=f"{STARTS} runs at each of {len(levels)} tonic inputs",
        system="network",
        level=levels,
        run_level=run_level,
    )


def _currents(run: Trajectory) -> Array:
    if run.x is None:
        raise UsageError(
            "the trajectory holds no currents of the neurons; simulate with --store-rates, or give "
            "the network"
        )
    return run.x


def _of_trajectory(run: Trajectory) -> Parts:
    x = _currents(run)
    n, U = x.shape[2], run.v.shape[2]
    going = np.isfinite(x).all(axis=(0, 2))
    x = x[:, going]
    v = run.v[:, going].reshape(-1, U)
    flat = x.reshape(-1, n)
    M, B, left = regressed(flat, run.z[:, going].reshape(len(flat), -1), v)
    told = "the trajectory's own currents, states and inputs"
    if left > OFF:
        # Not of low rank: the state is what is read, and not what recurrence moves in.
        _, B, _ = regressed(flat, np.empty((len(flat), 0)), v)
        M = leading_directions(flat - v @ B.T)
        told = "the trajectory's own currents and inputs, to which input weights were fitted"
    name = run.experiment.get("system")
    return Parts(
        x=x,
        recurrent=M,
        B=B,
        inputs=run.domain.inputs,
        told=told,
        system=name if isinstance(name, str) and name else "trajectory",
    )
