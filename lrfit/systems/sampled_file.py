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

import hashlib
import math
from collections.abc import Mapping

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.data import FEWEST, LARGEST, SampledData, grid_data, hull, scattered_data
from lrfit.fields.field import Domain
from lrfit.fields.interpolation import SampledField
from lrfit.fields.names import (
    MOST_NAMES,
    did_you_mean,
    title_from,
    title_problem,
    why_no_identifier,
)
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Node
from lrfit.systems.signals.input_signal import input_signal
from lrfit.systems.system import Simulation, Source, System


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
    domain = hull(data, variables, inputs)
    return _system(tree, name, data, domain)


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
    _check_count(tree, math.prod(shape))
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
    _require_width(dataset, name, axis)
    return axis


def _read_scattered(
    tree: Group, variables: tuple[str, ...], inputs: tuple[str, ...]
) -> SampledData:
    state = _finite(tree.dataset("samples/state", shape=(None, len(variables))))
    count = len(state)
    _check_count(tree, count)
    driven = np.empty((count, 0))
    if inputs:
        driven = _finite(tree.dataset("samples/input", shape=(count, len(inputs))))
    velocity = _finite(tree.dataset("samples/velocity", shape=(count, len(variables))))
    for name, column in zip(variables + inputs, np.hstack([state, driven]).T, strict=True):
        _require_width(tree, name, column)
    return scattered_data(state, driven, velocity)


def _finite(dataset: Dataset) -> Array:
    values = dataset.numbers()
    if not np.all(np.isfinite(values)):
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise dataset.error(f"is {values[at]} at index {at}; leave such points out")
    return values


def _check_count(tree: Group, count: int) -> None:
    if count < FEWEST:
        raise tree.error(
            f"holds {count} points; give at least {FEWEST}, for training, validation and test"
        )
    if count > LARGEST:
        raise tree.error(f"holds {count:,} points, more than {LARGEST:,}; thin them out")


def _require_width(node: Node, name: str, values: Array) -> None:
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    with np.errstate(over="ignore"):
        width = high - low
    if not 0.0 < 0.5 * width < np.inf:
        raise node.error(
            f"has values of {name} from {low:g} to {high:g}, a width that cannot be computed "
            "with; leave out what never changes, or choose another unit"
        )


def _system(tree: Group, name: str, data: SampledData, domain: Domain) -> System:
    field = SampledField(data=data, domain=domain)
    given = tree.attribute("name", str, title_from(name))
    if problem := title_problem(given):
        raise tree.error(f"attribute 'name': {problem}")
    return System(
        name=given,
        domain=domain,
        field=field,
        source=Source(label=tree.where, kind="samples", sha256=_digest(data, domain)),
        simulation=_simulation(tree, domain),
        reference=tree.attribute("reference", str, ""),
        kind="sampled grid" if data.axes is not None else "scattered samples",
        time_unit=tree.attribute("time_unit", str, ""),
        drive=dict.fromkeys(domain.inputs, "filtered"),
        data=data,
        interpolation=field.kind,
        notes=tuple(_notes(tree)),
    )


def _simulation(tree: Group, domain: Domain) -> Simulation:
    initial = tree.attribute("initial", np.ndarray, domain.middle)
    if initial.shape != (domain.dimension,) or not np.all(np.isfinite(initial)):
        raise tree.error(f"needs {domain.dimension} finite numbers as attribute 'initial'")
    duration = tree.attribute("duration", float, None)
    if duration is not None and not 0.0 < duration < np.inf:
        raise tree.error(f"has {duration:g} as attribute 'duration'; give a positive number")
    return Simulation(initial=initial, signal=input_signal(domain), duration=duration)


def _notes(tree: Group) -> list[str]:
    names, values = tree.attributes.get("input_names"), tree.attributes.get("input_values")
    if not isinstance(names, list) or not isinstance(values, np.ndarray):
        return []
    held = ", ".join(f"{shown(n, 60)} = {v:g}" for n, v in zip(names, values.ravel(), strict=False))
    return [f"the field was sampled with its inputs held at {held}"]


def _digest(data: SampledData, domain: Domain) -> str:
    """sha256 of names and numbers in canonical order: the order in the file does not matter."""
    digest = hashlib.sha256(repr((domain.variables, domain.inputs)).encode())
    for array in (data.state, data.input, data.velocity):
        digest.update(repr(array.shape).encode())
        digest.update(array.astype("<f8", copy=False).data)
    return digest.hexdigest()
