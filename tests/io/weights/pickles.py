"""PyTorch files put together by hand, without PyTorch: honest ones and hostile ones.

`state_dict` writes the instructions that torch.save writes (protocol 2), so that tests of honest
files mean something where PyTorch is not installed.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np

STORAGES = {"<f8": "DoubleStorage", "<f4": "FloatStorage", "<f2": "HalfStorage"}
STORAGES |= {"<i8": "LongStorage", "<i4": "IntStorage", "|b1": "BoolStorage", "|u1": "ByteStorage"}


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def whole(value: int) -> bytes:
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    raw = value.to_bytes(16, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def several(values: Sequence[int]) -> bytes:
    return b"(" + b"".join(map(whole, values)) + b"t"


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def storage(kind: str, key: str, numel: int) -> bytes:
    described = text("storage") + name("torch", kind) + text(key) + text("cpu") + whole(numel)
    return b"(" + described + b"tQ"


def tensor(
    kind: str,
    key: str,
    numel: int,
    size: Sequence[int],
    stride: Sequence[int],
    offset: int = 0,
) -> bytes:
    arguments = storage(kind, key, numel) + whole(offset) + several(size) + several(stride)
    hooks = name("collections", "OrderedDict") + b")R"
    return name("torch._utils", "_rebuild_tensor_v2") + b"(" + arguments + b"\x89" + hooks + b"tR"


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    pairs = b"".join(text(key) + value for key, value in entries.items())
    return name("collections", "OrderedDict") + b")R(" + pairs + b"u"


def program(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


def archive(
    pickled: bytes,
    data: Mapping[str, bytes] | None = None,
    *,
    more: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> bytes:
    """The file: data.pkl, and members of numbers by key."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as out:
        out.writestr("archive/data.pkl", pickled)
        out.writestr("archive/byteorder", b"little")
        out.writestr("archive/version", b"3\n")
        for key, raw in (data or {}).items():
            out.writestr(f"archive/data/{key}", raw)
        for member, raw in (more or {}).items():
            out.writestr(member, raw)
    return buffer.getvalue()


def state_dict(arrays: Mapping[str, np.ndarray], *, metadata: bool = True) -> bytes:
    """What torch.save writes of a state_dict, whose OrderedDict has an attribute _metadata."""
    entries, data = {}, {}
    for key, (label, values) in enumerate(arrays.items()):
        strides = [step // values.itemsize for step in values.strides]
        kind = STORAGES[values.dtype.str]
        entries[label] = tensor(kind, str(key), values.size, values.shape, strides)
        order = "F" if values.flags.f_contiguous and not values.flags.c_contiguous else "C"
        data[str(key)] = values.tobytes(order)
    body = dictionary(entries)
    if metadata:
        body += b"}" + text("_metadata") + b"}sb"
    return archive(program(body), data)


class Runs:
    """An object that runs a command when it is unpickled."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.made = function, arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.made


def pickled(value: object, protocol: int = 2) -> bytes:
    return pickle.dumps(value, protocol)
