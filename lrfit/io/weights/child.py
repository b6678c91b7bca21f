"""In the reading process: which format a file is, and the sending of its arrays.

The frames are those of `hdf5_child`, so that `assembly` puts them together.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from lrfit.io.child import allow, channel, confine
from lrfit.io.limits import GIB, MIB, ReadLimits, RefusedError, UnreadableError
from lrfit.io.text import shown
from lrfit.io.weights.archive import Archive
from lrfit.io.weights.contents import Contents, Item
from lrfit.io.weights.npz import read_npz
from lrfit.io.weights.safetensors import read_safetensors
from lrfit.io.weights.torch import read_torch

Send = Callable[[bytes, bytes | memoryview], None]
_MEMORY = GIB // 2
_CPU_SECONDS = 5.0
_SLOWEST = 8 * MIB
"""Bytes per second of work that data are read with, at least."""
_OLD_TORCH = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"
_WANTED = "needed is an npz, safetensors, MATLAB, HDF5 or PyTorch file with weights"


def main(argument: str) -> None:
    """Read the file on standard input within the limits given as JSON, and end."""
    limits = ReadLimits(**json.loads(argument))
    send = channel()
    confine(seconds=limits.seconds)
    size = os.fstat(0).st_size
    # Archives are not unpacked yet, but MATLAB files are read in one piece.
    allow(memory=_MEMORY + GIB + 2 * size, cpu_seconds=_CPU_SECONDS + size / _SLOWEST)
    with os.fdopen(0, "rb") as file:
        transfer(file, limits, send, confined=True)
    os._exit(0)


def transfer(file: BinaryIO, limits: ReadLimits, send: Send, *, confined: bool = False) -> None:
    """Send a file as frames; anything wrong with it becomes an `R` frame."""
    try:
        found = contents(file, limits)
        found.check(limits)
        if confined:
            _allow(list(found.items.values()))
        send(b"H", _json(_header(found), limits))
        for name, item in found.items.items():
            _send(send, name, item, limits)
    except RefusedError as refusal:
        send(b"R", str(refusal).encode("utf-8", "backslashreplace"))
    except MemoryError:
        send(b"R", b"reading it takes more memory than a file of its size may; it is damaged")
    except Exception as error:  # whatever else a damaged file can cause
        why = shown(f"{type(error).__name__}: {error}", 200)
        text = f"the file cannot be read ({why}); it is damaged or unfinished"
        send(b"R", text.encode("utf-8", "backslashreplace"))


def _allow(items: list[Item]) -> None:
    sizes = [item.nbytes for item in items]
    memory = _MEMORY + 4 * max(sizes, default=0)
    allow(memory=memory, cpu_seconds=_CPU_SECONDS + sum(sizes) / _SLOWEST)


def contents(file: BinaryIO, limits: ReadLimits) -> Contents:
    """What a file holds, in whichever format it is.

    Raises
    ------
    RefusedError
        No format that is known, or damage.
    """
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return _of_archive(Archive(file, limits), limits)
    if head.startswith(b"MATLAB 5.0 MAT-file"):
        from lrfit.io.weights.matlab import read_matlab  # noqa: PLC0415 - needs scipy

        return read_matlab(file, limits)
    if len(head) > 16 and head[8:9] == b"{":
        return read_safetensors(file, limits)
    if _OLD_TORCH in head[:32] or head[257:262] == b"ustar":
        raise RefusedError(
            "this is a PyTorch file as before version 1.6, a bare pickle; load it with a torch "
            "that you trust it to, and save model.state_dict() again"
        )
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        raise RefusedError(f"this is a Python pickle, a program that is not run; {_WANTED}")
    raise RefusedError(f"this is no file of weights that is known here; {_WANTED}")


def _of_archive(archive: Archive, limits: ReadLimits) -> Contents:
    names = archive.members
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        return read_torch(archive, limits)
    if any(name.endswith(".npy") for name in names):
        return read_npz(archive, limits)
    if "model.weights.h5" in names:
        raise RefusedError("this is a Keras archive; unzip it, and name its model.weights.h5")
    raise RefusedError(f"this is a zip archive without arrays; {_WANTED}")


def _header(found: Contents) -> dict[str, Any]:
    bare: dict[str, Any] = {"attributes": {}, "unread_attributes": {}}
    children = {
        name: {**bare, "dimensions": [], "shape": list(item.shape), "kind": item.kind}
        for name, item in found.items.items()
    }
    texts = {**found.texts, "format": found.sort}
    return {**bare, "attributes": texts, "children": children, "unread": found.unread}


def _send(send: Send, name: str, item: Item, limits: ReadLimits) -> None:
    try:
        values = item.load()
        if item.kind == "str":
            send(b"D", _json(values.tolist(), limits))
            return
        if values.dtype.kind == "u" and values.size and values.max() >= 2**63:
            raise UnreadableError(f"{shown(name)} holds integers beyond 63 bits; store floats")
        kind = "u1" if item.kind == "b1" else f"<{item.kind}"
        send(b"D", np.ascontiguousarray(values, kind).reshape(-1).view(np.uint8).data)
    except UnreadableError as why:
        send(b"S", str(why).encode("utf-8", "backslashreplace"))


def _json(value: Any, limits: ReadLimits) -> bytes:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    if len(text) > limits.text_bytes:
        raise RefusedError(f"it holds more than {limits.text_bytes:,} bytes of text; store less")
    return text
