"""Ground floor, in the reading process: the walk over a file, hard links only.

The whole structure is looked at, with every limit, before the first value of a dataset is read.
The result is a header of plain JSON values, and the datasets to read in the order in which the
header names them. An attribute or object that is not read is named with the reason, and left
alone; what makes the whole file suspect, or too large, refuses it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from h5py import h5a, h5i, h5l, h5o  # type: ignore[import-untyped]  # h5py has no annotations

from lrfit.io.hdf5_dimensions import (
    BARE_DIMENSION,
    BOOKKEEPING,
    LABELS,
    NEVER_READ,
    Place,
    label_names,
    netcdf_fill,
    place_of,
    scale_names,
)
from lrfit.io.hdf5_storage import check_place, check_storage
from lrfit.io.hdf5_types import Kind, kind_of, read_numbers, read_texts, shape_of, stored_as
from lrfit.io.limits import ReadLimits, RefusedError, UnreadableError
from lrfit.io.text import byte_size, shown

_SCALE = "DIMENSION_SCALE"
_NETCDF = b"_NCProperties"


class Pending(NamedTuple):
    """A dataset that was looked at and not read yet."""

    dataset: Any
    path: str
    shape: tuple[int, ...]
    kind: Kind

    @property
    def nbytes(self) -> int:
        """Bytes once read."""
        return math.prod(self.shape) * (1 if self.kind == "b1" else 8)


def _sent(kind: Kind) -> Kind:
    """What the parent receives: `read_numbers` has unsigned integers fit into signed ones."""
    return "i8" if kind == "u8" else kind


class Scan:
    """One walk; `header` is the tree without data, `pending` the datasets in the same order."""

    def __init__(self, root: Any, *, limits: ReadLimits, file_bytes: int) -> None:
        self.limits = limits
        self.file_bytes = file_bytes
        self.pending: list[Pending] = []
        self._objects = 0
        self._bytes = 0
        self._groups: set[Place] = set()
        self._links: dict[Place, str] = {}
        self._unnamed: list[tuple[Any, dict[str, Any]]] = []
        self._from_netcdf = bool(h5a.exists(root, _NETCDF))
        self.header = self._group(root, "/", 0)
        for dataset, node in self._unnamed:  # now that all scales are known
            node["dimensions"] = scale_names(dataset, len(node["shape"]), self._links)

    def _group(self, group: Any, path: str, depth: int) -> dict[str, Any]:
        place = place_of(group)
        if place in self._groups:
            raise UnreadableError(
                f"{path} is a group under a second name (or a cycle); link it once"
            )
        self._groups.add(place)
        if depth > self.limits.depth:
            raise UnreadableError(
                f"{path} is nested more than {self.limits.depth} deep; use fewer groups"
            )
        children: dict[str, Any] = {}
        unread: dict[str, str] = {}
        for name in self._names(group, path, unread):
            try:
                child = self._child(group, name, f"{path.rstrip('/')}/{shown(name)}", depth)
            except UnreadableError as why:
                unread[name] = str(why)
                continue
            if child is not None:
                children[name] = child
        return {**self._attributes(group, path), "children": children, "unread": unread}

    def _names(self, group: Any, path: str, unread: dict[str, str]) -> list[str]:
        """Names of the links of a group; those that cannot be named go to `unread`."""
        raw: list[bytes] = []
        most = self.limits.objects - self._objects

        def note(name: bytes) -> bool | None:
            raw.append(name)
            return True if len(raw) > most else None  # anything but None ends the iteration

        group.links.iterate(note)
        self._objects += len(raw)
        if len(raw) > most:
            raise RefusedError(f"there are more than {self.limits.objects:,} objects; store fewer")
        # A slash inside a name would be followed as a path, perhaps through a soft link.
        if any(b"/" in name or name in (b"", b".") for name in raw):
            raise RefusedError(f"{path} holds a link without a proper name; the file is damaged")
        return [
            name
            for each in raw
            if (name := self._decoded(each, f"an object in {path}", unread)) is not None
        ]

    def _decoded(self, raw: bytes, path: str, unread: dict[str, str]) -> str | None:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            name = shown(raw.decode("utf-8", "backslashreplace"))
            unread[name] = f"{path} has a name that is not UTF-8, {name}; rename it"
            return None

    def _child(self, group: Any, name: str, path: str, depth: int) -> dict[str, Any] | None:
        raw = name.encode("utf-8")
        if group.links.get_info(raw).type != h5l.TYPE_HARD:
            raise UnreadableError(f"{path} is a soft or external link; copy the data instead")
        item = h5o.open(group, raw)
        what = h5i.get_type(item)
        if what == h5i.GROUP:
            return self._group(item, path, depth + 1)
        if what == h5i.DATASET:
            return self._dataset(item, path)
        raise UnreadableError(f"{path} is neither a group nor a dataset; remove it")

    def _dataset(self, dataset: Any, path: str) -> dict[str, Any] | None:
        self._links.setdefault(place_of(dataset), path.rpartition("/")[2])
        node: dict[str, Any] = {**self._attributes(dataset, path)}
        attributes = node["attributes"]
        if attributes.get("CLASS") == _SCALE:
            del attributes["CLASS"]
            if str(attributes.pop("NAME", "")).startswith(BARE_DIMENSION):
                return None
        labels = attributes.pop(LABELS, [])
        for name in BOOKKEEPING & attributes.keys():
            del attributes[name]
        item = self._plan(dataset, path)
        if self._from_netcdf and (fill := netcdf_fill(dataset)) is not None:
            attributes.setdefault("_FillValue", fill)
        node |= {
            "dimensions": label_names(labels, len(item.shape)),
            "shape": item.shape,
            "kind": _sent(item.kind),
            "stored": stored_as(dataset.get_type()),
        }
        if not node["dimensions"]:
            self._unnamed.append((dataset, node))
        return node

    def _plan(self, dataset: Any, path: str) -> Pending:
        """Check that a dataset can be read, and put it on the list."""
        check_place(dataset, path)
        shape = shape_of(dataset.get_space(), path)
        item = Pending(dataset, path, shape, kind_of(dataset.get_type(), path))
        check_storage(dataset, shape, path, limits=self.limits, file_bytes=self.file_bytes)
        self._bytes += item.nbytes
        if self._bytes > self.limits.data_bytes:
            raise RefusedError(
                f"with {path} the file declares more than {byte_size(self.limits.data_bytes)} "
                "of data; thin them out or split the file"
            )
        self.pending.append(item)
        return item

    def _attributes(self, item: Any, path: str) -> dict[str, dict[str, Any]]:
        """What a group or dataset says of itself, and what of that is not read."""
        count = h5a.get_num_attrs(item)
        if count > self.limits.attributes:
            raise RefusedError(f"{path} has {count:,} attributes; at most {self.limits.attributes}")
        values: dict[str, Any] = {}
        unread: dict[str, str] = {}
        for attribute in (h5a.open(item, index=i) for i in range(count)):
            name = self._decoded(attribute.name, f"an attribute of {path}", unread)
            if name is None or name in NEVER_READ:
                continue
            try:
                values[name] = self._value(attribute, f"the attribute {shown(name)} of {path}")
            except UnreadableError as why:
                unread[name] = str(why)
        return {"attributes": values, "unread_attributes": unread}

    def _value(self, attribute: Any, path: str) -> Any:
        """Return an attribute's value as JSON: a scalar, a list of texts, or a described array."""
        shape = shape_of(attribute.get_space(), path)
        if math.prod(shape) > self.limits.attribute_values:
            raise UnreadableError(f"{path} has too many values; store a dataset instead")
        kind = kind_of(attribute.get_type(), path)
        if kind == "str":
            return read_texts(attribute, shape, path, self.limits)
        values = read_numbers(attribute, shape, kind, path)
        if not shape:
            return values.item()
        return {"kind": _sent(kind), "shape": shape, "values": values.ravel().tolist()}
