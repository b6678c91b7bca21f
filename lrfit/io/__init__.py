"""Ground floor: what comes from the disk, and what goes there. Knows no format of lrfit's own.

Nothing here trusts a file, and nothing leaves half a file.

- `yaml_reader`: strict YAML with line numbers.
- `hdf5_reader`: HDF5 parsed by a child process, within `limits`, as a `tree` in memory.
- `weights_reader`: arrays of npz, safetensors, MATLAB and PyTorch files, parsed by a child process
  too (`weights`).
- `assembly`: the tree that a reading process sends.
- `packed`: numbers of a dataset that stores them packed, as netCDF does.
- `foreign`: what a file of another program is.
- `hdf5_writer`: a tree as bytes, the same bytes for equal trees.
- `atomic`: the old file or the new one, whole.
- `regular`: opening regular files, never a FIFO, a device, a directory.
- `child`: running a part of lrfit in a process with limits.
- `text`: text from outside on one safe line.

The modules `hdf5_child`, `hdf5_scan`, `hdf5_storage`, `hdf5_types`, `hdf5_dimensions` and those
of `weights` run in the reading process, which imports this package too: names are therefore
imported when they are first
used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrfit.io.atomic import check_writable, write_atomic
    from lrfit.io.hdf5_reader import read_hdf5
    from lrfit.io.hdf5_writer import to_bytes
    from lrfit.io.limits import ReadLimits
    from lrfit.io.regular import open_regular, read_regular_file
    from lrfit.io.tree import Dataset, Group, Value
    from lrfit.io.yaml_reader import Document, read_yaml, read_yaml_file

__all__ = [
    "Dataset",
    "Document",
    "Group",
    "ReadLimits",
    "Value",
    "check_writable",
    "open_regular",
    "read_hdf5",
    "read_regular_file",
    "read_yaml",
    "read_yaml_file",
    "to_bytes",
    "write_atomic",
]

_HOMES = {
    "atomic": ("check_writable", "write_atomic"),
    "hdf5_reader": ("read_hdf5",),
    "hdf5_writer": ("to_bytes",),
    "limits": ("ReadLimits",),
    "regular": ("open_regular", "read_regular_file"),
    "tree": ("Dataset", "Group", "Value"),
    "yaml_reader": ("Document", "read_yaml", "read_yaml_file"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
