"""Saving and loading any lrfit file, told apart by what its root says it is."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lrfit.core.errors import InputError, UsageError
from lrfit.io.atomic import write_atomic
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.limits import ReadLimits
from lrfit.io.regular import open_regular
from lrfit.io.text import byte_size, shown
from lrfit.io.tree import Group
from lrfit.records.kinds import KINDS, NETWORK, kind_named, kind_of_value, listed
from lrfit.records.provenance import kind_of
from lrfit.systems.open import load_system
from lrfit.systems.sampled_file import system_from_tree

if TYPE_CHECKING:
    from lrfit.fitting.file import NetworkRecord

SIGNATURE = b"\x89HDF\r\n\x1a\n"


def save(
    value: Any,
    path: Path | str,
    *,
    force: bool = False,
    history: Sequence[str] = (),
) -> None:
    """Write a fit, a trajectory, a score or a sampled field as HDF5: the whole file or none.

    Of a degeneracy it is the table; its networks are the fits of its solutions.

    Parameters
    ----------
    force : bool
        Replace a file that exists.
    history : sequence of str
        Command lines that led here.

    Raises
    ------
    OutputError
        The file exists (without `force`) or cannot be written.
    UsageError
        A value of which there is no kind of file.
    """
    kind = kind_of_value(value)
    if kind is not None:
        tree = kind.write(value, history)
    elif isinstance(value, Group):
        tree = value
    else:
        saved = listed([each for each in KINDS if each.value])
        raise UsageError(f"cannot save a {type(value).__name__}; give {saved}")
    write_atomic(path, to_bytes(tree), overwrite=force)


def load(path: Path | str, *, overrides: Mapping[str, float] | None = None) -> Any:
    """Read any lrfit file; "-" is standard input. `overrides` are parameters of a system.

    Returns
    -------
    NetworkRecord, TrajectoryRecord, CertificateRecord, AnalysisRecord, StressRecord,
    DegeneracyRecord, PerturbationRecord, ScoreRecord, System
        A network, a trajectory, a certificate, an analysis, what errors in weights did, a table
        of solutions, a study of pushes, a score, or a target: a sampled field, or a system in
        YAML.

    Raises
    ------
    InputError
        Not readable, damaged, of an unknown kind or a newer version.
    """
    return load_with_tree(path, overrides=overrides)[0]


def load_with_tree(
    path: Path | str, *, overrides: Mapping[str, float] | None = None
) -> tuple[Any, Group | None]:
    """As `load`, with the whole tree of an HDF5 file beside it; None for YAML."""
    if str(path) == "-":
        if _next_byte() != SIGNATURE[:1]:  # no text starts with this byte
            return load_system("-", overrides=overrides), None
        tree, name = read_tree("-"), "samples"
    elif _head(path) != SIGNATURE:
        return load_system(path, overrides=overrides), None
    else:
        tree, name = read_tree(path), Path(path).stem
    return record_from_tree(tree, name=name), tree


def load_network(path: Path | str) -> NetworkRecord:
    """Read a network file, from standard input for "-".

    Raises
    ------
    InputError
        As `load`; for anything but a network it says what it is.
    """
    record: NetworkRecord = NETWORK.read(read_tree(path))
    return record


def read_tree(path: Path | str) -> Group:
    """Read an HDF5 file as it is, from standard input for "-"."""
    if str(path) == "-":
        return read_hdf5(_standard_input(), where="<stdin>")
    return read_hdf5(path)


def _next_byte() -> bytes:
    """The next byte of standard input, which stays there to be read."""
    return cast(io.BufferedReader, sys.stdin.buffer).peek(1)[:1]


def _standard_input() -> bytes:
    data = sys.stdin.buffer.read(ReadLimits().file_bytes + 1)
    if not data:
        raise InputError("standard input is empty; pipe an lrfit file into it", where="<stdin>")
    if len(data) > ReadLimits().file_bytes:
        limit = byte_size(ReadLimits().file_bytes)
        raise InputError(f"more than the {limit} that are read", where="<stdin>")
    return data


def _head(path: Path | str) -> bytes:
    """The first bytes of a file; nothing of what is no file (`load_system` says why)."""
    try:
        descriptor = open_regular(path, limit=ReadLimits().file_bytes)
    except InputError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(len(SIGNATURE))


def record_from_tree(tree: Group, *, name: str) -> Any:
    """Make the value that a tree holds; `name` is that of a grid that has none."""
    encoding = kind_of(tree)
    kind = kind_named(encoding)
    if kind is not None:
        return kind.read(tree)
    if encoding in ("lrfit-grid", "") and ("velocity" in tree or "samples" in tree):
        return system_from_tree(tree, name=name)
    raise tree.error(
        f"is of the unknown encoding-type {shown(encoding, 60)!r}; needed is {listed()}, or a "
        "sampled field"
        if encoding
        else "has no encoding-type; needed is a file written by lrfit, or a sampled field"
    )
