"""Names that a pickle of PyTorch may hold, and what each stands for here.

Place in the flow: `pickle_program` looks names up in these tables and nowhere else. Nothing of
PyTorch or of Python stands behind them: a tensor is a description of one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lrfit.io.limits import RefusedError

STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
    "ComplexFloatStorage": "",
    "ComplexDoubleStorage": "",
}
"""Types of numbers by PyTorch's names; "" of those that are not read."""
_TYPES = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128"


class Name(NamedTuple):
    """The name of something of PyTorch's: not the thing itself."""

    module: str
    name: str


class Storage(NamedTuple):
    """Numbers in a member of the archive. dtype : see `STORAGES`. numel : how many."""

    dtype: str
    key: str
    numel: int


class Tensor(NamedTuple):
    """A view of a storage. offset, stride : in numbers. size : its shape."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class Ordered(dict[Any, Any]):
    """An OrderedDict, which alone may be given attributes; these are not kept."""


OPAQUE = object()
"""Stands for what is no weight: a type, a device, a shape."""


def _ordered() -> Ordered:
    return Ordered()


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Tensor:
    wrong = not (
        isinstance(storage, Storage)
        and isinstance(size, tuple)
        and isinstance(stride, tuple)
        and len(size) == len(stride) <= 32
    )
    # bool is no size, and a number of 2^48 is beyond any file.
    if wrong or not all(type(n) is int and 0 <= n < 2**48 for n in (offset, *size, *stride)):
        raise RefusedError("a tensor has an offset, shape or stride that cannot be; it is damaged")
    return Tensor(storage, offset, size, stride)


def _parameter(data: Any, *_: Any) -> Tensor:
    if not isinstance(data, Tensor):
        raise RefusedError("a parameter is no tensor; the file is damaged")
    return data


CALLS: dict[Name, Callable[..., Any]] = {
    Name("collections", "OrderedDict"): _ordered,
    Name("torch._utils", "_rebuild_tensor"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_parameter"): _parameter,
    Name("torch", "Size"): lambda _: OPAQUE,
    Name("torch", "device"): lambda *_: OPAQUE,
}
KNOWN = {
    *CALLS,
    *(Name("torch", storage) for storage in STORAGES),
    *(Name("torch", dtype) for dtype in _TYPES.split()),
}
