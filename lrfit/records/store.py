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
from lrfit.io.limits import HDF5_SIGNATURE, ReadLimits
from lrfit.io.regular import open_regular
from lrfit.io.text import byte_size, shown
from lrfit.io.tree import Group
from lrfit.options.python_values import told
from lrfit.records.kinds import FULL_RANK, NETWORK, kind_named, kind_of_value, listed
from lrfit.records.provenance import kind_of

if TYPE_CHECKING:
    from lrfit.fitting.result import Fit
    from lrfit.systems.system import System


def save(
    value: Any,
    path: Path | str,
    *,
    force: bool = False,
    history: Sequence[str] = (),
) -> None:
    """Write any result, or a sampled field, as HDF5: the whole file or none.

    Parameters
    ----------
    value : Fit, FullRankNetwork, Trajectory, any other result, or Group
        What to write. Of a `Degeneracy` it is the table; its networks are the fits of its
        solutions. A `Group` is a field as `sample` returns it.
    path : path
        Where to.
    force : bool
        Replace a file that exists.
    history : sequence of str
        Command lines that led here, in addition to those of the file that a result is from.

    Raises
    ------
    OutputError
        The file exists (without `force`) or cannot be written.
    UsageError
        A value of which there is no kind of file.

    Notes
    -----
    Arrays are in the user's units; what a file holds is in docs/reference/files. The file is
    written beside its place and renamed, so that no half of it is ever seen.

    Examples
    --------
    >>> import lrfit
    >>> run = lrfit.simulate("van_der_pol", duration=1.0, initial={"x": 1.0}, points=3)
    >>> lrfit.save(run, "run.h5")
    >>> bool((lrfit.load("run.h5").z == run.z).all())
    True
    >>> lrfit.save(run, "run.h5", force=True)
    """
    from lrfit.io.hdf5_writer import to_bytes  # noqa: PLC0415 - loads h5py

    write_atomic(path, to_bytes(tree_of(value, history=history)), overwrite=force)


def tree_of(value: Any, *, history: Sequence[str] = ()) -> Group:
    """Return the content of the file of a result; a tree, such as `sample` returns, is its own.

    Raises
    ------
    UsageError
        A value of which there is no kind of file.
    """
    if isinstance(value, Group):
        return value
    saved = getattr(value, "saved", value)
    kind = kind_of_value(saved)
    if kind is None:
        raise UsageError(f"cannot save a {type(value).__name__}; give {listed()}")
    return kind.write(saved, [*getattr(saved, "history", ()), *history])


def load(path: Path | str, *, overrides: Mapping[str, float] | None = None) -> Any:
    """Read any lrfit file.

    Parameters
    ----------
    path : path or str
        The file; "-" for standard input. What it holds is told by its content.
    overrides : mapping of parameter to number, optional
        Of a system.

    Returns
    -------
    Fit, Trajectory, Certificate, Analysis, Stress, DegeneracyTable, Perturbation, Score, System
        A network, a trajectory, a certificate, an analysis, what errors in weights did, a table
        of solutions, a study of pushes, a score, or a target: a sampled field, or a system in
        YAML. Arrays are in the user's units, times in the system's own.

    Raises
    ------
    InputError
        Not readable, damaged, of an unknown kind or a newer version.
    UsageError
        An override of a parameter that the system does not have.

    Notes
    -----
    Kinds and versions of files are in docs/reference/files; files of every released version can
    be read. HDF5 is read by another process, with limits.

    Examples
    --------
    >>> import lrfit
    >>> lrfit.save(lrfit.sample("van_der_pol", points=9), "grid.h5")
    >>> system = lrfit.load("grid.h5")
    >>> system.name, system.kind, system.domain.variables
    ('van_der_pol', 'sampled grid', ('x', 'y'))
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"{told(path)} is no path; give the path of a file")
    if str(path) == "-":
        if _next_byte() != HDF5_SIGNATURE[:1]:  # no text starts with this byte
            return _load_system("-", overrides)
        return value_from_tree(read_tree("-"), name="samples")
    if _head(path) != HDF5_SIGNATURE:
        return _load_system(path, overrides)
    return value_from_tree(read_tree(path), name=Path(path).stem)


def _load_system(path: Path | str, overrides: Mapping[str, float] | None) -> System:
    from lrfit.systems.open import load_system  # noqa: PLC0415 - when used

    return load_system(path, overrides=overrides)


def load_network(path: Path | str) -> Fit:
    """Read a network file, from standard input for "-".

    Raises
    ------
    InputError
        As `load`; for anything but a network it says what it is.
    """
    fit: Fit = NETWORK.read(read_tree(path))
    return fit


def load_any_network(path: Path | str) -> Any:
    """Read a network file of low or full rank, also a trained one; "-" is standard input.

    Raises
    ------
    InputError
        As `load_network`.
    """
    tree = read_tree(path)
    kind = kind_named(kind_of(tree))
    return (kind if kind is not None and kind.encoding in FULL_RANK else NETWORK).read(tree)


def read_tree(path: Path | str) -> Group:
    """Read an HDF5 file as it is, from standard input for "-"."""
    source = _standard_input() if str(path) == "-" else Path(path)
    where = "<stdin>" if isinstance(source, bytes) else ""
    check_hdf5(source, where=where)
    return read_hdf5(source, where=where)


def check_hdf5(source: Path | bytes, *, where: str = "") -> None:
    """Raise InputError for what is not HDF5, and so no network, if one can say what it is."""
    head = source if isinstance(source, bytes) else _head(source)
    if not head.startswith(HDF5_SIGNATURE):
        from lrfit.systems.foreign_files import refuse_as_network  # noqa: PLC0415 - when used

        refuse_as_network(source, where=where)


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
        return file.read(len(HDF5_SIGNATURE))


def value_from_tree(tree: Group, *, name: str) -> Any:
    """Make the value that a tree holds; `name` is that of a grid that has none."""
    encoding = kind_of(tree)
    kind = kind_named(encoding)
    if kind is not None:
        return kind.read(tree)
    if encoding in ("lrfit-grid", "") and ("velocity" in tree or "samples" in tree):
        from lrfit.systems.sampled_file import system_from_tree  # noqa: PLC0415 - when used

        return system_from_tree(tree, name=name)
    raise tree.error(
        f"is of the unknown encoding-type {shown(encoding, 60)!r}; needed is {listed()}, or a "
        "sampled field"
        if encoding
        else "has no encoding-type; needed is a file written by lrfit, or a sampled field"
    )
