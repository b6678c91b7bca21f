"""The order of the axes of an array in a file: that of the variables, or another one.

HDF5 has no rule. h5py and NumPy write the first index first ("C"); MATLAB, Julia, Fortran and R
write it last ("F"), so that the axes of their arrays come out reversed. What is right is told by,
in this order: what the user says (`order`), the names of an array's dimensions, its shape. Where
all of them leave it open, the file is taken as documented, "C", with a note; not where it shows
that MATLAB wrote it.

Place in the flow: `sampled_file` reads arrays, and puts their axes in order here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group

Order = Literal["C", "F"]
CURE = (
    "say --order C (the first variable first, as h5py writes) or --order F (reversed, as MATLAB, "
    "Julia and Fortran write), or give the file the root attribute `order` = 'C' or 'F'"
)


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """What is known of the order of axes before an array is seen.

    order : as the user or the file says; None where neither does. trusted : lrfit wrote the file.
    """

    order: Order | None
    trusted: bool


def checked_order(order: str | None) -> Order | None:
    """Return an order that a program gives; raises UsageError for any other."""
    if order is not None and order not in get_args(Order):
        raise UsageError(f"order is {shown(order, 40)!r}; give 'C' or 'F'")
    return order  # type: ignore[return-value]  # one of the two now


def arrangement(tree: Group, order: Order | None) -> Arrangement:
    """What a file says of the order of its axes, unless the user says it.

    Raises
    ------
    InputError
        The attribute `order` is a text that says nothing.
    """
    trusted = tree.attribute("encoding-type", str, "") == "lrfit-grid"
    if order is not None or not tree.has_attribute("order"):
        return Arrangement(order=order, trusted=trusted)
    said = tree.attributes["order"]
    if said not in ("C", "F"):
        raise tree.error(f"has {shown(said, 40)!r} as attribute `order`; give 'C' or 'F'")
    return Arrangement(order=said, trusted=trusted)  # type: ignore[arg-type]


def in_order(
    dataset: Dataset, values: Array, axes: dict[str, int], known: Arrangement
) -> tuple[Array, str]:
    """Return values with one axis for each variable, in their order, and a note or "".

    Parameters
    ----------
    axes : dict
        Variable -> length of its axis.

    Raises
    ------
    InputError
        The shape is another one; or what is known contradicts itself, or is not enough.
    """
    lengths = tuple(axes.values())
    if len(lengths) == 1 and values.size == lengths[0] and max(values.shape) == values.size:
        return values.ravel(), ""  # MATLAB has no arrays of one dimension
    if sorted(dataset.dimensions) == sorted(axes):
        return _by_name(dataset, values, axes, known.order)
    if known.order == "F":
        values = values.T
    _require_shape(dataset, values, axes, hint=known.order is None)
    if known.order is not None or known.trusted or lengths != lengths[::-1]:
        return values, ""
    if dataset.has_attribute("MATLAB_class"):
        raise dataset.error(
            f"was written by MATLAB, and its shape {values.shape} fits both orders of axes; {CURE}"
        )
    return values, _open_question(axes)


def _by_name(
    dataset: Dataset, values: Array, axes: dict[str, int], order: Order | None
) -> tuple[Array, str]:
    """The axes as the dimensions are named."""
    names, variables = dataset.dimensions, tuple(axes)
    wanted = {None: names, "C": variables, "F": variables[::-1]}[order]
    if names != wanted:
        raise dataset.error(
            f"names its dimensions {', '.join(names)}, which is not the order {order!r}; leave "
            "`order` out, or correct the names"
        )
    ordered = values.transpose([names.index(variable) for variable in variables])
    _require_shape(dataset, ordered, axes, hint=False)
    moved = f"the axes of {dataset.path} are {', '.join(names)} by name, and were put in order"
    return ordered, "" if names == variables else moved


def _require_shape(dataset: Dataset, values: Array, axes: dict[str, int], *, hint: bool) -> None:
    lengths = tuple(axes.values())
    if values.shape == lengths:
        return
    needed = ", ".join(f"{name} {length}" for name, length in axes.items())
    message = f"has the shape {dataset.shape}; needed is {lengths} (the axes are {needed})"
    if hint and values.shape == lengths[::-1]:
        message = (
            f"has the shape {dataset.shape}, the reverse of {lengths} (the axes are {needed}), as "
            f"MATLAB, Julia, Fortran and NumPy's meshgrid without indexing='ij' write; {CURE}"
        )
    raise dataset.error(message)


def _open_question(axes: dict[str, int]) -> str:
    names = ", ".join(axes)
    return (
        f"nothing in the file says in which order the axes of its arrays are, since both fit; they "
        f"were read as {names}. Arrays that MATLAB, Julia or Fortran wrote are reversed: then give "
        "--order F, or the root attribute `order` = 'F' ('C' confirms)"
    )


def table_in_order(
    dataset: Dataset, values: Array, names: Sequence[str], known: Arrangement
) -> Array:
    """Return values (P, names), one row for each sample, with the order of axes as for grids.

    Raises
    ------
    InputError
        As `in_order`.
    """
    width = len(names)
    table = values.T if known.order == "F" else values
    if table.ndim == 2 and table.shape[1] == width:
        if dataset.has_attribute("MATLAB_class") and known.order is None and len(table) == width:
            raise dataset.error(f"was written by MATLAB, and could be read either way; {CURE}")
        return table
    message = f"has the shape {dataset.shape}; needed is (samples, {width})"
    if known.order is None and values.ndim == 2 and len(values) == width:
        message += f", and this is the reverse, as MATLAB, Julia and Fortran write; {CURE}"
    raise dataset.error(message)


def vector(dataset: Dataset, values: Array) -> Array:
    """Return values (n,) of an array with one axis, or with further axes of length 1."""
    if values.ndim == 0 or max(values.shape, default=0) != values.size:
        raise dataset.error(f"has the shape {dataset.shape}; needed is one axis")
    return values.ravel()
