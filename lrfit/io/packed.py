"""Ground floor: numbers in the units of their user, of a dataset that stores them packed.

    value = scale_factor * stored + add_offset

with stored numbers that mean "no value": equal to `_FillValue` or `missing_value`, or beyond
`valid_min`, `valid_max` or `valid_range`; and with `_Unsigned` the sign bit is one of the number
(CF conventions 1.11, sections 2.5.1 and 8.1; NetCDF Users Guide, attribute conventions). What
other programs write for the same purpose under other names has no agreed meaning, and is refused
unless it changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Node

_FACTOR, _OFFSET, _UNSIGNED = "scale_factor", "add_offset", "_Unsigned"
_MISSING = ("_FillValue", "missing_value")
_VALID = ("valid_range", "valid_min", "valid_max")
_PACKING = (_FACTOR, _OFFSET, _UNSIGNED, *_MISSING, *_VALID)

# Without case, underscores and the like, and the number that changes nothing.
_FACTORS = ("scale", "scaling", "scalefactor", "gain", "slope", "calslope", "multiplier")
_OFFSETS = ("offset", "addoffset", "intercept", "caloffset", "calintercept")
_NEUTRAL = dict.fromkeys(_FACTORS, 1.0) | dict.fromkeys(_OFFSETS, 0.0)
_FILLS = frozenset(
    {"fillvalue", "missingvalue", "missingvalues", "nodata", "nodatavalue", "missing"}
)
_OTHER_RULES = {
    "calibrated_nt": "HDF4's rule, in which the offset comes first",
    "compress": "compression by gathering",
}


def unpacked(dataset: Dataset) -> tuple[Array, NDArray[np.bool_]]:
    """Return values (float64) and where there is none (bool), both of the dataset's shape.

    Raises
    ------
    InputError
        The dataset holds text; its packing makes no sense, or is of a kind that is not read.
    """
    raw, wrap = dataset.numbers(), _wrap(dataset)
    _refuse_other_rules(dataset)
    raw = _wrapped(raw, wrap)
    factor, offset = _one(dataset, _FACTOR, 1.0), _one(dataset, _OFFSET, 0.0)
    if factor == 0.0:
        raise dataset.error(f"has 0 as attribute {_FACTOR}; give the factor of its values")
    values = raw if (factor, offset) == (1.0, 0.0) else factor * raw + offset
    missing = np.isin(raw, _wrapped(_fills(dataset), wrap))
    return values, missing | _invalid(dataset, raw, values, wrap)


def refuse_packing(group: Group) -> None:
    """Raise InputError for a group with attributes of packing, which belong to datasets."""
    for name in _PACKING:
        if group.has_attribute(name) and not _changes_nothing(group, name):
            raise group.error(
                f"has the attribute {name}, which is read at datasets alone; move it to those "
                "that it is about"
            )


def _changes_nothing(node: Node, name: str) -> bool:
    neutral = {_FACTOR: 1.0, _OFFSET: 0.0}.get(name)
    return neutral is not None and _one(node, name, neutral) == neutral


def _wrap(dataset: Dataset) -> float:
    """2^bits of integers to read with the other sign than they are stored with, else 0.

    Negative for unsigned numbers to read as signed.
    """
    if not dataset.has_attribute(_UNSIGNED) or dataset.stored[:1] not in ("i", "u"):
        return 0.0
    said = str(dataset.attributes[_UNSIGNED]).lower()
    if said not in ("true", "false", "1", "0"):
        raise dataset.error(f"has {shown(said, 40)!r} as attribute {_UNSIGNED}; give true or false")
    unsigned = said in ("true", "1")
    if unsigned == (dataset.stored[0] == "u"):
        return 0.0
    size = 2.0 ** (8 * int(dataset.stored[1:]))
    return size if unsigned else -size


def _wrapped(raw: Array, wrap: float) -> Array:
    if wrap > 0.0:
        return np.where(raw < 0.0, raw + wrap, raw)
    return np.where(raw >= -0.5 * wrap, raw + wrap, raw) if wrap else raw


def _numbers(node: Node, name: str) -> Array:
    """The numbers of an attribute, (k,); none where there is no such attribute."""
    if not node.has_attribute(name):
        return np.empty(0)
    value = node.attributes[name]
    if isinstance(value, str | list):
        raise node.error(f"has text as attribute {shown(name, 60)}; needed are numbers")
    return np.atleast_1d(np.asarray(value, dtype=np.float64)).ravel()


def _one(node: Node, name: str, default: float) -> float:
    """An attribute of one number, which netCDF stores as a list of one."""
    found = _numbers(node, name)
    if not len(found) and name not in node.attributes:
        return default
    if len(found) != 1 or not np.isfinite(found[0]):
        raise node.error(f"needs one finite number as attribute {name}")
    return float(found[0])


def _fills(dataset: Dataset) -> Array:
    """What stands for no value; of floats in single precision too, which it may have been in."""
    others = [
        name
        for name, value in dataset.attributes.items()
        if _folded(name) in _FILLS and not isinstance(value, str | list)
    ]
    values = [_numbers(dataset, name) for name in dict.fromkeys([*_MISSING, *others])]
    fills = np.concatenate(values)
    if dataset.stored[:1] == "f":  # 1e20 as a double is another number than the 1e20 of singles
        with np.errstate(over="ignore"):
            return np.concatenate([fills, fills.astype(np.float32).astype(np.float64)])
    return fills


def _invalid(
    dataset: Dataset, raw: Array, values: Array, wrap: float
) -> NDArray[np.bool_] | np.bool_:
    """Where numbers are beyond the valid range, which is in the units in which it is given.

    Integers mean stored numbers; what is no integer means values, if integers are stored.
    """
    outside: NDArray[np.bool_] | np.bool_ = np.False_
    for low, high, whole in _limits(dataset):
        bounds = _wrapped(np.array([low, high]), wrap) if whole else (low, high)
        by_raw, by_value = _beyond(raw, *bounds), _beyond(values, low, high)
        whole_numbers = dataset.stored[:1] in ("i", "u")
        if not whole_numbers and np.any(by_raw != by_value):
            raise dataset.error(
                "has a valid range of which it is unclear whether it is of packed numbers; "
                "remove it, or store values without scale_factor and add_offset"
            )
        outside = outside | (by_raw if whole or not whole_numbers else by_value)
    return outside


def _limits(dataset: Dataset) -> list[tuple[float, float, bool]]:
    """Lowest and highest, and whether they are integers, for every attribute that says any."""
    found = []
    for name in _VALID:
        given = _numbers(dataset, name)
        if not len(given):
            continue
        if len(given) != (2 if name == "valid_range" else 1):
            wanted = "two numbers" if name == "valid_range" else "one number"
            raise dataset.error(f"needs {wanted} as attribute {name}")
        low = -np.inf if name == "valid_max" else given[0]
        high = np.inf if name == "valid_min" else given[-1]
        kind = np.asarray(dataset.attributes[name]).dtype.kind
        found.append((float(low), float(high), kind in "iu"))
    return found


def _beyond(values: Array, low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((values < low) | (values > high))


def _refuse_other_rules(dataset: Dataset) -> None:
    for name, rule in _OTHER_RULES.items():
        if dataset.has_attribute(name):
            raise dataset.error(f"has the attribute {name} ({rule}), which is not read; unpack it")
    for name, value in dataset.attributes.items():
        neutral = _NEUTRAL.get(_folded(name))
        if neutral is None or name in _PACKING or isinstance(value, str | list):
            continue
        if np.any(np.asarray(value, dtype=np.float64) != neutral):
            raise dataset.error(
                f"has the attribute {shown(name, 60)}, which may change what its numbers mean; "
                f"write {_FACTOR} and {_OFFSET} as netCDF does, or apply it and remove it"
            )


def _folded(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
