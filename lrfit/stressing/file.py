"""Stress files: what random errors in its weights did to a network.

    /stress   scalars as attributes; attribute `where` and datasets with one entry for
                    every kind of error, in the words of `Effect`

Place in the flow: a `Stress` becomes a tree to write, and comes back from one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Value
from lrfit.networks.digest import network_digest
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.provenance import (
    Provenance,
    encoded,
    read_provenance,
    require_kind,
    root_attributes,
)
from lrfit.stressing.study import PLACES, Effect, Place, Stress

KIND = "lrfit-stress"
_DATA_KIND = "lrfit-stress-data"
_TYPES: Mapping[str, type[Any]] = {"float": float, "int": int}
_SCALARS = {
    field.name: _TYPES[str(field.type)]
    for field in dataclasses.fields(Stress)
    if str(field.type) in _TYPES
}
_COLUMNS = {
    field.name: _TYPES[str(field.type)]
    for field in dataclasses.fields(Effect)
    if str(field.type) in _TYPES
}


@dataclass(frozen=True, kw_only=True, eq=False)
class StressRecord:
    """A stress file in memory."""

    stress: Stress
    system: str
    neurons: int
    network_sha256: str
    provenance: Provenance


def stress_tree(
    found: Stress, *, network: LowRankNetwork, system: str, history: Sequence[str] = ()
) -> Group:
    """Return the content of a stress test file; `history` are command lines."""
    attributes: dict[str, Value] = {
        **encoded(_DATA_KIND),
        **{name: getattr(found, name) for name in _SCALARS},
        "where": [effect.where for effect in found.effects],
        "system": system,
        "neurons": network.neurons,
        "network_sha256": network_digest(network),
    }
    columns = {
        name: Dataset(
            data=np.array([getattr(effect, name) for effect in found.effects], dtype=kind),
            dimensions=("effect",),
        )
        for name, kind in _COLUMNS.items()
    }
    return Group(
        attributes=root_attributes(KIND, history=history, seed=found.seed),
        children={"stress": Group(attributes=attributes, children=columns)},
    )


def stress_from_tree(root: Group) -> StressRecord:
    """Read what `stress_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing or of the wrong shape.
    """
    require_kind(root, KIND)
    group = root.group("stress")
    require_kind(group, _DATA_KIND)
    where = [_place(group, text) for text in group.attribute("where", list)]
    columns = {name: _column(group, name, len(where)) for name in _COLUMNS}
    effects = tuple(
        Effect(where=place, **{name: values[row] for name, values in columns.items()})
        for row, place in enumerate(where)
    )
    scalars: dict[str, Any] = {name: group.attribute(name, kind) for name, kind in _SCALARS.items()}
    return StressRecord(
        stress=Stress(effects=effects, **scalars),
        system=group.attribute("system", str),
        neurons=group.attribute("neurons", int),
        network_sha256=group.attribute("network_sha256", str),
        provenance=read_provenance(root),
    )


def _place(group: Group, text: str) -> Place:
    for place in PLACES:
        if text == place:
            return place
    raise group.error(f"names the unknown place {shown(text, 60)!r}")


def _column(group: Group, name: str, length: int) -> list[Any]:
    values = group.numbers(name, shape=(length,))
    if _COLUMNS[name] is float:
        return [float(value) for value in values]
    if not np.all(np.isfinite(values)):
        raise group.error(f"has counts in {name} that are not finite")
    return [int(value) for value in values]
