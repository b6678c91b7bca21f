"""Perturbation files: what pushes tell about networks that share a trajectory.

    /perturbation   in the words of `Perturbation`: exponents (network, variable); return_rate,
                    divergence, phase_shift, off_path (network, push, amplitude); distance
                    (network, push, amplitude, t); dprime (pair, push, amplitude), threshold
                    (pair, push), pairs (pair, 2), alike and free_dprime (pair,)
    /perturbation/pushes      kind, label, time, width (push,), direction (push, variable)
    /perturbation/trajectory  time (T,), z (T, D), scale (D,)
    /domain         the box of the trajectory

Place in the flow: a `Perturbation` becomes a tree to write, and comes back from one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.io.tree import Dataset, Group, Value
from lrfit.perturbation import Perturbation, Push, PushOptions
from lrfit.perturbation.study import MEASURES
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.provenance import (
    Provenance,
    encoded,
    read_provenance,
    require_kind,
    root_attributes,
)
from lrfit.simulation.curve import Curve

KIND = "lrfit-perturbation"
_DATA_KIND = "lrfit-perturbation-data"
_ARRAYS = {
    "exponents": ("network", "variable"),
    **dict.fromkeys(MEASURES, ("network", "push", "amplitude")),
    "t": ("t",),
    "distance": ("network", "push", "amplitude", "t"),
    "alike": ("pair",),
    "free_dprime": ("pair",),
    "dprime": ("pair", "push", "amplitude"),
    "threshold": ("pair", "push"),
}
_NUMBERS = ("noise", "criterion")
_MAYBE = ("width", "window", "duration")


@dataclass(frozen=True, kw_only=True, eq=False)
class PerturbationRecord:
    """A perturbation file in memory: the study, and where it comes from."""

    perturbation: Perturbation
    provenance: Provenance


def perturbation_tree(study: Perturbation, *, history: Sequence[str] = ()) -> Group:
    """Return the file's content; `history` are command lines."""
    options = study.options
    attributes: dict[str, Value] = {
        **encoded(_DATA_KIND),
        "names": list(study.names),
        "kinds": list(options.kinds),
        "draw": options.draw,
        "process_noise": study.process_noise,
        **{name: float(getattr(options, name)) for name in _NUMBERS},
    }
    attributes |= {n: float(v) for n in _MAYBE if (v := getattr(options, n)) is not None}
    if options.times is not None:
        attributes["times"] = np.array(options.times)
    children: dict[str, Group | Dataset] = {
        name: Dataset(data=getattr(study, name), dimensions=dimensions)
        for name, dimensions in _ARRAYS.items()
    }
    children["amplitude"] = Dataset(data=np.array(options.amplitudes), dimensions=("amplitude",))
    children["pairs"] = Dataset(data=np.array(study.pairs, dtype=np.int64).reshape(-1, 2))
    children["pushes"] = _pushes_group(study.pushes, len(study.curve.scale))
    children["trajectory"] = Group(
        attributes=encoded("lrfit-curve"),
        children={
            "time": Dataset(data=study.curve.t),
            "z": Dataset(data=study.curve.z),
            "scale": Dataset(data=study.curve.scale),
        },
    )
    return Group(
        attributes=root_attributes(KIND, history=history, seed=options.seed),
        children={
            "perturbation": Group(attributes=attributes, children=children),
            "domain": domain_group(study.curve.domain),
        },
    )


def _pushes_group(pushes: Sequence[Push], D: int) -> Group:
    columns: dict[str, Any] = {
        "kind": np.array([push.kind for push in pushes]),
        "label": np.array([push.label for push in pushes]),
        "time": np.array([push.time for push in pushes]),
        "width": np.array([push.width for push in pushes]),
        "direction": np.array([push.direction for push in pushes]).reshape(-1, D),
    }
    return Group(
        attributes=encoded("lrfit-pushes"),
        children={name: Dataset(data=values) for name, values in columns.items()},
    )


def perturbation_from_tree(root: Group) -> PerturbationRecord:
    """Read what `perturbation_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing or of the wrong shape.
    """
    require_kind(root, KIND)
    group = root.group("perturbation")
    require_kind(group, _DATA_KIND)
    curve = _read_curve(root, group.group("trajectory"))
    pushes = _read_pushes(group.group("pushes"), len(curve.scale))
    names = group.attribute("names", list)
    options = _read_options(root, group)
    pairs = _read_pairs(group, len(names))
    lengths = {
        "network": len(names),
        "variable": len(curve.scale),
        "push": len(pushes),
        "amplitude": len(options.amplitudes),
        "pair": len(pairs),
        "t": len(group.numbers("t", shape=(None,))),
    }
    arrays: dict[str, Any] = {
        name: group.numbers(name, shape=tuple(lengths[axis] for axis in axes))
        for name, axes in _ARRAYS.items()
    }
    study = Perturbation(
        **arrays,
        names=tuple(names),
        curve=curve,
        pushes=pushes,
        options=options,
        process_noise=group.attribute("process_noise", float),
        pairs=pairs,
    )
    return PerturbationRecord(perturbation=study, provenance=read_provenance(root))


def _read_curve(root: Group, group: Group) -> Curve:
    domain = domain_from_group(root.group("domain"))
    t = group.numbers("time", shape=(None,))
    try:
        return Curve(domain=domain, t=t, z=group.numbers("z", shape=(len(t), domain.dimension)))
    except InputError as error:
        raise group.error(f"holds no trajectory: {error.message}") from None


def _read_options(root: Group, group: Group) -> PushOptions:
    times = group.attribute("times", np.ndarray, None)
    given: dict[str, Any] = {name: group.attribute(name, float) for name in _NUMBERS}
    given |= {name: group.attribute(name, float, None) for name in _MAYBE}
    try:
        return PushOptions(
            **given,
            amplitudes=_plain(group.numbers("amplitude", shape=(None,))),
            kinds=tuple(group.attribute("kinds", list)),  # type: ignore[arg-type]  # checked there
            times=None if times is None else _plain(times),
            draw=group.attribute("draw", int),
            seed=root.attribute("seed", int, 0),
        )
    except UsageError as error:
        raise group.error(f"is not usable: {error}") from None


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in values.ravel())


def _read_pairs(group: Group, count: int) -> tuple[tuple[int, int], ...]:
    pairs = group.numbers("pairs", shape=(None, 2))
    if np.any((pairs < 0) | (pairs >= count) | (pairs != np.rint(pairs))):
        raise group.error(f"has pairs that are not two of {count} networks")
    return tuple((int(first), int(second)) for first, second in pairs)


def _read_pushes(group: Group, D: int) -> tuple[Push, ...]:
    time = group.numbers("time", shape=(None,))
    count = len(time)
    kinds, labels = (group.dataset(name, shape=(count,)).texts() for name in ("kind", "label"))
    width = group.numbers("width", shape=(count,))
    direction = group.numbers("direction", shape=(count, D))
    if not count or set(kinds) - {"state", "input"}:
        raise group.error("must hold at least one push, of the kind state or input")
    rows = zip(kinds, labels, time, direction, width, strict=True)
    return tuple(
        Push(kind=kind, label=label, time=float(t), direction=way, width=float(w))  # type: ignore[arg-type]  # checked above
        for kind, label, t, way, w in rows
    )
