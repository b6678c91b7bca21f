"""What every format makes of a file: named arrays that were looked at and are not read yet."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrfit.io.limits import ReadLimits, RefusedError, UnreadableError
from lrfit.io.text import byte_size, shown

Kind = Literal["f8", "i8", "b1", "str"]
_KINDS: dict[str, Kind] = {"f": "f8", "i": "i8", "u": "i8", "b": "b1", "U": "str"}


class Item(NamedTuple):
    """One array. load : reads it, as numbers or texts of this shape. room : bytes that takes."""

    shape: tuple[int, ...]
    kind: Kind
    load: Callable[[], NDArray[Any]]

    @property
    def nbytes(self) -> int:
        """Bytes once read, each number as 8."""
        return math.prod(self.shape) * 8


@dataclass(kw_only=True)
class Contents:
    """A file: arrays by name, texts about it, and why other things are not read.

    sort : name of the format.
    """

    sort: str
    items: dict[str, Item] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def check(self, limits: ReadLimits) -> None:
        """Refuse more than the limits allow.

        Raises
        ------
        RefusedError
            Too many arrays, or too large ones.
        """
        if len(self.items) + len(self.unread) > limits.objects:
            raise RefusedError(f"there are more than {limits.objects:,} arrays; store fewer")
        if sum(item.nbytes for item in self.items.values()) > limits.data_bytes:
            raise RefusedError(
                f"the file declares more than {byte_size(limits.data_bytes)} of numbers; store "
                "the weights of the network alone"
            )


def kind_of(dtype: np.dtype[Any], name: str) -> Kind:
    """How elements of this type are sent.

    Raises
    ------
    UnreadableError
        They are no real numbers of at most 64 bits, and no text.
    """
    if dtype.hasobject:
        raise UnreadableError(
            f"{shown(name)} holds Python objects, which are pickled programs; store numbers"
        )
    if dtype.kind not in _KINDS or (dtype.kind != "U" and dtype.itemsize > 8):
        raise UnreadableError(f"{shown(name)} holds {dtype}; store real numbers or text")
    return _KINDS[dtype.kind]


def loaded(name: str, values: NDArray[Any]) -> Item:
    """An array that is in memory."""
    return Item(values.shape, kind_of(values.dtype, name), lambda: values)


def require_shape(shape: Any, name: str) -> tuple[int, ...]:
    """A shape of a file as one.

    Raises
    ------
    RefusedError
        It is none.
    """
    good = isinstance(shape, list | tuple) and all(type(n) is int and 0 <= n < 2**48 for n in shape)
    if not good or len(shape) > 32:
        raise RefusedError(f"{shown(name)} has a shape that is none; the file is damaged")
    return tuple(shape)
