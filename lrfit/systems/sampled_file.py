"""Sampled fields in HDF5, reading: regular grids and scattered samples as targets.

    regular grid   attribute `variables` (order of z); /axes/<name> (n,), strictly increasing;
                   /velocity/<name> (n1, n2, ...) for every variable
    scattered      /samples/state (P, D), /samples/velocity (P, D), optional /samples/input (P, U)
                   with attribute `inputs`; `variables` as above
    optional       attributes `name`, `time_unit`, `reference`; `initial` (D,) and `duration`, the
                   defaults of simulations

Place in the flow: an HDF5 tree becomes a System with `data`, whose box is the hull of the points.
`grid` writes the same layouts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.data import (
    SampledData,
    count_problem,
    finite_problem,
    grid_data,
    scattered_data,
    width_problem,
)
from lrfit.fields.names import (
    MOST_NAMES,
    did_you_mean,
    title_from,
    title_problem,
    why_no_identifier,
)
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Node
from lrfit.systems.build import from_data
from lrfit.systems.system import System


def system_from_tree(
    tree: Group, *, name: str, overrides: Mapping[str, float] | None = None
) -> System:
    """Build a system from the tree of a sampled field.

    Parameters
    ----------
    tree : Group
        As read from HDF5.
    name : str
        Of the system, where the file has no attribute `name`.

    Raises
    ------
    InputError
        Neither layout is there; names, shapes, axes or values make no sense; too many points.
    UsageError
        Overrides, which samples do not have.
    """
    if overrides:
        raise UsageError(f"{next(iter(overrides))!r} cannot be set: samples have no parameters")
    variables = _names(tree, "variables")
    if not variables:
        raise tree.error("has no attribute `variables`; write the names of z, in their order")
    inputs: tuple[str, ...] = ()
    if "samples" in tree:
        inputs = _input_names(tree, variables)
        data = _read_scattered(tree, variables, inputs)
    elif "velocity" in tree:
        data = _read_grid(tree, variables)
    else:
        raise tree.error(
            "holds neither /axes and /velocity (a grid) nor /samples (scattered data); "
            "see `lrfit sample --help`"
        )
    return _system(tree, name, data, variables, inputs)


def _names(node: Node, attribute: str) -> tuple[str, ...]:
    """A list of names; one name alone may be plain text."""
    value = node.attributes.get(attribute, [])
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or len(names) > MOST_NAMES:
        raise node.error(f"needs a list of at most {MOST_NAMES} names as attribute {attribute!r}")
    for name in names:
        problem = why_no_identifier(name)
        if problem or names.count(name) > 1:
            raise node.error(f"attribute {attribute!r}: {problem or f'{name!r} is there twice'}")
    return tuple(names)


def _input_names(tree: Group, variables: tuple[str, ...]) -> tuple[str, ...]:
    """The attribute `inputs`, of the file, of /samples or of /samples/input."""
    samples = tree.group("samples")
    nodes: list[Node] = [tree, samples, *([samples["input"]] if "input" in samples else [])]
    inputs = next((names for node in nodes if (names := _names(node, "inputs"))), ())
    if ("input" in samples) != bool(inputs):
        raise samples.error("needs both the dataset `input` and the attribute `inputs`, or neither")
    if twice := set(variables) & set(inputs):
        raise tree.error(f"names {min(twice)!r} as a variable and as an input; rename one")
    return inputs


def _read_grid(tree: Group, variables: tuple[str, ...]) -> SampledData:
    _only(tree.group("axes"), variables)
    _only(tree.group("velocity"), variables)
    axes = tuple(_axis(tree, name) for name in variables)
    shape = tuple(len(axis) for axis in axes)
    _refuse(tree, count_problem(math.prod(shape)))
    values = [_finite(tree.dataset(f"velocity/{name}", shape=shape)) for name in variables]
    return grid_data(axes, np.stack(values, axis=-1))


def _only(group: Group, variables: tuple[str, ...]) -> None:
    for name in group:
        if name not in variables:
            known = did_you_mean(name, variables)
            raise group.error(f"holds {shown(name, 60)!r}, which is not in `variables`; {known}")


def _axis(tree: Group, name: str) -> Array:
    dataset = tree.dataset(f"axes/{name}", shape=(None,))
    axis = _finite(dataset)
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
    _refuse(dataset, width_problem(name, axis))
    return axis


def _read_scattered(
    tree: Group, variables: tuple[str, ...], inputs: tuple[str, ...]
) -> SampledData:
    state = _finite(tree.dataset("samples/state", shape=(None, len(variables))))
    count = len(state)
    _refuse(tree, count_problem(count))
    driven = np.empty((count, 0))
    if inputs:
        driven = _finite(tree.dataset("samples/input", shape=(count, len(inputs))))
    velocity = _finite(tree.dataset("samples/velocity", shape=(count, len(variables))))
    for name, column in zip(variables + inputs, np.hstack([state, driven]).T, strict=True):
        _refuse(tree, width_problem(name, column))
    return scattered_data(state, driven, velocity)


def _finite(dataset: Dataset) -> Array:
    values = dataset.numbers()
    _refuse(dataset, finite_problem(values))
    return values


def _refuse(node: Node, problem: str) -> None:
    if problem:
        raise node.error(problem)


def _system(
    tree: Group, name: str, data: SampledData, variables: tuple[str, ...], inputs: tuple[str, ...]
) -> System:
    given = tree.attribute("name", str, title_from(name))
    if problem := title_problem(given):
        raise tree.error(f"attribute 'name': {problem}")
    initial = tree.attribute("initial", np.ndarray, None)
    if initial is not None and not (
        initial.shape == (len(variables),) and np.all(np.isfinite(initial))
    ):
        raise tree.error(f"needs {len(variables)} finite numbers as attribute 'initial'")
    duration = tree.attribute("duration", float, None)
    if duration is not None and not 0.0 < duration < np.inf:
        raise tree.error(f"has {duration:g} as attribute 'duration'; give a positive number")
    return from_data(
        data,
        variables=variables,
        inputs=inputs,
        name=given,
        label=tree.where,
        initial=initial,
        duration=duration,
        reference=tree.attribute("reference", str, ""),
        time_unit=tree.attribute("time_unit", str, ""),
        notes=tuple(_notes(tree)),
    )


def _notes(tree: Group) -> list[str]:
    names, values = tree.attributes.get("input_names"), tree.attributes.get("input_values")
    if not isinstance(names, list) or not isinstance(values, np.ndarray):
        return []
    held = ", ".join(f"{shown(n, 60)} = {v:g}" for n, v in zip(names, values.ravel(), strict=False))
    return [f"the field was sampled with its inputs held at {held}"]
