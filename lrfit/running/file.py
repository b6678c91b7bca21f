"""Trajectory files: what a simulation gave, with named dimensions, so that xarray opens them.

    /trajectory   t (T,), z (trials, T, D), u and v (trials, T, U), x (trials, T, neurons),
                  target (trials, T, D); how every run ended
    /domain       the box
    /experiment   what was simulated, as attributes

Place in the flow: a `Trajectory` becomes a tree to write, and comes back from one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from lrfit.integrate import Ending
from lrfit.integrate.solution import EndingKind
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.provenance import (
    Provenance,
    encoded,
    read_provenance,
    require_kind,
    root_attributes,
)
from lrfit.simulation.experiment import Solver
from lrfit.simulation.trajectory import Space, Trajectory

KIND = "lrfit-trajectory"
_ARRAYS = {
    "z": ("variable", "latent state of the network"),
    "u": ("input", "input"),
    "v": ("input", "input as the neurons see it, low-passed by their membranes"),
    "x": ("neuron", "currents of the neurons"),
    "target": ("variable", "state of the target under the same input"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class TrajectoryRecord:
    """A trajectory file in memory: the trajectory, what was done, and where it comes from."""

    trajectory: Trajectory
    experiment: Mapping[str, Value] = field(default_factory=dict)
    provenance: Provenance


def trajectory_tree(
    trajectory: Trajectory,
    *,
    history: Sequence[str] = (),
    seed: int = 0,
    experiment: Mapping[str, Value] | None = None,
) -> Group:
    """Return the file's content; `experiment` are attributes that say what was simulated."""
    return Group(
        attributes=root_attributes(KIND, history=history, seed=seed),
        children={
            "trajectory": _trajectory_group(trajectory),
            "domain": domain_group(trajectory.domain),
            "experiment": Group(attributes={**encoded("lrfit-experiment"), **(experiment or {})}),
        },
    )


def _trajectory_group(trajectory: Trajectory) -> Group:
    unit = trajectory.time_unit
    children = {
        "t": Dataset(
            data=trajectory.t,
            dimensions=("t",),
            attributes={"units": unit or "1", "long_name": "time"},
        )
    }
    for name, (last, meaning) in _ARRAYS.items():
        values = getattr(trajectory, name)
        if values is not None:
            children[name] = Dataset(
                data=values,
                dimensions=("trial", "t", last),
                attributes={"units": "1", "long_name": meaning},
            )
    children |= _coordinates(trajectory) | _endings(trajectory)
    attributes: dict[str, Value] = {
        **encoded("lrfit-trajectory-data"),
        "solver": trajectory.solver,
        "space": trajectory.space,
        "time_unit": unit,
    }
    if trajectory.dt is not None:
        attributes["dt"] = trajectory.dt
    return Group(attributes=attributes, children=children)


def _coordinates(trajectory: Trajectory) -> dict[str, Dataset]:
    """Labels of the dimensions: names of variables and inputs, numbers of trials and neurons."""
    domain = trajectory.domain
    labels = {"trial": np.arange(trajectory.trials), "variable": np.array(domain.variables)}
    if domain.inputs:
        labels["input"] = np.array(domain.inputs)
    if trajectory.x is not None:
        labels["neuron"] = np.arange(trajectory.x.shape[2])
    return {
        name: Dataset(data=data, dimensions=(name,), attributes={"units": "1"})
        for name, data in labels.items()
    }


def _endings(trajectory: Trajectory) -> dict[str, Dataset]:
    datasets = _ending_datasets("", trajectory.endings, trajectory.reached)
    if trajectory.target_reached is not None:
        datasets |= _ending_datasets(
            "target_", trajectory.target_endings, trajectory.target_reached
        )
    return datasets


def _ending_datasets(
    prefix: str, endings: Sequence[Ending], reached: Sequence[int] | np.ndarray
) -> dict[str, Dataset]:
    columns = {
        "status": (np.array([each.kind for each in endings]), "how the run ended"),
        "reason": (np.array([each.reason for each in endings]), "why it ended early"),
        "end_time": (np.array([each.t for each in endings]), "time at which the run ended"),
        "reached": (np.asarray(reached), "how many of the times the run reached"),
    }
    return {
        f"{prefix}{name}": Dataset(
            data=data, dimensions=("trial",), attributes={"units": "1", "long_name": meaning}
        )
        for name, (data, meaning) in columns.items()
    }


def trajectory_from_tree(root: Group) -> TrajectoryRecord:
    """Read what `trajectory_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing or of the wrong shape.
    """
    require_kind(root, KIND)
    group = root.group("trajectory")
    require_kind(group, "lrfit-trajectory-data")
    experiment = root.group("experiment").attributes if "experiment" in root else {}
    return TrajectoryRecord(
        trajectory=_read_trajectory(root, group),
        experiment={k: v for k, v in experiment.items() if not k.startswith("encoding-")},
        provenance=read_provenance(root),
    )


def _read_trajectory(root: Group, group: Group) -> Trajectory:
    domain = domain_from_group(root.group("domain"))
    t = group.numbers("t", shape=(None,))
    trials = group.numbers("z", shape=(None, len(t), domain.dimension)).shape[0]
    lengths = {"variable": domain.dimension, "input": domain.input_count, "neuron": None}
    arrays = {
        name: group.numbers(name, shape=(trials, len(t), lengths[last]))
        for name, (last, _) in _ARRAYS.items()
        if name in group or name not in ("x", "target")
    }
    reached, endings = _read_endings(group, "", trials, len(t))
    ideal = _read_endings(group, "target_", trials, len(t)) if "target" in arrays else None
    return Trajectory(
        t=t,
        z=arrays["z"],
        u=arrays["u"],
        v=arrays["v"],
        x=arrays.get("x"),
        target=arrays.get("target"),
        reached=reached,
        endings=endings,
        target_reached=ideal[0] if ideal else None,
        target_endings=ideal[1] if ideal else (),
        domain=domain,
        solver=_one_of(group, "solver", get_args(Solver)),
        space=_one_of(group, "space", get_args(Space)),
        dt=group.attribute("dt", float, None),
        time_unit=group.attribute("time_unit", str, ""),
    )


def _read_endings(
    group: Group, prefix: str, trials: int, times: int
) -> tuple[np.ndarray, tuple[Ending, ...]]:
    reached = group.numbers(f"{prefix}reached", shape=(trials,)).astype(np.intp)
    if np.any((reached < 0) | (reached > times)):
        raise group.error(f"has numbers of times in {prefix}reached that cannot be")
    kinds, reasons = (
        group.dataset(f"{prefix}{name}", shape=(trials,)).texts() for name in ("status", "reason")
    )
    for kind in set(kinds) - set(get_args(EndingKind)):
        raise group.error(f"has the unknown status {kind[:60]!r}")
    ends = group.numbers(f"{prefix}end_time", shape=(trials,))
    endings = zip(kinds, ends, reasons, strict=True)
    return reached, tuple(
        Ending(kind=kind, t=float(t), reason=reason)  # type: ignore[arg-type]  # checked above
        for kind, t, reason in endings
    )


def _one_of(group: Group, name: str, known: tuple[str, ...]) -> Any:
    found = group.attribute(name, str)
    if found not in known:
        raise group.error(f"has the unknown {name} {found[:60]!r}; known are {', '.join(known)}")
    return found
