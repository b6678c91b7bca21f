"""degenerate() for users: one trajectory, several networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.core.progress import Progress
from lrfit.degeneracy.options import DegenerateOptions
from lrfit.degeneracy.recipes import ReferencePath
from lrfit.degeneracy.solve import Degeneracy, solve
from lrfit.fields.names import title_from
from lrfit.integrate import Limits
from lrfit.io.text import shown
from lrfit.records.store import load
from lrfit.running.file import TrajectoryRecord
from lrfit.running.simulate import named_state
from lrfit.simulation.curve import curve_of
from lrfit.simulation.trajectory import Trajectory, simulate_target
from lrfit.systems.system import System

POINTS = 4001
"""Times of the trajectory of a system."""
Source = System | Trajectory | TrajectoryRecord | str | FilePath


def degenerate(
    source: Source,
    *,
    duration: float | None = None,
    initial: Mapping[str, float] | None = None,
    trial: int = 0,
    overrides: Mapping[str, float] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Degeneracy:
    """Build networks that all produce one trajectory, by different dynamics.

    Parameters
    ----------
    source : System, path, name of a sample system, Trajectory or TrajectoryRecord
        A system, whose trajectory is that of its file's simulation, or a trajectory.
    duration, initial : float, mapping
        Of the system's trajectory; a trajectory's is cut short.
    trial : int
        Which one of a trajectory file.
    overrides : mapping of parameter to number
        Set beside the system's file.
    progress : callable
        progress(stage, done, total, neurons, error), called now and then.
    **options
        Fields of `DegenerateOptions`.

    Returns
    -------
    Degeneracy
        Solutions with networks, and how alike and how different they are.

    Raises
    ------
    InputError
        The source cannot be read, or its trajectory does not reach its end.
    UsageError
        Options that make no sense for it.
    """
    path = trajectory_path(
        source, duration=duration, initial=initial, trial=trial, overrides=overrides
    )
    return solve(path, DegenerateOptions(**options), progress)


def trajectory_path(
    source: Source,
    *,
    duration: float | None = None,
    initial: Mapping[str, float] | None = None,
    trial: int = 0,
    overrides: Mapping[str, float] | None = None,
) -> ReferencePath:
    """Return the trajectory that the user means, with its field where that is known."""
    stem = title_from(str(source).rsplit("/", 1)[-1].split(".")[0])
    given = load(source, overrides=overrides) if isinstance(source, str | FilePath) else source
    if isinstance(given, System):
        return _of_system(given, duration, initial, trial)
    if overrides or initial:
        raise UsageError("a trajectory has its start and its parameters; give its system instead")
    if isinstance(given, Trajectory):
        return _of_trajectory(given, "trajectory", duration, trial)
    if isinstance(given, TrajectoryRecord):
        system = given.experiment.get("system")
        name = system if isinstance(system, str) and system else stem
        return _of_trajectory(given.trajectory, title_from(name), duration, trial)
    raise _wrong(given, source)


def _wrong(given: object, source: object) -> InputError:
    return InputError(
        f"holds a {type(given).__name__.removesuffix('Record').lower()}; needed is a system or a "
        "trajectory (`lrfit simulate` writes one)",
        where=shown(str(source), 200),
    )


def _of_system(
    system: System, duration: float | None, initial: Mapping[str, float] | None, trial: int
) -> ReferencePath:
    if trial:
        raise UsageError("a system has one trajectory; trials are those of a trajectory file")
    simulation = system.simulation
    span = duration or simulation.duration
    if span is None:
        raise UsageError("the system's file says no duration; give --duration (duration=...)")
    start = named_state(system.domain, initial or {}, simulation.initial)
    signal = simulation.signal
    trajectory = simulate_target(
        system,
        duration=span,
        initial=start,
        signal=signal.level if signal.function is None else signal.function,
        breakpoints=signal.breakpoints,
        points=POINTS,
        rtol=1e-11,
        atol=1e-12,
        limits=Limits(seconds=60.0),
    )
    curve = curve_of(trajectory)
    if not signal.constant:  # what drives it is no part of the field; it is a trajectory alone
        return ReferencePath(name=system.name, curve=curve, time_unit=system.time_unit)

    def inputs(z: Array) -> Array:
        return np.broadcast_to(signal.level, (len(z), len(signal.level)))

    return ReferencePath(
        name=system.name,
        curve=curve,
        time_unit=system.time_unit,
        system=None if system.domain.inputs else system,
        field=lambda z: system.checked_velocity(z, inputs(z)),
        slopes=lambda z: system.jacobian(z, inputs(z))[0],
    )


def _of_trajectory(
    trajectory: Trajectory, name: str, duration: float | None, trial: int
) -> ReferencePath:
    curve = curve_of(trajectory, trial)
    if duration is not None and duration > curve.duration:
        raise UsageError(
            f"the trajectory lasts {curve.duration:g}; --duration {duration:g} is longer"
        )
    curve = curve if duration is None else curve.until(duration)
    return ReferencePath(name=name, curve=curve, time_unit=trajectory.time_unit)
