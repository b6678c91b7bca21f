"""The sample systems: found by name from anywhere, since they ship inside the package.

In a wheel they lie in lrfit/sample_systems, in a working copy beside the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lrfit.core.errors import InputError
from lrfit.fields.names import did_you_mean, title_problem
from lrfit.io.text import shown

_PACKAGE = Path(__file__).resolve().parents[1]
_SUFFIXES = {".yaml", ".h5"}


def sample_folder() -> Path:
    """The folder that holds the sample systems."""
    inside = _PACKAGE / "sample_systems"
    return inside if inside.is_dir() else _PACKAGE.parent / "sample_systems"


def sample_names() -> tuple[str, ...]:
    """Names of all sample systems, in alphabetical order."""
    return tuple(sorted(path.stem for path in _files()))


def sample_path(name: str | Path) -> Path:
    """The file of a sample system.

    Raises
    ------
    InputError
        There is neither a file nor a sample system of that name.
    """
    for path in _files():
        if path.stem == str(name):
            return path
    if title_problem(str(name)):  # a path, which can only have been meant as a file
        what = "there is no such file; check the name and the folder"
    else:
        what = (
            f"no file and no sample system has this name; {did_you_mean(str(name), sample_names())}"
        )
    raise InputError(what, where=shown(name, 300))


def _files() -> Iterator[Path]:
    folder = sample_folder()
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.suffix in _SUFFIXES)
