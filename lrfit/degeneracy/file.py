"""Degeneracy files: one trajectory, and what is known of the networks that all produce it.

    /degeneracy   t (T,), z (T, D), scale (D,): the trajectory, and the units of distances;
                  a row per solution: neurons, rate, horizon, rms, worst, met, exponents (n, D),
                  stated (n, D); likeness and difference (n, n); attributes kinds, files, ...
    /domain       the box of the trajectory

The networks have files of their own. Place in the flow: a `Degeneracy` becomes a table, the
table a tree to write, and the table comes back from one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError
from lrfit.degeneracy import Degeneracy
from lrfit.io.tree import Dataset, Group
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.provenance import (
    Provenance,
    encoded,
    read_provenance,
    require_kind,
    root_attributes,
)
from lrfit.simulation.curve import Curve

KIND = "lrfit-degeneracy"
_DATA_KIND = "lrfit-degeneracy-data"
_COLUMNS = ("neurons", "rate", "horizon", "rms", "worst", "met")


@dataclass(frozen=True, kw_only=True, eq=False)
class DegeneracyTable:
    """A degeneracy file in memory: n solutions, one row each; see `Solution` for the columns.

    files : where the networks were written. tol, tube : as asked for. success : all hold, and
    every two fields are apart.
    """

    system: str
    curve: Curve
    time_unit: str
    kinds: tuple[str, ...]
    files: tuple[str, ...]
    tol: float
    tube: float
    success: bool
    neurons: Array
    rate: Array
    horizon: Array
    rms: Array
    worst: Array
    met: Array
    exponents: Array
    stated: Array
    likeness: Array
    difference: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        n, D = len(self.kinds), len(self.curve.scale)
        freeze_fields(self, **dict.fromkeys(_COLUMNS, (n,)), exponents=(n, D), stated=(n, D))
        freeze_fields(self, likeness=(n, n), difference=(n, n))


@dataclass(frozen=True, kw_only=True, eq=False)
class DegeneracyRecord:
    """The table, and where it comes from."""

    table: DegeneracyTable
    provenance: Provenance


def degeneracy_table(found: Degeneracy, files: Sequence[str] = ()) -> DegeneracyTable:
    """Make the table of solutions that were found; `files` as the networks were written."""
    solutions = found.solutions
    columns: dict[str, Any] = {
        name: np.array([float(getattr(solution, name)) for solution in solutions])
        for name in ("rate", "horizon", "rms", "worst", "met")
    }
    return DegeneracyTable(
        **columns,
        system=found.name,
        curve=found.curve,
        time_unit=solutions[0].fit.system.time_unit,
        kinds=tuple(solution.kind for solution in solutions),
        files=tuple(files) or ("",) * len(solutions),
        tol=found.options.tol,
        tube=found.options.tube,
        success=found.met,
        neurons=np.array([solution.fit.network.neurons for solution in solutions], dtype=float),
        exponents=np.stack([solution.exponents for solution in solutions]),
        stated=np.stack([solution.stated for solution in solutions]),
        likeness=found.likeness,
        difference=found.difference,
    )


def degeneracy_tree(table: DegeneracyTable, *, history: Sequence[str] = (), seed: int = 0) -> Group:
    """Return the file's content; `history` are command lines."""
    curve = table.curve
    arrays = {name: getattr(table, name) for name in _COLUMNS}
    arrays |= {name: getattr(table, name) for name in ("exponents", "stated")}
    arrays |= {"likeness": table.likeness, "difference": table.difference}
    arrays |= {"t": curve.t, "z": curve.z, "scale": curve.scale}
    return Group(
        attributes=root_attributes(KIND, history=history, seed=seed),
        children={
            "degeneracy": Group(
                attributes={
                    **encoded(_DATA_KIND),
                    "system": table.system,
                    "time_unit": table.time_unit,
                    "kinds": list(table.kinds),
                    "files": list(table.files),
                    "tol": table.tol,
                    "tube": table.tube,
                    "success": table.success,
                },
                children={name: Dataset(data=values) for name, values in arrays.items()},
            ),
            "domain": domain_group(curve.domain),
        },
    )


def degeneracy_file(found: Degeneracy, *, history: Sequence[str] = ()) -> Group:
    """Return the content of the file of what `degenerate` found: its table."""
    return degeneracy_tree(degeneracy_table(found), history=history)


def degeneracy_from_tree(root: Group) -> DegeneracyRecord:
    """Read what `degeneracy_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing or of the wrong shape.
    """
    require_kind(root, KIND)
    group = root.group("degeneracy")
    require_kind(group, _DATA_KIND)
    domain = domain_from_group(root.group("domain"))
    kinds, files = group.attribute("kinds", list), group.attribute("files", list)
    n, D = len(kinds), domain.dimension
    if not n or len(files) != n:
        raise group.error("must name at least one kind of solution, and one file for each")
    t = group.numbers("t", shape=(None,))
    try:
        curve = Curve(domain=domain, t=t, z=group.numbers("z", shape=(len(t), D)))
    except InputError as error:
        raise group.error(f"holds no trajectory: {error.message}") from None
    shapes = dict.fromkeys(_COLUMNS, (n,)) | {"exponents": (n, D), "stated": (n, D)}
    shapes |= {"likeness": (n, n), "difference": (n, n)}
    arrays: dict[str, Any] = {k: group.numbers(k, shape=shape) for k, shape in shapes.items()}
    table = DegeneracyTable(
        **arrays,
        system=group.attribute("system", str),
        curve=curve,
        time_unit=group.attribute("time_unit", str, ""),
        kinds=tuple(kinds),
        files=tuple(files),
        tol=group.attribute("tol", float),
        tube=group.attribute("tube", float),
        success=group.attribute("success", bool),
    )
    return DegeneracyRecord(table=table, provenance=read_provenance(root))
