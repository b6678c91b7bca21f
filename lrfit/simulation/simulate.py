"""Trajectories of a network: latent or full, error-controlled or Euler, with inputs and noise.

Place in the flow: the network becomes a `Trajectory`, with that of its target beside it. The
filtered input starts settled, v(0) = u(0); the target sees u itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import VectorField
from lrfit.integrate import IntegrationResult, Limits, march
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.experiment import Experiment, Solver
from lrfit.simulation.forms import Form, FullForm, LatentForm, widened
from lrfit.simulation.noise import Noise, RateNoise, noise_of
from lrfit.simulation.trajectory import Space, Trajectory, driven, follow_target
from lrfit.systems.signals.input_signal import Signal, input_signal, numbers


def simulate(
    network: LowRankNetwork,
    *,
    duration: float,
    initial: ArrayLike,
    signal: Signal | ArrayLike | None = None,
    breakpoints: Sequence[float] | Array = (),
    solver: Solver | None = None,
    dt: float | None = None,
    space: Space = "latent",
    points: int = 1001,
    process_noise: ArrayLike = 0.0,
    rate_noise: RateNoise | None = None,
    generator: np.random.Generator | None = None,
    target: VectorField | None = None,
    store_x: bool = False,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    limits: Limits | None = None,
    time_unit: str = "",
) -> Trajectory:
    """Simulate a network from one or several initial states.

    Parameters
    ----------
    duration : float
        In the system's own unit of time.
    initial : (D,) or (trials, D)
        Initial latent states, in the user's units.
    signal : callable or (U,)
        t (T,) -> u (T, U), or constants; by default zero where the input's range contains it,
        else the middle of the range.
    breakpoints : sequence of float
        Times at which the signal jumps.
    solver : {"dop853", "lsoda", "rk45", "euler"}
        Error control with rtol, and atol in half-widths of the box, each trial by itself; or
        Euler with fixed steps of `dt`, all trials at once. By default dop853, of a network that
        was fitted for Euler steps Euler with those (other steps: tau / 10).
    space : {"latent", "full"}
        Whether D latent variables or all neurons are integrated.
    points : int
        Number of output times, evenly spaced; with Euler the steps nearest to them.
    process_noise : float or (D,)
        s of the white noise s dW on z, in the user's units per square root of time; Euler only.
    rate_noise : RateNoise
        Ornstein-Uhlenbeck noise on every neuron's rate; Euler only.
    target : VectorField
        Followed from the same states under u itself (not low-passed), with error control.
    store_x : bool
        Keep the currents of all neurons too.
    limits : Limits
        Bound in half-widths of the box, steps per run, wall-clock seconds for each system.

    Returns
    -------
    Trajectory
        A run that diverges or meets a limit says so in `endings`; the rest of it is NaN.

    Raises
    ------
    UsageError
        Arguments that contradict each other or cannot be integrated.
    NumericalError
        The full form of a network whose M has not full column rank.
    """
    solver = solver or default_solver(network)
    experiment = Experiment(
        domain=network.state_domain,
        duration=duration,
        initial=numbers(initial, "the initial state"),
        signal=input_signal(network.state_domain, signal, breakpoints),
        solver=solver,
        dt=(network.dt or network.tau / 10) if solver == "euler" and dt is None else dt,
        points=points,
        rtol=rtol,
        atol=atol,
        limits=limits or Limits(),
    )
    noise = noise_of(process_noise, rate_noise, generator, network.domain.dimension)
    _check(network, experiment, space, noise, target)
    form = (FullForm if space == "full" else LatentForm)(network=network, store_x=store_x)
    if store_x:
        experiment.check_size(network.neurons)
    solution = _march(form, experiment, noise) if solver == "euler" else _follow(form, experiment)
    ideal = None if target is None else follow_target(target, experiment)
    return _trajectory(form, experiment, solution, ideal, space=space, time_unit=time_unit)


def default_solver(network: LowRankNetwork) -> Solver:
    """The one that the network was made for."""
    return "dop853" if network.dt is None else "euler"


def _check(
    network: LowRankNetwork,
    experiment: Experiment,
    space: Space,
    noise: Noise | None,
    target: VectorField | None,
) -> None:
    if space not in {"latent", "full"}:
        raise UsageError(f"unknown space {space!r}; choose latent or full")
    if space == "full":
        _ = network.decoder  # raises when the state could not be read afterwards
    if noise is not None and experiment.solver != "euler":
        raise UsageError(f"{experiment.solver} cannot integrate noise; use the solver euler")
    if experiment.solver == "euler" and experiment.step >= 2 * network.tau:
        raise UsageError(
            f"dt={experiment.step:g} is twice tau={network.tau:g} or more, where Euler diverges "
            "whatever the network; give a smaller dt (tau / 10 is usual)"
        )
    if target is not None and target.domain.variables != network.state_domain.variables:
        raise UsageError(
            f"the target's variables are {', '.join(target.domain.variables)}, the network's "
            f"{', '.join(network.state_domain.variables)}; give the target it was fitted to"
        )
    if target is not None and target.domain.inputs != network.domain.inputs:
        raise UsageError("target and network have different inputs; give the one it was fitted to")


def _start(form: Form, experiment: Experiment) -> Array:
    z = experiment.initial
    u = experiment.signal.at(np.zeros(1))
    return form.start(z, np.repeat(u, len(z), axis=0))


def _follow(form: Form, experiment: Experiment) -> IntegrationResult:
    signal = experiment.signal

    def velocity(t: float, y: Array) -> Array:
        return form.velocity(y, signal.at(np.array([t])))

    return experiment.follow(velocity, _start(form, experiment), form.region, form.observe)


def _march(form: Form, experiment: Experiment, noise: Noise | None) -> IntegrationResult:
    step = form.step(experiment.stepped_input(), experiment.step, noise)
    y0, colored = _start(form, experiment), step.colored
    return march(
        step,
        np.hstack([y0, colored.start(len(y0))]),
        dt=experiment.step,
        keep=experiment.keep,
        region=widened(form.region, colored.rows),
        observe=form.observe,
        limits=experiment.limits,
    )


def _trajectory(
    form: Form,
    experiment: Experiment,
    solution: IntegrationResult,
    ideal: IntegrationResult | None,
    *,
    space: Space,
    time_unit: str,
) -> Trajectory:
    """Cut everything where the longest run ended, and split the columns z, v, x."""
    D, U = experiment.domain.dimension, experiment.domain.input_count
    reached = [solution.reached] + ([] if ideal is None else [ideal.reached])
    T = max(int(np.max(counts)) for counts in reached)
    t, y = solution.t[:T].copy(), solution.y[:, :T]
    return Trajectory(
        t=t,
        z=y[..., :D].copy(),
        u=driven(experiment, t),
        v=y[..., D : D + U].copy(),
        x=y[..., D + U :].copy() if form.store_x else None,
        target=None if ideal is None else ideal.y[:, :T].copy(),
        reached=solution.reached,
        target_reached=None if ideal is None else ideal.reached,
        endings=solution.endings,
        target_endings=() if ideal is None else ideal.endings,
        domain=experiment.domain,
        solver=experiment.solver,
        space=space,
        dt=experiment.dt,
        time_unit=time_unit,
    )
