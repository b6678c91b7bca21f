"""The report of a fit as a group: scalars as attributes, vectors as datasets, paths below.

    floor                                           what no network of the kind can go below
    path/neurons, path/error                        the method that found the network
    paths/<method>/neurons, training, validation    every method tried

Errors of paths are by the criterion of the fit; that of `path` is on the validation set.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrfit.expressivity.symmetry import ErrorFloor
from lrfit.fields.field import Domain
from lrfit.fields.names import title_from
from lrfit.fitting.field_error import FieldReport
from lrfit.fitting.result import Fit, SizePath
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.provenance import encoded, reproducible, require_kind

KIND = "lrfit-report"
_KINDS: dict[str, type[Any]] = {"float": float, "int": int, "str": str}
_SCALARS = {
    field.name: _KINDS[str(field.type)]
    for field in dataclasses.fields(FieldReport)
    if str(field.type) in _KINDS
}
_ADDED = {"error_float32", "error_float16"}
"""Scalars that files of earlier versions lack."""
_VECTORS = {"error_by_variable": "D", "worst_point": "D", "worst_input": "U"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """What /report holds, read back. `seconds` is NaN where times were left out."""

    report: FieldReport
    method: str
    paths: tuple[SizePath, ...]
    tol: float | None
    met: bool | None
    warnings: tuple[str, ...]
    evidence: Mapping[str, float | int | str]
    seconds: float
    floor: ErrorFloor | None
    faithful: str = ""
    faithful_check: str = ""


def report_group(found: Fit, *, neurons: int) -> Group:
    """Return /report. Without a tolerance `tol` is NaN and `met` true: nothing was missed."""
    attributes: dict[str, Value] = {
        **encoded(KIND),
        **{name: getattr(found.report, name) for name in _SCALARS},
        "method": found.method,
        "tol": np.nan if found.tol is None else float(found.tol),
        "met": found.met is not False,
        "faithful": found.faithful,
        "faithful_check": found.faithful_check,
        "warnings": list(found.warnings),
    }
    if not reproducible():
        attributes["seconds"] = float(found.seconds)
    vectors = {name: Dataset(data=getattr(found.report, name)) for name in _VECTORS}
    return Group(
        attributes=attributes,
        children={
            **vectors,
            **({"floor": _floor_group(found.floor)} if found.floor else {}),
            "path": _chosen_path(found, neurons),
            "paths": Group(
                attributes=encoded("lrfit-paths"),
                children={title_from(path.method): _path_group(path) for path in found.paths},
            ),
            "evidence": Group(attributes={**encoded("lrfit-evidence"), **_evidence(found)}),
        },
    )


def _floor_group(floor: ErrorFloor) -> Group:
    return Group(
        attributes={
            **encoded("lrfit-error-floor"),
            "overall": floor.overall,
            "uncertainty": floor.uncertainty,
            "reason": floor.reason,
            "proved": list(floor.proved),
        },
        children={"by_variable": Dataset(data=floor.by_variable)},
    )


def _evidence(found: Fit) -> dict[str, Value]:
    """All numbers by name; times only where times are kept."""
    return {
        name: value
        for name, value in found.evidence.items()
        if not (reproducible() and "seconds" in name)
    }


def _chosen_path(found: Fit, neurons: int) -> Group:
    """Size against validation error of the method that won; of the network alone without one."""
    sizes, errors = np.array([neurons]), np.array([found.report.error])
    for path in found.paths:
        if path.method == found.method and len(path.neurons):
            sizes, errors = path.neurons.astype(np.int64), path.validation
    return Group(
        attributes={**encoded("lrfit-path"), "method": found.method},
        children={
            "neurons": Dataset(data=sizes, dimensions=("neurons",)),
            "error": Dataset(data=errors, dimensions=("neurons",)),
        },
    )


def _path_group(path: SizePath) -> Group:
    columns = {"training": path.training, "validation": path.validation}
    return Group(
        attributes={**encoded("lrfit-path"), "method": path.method},
        children={
            "neurons": Dataset(data=path.neurons.astype(np.int64), dimensions=("neurons",)),
            **{k: Dataset(data=v, dimensions=("neurons",)) for k, v in columns.items()},
        },
    )


def read_report(group: Group, domain: Domain) -> Finding:
    """Read what `report_group` wrote.

    Raises
    ------
    InputError
        Anything missing, or of the wrong type or shape.
    """
    require_kind(group, KIND)
    lengths = {"D": domain.dimension, "U": domain.input_count}
    tol = group.attribute("tol", float)
    evidence = group.group("evidence").attributes if "evidence" in group else {}
    values: dict[str, Any] = {
        name: group.attribute(name, kind, *([float("nan")] if name in _ADDED else []))
        for name, kind in _SCALARS.items()
    }
    for name, length in _VECTORS.items():
        values[name] = group.numbers(name, shape=(lengths[length],))
    return Finding(
        report=FieldReport(**values),
        method=group.attribute("method", str),
        paths=_read_paths(group),
        tol=None if np.isnan(tol) else tol,
        met=None if np.isnan(tol) else group.attribute("met", bool),
        warnings=tuple(group.attribute("warnings", list, [])),
        evidence={
            name: value
            for name, value in evidence.items()
            if isinstance(value, str | int | float) and not name.startswith("encoding-")
        },
        seconds=group.attribute("seconds", float, float("nan")),
        faithful=group.attribute("faithful", str, ""),
        faithful_check=group.attribute("faithful_check", str, ""),
        floor=_read_floor(group.group("floor"), domain) if "floor" in group else None,
    )


def _read_floor(group: Group, domain: Domain) -> ErrorFloor:
    return ErrorFloor(
        overall=group.attribute("overall", float),
        by_variable=group.numbers("by_variable", shape=(domain.dimension,)),
        uncertainty=group.attribute("uncertainty", float),
        reason=group.attribute("reason", str),
        proved=tuple(group.attribute("proved", list, [])),
    )


def _read_paths(group: Group) -> tuple[SizePath, ...]:
    if "paths" not in group:
        return ()
    paths = group.group("paths")
    return tuple(_read_path(paths.group(name)) for name in paths)


def _read_path(group: Group) -> SizePath:
    sizes = group.numbers("neurons", shape=(None,))
    return SizePath(
        method=group.attribute("method", str),
        neurons=sizes,
        training=group.numbers("training", shape=sizes.shape),
        validation=group.numbers("validation", shape=sizes.shape),
    )
