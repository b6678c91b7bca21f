"""Ground floor: the tree that a reading process sends, as frames, put together and checked.

Place in the flow: `hdf5_child` and `weights.child` send a header of JSON and then the data; the
readers in this process (`hdf5_reader`, `weights_reader`) make a `tree` of them. What comes from a
process that parsed a hostile file is believed as little as the file.
"""

from __future__ import annotations

import json
import math
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lrfit.core.errors import InputError
from lrfit.io import child
from lrfit.io.limits import ReadLimits
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Value

_DTYPES: dict[str, np.dtype[Any]] = {
    "f8": np.dtype("<f8"),
    "i8": np.dtype("<i8"),
    "b1": np.dtype("u1"),
}
# What taking a header apart raises that is not made as it should be.
_NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def assemble(stream: BinaryIO, *, where: str, limits: ReadLimits) -> Group:
    """Return the tree that `hdf5_child.transfer` sent as frames.

    Raises
    ------
    InputError
        When the frames say that the file is refused.
    ProtocolError
        When they are anything but what they should be.
    """
    receiver = _Receiver(stream, where, limits)
    try:
        header = json.loads(receiver.text(b"H"))
        return receiver.group(header, "/")
    except InputError:
        raise
    except _NONSENSE as error:
        raise child.ProtocolError(shown(error)) from error


class _UnreadError(Exception):
    """Why the child has not read a dataset."""


class _Receiver:
    """Builds the tree from a header, taking one frame per dataset."""

    def __init__(self, stream: BinaryIO, where: str, limits: ReadLimits) -> None:
        self.stream, self.where, self.limits = stream, where, limits
        self.room = limits.data_bytes

    def group(self, node: dict[str, Any], path: str) -> Group:
        """Return a group of the header with everything in it."""
        prefix = path.rstrip("/")
        children: dict[str, Group | Dataset] = {}
        unread = _reasons(node, "unread")
        for name, child_node in node["children"].items():
            try:
                children[name] = self._child(child_node, f"{prefix}/{name}")
            except _UnreadError as why:
                unread[name] = shown(why, 800)
        return Group(
            attributes={name: _value(value) for name, value in node["attributes"].items()},
            unread_attributes=_reasons(node, "unread_attributes"),
            children=children,
            unread=unread,
            path=path,
            where=self.where,
        )

    def _child(self, node: dict[str, Any], path: str) -> Group | Dataset:
        if "children" in node:
            return self.group(node, path)
        shape = _shape(node["shape"])
        data = self._texts(shape) if node["kind"] == "str" else self._numbers(shape, node["kind"])
        return Dataset(
            data=data,
            attributes={name: _value(value) for name, value in node["attributes"].items()},
            unread_attributes=_reasons(node, "unread_attributes"),
            dimensions=tuple(map(str, node["dimensions"])),
            stored=_stored(node.get("stored", "")),
            path=path,
            where=self.where,
        )

    def _texts(self, shape: tuple[int, ...]) -> NDArray[Any]:
        raw = json.loads(self.text(b"D"))
        longest = max(map(len, raw), default=0) if shape else 0
        # numpy pads every text of an array to the length of the longest.
        if longest * math.prod(shape) > self.limits.text_bytes:
            raise _UnreadError("a list of texts has one that is too long")
        texts = np.array(raw, dtype=np.str_)
        if texts.shape != shape:
            raise child.ProtocolError("texts of another shape than declared")
        return texts

    def _numbers(self, shape: tuple[int, ...], kind: str) -> NDArray[Any]:
        dtype = _DTYPES[kind]
        size = math.prod(shape) * dtype.itemsize
        self.room -= size
        if self.room < 0 or self._length(b"D") != size:
            raise child.ProtocolError("numbers of another size than declared")
        values = np.empty(math.prod(shape), dtype)
        child.receive_into(self.stream, values.view(np.uint8).data)
        return _native(values, kind).reshape(shape)

    def text(self, kind: bytes) -> str:
        """Return the text of the next frame, which must be of this kind."""
        length = self._length(kind)
        raw = child.receive_bytes(self.stream, length, self.limits.text_bytes)
        return raw.decode("utf-8", "replace")

    def _length(self, wanted: bytes) -> int:
        kind, length = child.receive(self.stream)
        if kind == b"R":
            why = child.receive_bytes(self.stream, length, self.limits.text_bytes)
            raise InputError(shown(why.decode("utf-8", "replace"), 800), where=self.where)
        if kind == b"S" and wanted == b"D":
            why = child.receive_bytes(self.stream, length, self.limits.text_bytes)
            raise _UnreadError(why.decode("utf-8", "replace"))
        if kind != wanted:
            raise child.ProtocolError("an unexpected frame")
        return length


def _stored(text: Any) -> str:
    if text not in ("", "f2", "f4", "f8", *(f"{kind}{size}" for kind in "iu" for size in "1248")):
        raise child.ProtocolError("a type that is none")
    return str(text)


def _reasons(node: dict[str, Any], key: str) -> dict[str, str]:
    """Why attributes or children are not read, by name."""
    return {str(name): shown(why, 800) for name, why in node.get(key, {}).items()}


def _native(values: NDArray[Any], kind: str) -> NDArray[Any]:
    # A damaged file can hold truth values other than 0 and 1.
    return np.asarray(values != 0 if kind == "b1" else values)


def _shape(values: Any) -> tuple[int, ...]:
    if not all(type(n) is int and n >= 0 for n in values):
        raise child.ProtocolError("a shape that is none")
    return tuple(values)


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        values = np.array(value["values"], dtype=_DTYPES[value["kind"]])
        return _native(values, value["kind"]).reshape(_shape(value["shape"]))
    if isinstance(value, list):
        return [str(text) for text in value]
    if not isinstance(value, str | int | float | bool):
        raise child.ProtocolError("an attribute that is none")
    return value
