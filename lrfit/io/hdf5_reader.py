"""Ground floor: reading HDF5 files that nobody vouches for.

The file is opened once, here, and parsed by a child process (see `child` and `forked`), since
libhdf5 can crash, hang or take all memory on a damaged file. What comes back is believed as little
as the file: it is JSON and raw numbers, checked against the limits before any of it is stored.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lrfit.core.errors import InputError
from lrfit.core.own_process import may_fork
from lrfit.io import child, forked
from lrfit.io.limits import ReadLimits
from lrfit.io.regular import open_regular
from lrfit.io.text import byte_size, shown
from lrfit.io.tree import Dataset, Group, Value

_DTYPES: dict[str, np.dtype[Any]] = {
    "f8": np.dtype("<f8"),
    "i8": np.dtype("<i8"),
    "b1": np.dtype("u1"),
}
_DEFAULT = ReadLimits()
# Of the child: one thread, and no plugins ("::" turns them off).
_SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "HDF5_PLUGIN_PRELOAD": "::",
}
# What taking a header apart raises that is not made as it should be.
_NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def read_hdf5(
    source: Path | str | bytes, *, where: str = "", limits: ReadLimits = _DEFAULT
) -> Group:
    """Read a whole HDF5 file into memory, safely.

    Parameters
    ----------
    source : path or bytes
        A regular file, or the bytes of one (from stdin).
    where : str
        Name for messages; a path's own name by default.

    Raises
    ------
    InputError
        Not a readable HDF5 file, or it is beyond the limits, or damaged.

    Notes
    -----
    What is not read (links to elsewhere, external or virtual data, plugin filters, references,
    compounds) is left out of the tree, which keeps the reasons and gives them to who asks for it.
    """
    where = shown(where or (source if not isinstance(source, bytes) else "<bytes>"), 300)
    with _descriptor(source, where, limits) as descriptor, _reader(descriptor, limits) as process:
        assert process.stdout is not None
        try:
            return assemble(process.stdout, where=where, limits=limits)
        except child.ChildStoppedError:
            cause = child.cause_of_death(process)
        except MemoryError as error:
            raise InputError("the data do not fit into memory; thin them out", where=where) from (
                error
            )
        except child.ProtocolError as error:
            cause = f"sent nonsense: {error}"
    raise InputError(
        f"the HDF5 library {cause} on this file; it is damaged or too large, write it again",
        where=where,
    )


@contextmanager
def _descriptor(source: Path | str | bytes, where: str, limits: ReadLimits) -> Iterator[int]:
    if isinstance(source, bytes):
        if not 0 < len(source) <= limits.file_bytes:
            wanted = f"at least one and at most {byte_size(limits.file_bytes)}"
            raise InputError(f"{len(source):,} bytes of HDF5; needed are {wanted}", where=where)
        with _memory_file() as file:
            file.write(source)
            file.flush()
            yield file.fileno()
        return
    descriptor = open_regular(source, limit=limits.file_bytes)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _memory_file() -> BinaryIO:
    try:
        return os.fdopen(os.memfd_create("lrfit"), "wb")
    except (AttributeError, OSError):  # not Linux, or not allowed
        return tempfile.TemporaryFile()  # type: ignore[return-value,unused-ignore]


def _reader(descriptor: int, limits: ReadLimits) -> Any:
    """The child that reads: a copy of this process where that is safe, else a fresh interpreter."""
    argument = json.dumps(asdict(limits))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HDF5_")} | _SETTINGS
    if may_fork() and not _library_is_set():
        return forked.running(_read, argument, stdin=descriptor, environment=environment)
    return child.running(
        "lrfit.io.hdf5_child",
        argument,
        stdin=descriptor,
        needs=("numpy", "h5py"),
        environment=environment,
    )


def _library_is_set() -> bool:
    """Whether libhdf5 is in this process, and variables for it may have changed what it does."""
    return "h5py" in sys.modules and any(name.startswith("HDF5_") for name in os.environ)


def _read(argument: str) -> None:
    from lrfit.io.hdf5_child import main  # noqa: PLC0415 - loads h5py

    main(argument)


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
