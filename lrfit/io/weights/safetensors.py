"""safetensors: eight bytes of length, a header of JSON, and raw numbers at stated places.

The format is that of huggingface/safetensors, version 0.x: little-endian, C order.
"""

from __future__ import annotations

import json
import math
import os
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lrfit.io.limits import ReadLimits, RefusedError
from lrfit.io.text import shown
from lrfit.io.weights.contents import Contents, Item, kind_of, require_shape

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "?",
}
_METADATA = "__metadata__"


def read_safetensors(file: BinaryIO, limits: ReadLimits) -> Contents:
    """The tensors of a file, and its texts.

    Raises
    ------
    RefusedError
        The header is not one, or a tensor lies outside of the file.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(size - 8, limits.text_bytes):
        raise RefusedError("the header has a length that cannot be; the file is damaged")
    header = _parsed(file.read(length))
    found = Contents(sort="safetensors", texts=_texts(header.pop(_METADATA, {})))
    for name, entry in header.items():
        _add(found, file, name, entry, start=8 + length, size=size)
    return found


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"the header is no JSON ({shown(error)}); the file is damaged") from None
    if not isinstance(header, dict):
        raise RefusedError("the header names no tensors; the file is damaged")
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RefusedError("the header names something twice; the file is damaged")
    return found


def _texts(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict):
        return {}
    return {name: text for name, text in metadata.items() if isinstance(text, str)}


def _add(found: Contents, file: BinaryIO, name: str, entry: Any, *, start: int, size: int) -> None:
    try:
        kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        first, last = require_shape(offsets, name)
    except (KeyError, TypeError, ValueError):
        raise RefusedError(f"{shown(name)} is not described; the file is damaged") from None
    if kind not in _TYPES:
        found.unread[name] = f"{shown(name)} holds {shown(kind, 40)}; store float64 or float32"
        return
    dtype, shape = np.dtype(_TYPES[kind]), require_shape(shape, name)
    if last - first != math.prod(shape) * dtype.itemsize or start + last > size:
        raise RefusedError(f"{shown(name)} lies outside of the file; it is damaged")

    def load() -> NDArray[Any]:
        file.seek(start + first)
        values = np.frombuffer(file.read(last - first), dtype).reshape(shape)
        return widened_bfloat16(values) if kind == "BF16" else values

    found.items[name] = Item(shape, "f8" if kind == "BF16" else kind_of(dtype, name), load)


def widened_bfloat16(bits: NDArray[Any]) -> NDArray[np.float32]:
    """Numbers of which the upper half of a float32 is stored, from their bits (uint16)."""
    return (bits.astype("<u4") << 16).view("<f4")
