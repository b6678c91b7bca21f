"""stress(): what random errors in the weights of a network do to it in closed loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain, VectorField
from lrfit.networks.digest import network_digest
from lrfit.records.subject import Network, Subject, as_subject
from lrfit.simulation.experiment import Experiment, ExperimentOptions, experiment_of
from lrfit.simulation.resolve import resolve_for_network
from lrfit.simulation.resolved import ResolvedExperiment
from lrfit.simulation.trajectory import simulate_target
from lrfit.stressing.march import March
from lrfit.stressing.options import StressOptions
from lrfit.stressing.result import Stress
from lrfit.stressing.shares import mean_squares, predicted, shares
from lrfit.stressing.study import (
    LEVELS,
    distance,
    effects,
    orbit_distance,
    orbit_size,
    unperturbed,
)
from lrfit.systems.about import about
from lrfit.systems.system import System


def stress(
    network: Network,
    experiment: Experiment | None = None,
    *,
    relative: Sequence[float] = (1e-3, 1e-2),
    draws: int = 100,
    **options: Unpack[ExperimentOptions],
) -> Stress:
    """Put random relative errors into the weights of a network, and follow it in closed loop.

    Parameters
    ----------
    network : Fit, LowRankNetwork or path
        What to stress. M must have full column rank, or the state could not be read.
    experiment : Experiment, optional
        One initial state, the input, the duration, and the seed of the errors; by default as the
        system's file says. A `target` that is a field is followed in place of the system that
        the network was fitted to. All draws take the same Runge-Kutta steps, whatever its solver
        and tolerances are.
    relative : sequence of float
        Standard deviations of the relative errors of M, of N, of B (where there are inputs), of b,
        of O (where the output reads rates), of all of these, and of the entries of J.
    draws : int
        Networks drawn for each of these. Draw k of a seed is the network that `tune` has in its
        report for the same seed, size and weights.
    **options
        Fields of an `Experiment`, in place of those of `experiment`: duration, initial, signal,
        breakpoints, seed, target.

    Returns
    -------
    Stress
        Median and worst distances from the unperturbed trajectory, in half-widths of the box, and
        how many draws were lost; for the sizes one after the other, each for every kind of error.
        Beside these, to first order in the size of the errors, the root mean square distance, and
        the share of every neuron in its square.

    Raises
    ------
    UsageError
        Numbers that make no sense, no duration, several initial states, noise or initial
        currents, or a simulation that takes too many steps.
    NumericalError
        M has not full column rank.
    InputError
        The path is not that of a network file.

    Notes
    -----
    The full network of docs/theory, eq. 30, by the classical Runge-Kutta method of order four.
    Every draw is a network of its own, started at the same state z and read by its own pinv(M), B
    and b. First order: docs/theory, eq. 33.

    Examples
    --------
    >>> import lrfit
    >>> fit = lrfit.fit("pitchfork_bistable", neurons=8)
    >>> found = lrfit.stress(fit, duration=2.0, relative=[0.001, 0.01], draws=5, seed=1)
    >>> [effect.where for effect in found.effects[:6]]
    ['M', 'N', 'B', 'b', 'all', 'J']
    >>> small, large = found.effects[0], found.effects[6]
    >>> small.distance_median < large.distance_median < 0.5
    True
    >>> round(sum(share.N for share in found.shares), 6)
    1.0
    """
    StressOptions(relative=relative, draws=draws)
    experiment = experiment_of(experiment, **options)
    subject = as_subject(network)
    run = _resolved(experiment, subject)
    march = March(subject.network, run)
    reference = unperturbed(march)
    if not np.all(np.isfinite(reference)):
        raise UsageError(
            "the network diverges before any error is put in; look at `lrfit simulate`"
        )
    found, fan = effects(march, reference, relative=relative, draws=draws, seed=experiment.seed)
    squares = mean_squares(march)
    ideal = _ideal(_target(experiment, subject.system), run, len(march.times))
    return Stress(
        **about(subject.system),
        system="" if subject.system is None else subject.system.name,
        neurons=subject.network.neurons,
        effects=found,
        draws=draws,
        seed=experiment.seed,
        duration=run.duration,
        step=march.step,
        orbit_size=orbit_size(reference),
        target_distance=float(distance(reference, ideal[None])[0]),
        target_orbit=orbit_distance(reference, ideal),
        network_sha256=network_digest(subject.network),
        time_unit="" if subject.system is None else subject.system.time_unit,
        t=march.times,
        level=np.array(LEVELS),
        predicted=predicted(found, squares),
        shares=shares(squares),
        **_in_users_units(run.domain, unperturbed=reference, target=ideal, fan=fan),
    )


def _in_users_units(domain: Domain, **states: Array) -> dict[str, Any]:
    """States (..., D) of a box in the user's units, by name, with the box."""
    return {"domain": domain} | {name: domain.state_from_box(z) for name, z in states.items()}


def _resolved(experiment: Experiment, subject: Subject) -> ResolvedExperiment:
    """What is done to every draw: one start, and no errors but those of the weights."""
    noise = experiment.rate_noise, experiment.spread, *np.ravel(experiment.process_noise)
    if any(noise) or experiment.currents is not None:
        raise UsageError(
            "every draw starts at one state and has no noise but the errors of its weights; leave "
            "noise, spread and initial currents out"
        )
    resolved = resolve_for_network(experiment, subject.network, subject.system)
    if resolved.runs != 1:
        raise UsageError(f"{resolved.runs} initial states are given; give one")
    return resolved


def _target(experiment: Experiment, system: System | None) -> VectorField | None:
    """The field that is followed beside the network, None where none is known."""
    given = experiment.target
    return system if given is None or isinstance(given, bool) else given


def _ideal(target: VectorField | None, run: ResolvedExperiment, points: int) -> Array:
    """The target's trajectory (T, D), box units; NaN from where it ended, or is not known."""
    whole = np.full((points, run.domain.dimension), np.nan)
    if target is None:
        return whole
    signal = run.signal
    found = simulate_target(
        target,
        duration=run.duration,
        initial=run.initial,
        signal=signal.level if signal.function is None else signal.function,
        breakpoints=signal.breakpoints,
        points=points,
    )
    whole[: len(found.t)] = target.domain.state_to_box(found.z[0])
    return whole
