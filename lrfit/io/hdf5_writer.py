"""Ground floor: a tree as the bytes of an HDF5 file, the same bytes for equal trees.

The file is built in memory: h5py takes the interpreter down when a write hits a limit, so the
disk is only ever touched by plain writes (see `atomic`). Names are written in sorted order and no
times are stored.

Named dimensions become HDF5 dimension scales in the manner of netCDF-4, so that xarray opens a
group as it is: a sibling dataset of that name, 1-D and of that length, is the scale and holds the
coordinates; a name without one gets a scale without values.
"""

from __future__ import annotations

import uuid
from typing import Any

import h5py  # type: ignore[import-untyped]  # h5py has no annotations
import numpy as np
from numpy.typing import NDArray

from lrfit.io.hdf5_dimensions import BARE_DIMENSION, RESERVED
from lrfit.io.tree import Dataset, Group, Value

# HDF5 1.8 to 1.10 layouts, so that older readers follow; "earliest" alone differs with the library.
_VERSIONS = ("earliest", "v110")
# Higher levels make trajectories less than 1 % smaller.
_COMPRESSED = {"chunks": True, "shuffle": True, "compression": "gzip", "compression_opts": 1}
_COMPRESS_FROM = 2**15
# The file format keeps an attribute's numbers in a header of 64 KiB.
_ATTRIBUTE_BYTES = 32_000
_TEXT = h5py.string_dtype("utf-8")


def to_bytes(root: Group) -> bytes:
    """Return the HDF5 file that holds `root`.

    Raises
    ------
    TypeError, ValueError
        For a tree that HDF5 cannot hold: a name with a slash, text with a NUL, a scale of the
        wrong length, an attribute of more than 32 kB of numbers (make it a dataset).
    """
    name = f"lrfit-{uuid.uuid4().hex}"  # never on disk, but libhdf5 compares names of open files
    with h5py.File(name, "w", driver="core", backing_store=False, libver=_VERSIONS) as file:
        _write_group(file, root)
        file.flush()
        return bytes(file.id.get_file_image())


def _write_group(target: Any, group: Group) -> None:
    _write_attributes(target, group.attributes)
    for name, node in sorted(group.children.items()):
        if not name or "/" in name or "\0" in name or name == ".":
            raise ValueError(f"{name!r} cannot be a name of a group or dataset")
        if isinstance(node, Group):
            _write_group(target.create_group(name), node)
        else:
            _write_dataset(target, name, node)
    _write_dimensions(target, group)


def _write_dataset(target: Any, name: str, dataset: Dataset) -> None:
    data = dataset.data
    options = _COMPRESSED if data.nbytes >= _COMPRESS_FROM else {}
    if data.dtype.kind == "U":
        data, options = _texts(data), {"dtype": _TEXT}
    written = target.create_dataset(name, data=data, track_times=False, **options)
    _write_attributes(written, dataset.attributes)


def _texts(values: Any) -> NDArray[Any]:
    array = np.asarray(values, dtype=object)
    if any("\0" in text for text in array.reshape(-1)):
        raise ValueError("text with a NUL character cannot be stored")
    return array


def _write_attributes(target: Any, attributes: Any) -> None:
    for name, value in sorted(attributes.items()):
        if not name or "\0" in name or name in RESERVED:
            raise ValueError(f"{name!r} cannot be a name of an attribute")
        target.attrs.create(name, **_attribute(name, value))


def _attribute(name: str, value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        return {"data": _texts(value)[()], "dtype": _TEXT}
    if isinstance(value, list):
        return {"data": _texts(np.array(value, dtype=object)), "dtype": _TEXT}
    if isinstance(value, bool | int | float):
        kind = next(kind for kind in (bool, int, float) if isinstance(value, kind))
        return {"data": {bool: np.bool_, int: np.int64, float: np.float64}[kind](value)}
    data = Dataset(data=value).data
    if data.dtype.kind == "U" or data.nbytes > _ATTRIBUTE_BYTES:
        raise ValueError(f"the attribute {name} is no array of at most {_ATTRIBUTE_BYTES} bytes")
    return {"data": data}


def _write_dimensions(target: Any, group: Group) -> None:
    datasets = {n: node for n, node in sorted(group.children.items()) if isinstance(node, Dataset)}
    lengths: dict[str, int] = {}
    for dataset in datasets.values():
        for name, length in zip(dataset.dimensions, dataset.shape, strict=False):
            if lengths.setdefault(name, length) != length:
                raise ValueError(f"the dimension {name} has two lengths")
    for name, length in sorted(lengths.items()):
        _make_scale(target, name, length, group.children.get(name))
    for name, dataset in datasets.items():
        for axis, dimension in enumerate(dataset.dimensions):
            _attach(target[name].dims[axis], dimension, target[dimension], own=name == dimension)


def _make_scale(target: Any, name: str, length: int, sibling: Group | Dataset | None) -> None:
    if sibling is None:
        # netCDF's own sign for a dimension without values; they are never written.
        scale = target.create_dataset(name, shape=(length,), dtype=">f4", track_times=False)
        scale.make_scale(f"{BARE_DIMENSION}{length:10d}")
    elif isinstance(sibling, Dataset) and _can_be_scale(sibling, name, length):
        target[name].make_scale(name)
    else:
        raise ValueError(f"{name} is a dimension of length {length} and something else")


def _can_be_scale(dataset: Dataset, name: str, length: int) -> bool:
    # HDF5 attaches no scale to a scale, so it cannot run along another dimension.
    return dataset.shape == (length,) and dataset.dimensions in ((), (name,))


def _attach(axis: Any, dimension: str, scale: Any, *, own: bool) -> None:
    axis.label = dimension
    if not own:  # a scale cannot have itself as scale
        axis.attach_scale(scale)
