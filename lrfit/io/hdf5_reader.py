"""Ground floor: reading HDF5 files that nobody vouches for.

The file is opened once, here, and parsed by a child process (see `child` and `forked`), since
libhdf5 can crash, hang or take all memory on a damaged file. What comes back is believed as little
as the file: it is JSON and raw numbers, checked against the limits before any of it is stored
(`assembly`).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from lrfit.core.errors import InputError
from lrfit.core.own_process import may_fork
from lrfit.io import child, forked
from lrfit.io.assembly import assemble
from lrfit.io.limits import ReadLimits
from lrfit.io.regular import open_regular
from lrfit.io.text import byte_size, shown
from lrfit.io.tree import Group

_DEFAULT = ReadLimits()
# Of the child: one thread, and no plugins ("::" turns them off).
_SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "HDF5_PLUGIN_PRELOAD": "::",
}


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
    return read_by_child(_reader, source, "the HDF5 library", where=where, limits=limits)


def read_by_child(
    reader: Callable[[int, ReadLimits], Any],
    source: Path | str | bytes,
    what: str,
    *,
    where: str,
    limits: ReadLimits,
) -> Group:
    """Read a file by a process that sends its content as a tree.

    Parameters
    ----------
    reader : callable
        Descriptor of the file, limits -> the running process, as a context.
    what : str
        What parses the file there, for messages about its end.

    Raises
    ------
    InputError
        The process refuses the file, or ends early.
    """
    where = shown(where or (source if not isinstance(source, bytes) else "<bytes>"), 300)
    with _descriptor(source, where, limits) as descriptor, reader(descriptor, limits) as process:
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
        f"{what} {cause} on this file; it is damaged or too large, write it again",
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
