"""The trajectory that several networks are built for: of a system, of a file, or given.

Place in the flow: what a user names becomes a curve, with the field behind it where that is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.fields.names import title_from
from lrfit.integrate import Limits
from lrfit.io.text import shown
from lrfit.records.store import load
from lrfit.simulation.curve import Curve, curve_of
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.resolve import resolve_for_target
from lrfit.simulation.trajectory import Trajectory, simulate_target
from lrfit.systems.about import about
from lrfit.systems.system import System

POINTS = 4001
"""Times of the trajectory of a system."""
RTOL, ATOL, SECONDS = 1e-11, 1e-12, 60.0
"""Of its integration: everything else is compared with it."""
Field = Callable[[Array], Array]
"""z (P, D) -> velocity (P, D)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferencePath:
    """The trajectory, and what is known of where it comes from.

    system : the target itself, where it has formulas and no inputs. field : its velocity at the
    constant input of the trajectory, where known. slopes : its Jacobian, likewise.
    parameters, overrides : of the system, and which of them were set beside its file.
    """

    name: str
    curve: Curve
    time_unit: str = ""
    system: System | None = None
    field: Field | None = None
    slopes: Callable[[Array], Array] | None = None
    parameters: Mapping[str, float] = dataclasses.field(default_factory=dict)
    overrides: Mapping[str, float] = dataclasses.field(default_factory=dict)


Source = System | Trajectory | ReferencePath | str | Path


def reference_path(
    source: Source,
    experiment: Experiment | None = None,
    *,
    trial: int = 0,
    overrides: Mapping[str, float] | None = None,
) -> ReferencePath:
    """Return the trajectory that the user means; see `degenerate`."""
    if isinstance(source, ReferencePath):
        return source
    experiment = experiment or Experiment()
    stem, given = "trajectory", source
    if isinstance(source, str | Path):
        stem = title_from(str(source).rsplit("/", 1)[-1].split(".")[0])
        given = load(source, overrides=overrides)
    if isinstance(given, System):
        return _of_system(given, experiment, trial)
    if overrides or experiment.initial is not None or experiment.signal is not None:
        raise UsageError("a trajectory has its start and its parameters; give its system instead")
    if isinstance(given, Trajectory):
        system = given.experiment.get("system")
        name = system if isinstance(system, str) and system else stem
        return _of_trajectory(given, title_from(name), experiment.duration, trial)
    raise _wrong(given, source)


def _wrong(given: object, source: object) -> InputError:
    return InputError(
        f"holds a {type(given).__name__.lower()}; needed is a system or a "
        "trajectory (`lrfit simulate` writes one)",
        where=shown(str(source), 200),
    )


def _of_system(system: System, experiment: Experiment, trial: int) -> ReferencePath:
    if trial:
        raise UsageError("a system has one trajectory; trials are those of a trajectory file")
    limits = experiment.limits or Limits(seconds=SECONDS)
    experiment = replace(experiment, points=POINTS, rtol=RTOL, atol=ATOL, limits=limits)
    resolved = resolve_for_target(experiment, system, system)
    if resolved.runs != 1 or np.any(experiment.process_noise):
        raise UsageError("networks are built for one trajectory without noise; give one start")
    curve = curve_of(simulate_target(system, experiment, system=system))
    signal = resolved.signal
    if not signal.constant:  # what drives it is no part of the field; it is a trajectory alone
        return ReferencePath(
            name=system.name, curve=curve, time_unit=system.time_unit, **about(system)
        )

    def inputs(z: Array) -> Array:
        return np.broadcast_to(signal.level, (len(z), len(signal.level)))

    return ReferencePath(
        **about(system),
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
    return ReferencePath(
        name=name,
        curve=curve,
        time_unit=trajectory.time_unit,
        parameters=trajectory.parameters,
        overrides=trajectory.overrides,
    )
