"""Ground floor: what a file is that lrfit does not read, told by how it begins.

Place in the flow: whoever opens a file that is neither YAML nor HDF5 asks here what to call it.
The name of the file is the last thing that is looked at.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lrfit.io.limits import HDF5_SIGNATURE, ReadLimits
from lrfit.io.regular import open_regular

HEAD_BYTES = 2**16
Sort = Literal["arrays", "weights", "packed", "program", "table", "keys", "netcdf3", "other"]
"""What can be done with it: unpack it, load its arrays in Python, ..."""


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A file of another program. name : with its article. load : how Python reads it."""

    name: str
    sort: Sort
    load: str = ""


def _arrays(name: str, load: str) -> Foreign:
    return Foreign(name=name, sort="arrays", load=load)


_NPZ = _arrays("a NumPy archive (.npz)", "numpy.load")
_TORCH = Foreign(name="a PyTorch file (.pt)", sort="weights", load="torch.load")
_ZIP = Foreign(name="a zip archive", sort="packed", load="unzip")
_EXCEL = _arrays("an Excel workbook", "pandas.read_excel")
_NOTEBOOK = Foreign(name="a Jupyter notebook (.ipynb)", sort="program")
_PYTHON = Foreign(name="a Python program", sort="program")
_TABLE = Foreign(name="a table of numbers in text (such as .csv)", sort="table")
_JSON = Foreign(name="JSON", sort="keys")
_BINARY = Foreign(name="a binary file of a kind that is not known here", sort="other")
_PICKLE = _arrays("a Python pickle", "pickle.load")

_STARTS: tuple[tuple[bytes, Foreign], ...] = (
    (b"\x93NUMPY", _arrays("a NumPy array (.npy)", "numpy.load")),
    (b"MATLAB 5.0 MAT-file", _arrays("a MATLAB file before version 7.3", "scipy.io.loadmat")),
    (b"CDF\x01", Foreign(name="a classic netCDF file (version 3)", sort="netcdf3")),
    (b"CDF\x02", Foreign(name="a classic netCDF file (version 3)", sort="netcdf3")),
    (b"CDF\x05", Foreign(name="a classic netCDF file (version 3)", sort="netcdf3")),
    (b"\x0e\x03\x13\x01", _arrays("an HDF4 file", "pyhdf")),
    (b"\x1f\x8b", Foreign(name="a gzip file", sort="packed", load="gunzip")),
    (b"BZh", Foreign(name="a bzip2 file", sort="packed", load="bunzip2")),
    (b"\xfd7zXZ\x00", Foreign(name="an xz file", sort="packed", load="unxz")),
    (b"\x28\xb5\x2f\xfd", Foreign(name="a zstd file", sort="packed", load="unzstd")),
    (b"7z\xbc\xaf\x27\x1c", Foreign(name="a 7z archive", sort="packed", load="7z x")),
    (b"\xd0\xcf\x11\xe0", _EXCEL),
    (b"PAR1", _arrays("a Parquet table", "pandas.read_parquet")),
    (b"ARROW1", _arrays("an Arrow table", "pandas.read_feather")),
    (b"SQLite format 3", _arrays("an SQLite database", "sqlite3")),
    (b"%PDF", Foreign(name="a PDF", sort="other")),
    (b"\x89PNG", Foreign(name="a PNG picture", sort="other")),
    (b"\xff\xfe", Foreign(name="UTF-16 text", sort="keys")),
    (b"\xfe\xff", Foreign(name="UTF-16 text", sort="keys")),
)
# The first member of an archive, by how its name ends.
_MEMBERS = {".npy": _NPZ, "data.pkl": _TORCH, "[Content_Types].xml": _EXCEL}
_OLD_TORCH = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"
_PROGRAM = re.compile(
    r"^(?:import \w|from [\w.]+ import |def \w+\(|class \w+[:(]|#!.*python)", re.M
)


def head_of(path: Path | str) -> bytes:
    """The first 64 KiB of a file; raises InputError as `open_regular`."""
    with os.fdopen(open_regular(path, limit=ReadLimits().file_bytes), "rb") as file:
        return file.read(HEAD_BYTES)


def foreign(head: bytes, name: str = "") -> Foreign | None:
    """What begins with these bytes; None where it may be YAML or HDF5."""
    if head.startswith(HDF5_SIGNATURE):
        return None
    return _by_start(head) or _by_text(head, Path(name).suffix.lower())


def _by_start(head: bytes) -> Foreign | None:
    if head.startswith(b"PK\x03\x04"):
        member = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", "replace")
        return next((kind for end, kind in _MEMBERS.items() if member.endswith(end)), _ZIP)
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return _TORCH if _OLD_TORCH in head[:32] else _PICKLE
    if head[257:262] == b"ustar":
        return Foreign(name="a tar archive", sort="packed", load="tar xf")
    # The length of a header in JSON, then the header.
    if len(head) > 16 and head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 2**27:
        return Foreign(name="a safetensors file", sort="weights", load="safetensors")
    return next((kind for start, kind in _STARTS if head.startswith(start)), None)


def _by_text(head: bytes, suffix: str) -> Foreign | None:
    if b"\0" in head:
        return None if b"\x89HDF" in head else _BINARY  # HDF5 may stand behind a user block
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")) and not ("dynamics" in text or "domain" in text):
        is_notebook = '"cells"' in text or '"nbformat"' in text or suffix == ".ipynb"
        return _NOTEBOOK if is_notebook else _JSON
    if suffix == ".py" or _PROGRAM.search(text):
        return _PYTHON
    return _TABLE if suffix in (".csv", ".tsv") or _is_table(text) else None


def _is_table(text: str) -> bool:
    """Whether the last of some lines is of numbers, as many as any line has fields."""
    lines = [line for line in text.splitlines()[:20] if line.strip() and line[0] not in "#%"]
    if len(lines) < 2:
        return False
    for separator in (",", ";", "\t", None):
        rows = [line.split(separator) for line in lines[:-1]]
        if len({len(row) for row in rows}) == 1 and len(rows[-1]) > 1:
            return all(_is_number(field) for field in rows[-1])
    return False


def _is_number(field: str) -> bool:
    try:
        float(field.strip().strip('"').replace(",", "."))
    except ValueError:
        return not field.strip()
    return True
