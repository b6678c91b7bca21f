"""PyTorch files from version 1.6 on: a pickle that describes tensors, and their numbers beside it.

    archive/data.pkl     the description (`pickle_program`)
    archive/data/KEY     the numbers of one storage, uncompressed
    archive/byteorder    "little"

Neither torch nor the unpickler of Python is used.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from lrfit.io.limits import FREE_BYTES, ReadLimits, RefusedError
from lrfit.io.text import byte_size, shown
from lrfit.io.weights.archive import Archive
from lrfit.io.weights.contents import Contents, Item, kind_of, loaded
from lrfit.io.weights.pickle_names import Storage, Tensor
from lrfit.io.weights.pickle_program import described
from lrfit.io.weights.safetensors import widened_bfloat16

_PROGRAM = "data.pkl"


def read_torch(archive: Archive, limits: ReadLimits) -> Contents:
    """Tensors and numbers by their paths, such as model.rnn.weight_hh_l0.

    Raises
    ------
    RefusedError
        It is a program (TorchScript, a whole module), or damaged.
    """
    folder = _folder(archive)
    program = folder + _PROGRAM
    if archive.size(program) > limits.text_bytes:
        raise RefusedError(f"its pickle has more than {byte_size(limits.text_bytes)}; save less")
    tensors = _Tensors(archive, folder)
    found = Contents(sort="torch")
    for name, value in _walk(described(archive.read(program)), limits):
        if not isinstance(value, Tensor):
            found.items[name] = loaded(name, np.asarray(value))
        elif not value.storage.dtype:
            found.unread[name] = f"{shown(name)} holds complex numbers; store real ones"
        else:
            found.items[name] = tensors.item(name, value)
    return found


def _folder(archive: Archive) -> str:
    """The folder of the description, with its slash."""
    places = [name for name in archive.members if name.rpartition("/")[2] == _PROGRAM]
    if len(places) != 1:
        raise RefusedError("there is not one data.pkl in the archive; the file is damaged")
    folder = places[0].removesuffix(_PROGRAM)
    if f"{folder}constants.pkl" in archive.members or any(
        name.startswith(f"{folder}code/") for name in archive.members
    ):
        raise RefusedError(
            "this is a TorchScript program, which is not run; save the weights alone: "
            "torch.save(model.state_dict(), FILE)"
        )
    if not all(archive.is_stored(name) for name in archive.members):
        raise RefusedError(
            "members of the archive are compressed, as torch.save never does; save the file again"
        )
    order = f"{folder}byteorder"
    if order in archive.members and archive.size(order) < 100 and archive.read(order) != b"little":
        raise RefusedError("its numbers are big-endian; save the file on another machine")
    return folder


class _Tensors:
    """Tensors of one archive, checked against the size of its members."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self.archive, self.folder = archive, folder
        self._last: tuple[str, bytes] = ("", b"")

    def item(self, name: str, tensor: Tensor) -> Item:
        """A tensor that was checked and is not read yet.

        Raises
        ------
        RefusedError
            It lies outside of its storage, or that is not in the archive.
        """
        storage, count = tensor.storage, math.prod(tensor.size)
        dtype = _dtype(storage)
        member = f"{self.folder}data/{storage.key}"
        if not (storage.key.isascii() and storage.key.isdigit()) or (
            member not in self.archive.members
        ):
            raise RefusedError(f"the numbers of {shown(name)} are missing; the file is damaged")
        if not 0 <= storage.numel * dtype.itemsize <= self.archive.size(member):
            raise RefusedError(f"{shown(name)} claims more numbers than there are; it is damaged")
        reach = sum((n - 1) * step for n, step in zip(tensor.size, tensor.stride, strict=True))
        if count and tensor.offset + reach >= storage.numel:
            raise RefusedError(f"{shown(name)} lies outside of its storage; the file is damaged")
        if 8 * count > FREE_BYTES and count > storage.numel:
            raise RefusedError(f"{shown(name)} repeats few numbers very often; save a copy of it")
        is_brain = storage.dtype == "bfloat16"
        kind = "f8" if is_brain else kind_of(dtype, name)
        return Item(tensor.size, kind, lambda: self._load(tensor, member))

    def _load(self, tensor: Tensor, member: str) -> NDArray[Any]:
        if self._last[0] != member:  # views of one storage come one after the other
            self._last = (member, self.archive.read(member))
        storage, dtype = tensor.storage, _dtype(tensor.storage)
        if not math.prod(tensor.size):
            return np.empty(tensor.size, dtype)
        flat = np.frombuffer(self._last[1], dtype, count=storage.numel)[tensor.offset :]
        strides = [step * dtype.itemsize for step in tensor.stride]
        values = np.array(as_strided(flat, tensor.size, strides, writeable=False))
        return widened_bfloat16(values) if storage.dtype == "bfloat16" else values


def _dtype(storage: Storage) -> np.dtype[Any]:
    return np.dtype("<u2" if storage.dtype == "bfloat16" else storage.dtype)


def _walk(root: Any, limits: ReadLimits) -> list[tuple[str, Any]]:
    """Tensors anywhere, and numbers and texts in dictionaries, by their paths.

    Iterative, and into each container once: lists can be nested 200,000 deep, and a few
    dictionaries that hold each other twice have 2^60 paths.
    """
    found: list[tuple[str, Any]] = []
    seen: set[int] = set()
    waiting: list[tuple[tuple[str, ...], Any]] = [((), root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Tensor):
            found.append((".".join(path) or "tensor", value))
            if len(found) > limits.objects:
                raise RefusedError(f"there are more than {limits.objects:,} tensors; save less")
        elif isinstance(value, dict | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            if len(path) > limits.depth:
                raise RefusedError(f"it is nested more than {limits.depth} deep; save less")
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            entries = [((*path, str(key)[:200]), entry) for key, entry in pairs]
            if isinstance(value, dict):
                found += [(".".join(place), each) for place, each in entries if _is_plain(each)]
            waiting += entries[::-1]
    return found


def _is_plain(value: Any) -> bool:
    """Whether it is a text or a number that fits into 64 bits."""
    if isinstance(value, str):
        return len(value) <= 1000
    return isinstance(value, float | bool) or (isinstance(value, int) and abs(value) < 2**63)
