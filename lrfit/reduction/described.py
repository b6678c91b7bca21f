"""What the file of a reduced network says: its figures on test trials beside the trained network's.

Place in the flow: `reduce` ends here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.fitting.reduction_report import Reduction
from lrfit.records.simulation_group import simulation_group
from lrfit.records.system_group import StoredSystem
from lrfit.reduction.activity import RecordedTask
from lrfit.reduction.closed_loop import outputs_of, path_and_outputs, trial_set
from lrfit.reduction.figures import Trials, explained
from lrfit.reduction.options import ReduceOptions
from lrfit.reduction.ranks import RankSearch, peers_of
from lrfit.reduction.search import Attempt, SizeSearch
from lrfit.reduction.space import Space
from lrfit.reduction.states import apart, reduced_states
from lrfit.systems.signals.sampled_signal import sampled_input
from lrfit.systems.system import Simulation

SHOWN = 12
"""Trials whose trajectories the file holds, for the figure."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """The latent space that was chosen, the search for small networks in it, and the best one."""

    space: Space
    search: SizeSearch
    attempt: Attempt


def reduction_of(
    chosen: Chosen,
    start: Array,
    test: Trials,
    ranks: RankSearch,
    options: ReduceOptions,
    seed: int,
) -> Reduction:
    """Measure the chosen network, aligned and with its latent start (L,), on test trials."""
    space, attempt, states = chosen.space, chosen.attempt, chosen.search.states
    original, model = test.original, space.found.model
    K = test.teacher.outputs.shape[2]
    trials, untuned = (
        trial_set(test.drawn.inputs, test.teacher.outputs, at, original.task.dt)
        for at in (start, space.start)
    )
    path, read = path_and_outputs(attempt.network, trials)
    outputs = read[:, :, :K]
    figures = test.of_outputs(outputs)
    before = test.of_outputs(outputs_of(attempt.before, untuned)[:, :, :K])
    generator = np.random.default_rng([seed, 73])
    own = reduced_states(attempt.network, path.reshape(-1, model.rank), K, generator)
    return Reduction(
        task=None if isinstance(original.task, RecordedTask) else original.task.name,
        trained_neurons=original.neurons,
        rank=model.rank,
        by=model.by,
        components=space.found.components,
        trials=options.trials,
        test_trials=test.drawn.count,
        relative_loss=figures.relative_loss,
        right=figures.right,
        relative_loss_before=before.relative_loss,
        right_before=before.right,
        trained_relative_loss=test.trained.relative_loss,
        trained_right=test.trained.right,
        outputs_r2=explained(outputs, test.teacher.outputs),
        rates_r2=test.of_weights(model.weights(original.weights.outputs))[1],
        states_apart=apart(own.stable, states.stable),
        tol=options.tol,
        met=test.done(figures, options.tol),
        seed=seed,
        peers=peers_of(ranks, space.found, test, options.tol),
        tried=tuple(chosen.search.tried),
        trained_stable=states.stable,
        stable=own.stable,
        trained_path=space.projected(test, SHOWN).transpose(1, 0, 2),
        path=path[:, :SHOWN].transpose(1, 0, 2),
        trained_points=states.latent,
        points=own.latent,
        trained_unstable=states.unstable,
        unstable=own.unstable,
    )


def shifted(reduction: Reduction, shift: Array) -> Reduction:
    """With latent states as the file's network counts them."""
    return replace(
        reduction,
        trained_path=reduction.trained_path + shift,
        path=reduction.path + shift,
        trained_points=reduction.trained_points + shift,
        points=reduction.points + shift,
    )


def stored_of(test: Trials, domain: Domain, initial: Array) -> StoredSystem:
    """What the file says of the target: the first test trial, as default of simulations."""
    original, inputs = test.original, test.drawn.inputs[:, 0]
    task = original.task
    times: Array = task.dt * np.arange(len(inputs) + 1, dtype=np.float64)
    u = np.asarray(task.input_scale * np.vstack([inputs, inputs[-1:]]), dtype=np.float64)
    simulation = Simulation(
        initial=initial,
        signal=sampled_input(domain, times, u, degree=1),
        duration=float(times[-1]),
    )
    digest = hashlib.sha256(np.ascontiguousarray(original.weights.J).tobytes())
    return StoredSystem(
        name=task.name,
        source_kind="trained",
        sha256=digest.hexdigest(),
        time_unit="",
        where="",
        simulation=simulation_group(simulation, domain),
    )
