"""Sampled fields in HDF5: the arrays of a grid and of scattered samples.

Place in the flow: `sampled_file` reads names and attributes, and the arrays here: unpacked
(`lrfit.io.packed`), with their axes in order (`grid_order`), finite.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.data import (
    SampledData,
    count_problem,
    finite_problem,
    grid_data,
    scattered_data,
    width_problem,
)
from lrfit.fields.names import did_you_mean
from lrfit.io.packed import refuse_packing, unpacked
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Node
from lrfit.systems.grid_order import Arrangement, in_order, table_in_order, vector


def read_grid(
    tree: Group, variables: tuple[str, ...], known: Arrangement
) -> tuple[SampledData, list[str]]:
    """The points of /axes and /velocity, and notes about the order of axes.

    Raises
    ------
    InputError
        Names, shapes or values that make no sense, or a node without a value.
    """
    _refuse_forgotten(tree, variables)
    refuse_packing(tree.group("axes"))
    refuse_packing(tree.group("velocity"))
    axes = tuple(_axis(tree, name) for name in variables)
    refuse(tree, count_problem(math.prod(len(axis) for axis in axes)))
    lengths = dict(zip(variables, map(len, axes), strict=True))
    velocities, notes = [], []
    for name in variables:
        dataset = tree.dataset(f"velocity/{name}")
        values, missing = unpacked(dataset)
        ordered, note = in_order(dataset, values, lengths, known)
        _refuse_holes(dataset, values, missing)
        velocities.append(ordered)
        notes.append(note)
    notes += [_unused(tree.group(place), variables) for place in ("axes", "velocity")]
    return grid_data(axes, np.stack(velocities, axis=-1)), [n for n in dict.fromkeys(notes) if n]


def _unused(group: Group, variables: tuple[str, ...]) -> str:
    names = [shown(name, 60) for name in group if name not in variables]
    return f"not used, being no variable: {', '.join(names[:4])} in {group.path}" if names else ""


def _refuse_forgotten(tree: Group, variables: tuple[str, ...]) -> None:
    """Raise InputError for what has an axis or a velocity, and is not among the variables."""
    axes, velocities = tree.group("axes"), tree.group("velocity")
    missing = [name for name in variables if name not in axes or name not in velocities]
    for group, other in ((axes, velocities), (velocities, axes)):
        odd = [name for name in group if name not in variables and (missing or name in other)]
        if odd:
            known = did_you_mean(odd[0], variables)
            raise group.error(f"holds {shown(odd[0], 60)!r}, which is not in `variables`; {known}")


def _refuse_holes(dataset: Dataset, values: Array, missing: NDArray[np.bool_]) -> None:
    """Raise InputError for a grid that has no value at some node."""
    holes = missing | ~np.isfinite(values)
    if not np.any(holes):
        return
    at = tuple(int(i) for i in np.argwhere(holes)[0])
    what = "marked as missing" if missing[at] else str(values[at])
    raise dataset.error(
        f"is {what} at index {at}, and has no number at {np.sum(holes):,} of {holes.size:,} nodes; "
        "a grid needs one at every node: write the others as scattered samples, /samples/state "
        "and /samples/velocity, which may lie anywhere (in Python: lrfit.from_samples)"
    )


def _axis(tree: Group, name: str) -> Array:
    dataset = tree.dataset(f"axes/{name}")
    axis = vector(dataset, finite_values(dataset))
    if len(axis) < 2:
        raise dataset.error(
            f"has the length {len(axis)}; give at least 2 nodes (4 for cubic interpolation)"
        )
    rises = axis[1:] > axis[:-1]
    if not np.all(rises):
        at = int(np.argmin(rises))
        raise dataset.error(
            f"is not strictly increasing: {axis[at]:g} is followed by {axis[at + 1]:g}; sort it, "
            "and the velocities with it"
        )
    refuse(dataset, width_problem(name, axis))
    return axis


def read_scattered(
    tree: Group, variables: tuple[str, ...], inputs: tuple[str, ...], known: Arrangement
) -> SampledData:
    """The points of /samples; raises InputError for shapes and values that make no sense."""
    refuse_packing(tree.group("samples"))
    state = _table(tree, "state", variables, known)
    count = len(state)
    refuse(tree, count_problem(count))
    driven = np.empty((count, 0))
    if inputs:
        driven = _table(tree, "input", inputs, known, count=count)
    velocity = _table(tree, "velocity", variables, known, count=count)
    for name, column in zip(variables + inputs, np.hstack([state, driven]).T, strict=True):
        refuse(tree, width_problem(name, column))
    return scattered_data(state, driven, velocity)


def _table(
    tree: Group, what: str, names: tuple[str, ...], known: Arrangement, *, count: int | None = None
) -> Array:
    """One array of /samples, (P, names); P = `count` where that is known."""
    dataset = tree.dataset(f"samples/{what}")
    table = table_in_order(dataset, finite_values(dataset), names, known)
    if count not in (None, len(table)):
        raise dataset.error(f"has the shape {dataset.shape}; needed is ({count}, {len(names)})")
    return table


def finite_values(dataset: Dataset) -> Array:
    """Numbers of a dataset, unpacked; raises InputError where one is missing or not finite."""
    values, missing = unpacked(dataset)
    if np.any(missing):
        at = tuple(int(i) for i in np.argwhere(missing)[0])
        raise dataset.error(f"is marked as missing at index {at}; leave such points out")
    refuse(dataset, finite_problem(values))
    return values


def refuse(node: Node, problem: str) -> None:
    """Raise InputError at a node, if there is a problem."""
    if problem:
        raise node.error(problem)
