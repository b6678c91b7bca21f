"""Ground floor, in the reading process: open, scan, send.

Frames to the parent: `H` the header (JSON), then per dataset one `D` with its bytes (numbers
little-endian, texts as JSON), or one `S`, why that dataset is not read; or at any point `R`, why
the file is refused, as the last one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import h5py  # type: ignore[import-untyped]  # h5py has no annotations
import numpy as np

from lrfit.io.child import allow, channel, confine
from lrfit.io.hdf5_scan import Pending, Scan
from lrfit.io.hdf5_types import read_numbers, read_texts
from lrfit.io.limits import (
    GIB,
    MIB,
    ReadLimits,
    RefusedError,
    UnreadableError,
    has_hdf5_signature,
)
from lrfit.io.text import shown

Send = Callable[[bytes, bytes | memoryview], None]
Prepare = Callable[[Sequence[Pending]], None]

# What looking at the structure may take: damaged structures have libhdf5 run in circles.
_MEMORY = GIB // 2
_CPU_SECONDS = 5.0
# The slowest that data are read, decompression included, in bytes per second of work.
_SLOWEST = 8 * MIB


def main(argument: str) -> None:
    """Read the HDF5 file on standard input within the limits given as JSON, and end."""
    limits = ReadLimits(**json.loads(argument))
    send = channel()
    confine(seconds=limits.seconds)
    allow(memory=_MEMORY, cpu_seconds=_CPU_SECONDS)
    with os.fdopen(0, "rb") as file:
        transfer(file, limits, send, prepare=_allow_reading)
    os._exit(0)  # without closing: libhdf5 may hold damaged state


def _allow_reading(items: Sequence[Pending]) -> None:
    sizes = [item.nbytes for item in items]
    largest, total = max(sizes, default=0), sum(sizes)
    allow(memory=_MEMORY + largest, cpu_seconds=_CPU_SECONDS + total / _SLOWEST)


def transfer(
    source: BinaryIO,
    limits: ReadLimits,
    send: Send,
    *,
    prepare: Prepare | None = None,
) -> None:
    """Send a file as frames; anything wrong with it becomes an `R` frame.

    `prepare` is called with the datasets once the structure is known, before they are read.
    """
    try:
        _transfer(source, limits, send, prepare or (lambda _: None))
    except RefusedError as refusal:
        send(b"R", _utf8(str(refusal)))
    except MemoryError:
        send(b"R", b"reading it takes more memory than its declared size; the file is damaged")
    except Exception as error:  # libhdf5's complaints arrive as any of a dozen types
        why = shown(f"{type(error).__name__}: {error}", 200)
        send(b"R", _utf8(f"the file cannot be read as HDF5 ({why}); it is damaged or unfinished"))


def _transfer(source: BinaryIO, limits: ReadLimits, send: Send, prepare: Prepare) -> None:
    _forget_plugins()
    size = source.seek(0, os.SEEK_END)
    if not has_hdf5_signature(source):
        raise RefusedError("this is not an HDF5 file; name one written by lrfit or h5py")
    # An open file rather than a name: libhdf5 would look the name up again, and file images in
    # memory have none.
    with h5py.File(source, "r") as file:
        scan = Scan(file.id, limits=limits, file_bytes=size)
        send(b"H", _json(scan.header, limits))
        prepare(scan.pending)
        for item in scan.pending:
            try:
                send(b"D", _content(item, limits))
            except UnreadableError as why:
                send(b"S", _utf8(str(why)))


def _forget_plugins() -> None:
    for _ in range(h5py.h5pl.size()):
        h5py.h5pl.remove(0)


def _content(item: Pending, limits: ReadLimits) -> bytes | memoryview:
    if item.kind == "str":
        return _json(read_texts(item.dataset, item.shape, item.path, limits), limits)
    values = read_numbers(item.dataset, item.shape, item.kind, item.path)
    return values.reshape(-1).view(np.uint8).data


def _json(value: Any, limits: ReadLimits) -> bytes:
    text = _utf8(json.dumps(value, ensure_ascii=False))
    if len(text) > limits.text_bytes:
        raise UnreadableError(f"it holds more than {limits.text_bytes:,} bytes of text; store less")
    return text


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
