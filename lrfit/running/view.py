"""What is said about a trajectory, to a person and to a program; the same for its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.io.text import counted
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.simulation.trajectory import Trajectory


def fields(trajectory: Trajectory) -> dict[str, Any]:
    """What is said of a trajectory to a program; the same for a trajectory file."""
    names = trajectory.domain.variables
    difference = target_difference(trajectory)
    low, high = _range(trajectory)
    return {
        "system": trajectory.experiment.get("system"),
        "parameters": dict(trajectory.parameters),
        "overrides": dict(trajectory.overrides),
        "neurons": trajectory.experiment.get("neurons"),
        "variables": list(names),
        "input_names": list(trajectory.domain.inputs),
        "trials": trajectory.trials,
        "points": len(trajectory.t),
        "duration": float(trajectory.t[-1]),
        "solver": trajectory.solver,
        "space": trajectory.space,
        "dt": trajectory.dt,
        "complete": trajectory.complete,
        "status": list(trajectory.status),
        "final": [named(names, row) for row in trajectory.z[:, -1]],
        "lowest": named(names, low),
        "highest": named(names, high),
        "input_lag": input_lag(trajectory),
        "target_difference": None if difference is None else named(names, difference),
    }


def trajectory_rows(trajectory: Trajectory) -> list[tuple[str, str]]:
    """What is said of a trajectory to a person; the same for a trajectory file."""
    done = sum(ending.kind == "done" for ending in trajectory.endings)
    unit = f" {trajectory.time_unit}" if trajectory.time_unit else ""
    step = "" if trajectory.dt is None else f", dt {number(trajectory.dt)}"
    low, high = _range(trajectory)
    ranges = zip(trajectory.domain.variables, low, high, strict=True)
    rows = [
        *parameter_rows(trajectory.parameters, trajectory.overrides),
        ("runs", f"{trajectory.trials}, {done} to the end"),
        ("time", f"0 to {trajectory.t[-1]:g}{unit}, {counted(len(trajectory.t), 'time')}"),
        ("solver", f"{trajectory.solver}, {trajectory.space}{step}"),
        ("range", ", ".join(f"{n} [{number(a)}, {number(b)}]" for n, a, b in ranges)),
    ]
    if lag := input_lag(trajectory):
        texts = ", ".join(f"{name} {number(value)}" for name, value in lag.items())
        rows.append(("low-pass", f"rms of u - v over that of u: {texts}"))
    difference = target_difference(trajectory)
    if difference is not None:
        each = named(trajectory.domain.variables, difference)
        texts = ", ".join(f"{name} {number(value)}" for name, value in each.items())
        rows.append(("off target", f"rms {texts}"))
    return rows


def input_lag(trajectory: Trajectory) -> dict[str, float]:
    """How far the filtered input is from the ideal one, relative, for inputs that change.

    None of a run in which nothing needs the filtered input: it is the input itself there.
    """
    import numpy as np

    lag = {}
    for j, name in enumerate(trajectory.domain.inputs):
        u, v = trajectory.u[..., j], trajectory.v[..., j]
        known = np.isfinite(v)
        with np.errstate(all="ignore"):  # a file may hold any numbers
            size = np.sqrt(np.mean(u[known] ** 2)) if known.any() else 0.0
            if size > 0 and np.ptp(u[known]) > 0 and not np.array_equal(u[known], v[known]):
                lag[name] = float(np.sqrt(np.mean((u - v)[known] ** 2)) / size)
    return lag


def target_difference(trajectory: Trajectory) -> Any:
    """(D,) rms difference between network and target at equal times, None without a target."""
    import numpy as np

    if trajectory.target is None:
        return None
    with np.errstate(all="ignore"):  # a file may hold any numbers
        squares = (trajectory.z - trajectory.target) ** 2
        known = np.isfinite(squares)
        count = np.maximum(known.sum(axis=(0, 1)), 1)
        mean = np.sum(squares, axis=(0, 1), where=known) / count
    return np.where(known.any(axis=(0, 1)), np.sqrt(mean), np.nan)


def _range(trajectory: Trajectory) -> tuple[Any, Any]:
    """Lowest and highest value of every variable, (D,) each, NaN where nothing was reached."""
    import numpy as np

    known = np.isfinite(trajectory.z)
    low = np.min(trajectory.z, axis=(0, 1), where=known, initial=np.inf)
    high = np.max(trajectory.z, axis=(0, 1), where=known, initial=-np.inf)
    some = known.any(axis=(0, 1))
    return np.where(some, low, np.nan), np.where(some, high, np.nan)


def tables(trajectory: Trajectory, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    name = trajectory.experiment.get("system")
    system = name if isinstance(name, str) and name else "a network"
    title = f"trajectory of {title_with(system, trajectory.overrides)}"
    return [Table(title=title, rows=trajectory_rows(trajectory))]
