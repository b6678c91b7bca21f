"""From an experiment to what is done to one network or system in particular, checked once.

Place in the flow: names become numbers, and what was left out comes from the system; then the
simulation of a network (`simulate`) or of a target (`trajectory.simulate_target`) runs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain, VectorField
from lrfit.fields.names import did_you_mean
from lrfit.integrate import Limits
from lrfit.io.text import counted, shown
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.rate_network import RateNetwork, shortest_tau
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.options import NetworkSpace, Solver
from lrfit.simulation.resolved import ResolvedExperiment
from lrfit.systems.signals.input_signal import InputSignal, input_signal
from lrfit.systems.system import Defaults

MOST_RUNS = 10_000_000


def resolve_for_network(
    experiment: Experiment, network: RateNetwork, defaults: Defaults | None = None
) -> ResolvedExperiment:
    """What an experiment is for a network; `defaults`, such as its system, say the rest.

    Raises
    ------
    UsageError
        Unknown names, or options that contradict each other or the network.
    """
    domain, latent = network.state_domain, isinstance(network, LowRankNetwork)
    space = _space(experiment, latent)
    solver, dt = _solver(experiment, network)
    if experiment.initial is not None and not latent:
        network.lift(domain.middle[None], domain.input_middle[None])  # raises where it cannot
    by_currents = experiment.currents is not None or not (latent or experiment.initial is not None)
    if by_currents:
        given = np.zeros(network.neurons) if experiment.currents is None else experiment.currents
        start = _currents(given, network.neurons)
    else:
        start = _initial(experiment, domain, defaults)
    return _resolved(
        experiment,
        domain,
        defaults,
        start,
        from_currents=by_currents,
        space=space,
        solver=solver,
        dt=dt,
    )


def resolve_for_target(
    experiment: Experiment, field: VectorField, defaults: Defaults | None = None
) -> ResolvedExperiment:
    """What an experiment is for a target; `defaults`, such as its system, say the rest.

    Raises
    ------
    UsageError
        Unknown names, or options that only a network has.
    """
    for name in ("currents", "spread", "space", "rate_noise", "target", "store_rates"):
        value = getattr(experiment, name)
        if not (value is None or value is False or np.array_equal(value, 0.0)):
            raise UsageError(f"{name} belongs to networks; a system alone has no neurons")
    return _resolved(
        experiment,
        field.domain,
        defaults,
        _initial(experiment, field.domain, defaults),
        from_currents=False,
        space=None,
        solver=experiment.solver or "dop853",
        dt=experiment.dt,
    )


def _resolved(
    experiment: Experiment,
    domain: Domain,
    defaults: Defaults | None,
    start: Array,
    *,
    from_currents: bool,
    space: NetworkSpace | None,
    solver: Solver,
    dt: float | None,
) -> ResolvedExperiment:
    if len(start) * experiment.trials > MOST_RUNS:
        raise UsageError(
            f"{counted(len(start) * experiment.trials, 'run')}; give at most {MOST_RUNS:,}"
        )
    duration = _duration(experiment, defaults)
    return ResolvedExperiment(
        domain=domain,
        duration=duration,
        initial=np.repeat(start, experiment.trials, axis=0),
        from_currents=from_currents,
        signal=_signal(experiment, domain, defaults).within(duration),
        solver=solver,
        dt=dt,
        points=experiment.points,
        rtol=experiment.rtol,
        atol=experiment.atol,
        limits=experiment.limits or Limits(),
        space=space,
    )


def _space(experiment: Experiment, latent: bool) -> NetworkSpace:
    space = experiment.space or ("latent" if latent else "full")
    if space == "latent" and not latent:
        raise UsageError("a network without latent state has no latent form; give space='full'")
    if space == "latent" and (experiment.currents is not None or experiment.spread):
        raise UsageError(
            "initial currents and their spread belong to the full form; give space='full', or "
            "initial states"
        )
    return space


def _solver(experiment: Experiment, network: RateNetwork) -> tuple[Solver, float | None]:
    """The one that the network was made for unless another is asked for, with Euler's step."""
    solver = experiment.solver or ("dop853" if network.dt is None else "euler")
    if solver != "euler" or experiment.dt is not None:
        return solver, experiment.dt
    return solver, network.dt or shortest_tau(network) / 10


def _duration(experiment: Experiment, defaults: Defaults | None) -> float:
    stated = defaults.simulation.duration if defaults else None
    chosen = stated if experiment.duration is None else experiment.duration
    if chosen is None:
        raise UsageError("the system's file says no duration; give --duration (duration=...)")
    return chosen


def _currents(given: ArrayLike, neurons: int) -> Array:
    """Initial currents (runs, n)."""
    x = np.atleast_2d(np.asarray(given, dtype=np.float64))
    if x.ndim != 2 or x.shape[1] != neurons or not len(x):
        raise UsageError(
            f"the initial currents have shape {np.shape(given)}; give {neurons} numbers, one per "
            "neuron, or several rows of them"
        )
    if not np.all(np.isfinite(x)):
        run, neuron = np.argwhere(~np.isfinite(x))[0]
        raise UsageError(
            f"the initial current of neuron {neuron} in run {run} is {x[run, neuron]:g}; give "
            "finite numbers"
        )
    return x


def _initial(experiment: Experiment, domain: Domain, defaults: Defaults | None) -> Array:
    """Initial states (runs, D)."""
    given, start = experiment.initial, defaults.simulation.initial if defaults else domain.middle
    if given is None:
        return np.atleast_2d(start)
    if isinstance(given, Mapping):
        return np.array([named_state(domain, given, start)])
    if isinstance(given, Sequence):  # numbers are an array by now
        rows = cast(Sequence[Mapping[str, float]], given)
        return np.array([named_state(domain, row, start) for row in rows])
    shape, D = np.shape(given), domain.dimension
    if shape not in {(D,), (*shape[:1], D)} or 0 in shape:
        raise UsageError(
            f"the initial state has shape {shape}; give {D} numbers "
            f"({', '.join(domain.variables)}), or several rows of them"
        )
    return np.atleast_2d(np.asarray(given, dtype=np.float64))


def named_state(domain: Domain, given: Mapping[str, float], start: Array) -> Array:
    """A state (D,): what is given by name, the rest from `start`."""
    for name in given:
        if name not in domain.variables:
            known = did_you_mean(name, domain.variables)
            raise UsageError(f"the system has no variable {shown(name, 60)!r}; {known}")
    pairs = zip(domain.variables, start, strict=True)
    return np.array([float(given.get(name, value)) for name, value in pairs])


def _signal(experiment: Experiment, domain: Domain, defaults: Defaults | None) -> InputSignal:
    given = experiment.signal
    if given is None:
        return defaults.simulation.signal if defaults else input_signal(domain)
    if not isinstance(given, Mapping):
        return input_signal(domain, given, experiment.breakpoints)
    for name in given:
        if name not in domain.inputs:
            known = did_you_mean(name, domain.inputs)
            raise UsageError(f"the system has no input {shown(name, 60)!r}; {known}")
    from lrfit.systems.signals.signal_texts import signal_from_texts  # noqa: PLC0415 - when used

    stated = defaults.simulation.texts if defaults else {}
    texts = {**stated, **{name: str(value) for name, value in given.items()}}
    return signal_from_texts(domain, texts, defaults.parameters if defaults else {})
