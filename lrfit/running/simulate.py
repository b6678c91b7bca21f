"""simulate() and sample() for users: states and signals by name, defaults from the system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.fields.names import did_you_mean
from lrfit.integrate import Limits
from lrfit.io.text import shown
from lrfit.io.tree import Group
from lrfit.records.grid_file import grid_file
from lrfit.records.subject import Network, Subject, as_subject
from lrfit.simulation.experiment import Solver
from lrfit.simulation.noise import RateNoise
from lrfit.simulation.simulate import simulate as simulate_network
from lrfit.simulation.trajectory import Space, Trajectory
from lrfit.systems.given import Target, as_system
from lrfit.systems.signals.input_signal import InputSignal, input_signal
from lrfit.systems.signals.signal_texts import signal_from_texts

Initial = Mapping[str, float] | Sequence[Mapping[str, float]] | ArrayLike
Signals = Mapping[str, str | float] | Callable[[Array], Array] | ArrayLike
MOST_RUNS = 10_000_000


def simulate(
    network: Network,
    *,
    duration: float | None = None,
    initial: Initial | None = None,
    signal: Signals | None = None,
    breakpoints: Sequence[float] = (),
    solver: Solver | None = None,
    dt: float | None = None,
    space: Space = "latent",
    points: int = 1001,
    process_noise: float = 0.0,
    rate_noise: float = 0.0,
    noise_time: float | None = None,
    trials: int = 1,
    target: bool = False,
    store_rates: bool = False,
    seed: int = 0,
    limits: Limits | None = None,
) -> Trajectory:
    """Simulate a network.

    Parameters
    ----------
    network : Fit, NetworkRecord, LowRankNetwork or path
        What to simulate.
    duration : float
        In the system's unit of time; by default as the system's file says.
    initial : mapping, several of them, or (D,) or (trials, D) numbers
        Initial states; variables that a mapping leaves out start as the system's file says.
    signal : mapping of input to expression of t (or number), function of t, or (U,) numbers
        By default as the system's file says; inputs that are left out keep that.
    breakpoints : sequence of float
        Times at which a function of t jumps.
    solver, dt, space, points, limits
        As in `lrfit.simulation.simulate.simulate`. A network that was fitted for Euler steps
        (`update="euler"`) is right with those alone, and runs with them by default.
    process_noise : float
        White noise on z, the user's units per square root of time; solver "euler" only.
    rate_noise, noise_time : float
        Standard deviation and correlation time (default tau) of the Ornstein-Uhlenbeck noise on
        every rate; "euler" only.
    trials : int
        Runs from each initial state (they differ by their noise).
    target : bool
        Follow the target too, from the same states under the same input.
    store_rates : bool
        Keep the currents x of all neurons (their rates are phi(x)).
    seed : int
        Of the noise.

    Returns
    -------
    Trajectory
        Runs that diverged say so in `endings`.

    Raises
    ------
    UsageError
        Unknown names, or arguments that contradict each other.
    """
    subject = as_subject(network)
    return simulate_network(
        subject.network,
        **simulation_arguments(
            subject,
            duration=duration,
            initial=initial,
            signal=signal,
            breakpoints=breakpoints,
            solver=solver,
            dt=dt,
            space=space,
            points=points,
            process_noise=process_noise,
            rate_noise=rate_noise,
            noise_time=noise_time,
            trials=trials,
            target=target,
            store_rates=store_rates,
            seed=seed,
            limits=limits,
        ),
    )


def simulation_arguments(
    subject: Subject,
    *,
    duration: float | None,
    initial: Initial | None,
    signal: Signals | None,
    breakpoints: Sequence[float] = (),
    rate_noise: float,
    noise_time: float | None = None,
    trials: int,
    target: bool,
    store_rates: bool,
    seed: int,
    **same: Any,
) -> dict[str, Any]:
    """Arguments of `lrfit.simulation.simulate`, resolved; `same` are handed on as they are.

    Raises
    ------
    UsageError
        Unknown names, or arguments that contradict each other.
    """
    if target and subject.system is None:
        raise UsageError("this network's target is not known here, so it cannot be followed")
    if trials < 1:
        raise UsageError(f"{trials} trials; give at least 1")
    start = _initial(subject, initial)
    if len(start) * trials > MOST_RUNS:
        raise UsageError(f"{len(start) * trials:,} runs; give at most {MOST_RUNS:,}")
    if noise_time is not None and not rate_noise:
        raise UsageError("a correlation time needs noise on the rates; give --rate-noise")
    drive = _signal(subject, signal, breakpoints)
    theta = subject.network.tau if noise_time is None else noise_time
    return {
        "duration": _duration(subject, duration),
        "initial": np.repeat(start, trials, axis=0),
        "signal": drive.level if drive.function is None else drive.function,
        "breakpoints": drive.breakpoints,
        "rate_noise": RateNoise(sd=rate_noise, correlation_time=theta) if rate_noise else None,
        "generator": np.random.default_rng(seed),
        "target": subject.system if target else None,
        "store_x": store_rates,
        "time_unit": subject.system.time_unit if subject.system else "",
        **same,
    }


def _duration(subject: Subject, given: float | None) -> float:
    stated = subject.system.simulation.duration if subject.system else None
    chosen = stated if given is None else given
    if chosen is None:
        raise UsageError("the system's file says no duration; give --duration (duration=...)")
    return chosen


def _initial(subject: Subject, given: Initial | None) -> Array:
    """Initial states (runs, D)."""
    middle = subject.domain.middle
    start = subject.system.simulation.initial if subject.system else middle
    if given is None:
        return np.atleast_2d(start)
    if isinstance(given, Mapping):
        return np.array([named_state(subject.domain, given, start)])
    if isinstance(given, Sequence) and given and all(isinstance(row, Mapping) for row in given):
        rows = cast(Sequence[Mapping[str, float]], given)
        return np.array([named_state(subject.domain, row, start) for row in rows])
    return np.atleast_2d(np.asarray(given, dtype=np.float64))


def named_state(domain: Domain, given: Mapping[str, float], start: Array) -> Array:
    """A state (D,): what is given by name, the rest from `start`."""
    for name in given:
        if name not in domain.variables:
            known = did_you_mean(name, domain.variables)
            raise UsageError(f"the system has no variable {shown(name, 60)!r}; {known}")
    pairs = zip(domain.variables, start, strict=True)
    return np.array([float(given.get(name, value)) for name, value in pairs])


def _signal(subject: Subject, given: Signals | None, breakpoints: Sequence[float]) -> InputSignal:
    system, domain = subject.system, subject.domain
    if given is None:
        return system.simulation.signal if system else input_signal(domain)
    if not isinstance(given, Mapping):
        return input_signal(domain, given, breakpoints)
    for name in given:
        if name not in domain.inputs:
            known = did_you_mean(name, domain.inputs)
            raise UsageError(f"the system has no input {shown(name, 60)!r}; {known}")
    stated = system.simulation.texts if system else {}
    texts = {**stated, **{name: str(value) for name, value in given.items()}}
    return signal_from_texts(domain, texts, system.parameters if system else {})


def sample(
    target: Target,
    *,
    points: int | Mapping[str, int] = 64,
    input_values: Mapping[str, float] | None = None,
    overrides: Mapping[str, float] | None = None,
) -> Group:
    """Evaluate a target's field on a regular grid over its box.

    Parameters
    ----------
    target, overrides
        The system, as in `as_system`.
    points : int or mapping of variable to int
        Nodes along every axis.
    input_values : mapping of input to float
        Where inputs are held; the others rest at zero or in the middle of their range.

    Returns
    -------
    Group
        The content of a grid file; `lrfit.save` writes it.
    """
    return grid_file(as_system(target, overrides=overrides), points, input_values=input_values)
