"""Ground floor: opening what a user named, only if it is a regular file.

A FIFO would block for ever, a device may have side effects, a directory has no bytes. So the
kind is looked at before opening, the open itself never blocks, and the kind is looked at again
on the open descriptor, in case the name was exchanged in between.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lrfit.core.errors import InputError
from lrfit.io.text import byte_size, shown

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO (named pipe)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFLNK: "a symbolic link",
}
# Absent on some systems, where there is nothing to guard against.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


def kind_of_file(mode: int) -> str:
    """Name the kind of file behind a `st_mode`: a directory, a FIFO, ..."""
    return _KINDS.get(stat.S_IFMT(mode), "not a regular file")


def open_regular(path: Path | str, *, limit: int) -> int:
    """Open a regular file of at most `limit` bytes for reading; the caller closes the descriptor.

    Raises
    ------
    InputError
        Missing, not permitted, not a regular file, empty, or too large. Never blocks.
    """
    where = shown(path, 300)
    try:
        _require_regular(os.stat(path).st_mode, where)  # noqa: PTH116 - keeps the errno apart
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise InputError(_why(error), where=where) from error
    try:
        found = os.fstat(descriptor)
        _require_regular(found.st_mode, where)
        _require_size(found.st_size, limit, where)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_regular_file(path: Path | str, *, limit: int) -> bytes:
    """Return the bytes of a regular file of at most `limit` bytes; raises as `open_regular`."""
    descriptor = open_regular(path, limit=limit)
    where = shown(path, 300)
    with os.fdopen(descriptor, "rb") as file:
        try:
            data = file.read(limit + 1)  # it may have grown since its size was asked
        except OSError as error:
            raise InputError(_why(error), where=where) from error
    _require_size(len(data), limit, where)
    return data


def _require_regular(mode: int, where: str) -> None:
    if not stat.S_ISREG(mode):
        raise InputError(
            f"this is {kind_of_file(mode)}; name a regular file (or - to read from stdin)",
            where=where,
        )


def _require_size(size: int, limit: int, where: str) -> None:
    if size == 0:
        raise InputError("the file is empty; check that it was written completely", where=where)
    if size > limit:
        raise InputError(
            f"the file has {byte_size(size)}, more than the {byte_size(limit)} that are read; "
            "check that it is the right one",
            where=where,
        )


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file; check the name and the folder"
    if isinstance(error, PermissionError):
        return "you are not permitted to read this file; change its permissions (chmod u+r)"
    reason = getattr(error, "strerror", None) or str(error)
    return f"the file cannot be opened: {shown(reason)}; check the name"
