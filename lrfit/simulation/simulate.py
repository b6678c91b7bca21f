"""Trajectories of a network: latent or full, error-controlled or Euler, with inputs and noise.

Place in the flow: a network and an `Experiment` become a `Trajectory`, with that of the target
beside it. The filtered input starts settled, v(0) = u(0); the target sees u itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import VectorField
from lrfit.integrate import IntegrationResult, march
from lrfit.networks.rate_network import RateNetwork, shortest_tau
from lrfit.simulation.experiment import Experiment, ExperimentOptions, experiment_of
from lrfit.simulation.forms import Form, LatentForm, form_of, widened
from lrfit.simulation.noise import Noise, RateNoise, noise_of
from lrfit.simulation.resolve import resolve_for_network
from lrfit.simulation.resolved import ResolvedExperiment
from lrfit.simulation.trajectory import Trajectory, driven, follow_target
from lrfit.systems.about import about
from lrfit.systems.system import Defaults, System


def simulate(
    network: RateNetwork,
    experiment: Experiment | None = None,
    *,
    system: System | None = None,
    defaults: Defaults | None = None,
    generator: np.random.Generator | None = None,
    time_unit: str = "",
    **options: Unpack[ExperimentOptions],
) -> Trajectory:
    """Simulate a network in an experiment.

    Parameters
    ----------
    network : RateNetwork
        A low-rank network, whose latent variables or neurons are integrated, or any other.
    experiment : Experiment
        What is done to it.
    system : System
        What the network stands for.
    defaults : Defaults
        Says what the experiment leaves out; by default the system.
    generator : numpy.random.Generator
        Of noise and spread, in place of one made from the experiment's seed.
    time_unit : str
        A label; by default the system's.
    **options
        Fields of an `Experiment`, in place of those of `experiment`.

    Returns
    -------
    Trajectory
        A run that diverges or meets a limit says so in `endings`; the rest of it is NaN.

    Raises
    ------
    UsageError
        Options that contradict each other or the network, or cannot be integrated.
    NumericalError
        The full form of a low-rank network whose M has not full column rank.

    Examples
    --------
    A leaky neuron forgets its start, x(t) = x(0) exp(-t / tau):

    >>> from lrfit.networks.fullrank import FullRankNetwork
    >>> from lrfit.simulation.simulate import simulate
    >>> network = FullRankNetwork(J=[[0.0]], tau=2.0, nonlinearity="tanh")
    >>> run = simulate(network, duration=2.0, currents=[1.0], points=3)
    >>> run.x[0, :, 0].round(4).tolist()
    [1.0, 0.6065, 0.3679]
    """
    experiment = experiment_of(experiment, **options)
    resolved = resolve_for_network(experiment, network, defaults or system)
    generator = generator or np.random.default_rng(experiment.seed)
    target = _target(experiment, system)
    form = form_of(network, resolved, store_x=experiment.store_rates)
    noise = noise_of(experiment.process_noise, _rate_noise(experiment, network), generator, form.D)
    _check(network, resolved, noise, target)
    if form.store_x:
        resolved.check_size(network.neurons)
    start = _start(form, resolved)
    if experiment.spread:
        start[:, : network.neurons] += generator.normal(
            0.0, experiment.spread, (len(start), network.neurons)
        )
    run = _march if resolved.solver == "euler" else _follow
    solution = run(form, resolved, start, noise)
    ideal = None if target is None else follow_target(target, resolved)
    unit = time_unit or (system.time_unit if system else "")
    found = _trajectory(form, resolved, solution, ideal, time_unit=unit)
    return replace(found, **about(system))


def _rate_noise(experiment: Experiment, network: RateNetwork) -> RateNoise | None:
    if not experiment.rate_noise:
        return None
    time = experiment.noise_time
    return RateNoise(
        sd=experiment.rate_noise,
        correlation_time=float(np.mean(network.tau)) if time is None else time,
    )


def _target(experiment: Experiment, system: System | None) -> VectorField | None:
    """What is followed beside the network, if that was asked for."""
    if experiment.target is True and system is None:
        raise UsageError("this network's target is not known here, so it cannot be followed")
    if experiment.target is True:
        return system
    return experiment.target or None


def _check(
    network: RateNetwork,
    resolved: ResolvedExperiment,
    noise: Noise | None,
    target: VectorField | None,
) -> None:
    if noise is not None and resolved.solver != "euler":
        raise UsageError(f"{resolved.solver} cannot integrate noise; use the solver euler")
    tau = shortest_tau(network)
    if resolved.solver == "euler" and resolved.step >= 2 * tau:
        raise UsageError(
            f"dt={resolved.step:g} is twice tau={tau:g} or more, where Euler diverges "
            "whatever the network; give a smaller dt (tau / 10 is usual)"
        )
    if target is None:
        return
    if resolved.from_currents:
        raise UsageError(
            "a target is followed from a state, and this network starts from currents; give "
            "initial states, or leave the target out"
        )
    domain = network.state_domain
    if target.domain.variables != domain.variables:
        raise UsageError(
            f"the target's variables are {', '.join(target.domain.variables)}, the network's "
            f"{', '.join(domain.variables)}; give the target it was fitted to"
        )
    if target.domain.inputs != domain.inputs:
        raise UsageError("target and network have different inputs; give the one it was fitted to")


def _start(form: Form, resolved: ResolvedExperiment) -> Array:
    """Initial states y (runs, ...) of the form; the filtered input starts settled."""
    v = np.repeat(resolved.signal.at(np.zeros(1)), resolved.runs, axis=0)
    if resolved.from_currents and not isinstance(form, LatentForm):
        return form.start_at(resolved.initial, v)
    return form.start(resolved.initial, v)


def _follow(
    form: Form, resolved: ResolvedExperiment, start: Array, _noise: Noise | None
) -> IntegrationResult:
    signal = resolved.signal

    def velocity(t: float, y: Array) -> Array:
        return form.velocity(y, signal.at(np.array([t])))

    return resolved.follow(velocity, start, form.region, form.observe)


def _march(
    form: Form, resolved: ResolvedExperiment, start: Array, noise: Noise | None
) -> IntegrationResult:
    step = form.step(resolved.stepped_input(), resolved.step, noise)
    colored = step.colored
    return march(
        step,
        np.hstack([start, colored.start(len(start))]),
        dt=resolved.step,
        keep=resolved.keep,
        region=widened(form.region, colored.rows),
        observe=form.observe,
        limits=resolved.limits,
    )


def _trajectory(
    form: Form,
    resolved: ResolvedExperiment,
    solution: IntegrationResult,
    ideal: IntegrationResult | None,
    *,
    time_unit: str,
) -> Trajectory:
    """Cut everything where the longest run ended, and split the columns z, v, x."""
    D, V = resolved.domain.dimension, form.filtered_inputs
    reached = [solution.reached] + ([] if ideal is None else [ideal.reached])
    T = max(int(np.max(counts)) for counts in reached)
    t, y = solution.t[:T].copy(), solution.y[:, :T]
    u = driven(resolved, t)
    return Trajectory(
        t=t,
        z=y[..., :D].copy(),
        u=u,
        v=y[..., D : D + V].copy() if V else u,
        x=y[..., D + V :].copy() if form.store_x else None,
        target=None if ideal is None else ideal.y[:, :T].copy(),
        reached=solution.reached,
        target_reached=None if ideal is None else ideal.reached,
        endings=solution.endings,
        target_endings=() if ideal is None else ideal.endings,
        domain=resolved.domain,
        solver=resolved.solver,
        space=resolved.space or "full",
        dt=resolved.dt,
        time_unit=time_unit,
        notes=resolved.notes,
    )
