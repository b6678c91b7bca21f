"""MATLAB files before version 7.3: `scipy.io.loadmat`, and the fields of structs by name."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from lrfit.io.limits import ReadLimits, RefusedError, UnreadableError
from lrfit.io.text import shown
from lrfit.io.weights.contents import Contents, loaded


def read_matlab(file: BinaryIO, limits: ReadLimits) -> Contents:
    """Arrays of numbers and texts; those of a struct are called struct.field.

    Raises
    ------
    RefusedError
        scipy cannot read the file.
    """
    from scipy.io import loadmat  # noqa: PLC0415 - a slow import, for these files alone

    try:
        variables = loadmat(file)  # type: ignore[arg-type]  # an open file will do
    except MemoryError:
        raise
    except Exception as error:  # damage arrives as any of a dozen types
        why = shown(f"{type(error).__name__}: {error}", 160)
        raise RefusedError(f"the MATLAB file cannot be read ({why}); save it again") from None
    found = Contents(sort="mat")
    for name, value in variables.items():
        if not name.startswith("__"):
            _add(found, name, value, limits.depth)
    return found


def _add(found: Contents, name: str, value: Any, depth: int) -> None:
    try:
        if hasattr(value, "tocsc"):
            value = _dense(value, name)
        if not isinstance(value, np.ndarray):
            raise UnreadableError(f"{shown(name)} is neither numbers nor text")
        if value.dtype.names is None:
            texts = _texts(value) if value.dtype.hasobject else value
            found.items[name] = loaded(name, texts)
        elif value.size != 1 or depth == 0:
            raise UnreadableError(f"{shown(name)} is an array of structs; store one struct")
        else:
            for field in value.dtype.names:
                _add(found, f"{name}.{field}", value[field].flat[0], depth - 1)
    except UnreadableError as why:
        found.unread[name] = str(why)


_MOST_DENSE = 2**26
"""Entries of a sparse matrix that is written out."""


def _dense(matrix: Any, name: str) -> Any:
    if matrix.shape[0] * matrix.shape[1] > _MOST_DENSE:
        raise UnreadableError(f"{shown(name)} is a sparse matrix that is too large; store an npz")
    return matrix.toarray()


def _texts(cells: Any) -> Any:
    """A cell array of texts as an array of them; other cell arrays as they are."""
    each = [np.asarray(cell) for cell in cells.ravel()]
    if all(cell.dtype.kind == "U" and cell.size <= 1 for cell in each):
        return np.array(["".join(cell.ravel().tolist()) for cell in each], dtype=np.str_)
    return cells
