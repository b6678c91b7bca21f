"""Sampled fields in HDF5, reading: regular grids and scattered samples as targets.

    regular grid   attribute `variables` (order of z); /axes/<name> (n,), strictly increasing;
                   /velocity/<name> (n1, n2, ...) for every variable
    scattered      /samples/state (P, D), /samples/velocity (P, D), optional /samples/input (P, U)
                   with attribute `inputs`; `variables` as above
    optional       attributes `name`, `time_unit`, `reference`; `order` of the axes of arrays
                   (`grid_order`); `initial` (D,) and `duration`, the defaults of simulations

Numbers may be packed as in netCDF (`lrfit.io.packed`). What else a file holds is left alone.

Place in the flow: an HDF5 tree becomes a System with `data`, whose box is the hull of the points.
`grid` writes the same layouts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.fields.data import SampledData
from lrfit.fields.names import MOST_NAMES, title_from, title_problem, why_no_identifier
from lrfit.io.packed import refuse_packing
from lrfit.io.tree import Group, Node
from lrfit.systems.grid_order import arrangement, checked_order
from lrfit.systems.points import from_data
from lrfit.systems.sampled_arrays import read_grid, read_scattered
from lrfit.systems.sampled_notes import notes_of
from lrfit.systems.system import System


def system_from_tree(
    tree: Group,
    *,
    name: str,
    overrides: Mapping[str, float] | None = None,
    order: str | None = None,
) -> System:
    """Build a system from the tree of a sampled field.

    Parameters
    ----------
    tree : Group
        As read from HDF5.
    name : str
        Of the system, where the file has no attribute `name`.
    order : "C" or "F", optional
        Of the axes of arrays, instead of what the file says.

    Raises
    ------
    InputError
        Neither layout is there; names, shapes, axes or values make no sense; too many points.
    UsageError
        Overrides, which samples do not have; another order.
    """
    known = arrangement(tree, checked_order(order))
    if overrides:
        raise UsageError(f"{next(iter(overrides))!r} cannot be set: samples have no parameters")
    variables = _names(tree, "variables")
    if not variables:
        raise tree.error("has no attribute `variables`; write the names of z, in their order")
    refuse_packing(tree)
    inputs: tuple[str, ...] = ()
    notes: list[str] = []
    if "samples" in tree:
        inputs = _input_names(tree, variables)
        data = read_scattered(tree, variables, inputs, known)
    elif "velocity" in tree:
        data, notes = read_grid(tree, variables, known)
    else:
        raise tree.error(
            "holds neither /axes and /velocity (a grid) nor /samples (scattered data); "
            "see `lrfit sample --help`"
        )
    return _system(tree, name, data, variables, inputs, (*notes, *notes_of(tree)))


def _names(node: Node, attribute: str) -> tuple[str, ...]:
    """A list of names; one name alone may be plain text."""
    value = node.attributes[attribute] if node.has_attribute(attribute) else []
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
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


def _system(
    tree: Group,
    name: str,
    data: SampledData,
    variables: tuple[str, ...],
    inputs: tuple[str, ...],
    notes: tuple[str, ...],
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
        notes=notes,
    )
