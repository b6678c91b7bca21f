"""Trajectories: the value that every simulation returns, and those of a target alone.

    dz/dt = g(z, u(t))

Place in the flow: a target, or later a network, becomes states at requested times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain, VectorField
from lrfit.integrate import Ending, IntegrationResult, Limits, march
from lrfit.simulation.experiment import Experiment, Solver
from lrfit.systems.signals.input_signal import Signal, input_signal, numbers

Space = Literal["latent", "full", "target"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """States at the requested times, in the user's units; NaN where a run had ended.

    Attributes
    ----------
    t : (T,), in the system's own unit of time. u, v : (trials, T, U), input and filtered input.
    z : (trials, T, D). x : (trials, T, neurons), currents of the neurons, when asked for.
    target : (trials, T, D), the target's own trajectory under u itself, when asked for.
    reached, target_reached : (trials,), how many of the T times each run reached.
    endings, target_endings : how each run ended.
    domain : box and names. solver, dt (None when adaptive), space, time_unit : how it was made.
    """

    t: Array
    z: Array
    u: Array
    v: Array
    reached: NDArray[np.intp]
    endings: tuple[Ending, ...]
    domain: Domain
    solver: Solver
    space: Space
    dt: float | None = None
    x: Array | None = None
    target: Array | None = None
    target_reached: NDArray[np.intp] | None = None
    target_endings: tuple[Ending, ...] = ()
    time_unit: str = ""

    def __post_init__(self) -> None:
        """Make the arrays read-only: without copying, since x may be large."""
        for name in ("t", "z", "u", "v", "x", "target", "reached", "target_reached"):
            array = getattr(self, name)
            if array is not None:
                array.flags.writeable = False

    @property
    def trials(self) -> int:
        """The number of runs."""
        return len(self.endings)

    @property
    def status(self) -> tuple[str, ...]:
        """One line per run: "done", or "diverged at t=3.2: ..."."""
        return tuple(str(ending) for ending in self.endings)

    @property
    def complete(self) -> bool:
        """Whether every run, also of the target, reached the end."""
        return all(ending.kind == "done" for ending in self.endings + self.target_endings)


def simulate_target(
    field: VectorField,
    *,
    duration: float,
    initial: ArrayLike,
    signal: Signal | ArrayLike | None = None,
    breakpoints: Sequence[float] | Array = (),
    solver: Solver = "dop853",
    dt: float | None = None,
    points: int = 1001,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    limits: Limits | None = None,
    time_unit: str = "",
) -> Trajectory:
    """Follow a target from one or several initial states.

    Parameters
    ----------
    duration : float
        In the system's own unit of time.
    initial : (D,) or (trials, D)
        Initial states.
    signal : callable or (U,)
        t (T,) -> u (T, U), or constants; by default `resting_input`.
    breakpoints : sequence of float
        Times at which the signal jumps.
    solver : {"dop853", "lsoda", "rk45", "euler"}
        Error control with rtol, and atol in half-widths of the box; or fixed steps of `dt`.
    points : int
        Number of output times, evenly spaced; with Euler the steps nearest to them.

    Returns
    -------
    Trajectory
        With v = u. A run that diverges or meets a limit says so in `endings`.

    Raises
    ------
    UsageError
        Arguments that cannot be integrated.
    """
    experiment = Experiment(
        domain=field.domain,
        duration=duration,
        initial=numbers(initial, "the initial state"),
        signal=input_signal(field.domain, signal, breakpoints),
        solver=solver,
        dt=dt,
        points=points,
        rtol=rtol,
        atol=atol,
        limits=limits or Limits(),
    )
    method = march_target if solver == "euler" else follow_target
    solution = method(field, experiment)
    T = int(np.max(solution.reached))
    t = solution.t[:T].copy()
    u = driven(experiment, t)
    return Trajectory(
        t=t,
        z=solution.y[:, :T].copy(),
        u=u,
        v=u,
        reached=solution.reached,
        endings=solution.endings,
        domain=field.domain,
        solver=solver,
        space="target",
        dt=dt,
        time_unit=time_unit,
    )


def follow_target(field: VectorField, experiment: Experiment) -> IntegrationResult:
    """The target's states under u itself, with error control."""
    signal = experiment.signal

    def velocity(t: float, z: Array) -> Array:
        return field.velocity(z, signal.at(np.array([t])))

    return experiment.follow(velocity, experiment.initial, experiment.region)


def march_target(field: VectorField, experiment: Experiment) -> IntegrationResult:
    """The target's states under u itself, by Euler's method."""
    u, dt = experiment.stepped_input(), experiment.step

    def advance(k: int, z: Array) -> None:
        z += dt * field.velocity(z, np.broadcast_to(u[k], (len(z), len(u[k]))))

    return march(
        advance,
        experiment.initial,
        dt=dt,
        keep=experiment.keep,
        region=experiment.region,
        limits=experiment.limits,
    )


def driven(experiment: Experiment, t: Array) -> Array:
    """U (trials, T, U) at the output times, the same in all trials."""
    u = experiment.signal.at(t)
    return np.repeat(u[None], len(experiment.initial), axis=0)
