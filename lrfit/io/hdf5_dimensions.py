"""Ground floor, in the reading process: what the dimensions of a dataset are called.

HDF5 has two ways, and programs use either: labels in the dataset itself (`DIMENSION_LABELS`), and
references to dimension scales (`DIMENSION_LIST`; netCDF, xarray and MATLAB write only these). A
reference is the address of an object in the same file, as a hard link is; it is compared with the
addresses of the datasets that the walk has seen, and nothing is read through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from h5py import h5a, h5d, h5o, h5r, h5t  # type: ignore[import-untyped]  # h5py has no annotations

Place = tuple[int, int]
"""File number and address of an object."""

LABELS = "DIMENSION_LABELS"
SCALES = "DIMENSION_LIST"
BARE_DIMENSION = "This is a netCDF dimension but not a netCDF variable."

# The attributes of HDF5's dimension scales, of netCDF and of MATLAB's structures, which say
# nothing of the values.
NEVER_READ = frozenset({SCALES, "REFERENCE_LIST", "MATLAB_fields"})
BOOKKEEPING = frozenset({LABELS, "_Netcdf4Dimid", "_Netcdf4Coordinates", "_nc3_strict"})
RESERVED = NEVER_READ | BOOKKEEPING | {"CLASS", "NAME"}


def place_of(item: Any) -> Place:
    """Where an object is in the file."""
    found = h5o.get_info(item)
    return found.fileno, found.addr


def label_names(labels: Any, rank: int) -> list[str]:
    """One name for each of `rank` dimensions, if the labels give all of them; else none."""
    named = isinstance(labels, list) and len(labels) == rank and all(labels)
    return labels if named else []


def scale_names(dataset: Any, rank: int, seen: Mapping[Place, str]) -> list[str]:
    """Names of the scales attached to all `rank` dimensions: what they are linked as; else none."""
    if not rank or not h5a.exists(dataset, SCALES.encode()):
        return []
    try:
        attached = _references(dataset, rank)
        places = [place_of(h5r.dereference(each[0], dataset)) for each in attached]
    except Exception:  # whatever libhdf5 says: these are no references to scales
        return []
    return [seen[place] for place in places] if all(place in seen for place in places) else []


def _references(dataset: Any, rank: int) -> list[Any]:
    """For every dimension the references to its scales; raises for anything else."""
    attribute = h5a.open(dataset, SCALES.encode())
    kind = attribute.get_type()
    if attribute.shape != (rank,) or kind.get_class() != h5t.VLEN:
        raise TypeError
    if kind.get_super().get_class() != h5t.REFERENCE:
        raise TypeError
    values = np.empty(attribute.shape, dtype=attribute.dtype)
    attribute.read(values)
    return list(values)


def netcdf_fill(dataset: Any) -> int | float | None:
    """The value of what was never written, as netCDF sets it without an attribute, or None.

    Single bytes have none: netCDF takes every value of theirs as data.
    """
    recipe, kind = dataset.get_create_plist(), dataset.get_type()
    if kind.get_size() < 2 or kind.get_class() not in (h5t.INTEGER, h5t.FLOAT):
        return None
    if recipe.fill_value_defined() != h5d.FILL_VALUE_USER_DEFINED:
        return None
    value = np.zeros((), dtype=kind.dtype)
    recipe.get_fill_value(value)
    found: int | float = value.item()
    return found
