"""Ground floor, in the reading process: which HDF5 types are read, and as what.

Numbers of at most 64 bits become float64 or int64 whatever their size and byte order, h5py's
truth values become bool, text must be UTF-8. Everything else is not read: object and region
references, variable-length sequences, compounds, other enumerations, opaque bytes.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from h5py import h5s, h5t  # type: ignore[import-untyped]  # h5py has no annotations
from numpy.typing import NDArray

from lrfit.io.limits import ReadLimits, UnreadableError

Kind = Literal["f8", "i8", "u8", "b1", "str"]

_UNREAD = {
    h5t.COMPOUND: "a compound",
    h5t.REFERENCE: "references to other objects",
    h5t.VLEN: "sequences of variable length",
    h5t.ENUM: "an enumeration",
    h5t.ARRAY: "arrays as elements",
    h5t.OPAQUE: "opaque bytes",
    h5t.BITFIELD: "bit fields",
}


def kind_of(type_id: Any, path: str) -> Kind:
    """Return how elements of this type are read; raises UnreadableError for the others."""
    what = type_id.get_class()
    if what == h5t.STRING:
        return "str"
    if what in (h5t.INTEGER, h5t.FLOAT):
        if type_id.get_size() > 8:
            raise UnreadableError(
                f"{path} holds numbers of {8 * type_id.get_size()} bits; store float64"
            )
        if what == h5t.FLOAT:
            return "f8"
        return "u8" if type_id.get_sign() == h5t.SGN_NONE else "i8"
    if what == h5t.ENUM and type_id.get_size() == 1 and type_id.dtype == np.bool_:
        return "b1"
    if what == h5t.COMPOUND and _is_complex(type_id):
        raise UnreadableError(f"{path} holds complex numbers; store real ones")
    raise UnreadableError(
        f"{path} holds {_UNREAD.get(what, 'an unknown type')}; store numbers or text"
    )


def _is_complex(type_id: Any) -> bool:
    """Whether a compound is what h5py and Julia make of complex numbers, or MATLAB does."""
    members = {type_id.get_member_name(i) for i in range(type_id.get_nmembers())}
    return members in ({b"r", b"i"}, {b"real", b"imag"})


def stored_as(type_id: Any) -> str:
    """Return kind and bytes of numbers as the file stores them: f4, i2, u1; "" for others."""
    kind = {h5t.FLOAT: "f", h5t.INTEGER: "i"}.get(type_id.get_class())
    if kind is None:
        return ""
    if kind == "i" and type_id.get_sign() == h5t.SGN_NONE:
        kind = "u"
    return f"{kind}{type_id.get_size()}"


def shape_of(space: Any, path: str) -> tuple[int, ...]:
    """Return the shape of a dataspace; one without any extent is unreadable."""
    if space.get_simple_extent_type() == h5s.NULL:
        raise UnreadableError(
            f"{path} has no value at all (a null dataspace); remove it or store a value"
        )
    return tuple(int(n) for n in space.get_simple_extent_dims())


def read_numbers(item: Any, shape: tuple[int, ...], kind: Kind, path: str) -> NDArray[Any]:
    """Read a whole dataset or attribute as little-endian float64, int64 or as bool."""
    values = np.empty(shape, dtype="?" if kind == "b1" else f"<{kind}")
    _read(item, values)
    if kind == "u8":
        if values.size and values.max() > np.iinfo(np.int64).max:
            raise UnreadableError(f"{path} holds an integer beyond 64 signed bits; store float64")
        return values.view("<i8")
    return values


def read_texts(item: Any, shape: tuple[int, ...], path: str, limits: ReadLimits) -> str | list[str]:
    """Read a whole dataset or attribute of text: one text, or a list of them."""
    type_id = item.get_type()
    count = shape[0] if shape else 1
    if len(shape) > 1:
        raise UnreadableError(f"{path} holds a table of text; store a list or one text")
    if count * type_id.get_size() > limits.text_bytes:
        raise UnreadableError(
            f"{path} holds more than {limits.text_bytes:,} bytes of text; store less"
        )
    raw = np.empty(shape, dtype=type_id.dtype)
    _read(item, raw)
    texts = [_decode(text, path) for text in raw.reshape(-1)]
    return texts if shape else texts[0]


def _read(item: Any, array: NDArray[Any]) -> None:
    if array.size == 0:
        return
    if hasattr(item, "get_create_plist"):
        item.read(h5s.ALL, h5s.ALL, array)
    else:
        item.read(array)


def _decode(raw: bytes | None, path: str) -> str:
    try:
        return bytes(raw or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError(f"{path} holds text that is not UTF-8; store UTF-8") from None
