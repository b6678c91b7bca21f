"""Ground floor: a file that is either not there, the old one, or the new one whole.

The bytes go to a temporary beside the target, are synced, and then take its name in one step: by
a hard link, which fails when the name is taken (of two runs that race for it one wins and the
other is told), or, to overwrite, by a rename. A run that is killed leaves at most its temporary,
`.NAME.lrfit-PID-XXXX.tmp`, which the next run for the same target sweeps away.

A symbolic link is never written through nor replaced: name the file it points to.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lrfit.core.errors import OutputError
from lrfit.io.regular import kind_of_file
from lrfit.io.text import shown

_PIECE = 2**24
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
# File names have at most 255 bytes on common file systems; the rest of a temporary's takes 40.
_NAME_BYTES = 200
# A process number says nothing on another host of a shared file system; there, age decides.
_HOST = f"{zlib.crc32(os.uname().nodename.encode()) & 0xFFFF:04x}"
_STALE_SECONDS = 3600.0

_REMEDIES = {
    errno.ENOENT: "the folder does not exist; create it",
    errno.ENOTDIR: "part of the path is a file, not a folder; choose another place",
    errno.EACCES: "no permission to write in this folder; choose another place",
    errno.EPERM: "no permission to write in this folder; choose another place",
    errno.EROFS: "the file system is read-only; choose another place",
    errno.ENOSPC: "the disk is full; free some space or choose another place",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another place",
    errno.EFBIG: "it would exceed the file-size limit; raise it (ulimit -f)",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_atomic(path: Path | str, data: bytes, *, overwrite: bool) -> None:
    """Write a whole file, or none: durable on return, the old one untouched on any failure.

    Raises
    ------
    OutputError
        The target exists and `overwrite` is false, or is no regular file, or its folder cannot
        be written to, or the disk is full. Nothing is left behind.
    """
    target = Path(path)
    with _told(target), _temporary(target, overwrite=overwrite) as (temporary, descriptor):
        _write_all(descriptor, data)
        os.fsync(descriptor)
        (os.replace if overwrite else _claim)(temporary, target)
        _sync_folder(target.parent)


def check_writable(path: Path | str, *, overwrite: bool) -> None:
    """Raise the OutputError of `write_atomic` now, before hours of work, if it would raise one.

    A temporary is created beside the target and removed, since permissions alone do not tell
    (read-only mounts, quotas, squashed roots).
    """
    target = Path(path)
    with _told(target), _temporary(target, overwrite=overwrite):
        pass


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """Turn the system's errors into one line for a person."""
    try:
        yield
    except OutputError:
        raise
    except FileExistsError as error:
        raise _exists(target) from error
    except (OSError, ValueError) as error:
        code = getattr(error, "errno", None)
        reason = _REMEDIES.get(code or 0, f"{getattr(error, 'strerror', None) or error}; try again")
        raise _error(target, f"cannot be written: {shown(reason)}") from error


def _error(target: Path, message: str) -> OutputError:
    return OutputError(f"{shown(target, 300)} {message}")


def _exists(target: Path) -> OutputError:
    return _error(target, "exists already; add --force to overwrite it, or choose another name")


@contextmanager
def _temporary(target: Path, *, overwrite: bool) -> Iterator[tuple[Path, int]]:
    """An open, empty temporary beside a target that may be written; removed in any case."""
    mode = _mode(target, overwrite=overwrite)
    _sweep(target)
    path = target.with_name(f"{_prefix(target)}{os.getpid()}-{_HOST}{secrets.token_hex(4)}.tmp")
    descriptor = os.open(path, _NEW, 0o666 if mode is None else mode)
    try:
        if mode is not None:
            os.fchmod(descriptor, mode)
        yield path, descriptor
    finally:
        try:
            os.close(descriptor)
        finally:
            path.unlink(missing_ok=True)


def _mode(target: Path, *, overwrite: bool) -> int | None:
    """The permissions of the file to be replaced, if there is one; refuse what must not be."""
    if not target.name or target.name == "..":
        raise _error(target, "is a directory; name a file in it")
    try:
        found = target.lstat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found):
        raise _error(target, f"is {kind_of_file(found)}; name a regular file (or - for stdout)")
    if not overwrite:
        raise _exists(target)
    return stat.S_IMODE(found)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest[:_PIECE]) :]


def _claim(temporary: Path, target: Path) -> None:
    """Give the temporary its final name, unless that is taken."""
    try:
        os.link(temporary, target)
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    # No hard links here (FAT, some network mounts): an empty file claims the name first. Killed
    # between these two lines, it stays.
    os.close(os.open(target, _NEW, 0o666))
    try:
        os.replace(temporary, target)  # noqa: PTH105 - plain errno
    except BaseException:
        target.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    # The file is complete and named; a file system that cannot sync folders changes nothing.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _prefix(target: Path) -> str:
    name = os.fsencode(target.name)[:_NAME_BYTES].decode("utf-8", "ignore")
    return f".{name}.lrfit-"


def _sweep(target: Path) -> None:
    """Remove the temporaries that killed runs left for this target."""
    prefix = _prefix(target)
    with suppress(OSError):
        for name in os.listdir(target.parent):  # noqa: PTH208 - a folder can hold a million names
            path = target.with_name(name)
            if name.startswith(prefix) and _is_abandoned(path, name.removeprefix(prefix)):
                path.unlink(missing_ok=True)


def _is_abandoned(path: Path, rest: str) -> bool:
    pid, _, tag = rest.partition("-")
    if not (pid.isdecimal() and tag.endswith(".tmp")):
        return False
    if tag.startswith(_HOST):
        return not _is_alive(int(pid))
    return time.time() - path.lstat().st_mtime > _STALE_SECONDS


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
