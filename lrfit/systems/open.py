"""From what a user names to a System: which file, which kind.

Place in the flow: the first step of every command. What a file holds is told by its content,
never by its suffix alone; a FIFO, a device or a folder is refused before it is opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrfit.core.errors import InputError, UsageError
from lrfit.core.plugins import load_object, plugin_sources
from lrfit.io.limits import ReadLimits, has_hdf5_signature
from lrfit.io.regular import open_regular
from lrfit.io.text import byte_size
from lrfit.options.python_values import require_numbers_by_name
from lrfit.systems.library import sample_names, sample_path
from lrfit.systems.system import System

if TYPE_CHECKING:
    from lrfit.io.tree import Group
    from lrfit.io.yaml_reader import Document


@dataclass(frozen=True, kw_only=True, eq=False)
class Beside:
    """What is said beside a source: parameters, and the order of the axes of arrays."""

    overrides: dict[str, float]
    order: str | None = None


KINDS = ("lrfit.records.kinds", "kind_named")
"""What tells the kinds of lrfit files. It is above this layer, and so named, not imported."""
_SUFFIXES = {".h5", ".hdf5", ".hdf"}
_TEXTS = {"", ".yaml", ".yml"}
LARGEST = ReadLimits().file_bytes


def load_system(
    source: str | Path | bytes,
    *,
    overrides: Mapping[str, float] | None = None,
    order: str | None = None,
) -> System:
    r"""Read a target system.

    Parameters
    ----------
    source : str, Path or bytes
        A path to system.yaml, or to samples or a mixture in HDF5 (told apart by content, not by
        suffix); the name of a sample system, if there is no such file; "-" for standard input;
        text of more than one line, or bytes: the content itself.
    overrides : mapping of str to float, optional
        Parameters to set beside the file.
    order : "C" or "F", optional
        Of the axes of a sampled field's arrays: that of the variables, as h5py and NumPy write,
        or reversed, as MATLAB, Julia and Fortran write. By default as the file says or shows.

    Returns
    -------
    System
        The target, in the units of its file.

    Raises
    ------
    InputError
        The file cannot be read or says something that makes no sense: one line with file, line,
        key and, for unknown names, the nearest known one.
    UsageError
        An override of an unknown parameter, or one that is not finite; an order of what has no
        arrays.

    Notes
    -----
    Keys of a system file and the language of its expressions are in docs/reference/system-file;
    the layout of samples in HDF5 is in docs/reference/files.

    Examples
    --------
    >>> import lrfit
    >>> lrfit.load_system("van_der_pol", overrides={"mu": 0.5}).parameters
    {'mu': 0.5}
    >>> decay = lrfit.load_system(b"name: decay\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n")
    >>> decay.velocity([[0.5]], [[]]).tolist()
    [[-0.5]]
    """
    require_numbers_by_name("overrides", overrides or {})
    given = Beside(overrides=dict(overrides or {}), order=order)
    if isinstance(source, bytes):
        return _from_bytes(source, "<bytes>", given)
    if source == "-":
        return _from_bytes(_standard_input(), "<stdin>", given)
    if isinstance(source, str) and "\n" in source:
        return system_from_text(source, where="<text>", beside=given)
    return _from_file(_find(source), given)


def _standard_input() -> bytes:
    """All of standard input, up to what a file of its kind may have."""
    from lrfit.io.yaml_reader import MAX_BYTES  # noqa: PLC0415 - when used

    head = sys.stdin.buffer.read(MAX_BYTES + 1)
    if not has_hdf5_signature(BytesIO(head)):
        return head
    data = head + sys.stdin.buffer.read(LARGEST - len(head) + 1)
    if len(data) > LARGEST:
        raise InputError(f"more than the {byte_size(LARGEST)} that are read", where="<stdin>")
    return data


def _find(source: str | Path) -> Path:
    """The file itself, or the sample system of that name, which may also name some folder."""
    path = Path(source)
    try:
        there = bool(str(source)) and path.exists()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    wanted = str(source) in sample_names() if there and path.is_dir() else not there
    return sample_path(source) if wanted else path


def _from_file(path: Path, beside: Beside) -> System:
    with os.fdopen(open_regular(path, limit=LARGEST), "rb") as file:
        signed = has_hdf5_signature(file)
    if signed:
        return _from_hdf5(path, path.stem, beside)
    if path.suffix.lower() not in _TEXTS and path.suffix.lower() in (added := plugin_sources()):
        return _from_plugin(path, added[path.suffix.lower()], beside)
    with _explained(path):
        if path.suffix.lower() in _SUFFIXES:
            return _from_hdf5(path, path.stem, beside)  # says that it is no HDF5
        from lrfit.io.yaml_reader import read_yaml_file  # noqa: PLC0415 - when used

        document, text = read_yaml_file(path)
        return _from_document(document, text, beside)


@contextmanager
def _explained(source: Path | bytes, where: str = "") -> Iterator[None]:
    """Where reading fails, say what the file is instead, if it is one of another program."""
    try:
        yield
    except InputError:
        from lrfit.systems.foreign_files import refuse_as_system  # noqa: PLC0415 - when used

        refuse_as_system(source, where=where)
        raise


def _from_plugin(path: Path, place: str, beside: Beside) -> System:
    """The system that a plugin reads from a file with an ending of its own."""
    if beside.overrides:
        raise UsageError(f"{path.suffix} files have no parameters; leave --set out")
    _refuse_order(beside)
    system = load_object(place)(path)
    if not isinstance(system, System):
        raise UsageError(f"{place} returned no System; mend the plugin")
    return system


def _from_bytes(data: bytes, label: str, beside: Beside) -> System:
    if has_hdf5_signature(BytesIO(data)):
        return _from_hdf5(data, "samples", beside, where=label)
    from lrfit.io.yaml_reader import read_yaml  # noqa: PLC0415 - when used

    with _explained(data, label):
        document = read_yaml(data, where=label)
        return _from_document(document, data.decode("utf-8"), beside)


def _from_hdf5(source: Path | bytes, name: str, beside: Beside, *, where: str = "") -> System:
    from lrfit.io.hdf5_reader import read_hdf5  # noqa: PLC0415 - when used
    from lrfit.systems.sampled_file import system_from_tree  # noqa: PLC0415 - when used

    tree = read_hdf5(source, where=where)
    kind = _kind_of(tree)
    if kind is not None and kind.is_system:
        if beside.overrides:
            raise UsageError(f"{kind.name} in HDF5 has no parameters; leave --set out")
        _refuse_order(beside)
        system: System = kind.read(tree).as_system()
        return system
    return system_from_tree(tree, name=name, overrides=beside.overrides, order=beside.order)


def _kind_of(tree: Group) -> Any:
    """The kind of an lrfit file, None where it is of none."""
    module, name = KINDS
    encoding = tree.attribute("encoding-type", str, "")
    return getattr(import_module(module), name)(encoding) if encoding else None


def system_from_text(text: str, *, where: str, beside: Beside) -> System:
    """The system of a YAML text, which messages call `where`."""
    from lrfit.io.yaml_reader import read_yaml  # noqa: PLC0415 - when used

    return _from_document(read_yaml(text, where=where), text, beside)


def _from_document(document: Document, text: str, beside: Beside) -> System:
    from lrfit.systems.yaml_system import system_from_document  # noqa: PLC0415 - when used

    _refuse_order(beside)
    return system_from_document(document, text, beside.overrides)


def _refuse_order(beside: Beside) -> None:
    if beside.order is not None:
        raise UsageError("order is that of the arrays of a sampled field in HDF5; leave it out")
