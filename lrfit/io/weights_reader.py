"""Ground floor: arrays in files of other programs that nobody vouches for.

    npz, safetensors, MATLAB before 7.3, PyTorch     parsed by a child process (`weights`)
    HDF5: Keras, MATLAB from 7.3 on                  parsed by a child process (`hdf5_child`)

Place in the flow: a file becomes arrays and texts by name; what they mean is asked elsewhere.
Nothing of a file is run or unpickled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrfit.core.own_process import may_fork
from lrfit.io import child, forked
from lrfit.io.foreign import head_of
from lrfit.io.hdf5_reader import read_by_child, read_hdf5
from lrfit.io.limits import HDF5_SIGNATURE, ReadLimits
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group

_SETTINGS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_MATLAB = b"MATLAB 7.3 MAT-file"
_USER_BLOCK = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightsFile:
    """A file of arrays.

    sort : npz, safetensors, mat, torch, or hdf5. where : its name, for messages. arrays : numbers
    by name, as the program that wrote them sees them. texts : texts and lists of texts by name.
    unread : why other things were not read, by name.
    """

    sort: str
    where: str
    arrays: Mapping[str, NDArray[Any]]
    texts: Mapping[str, str | tuple[str, ...]]
    unread: Mapping[str, str]


def read_weights(path: Path | str, *, limits: ReadLimits | None = None) -> WeightsFile:
    """Read the arrays of a file, safely.

    Raises
    ------
    InputError
        Not a file of a known format, beyond the limits, or damaged.
    """
    limits = limits or ReadLimits()
    head = head_of(path)
    if head.startswith(HDF5_SIGNATURE) or head[_USER_BLOCK:].startswith(HDF5_SIGNATURE):
        tree = read_hdf5(path, limits=limits)
        return _weights("hdf5", tree, from_matlab=head.startswith(_MATLAB))
    tree = read_by_child(_reader, Path(path), "the reader", where="", limits=limits)
    return _weights(tree.attribute("format", str), tree, from_matlab=False)


def _reader(descriptor: int, limits: ReadLimits) -> Any:
    argument, environment = json.dumps(asdict(limits)), os.environ | _SETTINGS
    if may_fork():
        return forked.running(_read, argument, stdin=descriptor, environment=environment)
    return child.running(
        "lrfit.io.weights.child",
        argument,
        stdin=descriptor,
        needs=("numpy", "scipy"),
        environment=environment,
    )


def _read(argument: str) -> None:
    from lrfit.io.weights.child import main  # noqa: PLC0415 - of another process

    main(argument)


def _weights(sort: str, tree: Group, *, from_matlab: bool) -> WeightsFile:
    arrays: dict[str, NDArray[Any]] = {}
    texts: dict[str, str | tuple[str, ...]] = {
        name: shown(text, 1000)
        for name, text in tree.attributes.items()
        if isinstance(text, str) and name != "format"
    }
    unread = dict(tree.unread)
    for name, node in _leaves(tree, unread):
        data = _as_matlab_sees_it(node) if from_matlab else node.data
        if data.dtype.kind == "U":
            each = tuple(shown(text, 1000) for text in data.ravel().tolist())
            texts[name] = each[0] if data.ndim == 0 or len(each) == 1 else each
        else:
            arrays[name] = data
    return WeightsFile(sort=sort, where=tree.where, arrays=arrays, texts=texts, unread=unread)


def _leaves(tree: Group, unread: dict[str, str], prefix: str = "") -> Iterator[tuple[str, Dataset]]:
    """Datasets of a tree by their paths; the reader has limited how deep that is."""
    for name, node in tree.children.items():
        if isinstance(node, Dataset):
            yield prefix + name, node
        else:
            unread |= {f"{prefix}{name}/{inner}": why for inner, why in node.unread.items()}
            yield from _leaves(node, unread, f"{prefix}{name}/")


def _as_matlab_sees_it(node: Dataset) -> NDArray[Any]:
    """MATLAB stores columns first, so that HDF5 has the axes in the other order; texts as codes."""
    if node.attributes.get("MATLAB_class") == "char":
        codes = np.asarray(node.data).T.ravel().tolist()
        return np.array("".join(chr(code) for code in codes if 0 < code < 0xD800))
    return np.asarray(node.data).T
