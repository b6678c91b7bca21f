"""NumPy archives: each member is one array, behind a header that is literal Python data."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lrfit.io.limits import ReadLimits, RefusedError, UnreadableError
from lrfit.io.text import shown
from lrfit.io.weights.archive import Archive
from lrfit.io.weights.contents import Contents, Item, kind_of, require_shape

_ENDING = ".npy"
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(archive: Archive, limits: ReadLimits) -> Contents:
    """The arrays of an archive; nothing of it is unpickled.

    Raises
    ------
    RefusedError
        A member is damaged.
    """
    found = Contents(sort="npz")
    for name in archive.members:
        if name.endswith(_ENDING):
            short = name.removesuffix(_ENDING)
            try:
                found.items[short] = _item(archive, name)
            except UnreadableError as why:
                found.unread[short] = str(why)
    return found


def _item(archive: Archive, name: str) -> Item:
    shape, _, dtype, start = _header(archive.read(name), name)
    if archive.size(name) - start != math.prod(shape) * dtype.itemsize:
        raise RefusedError(f"{shown(name)} has another size than it declares; it is damaged")
    return Item(shape, kind_of(dtype, name), lambda: _values(archive, name))


def _values(archive: Archive, name: str) -> NDArray[Any]:
    data = archive.read(name)
    shape, is_fortran, dtype, start = _header(data, name)
    values = np.frombuffer(data, dtype, offset=start)
    return values.reshape(shape, order="F" if is_fortran else "C")


def _header(data: bytes, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, whether in Fortran order, type, and where the numbers begin."""
    stream = io.BytesIO(data)
    try:
        read = _HEADERS[npy.read_magic(stream)]
        shape, is_fortran, dtype = read(stream)
    except (KeyError, ValueError, TypeError, SyntaxError, RecursionError, EOFError) as error:
        why = shown(f"{type(error).__name__}: {error}", 160)
        raise UnreadableError(f"{shown(name)} is no array of numbers ({why})") from None
    kind_of(dtype, name)
    return require_shape(shape, name), bool(is_fortran), dtype, stream.tell()
