"""Sampled fields in HDF5, writing: the field of a target on a grid, or at scattered points.

Place in the flow: a System becomes the tree that `lrfit sample` writes and `sampled_file` reads
(see there for the layouts). A grid is over the states alone: inputs are held at stated values,
recorded as attributes. Scattered samples vary the inputs too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.data import FEWEST, LARGEST
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Value
from lrfit.options.kinds import Whole
from lrfit.options.python_values import require_numbers_by_name
from lrfit.systems.places import sobol_points
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System

_BLOCK = 2**16


def grid_tree(
    system: System,
    points: int | Mapping[str, int] = 64,
    *,
    input_values: Mapping[str, float] | None = None,
) -> Group:
    """Evaluate a target on a regular grid over its box.

    Parameters
    ----------
    points : int or mapping of variable to int
        Nodes along every axis, both ends of the box included.
    input_values : mapping of input to float, optional
        Values at which inputs are held; the others rest (at zero, or the middle of the range).

    Returns
    -------
    Group
        The layout that `system_from_tree` reads.

    Raises
    ------
    UsageError
        Fewer than 2 nodes, too many in all, or an unknown input.
    InputError
        The field is not finite at a node.
    """
    counts = grid_shape(system, points)
    u = _held_inputs(system, input_values or {})
    domain = system.domain
    # linspace may miss the last node by rounding, and the box with it.
    bounds = zip(domain.lower, domain.upper, counts, strict=True)
    axes = [np.append(np.linspace(low, high, n)[:-1], high) for low, high, n in bounds]
    velocity = _velocity_on_grid(system, axes, u)
    attributes = _attributes(system)
    if domain.inputs:
        attributes |= {"input_names": list(domain.inputs), "input_values": u}
    return Group(
        attributes=attributes,
        children={
            "axes": _columns(dict(zip(domain.variables, axes, strict=True))),
            "velocity": _columns(dict(zip(domain.variables, velocity, strict=True))),
        },
    )


def grid_shape(system: System, points: int | Mapping[str, int]) -> tuple[int, ...]:
    """How many nodes a grid has along every axis; raises UsageError as `grid_tree`."""
    variables = system.domain.variables
    if isinstance(points, Mapping) and set(points) != set(variables):
        raise UsageError(f"give the number of points of every variable: {', '.join(variables)}")
    counts = tuple(points[n] if isinstance(points, Mapping) else points for n in variables)
    for name, count in zip(variables, counts, strict=True):
        Whole(least=2).check(f"points along {name}", count)
    if math.prod(counts) > LARGEST:
        most = int(LARGEST ** (1.0 / len(counts)) + 1e-9)
        raise UsageError(
            f"{' x '.join(map(str, counts))} points are more than {LARGEST:,}; give at most "
            f"{most} along each of {len(counts)} axes"
        )
    return counts


def _held_inputs(system: System, values: Mapping[str, float]) -> Array:
    inputs = system.domain.inputs
    require_numbers_by_name("input values", values)
    for name, value in values.items():
        if name not in inputs:
            known = did_you_mean(name, inputs)
            raise UsageError(f"{system.name} has no input {shown(name, 60)!r}; {known}")
        if not math.isfinite(value):
            raise UsageError(f"the input {name} is held at {value}; give a finite number")
    rest = dict(zip(inputs, resting_input(system.domain).tolist(), strict=True))
    return np.array([values.get(name, rest[name]) for name in inputs])


def _velocity_on_grid(system: System, axes: list[Array], u: Array) -> Array:
    """(D, n1, n2, ...), block by block, so that no second array of all nodes is made."""
    shape = tuple(len(axis) for axis in axes)
    velocity = np.empty((len(axes), math.prod(shape)))
    for start in range(0, velocity.shape[1], _BLOCK):
        flat = np.arange(start, min(start + _BLOCK, velocity.shape[1]))
        where = np.unravel_index(flat, shape)
        z = np.stack([axis[i] for axis, i in zip(axes, where, strict=True)], axis=1)
        inputs = np.broadcast_to(u, (len(z), len(u)))
        velocity[:, flat] = system.checked_velocity(z, inputs).T
    return velocity.reshape(len(axes), *shape)


def scattered_tree(system: System, count: int, generator: np.random.Generator) -> Group:
    """Evaluate a target at scrambled Sobol points over box x input ranges.

    `count` is rounded up to a power of two. Unlike a grid it holds the field's dependence on
    its inputs. Raises as `grid_tree`.
    """
    if not FEWEST <= count <= LARGEST:
        raise UsageError(f"{count} samples; give from {FEWEST} to {LARGEST:,}")
    domain = system.domain
    points = sobol_points(domain.dimension + domain.input_count, count, generator)
    zeta, omega = np.split(points, [domain.dimension], axis=1)
    z, u = domain.state_from_box(zeta), domain.input_from_box(omega)
    return _scattered_group(system, z, u, system.checked_velocity(z, u))


def data_tree(system: System) -> Group:
    """The measured points of a sampled system, so that `system_from_tree` makes it again."""
    data = system.data
    if data is None:
        raise UsageError(f"{system.name} has no measured points; it is given by expressions")
    if data.axes is None:
        return _scattered_group(system, data.state, data.input, data.velocity)
    shape = tuple(len(axis) for axis in data.axes)
    names = system.domain.variables
    velocity = [column.reshape(shape) for column in data.velocity.T]
    return Group(
        attributes=_attributes(system),
        children={
            "axes": _columns(dict(zip(names, data.axes, strict=True))),
            "velocity": _columns(dict(zip(names, velocity, strict=True))),
        },
    )


def _attributes(system: System) -> dict[str, Value]:
    texts = {"name": system.name, "reference": system.reference, "time_unit": system.time_unit}
    duration = system.simulation.duration
    return {
        "variables": list(system.domain.variables),
        "initial": system.simulation.initial,
        **{name: text for name, text in texts.items() if text},
        **({} if duration is None else {"duration": duration}),
    }


def _columns(arrays: Mapping[str, Array]) -> Group:
    return Group(children={name: Dataset(data=array) for name, array in arrays.items()})


def _scattered_group(system: System, z: Array, u: Array, velocity: Array) -> Group:
    attributes, inputs = _attributes(system), system.domain.inputs
    arrays = {"state": z, "velocity": velocity}
    if inputs:
        arrays["input"] = u
        attributes = attributes | {"inputs": list(inputs)}
    return Group(attributes=attributes, children={"samples": _columns(arrays)})
