"""Ground floor: an HDF5 file as an immutable value in memory.

`read_hdf5` returns a tree and `to_bytes` takes one, so that whoever knows a format (a network
file, a sampled grid) neither opens files nor imports h5py. Lookups name the file, the path, what
was found and what is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.io.text import shown

# What an attribute may be: text, a number, a truth value, a list of texts, an array of numbers.
Value = str | int | float | bool | list[str] | NDArray[Any]
T = TypeVar("T", str, int, float, bool, list[str], Array)
Default = TypeVar("Default")

# In the order of looking: a truth value is an integer to Python.
_NEEDED: dict[type, str] = {
    bool: "true or false",
    str: "text",
    int: "an integer",
    float: "a number",
    list: "a list of texts",
    np.ndarray: "an array of numbers",
}
_KINDS = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.bool_}


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """What groups and datasets share: attributes, and a place for messages.

    path : where the node is in its file. where : the name of that file.
    unread_attributes : why attributes that the file has were not read, by name.
    """

    attributes: Mapping[str, Value] = field(default_factory=dict)
    unread_attributes: Mapping[str, str] = field(default_factory=dict)
    path: str = "/"
    where: str = ""

    @overload
    def attribute(self, name: str, kind: type[T]) -> T: ...
    @overload
    def attribute(self, name: str, kind: type[T], default: Default) -> T | Default: ...
    def attribute(self, name: str, kind: type[Any], default: Any = ...) -> Any:
        """Return an attribute as `kind`: str, int, float (an integer will do), bool, list, ndarray.

        Raises
        ------
        InputError
            Missing without a default, of another kind, or not readable.
        """
        if not self.has_attribute(name):
            if default is not ...:
                return default
            raise self.error(f"has no attribute {shown(name)}; needed is {_NEEDED[kind]}")
        value = self.attributes[name]
        found = next(each for each in _NEEDED if isinstance(value, each))
        if found is not kind and (found, kind) != (int, float):
            wanted = f"needed is {_NEEDED[kind]}"
            raise self.error(f"has {_NEEDED[found]} as attribute {shown(name)}; {wanted}")
        return float(value) if kind is float else value  # type: ignore[arg-type]

    def has_attribute(self, name: str) -> bool:
        """Whether there is an attribute; raises InputError for one that could not be read."""
        if name in self.unread_attributes:
            raise InputError(self.unread_attributes[name], where=self.where)
        return name in self.attributes

    def error(self, message: str) -> InputError:
        """Return the InputError that names this file and this path."""
        return InputError(f"{shown(self.path)} {message}", where=self.where)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset(Node):
    """An array with attributes and, optionally, a name for every dimension.

    data : float64, int64 or bool of any shape (other numbers are widened), or text (0-D or 1-D
    of numpy's str); read-only. dimensions : one name per axis, or none; a sibling 1-D dataset of
    that name holds the coordinates. A name without such a dataset is only a name. stored : kind
    and bytes of the numbers in the file ("f4", "i2", "u1"), "" of text and truth values.
    """

    data: NDArray[Any]
    dimensions: tuple[str, ...] = ()
    stored: str = ""

    def __post_init__(self) -> None:
        """Widen the numbers and make the view read-only, without copying float64."""
        object.__setattr__(self, "data", _house_array(self.data))
        if not self.stored and self.data.dtype.kind in "fi":
            object.__setattr__(self, "stored", f"{self.data.dtype.kind}8")
        if self.dimensions and len(self.dimensions) != self.data.ndim:
            raise ValueError(f"{len(self.dimensions)} dimension names for {self.data.ndim} axes")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the data."""
        return self.data.shape

    def numbers(self, *, shape: tuple[int | None, ...] | None = None) -> Array:
        """Return the data as float64; None in `shape` stands for any length."""
        if self.data.dtype.kind == "U":
            raise self.error("holds text; needed are numbers")
        self._require_shape(shape)
        return self.data.astype(np.float64, copy=False)

    def text(self) -> str:
        """Return the data as one text."""
        if self.data.dtype.kind != "U" or self.data.ndim:
            raise self.error(f"is {_describe(self)}; needed is one text")
        return str(self.data)

    def texts(self) -> list[str]:
        """Return the data as a list of texts."""
        if self.data.dtype.kind != "U" or self.data.ndim != 1:
            raise self.error(f"is {_describe(self)}; needed is a list of texts")
        return [str(text) for text in self.data]

    def _require_shape(self, shape: tuple[int | None, ...] | None) -> None:
        fits = shape is None or (
            len(shape) == len(self.shape)
            and all(want in (None, have) for want, have in zip(shape, self.shape, strict=True))
        )
        if not fits:
            wanted = ", ".join("any" if n is None else str(n) for n in shape or ())
            raise self.error(f"has the shape {self.shape}; needed is ({wanted})")


@dataclass(frozen=True, kw_only=True, eq=False)
class Group(Node):
    """A group: attributes and children by name.

    unread : why children that the file has were not read, by name.
    """

    children: Mapping[str, Group | Dataset] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, path: str) -> Group | Dataset:
        """Return the node at `path` ("a/b"); InputError for none, or one that was not readable."""
        node: Group | Dataset = self
        for name in path.strip("/").split("/"):
            if isinstance(node, Group) and name in node.unread:
                raise InputError(node.unread[name], where=node.where)
            if not isinstance(node, Group) or name not in node.children:
                raise node.error(f"has no {shown(name)}; {_contents(node)}")
            node = node.children[name]
        return node

    def __contains__(self, path: str) -> bool:
        """Whether there is a node at `path`, though it may not have been readable."""
        name, _, rest = path.strip("/").partition("/")
        if name in self.unread:
            return True
        child = self.children.get(name)
        return child is not None and (not rest or (isinstance(child, Group) and rest in child))

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the children."""
        return iter(self.children)

    def group(self, path: str) -> Group:
        """Return the group at `path`."""
        node = self[path]
        if not isinstance(node, Group):
            raise node.error(f"is {_describe(node)}; needed is a group")
        return node

    def dataset(self, path: str, *, shape: tuple[int | None, ...] | None = None) -> Dataset:
        """Return the dataset at `path`, of this shape; None in `shape` stands for any length."""
        node = self[path]
        if not isinstance(node, Dataset):
            raise node.error("is a group; needed is a dataset")
        node._require_shape(shape)
        return node

    def numbers(self, path: str, *, shape: tuple[int | None, ...] | None = None) -> Array:
        """Return the numbers at `path` as float64."""
        return self.dataset(path).numbers(shape=shape)


def _house_array(values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.kind == "U":
        if array.ndim > 1:
            raise ValueError("text datasets have no dimension or one")
    elif array.dtype.kind not in _KINDS or array.dtype.itemsize > 8:
        raise TypeError(f"numbers of at most 64 bits or text, not {array.dtype}")
    elif array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise OverflowError("an unsigned integer is beyond 64 signed bits")
    else:
        array = array.astype(_KINDS[array.dtype.kind], copy=False)
    view = array.view()
    view.flags.writeable = False
    return view


def _describe(node: Group | Dataset) -> str:
    if isinstance(node, Group):
        return "a group"
    what = "text" if node.data.dtype.kind == "U" else f"{node.data.dtype} numbers"
    return f"a dataset of {what} of shape {node.shape}"


def _contents(node: Group | Dataset) -> str:
    if isinstance(node, Dataset):
        return "it is a dataset"
    names = [shown(name, 40) for name in list(node.children)[:8]]
    return f"it holds {', '.join(names)}" if names else "it is empty"
