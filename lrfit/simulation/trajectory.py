"""Trajectories: the value that every simulation returns, and those of a target alone.

    dz/dt = g(z, u(t))

Place in the flow: a target, or later a network, becomes states at requested times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, Unpack

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.core.provenance import SystemResult
from lrfit.core.shapes import AtRoot, Axes, Rows, freeze_shaped
from lrfit.fields.field import Domain, VectorField
from lrfit.integrate import Ending, IntegrationResult, march
from lrfit.io.text import brief, counted
from lrfit.io.tree import Value
from lrfit.simulation.experiment import Experiment, ExperimentOptions, experiment_of
from lrfit.simulation.noise import Kicks, Noise, noise_of
from lrfit.simulation.options import Solver
from lrfit.simulation.resolve import resolve_for_target
from lrfit.simulation.resolved import ResolvedExperiment
from lrfit.systems.about import about
from lrfit.systems.system import System

Space = Literal["latent", "full", "target"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory(SystemResult):
    """States at the requested times, in the user's units; NaN where a run had ended.

    Attributes
    ----------
    t : (T,), in the system's own unit of time. u, v : (trials, T, U), input and filtered input.
    z : (trials, T, D), states; of a network without latent state its D outputs, of which there
        may be none. Then v is u: nothing that is read needs the filtered input.
    x : (trials, T, neurons), currents of the neurons, when asked for.
    target : (trials, T, D), the target's own trajectory under u itself, when asked for.
    reached, target_reached : (trials,), how many of the T times each run reached.
    endings, target_endings : how each run ended.
    experiment : what was asked for, by name, as a file says it. notes : what the solver did not
        see of the input as it is.
    domain : box and names. solver, dt (None when adaptive), space, time_unit : how it was made.

    Examples
    --------
    >>> import lrfit
    >>> system = lrfit.load_system("van_der_pol")
    >>> run = lrfit.simulate(system, duration=2.0, initial=[[1.0, 0.0], [0.0, 1.0]], points=21)
    >>> run.z.shape, run.complete
    ((2, 21, 2), True)
    >>> dict(zip(run.domain.variables, run.z[0, 0].tolist()))
    {'x': 1.0, 'y': 0.0}
    """

    COORDINATES: ClassVar = ("trial", "variable", "input", "neuron")

    t: Annotated[Array, Axes("t", units="{time_unit}", about="time")]
    z: Annotated[Array, Axes("trial", "t", "variable", about="latent state of the network")]
    u: Annotated[Array, Axes("trial", "t", "input", about="input")]
    v: Annotated[Array, Axes("trial", "t", "input", about="input, low-passed by the membranes")]
    reached: Annotated[NDArray[np.intp], Axes("trial", about="how many of the times it reached")]
    endings: Annotated[tuple[Ending, ...], Rows("trial")]
    domain: Annotated[Domain, AtRoot()]
    solver: Solver
    space: Space
    dt: float | None = None
    x: Annotated[Array | None, Axes("trial", "t", "neuron", about="currents of the neurons")] = None
    target: Annotated[
        Array | None, Axes("trial", "t", "variable", about="state of the target, same input")
    ] = None
    target_reached: Annotated[
        NDArray[np.intp] | None, Axes("trial", about="how many of the times the target reached")
    ] = None
    target_endings: Annotated[tuple[Ending, ...], Rows("trial", prefix="target_")] = ()
    time_unit: str = ""
    experiment: Annotated[Mapping[str, Value], AtRoot()] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line."""
        runs, T = len(self.z), len(self.t)
        ended = sum(ending.kind != "done" for ending in self.endings)
        return brief(
            self,
            ", ".join(self.domain.variables),
            f"{counted(runs, 'run')} of {counted(T, 'time')} to t = {self.t[-1]:g}" if T else "",
            f"solver {self.solver}",
            f"{ended} ended early" if ended else "",
        )

    def __post_init__(self) -> None:
        """Make the arrays read-only, without copying, since x may be large; check them."""
        freeze_shaped(self, copy=False)
        for name in ("reached", "target_reached"):
            counts = getattr(self, name)
            if counts is not None and np.any((counts < 0) | (counts > len(self.t))):
                raise InputError(f"has numbers of times in {name} that cannot be")

    @property
    def seed(self) -> int:
        """Of the noise; 0 where it is not said."""
        seed = self.experiment.get("seed", 0)
        return seed if isinstance(seed, int) else 0

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
    experiment: Experiment | None = None,
    *,
    system: System | None = None,
    time_unit: str = "",
    **options: Unpack[ExperimentOptions],
) -> Trajectory:
    """Follow a target, the velocity field dz/dt = g(z, u), in an experiment.

    Parameters
    ----------
    field : VectorField
    experiment : Experiment
    system : System
        Whose file says what the experiment leaves out.
    **options
        Fields of an `Experiment`, in place of those of `experiment`.

    Returns
    -------
    Trajectory
        With v = u. A run that diverges or meets a limit says so in `endings`.

    Raises
    ------
    UsageError
        Options that cannot be integrated, or that only a network has.

    Examples
    --------
    >>> from lrfit.simulation.trajectory import simulate_target
    >>> import lrfit
    >>> system = lrfit.load_system("van_der_pol")
    >>> run = simulate_target(system, duration=1.0, initial=[2.0, 0.0], points=5)
    >>> run.z.shape, run.status
    ((1, 5, 2), ('done',))
    """
    experiment = experiment_of(experiment, **options)
    resolved = resolve_for_target(experiment, field, system)
    generator = np.random.default_rng(experiment.seed)
    noise = noise_of(experiment.process_noise, None, generator, field.domain.dimension)
    if noise is not None and resolved.solver != "euler":
        raise UsageError(f"{resolved.solver} cannot integrate noise; use the solver euler")
    if resolved.solver == "euler":
        solution = march_target(field, resolved, noise)
    else:
        solution = follow_target(field, resolved)
    T = int(np.max(solution.reached))
    t = solution.t[:T].copy()
    u = driven(resolved, t)
    return Trajectory(
        **about(system),
        t=t,
        z=solution.y[:, :T].copy(),
        u=u,
        v=u,
        reached=solution.reached,
        endings=solution.endings,
        domain=field.domain,
        solver=resolved.solver,
        space="target",
        dt=resolved.dt,
        time_unit=time_unit or (system.time_unit if system else ""),
        notes=resolved.notes,
    )


def follow_target(field: VectorField, resolved: ResolvedExperiment) -> IntegrationResult:
    """The target's states under u itself, with error control."""
    signal = resolved.signal

    def velocity(t: float, z: Array) -> Array:
        return field.velocity(z, signal.at(np.array([t])))

    return resolved.follow(velocity, resolved.initial, resolved.region)


def march_target(
    field: VectorField, resolved: ResolvedExperiment, noise: Noise | None = None
) -> IntegrationResult:
    """The target's states under u itself, by Euler's method, with white noise if any."""
    u, dt = resolved.stepped_input(), resolved.step
    kicks = Kicks(noise, dt)

    def advance(k: int, z: Array) -> None:
        z += dt * field.velocity(z, np.broadcast_to(u[k], (len(z), len(u[k]))))
        kicks.add_to(z.T)

    return march(
        advance,
        resolved.initial,
        dt=dt,
        keep=resolved.keep,
        region=resolved.region,
        limits=resolved.limits,
    )


def driven(resolved: ResolvedExperiment, t: Array) -> Array:
    """U (runs, T, U) at the output times, the same in all runs."""
    u = resolved.signal.at(t)
    return np.repeat(u[None], resolved.runs, axis=0)
