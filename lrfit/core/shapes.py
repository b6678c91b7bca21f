"""What the arrays of a value mean, said in its annotations, where every reader of it looks.

    mse_by_trial: Annotated[Array, Axes("trial")]
    effects: Annotated[tuple[Effect, ...], Rows("effect")]

From these the values freeze their arrays and check that lengths agree, and the codec of files
(`lrfit.records.codec`) writes and reads them. The axes `variable`, `input` and `coordinate` (the
variables, then the inputs) are those of the value's `domain`.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import NoneType, UnionType
from typing import Any


@dataclass(frozen=True, init=False, eq=False)
class Axes:
    """Names of an array's axes; `about` and `units` are said in files.

    Units such as "{time_unit}" are those that a field of the value says.

    Axes of one name have one length within a value. A name that starts with "_" stands for any
    length.
    """

    names: tuple[str, ...]
    about: str
    units: str

    def __init__(self, *names: str, about: str = "", units: str = "") -> None:
        """Take the names of the axes in order."""
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "about", about)
        object.__setattr__(self, "units", units)


@dataclass(frozen=True, eq=False)
class Rows:
    """A tuple of values of one class: a file holds an array along `axis` for each of their fields.

    group : name of the group that holds these arrays, "" for the group of the value itself.
    prefix : of their names. table : name of one array (rows, fields) that holds all of them
    instead, where they are numbers; its attribute `columns` names the fields.
    """

    axis: str
    group: str = ""
    prefix: str = ""
    table: str = ""


@dataclass(frozen=True, eq=False)
class Inline:
    """The fields of a value are held by the group of the value that contains it."""


@dataclass(frozen=True, eq=False)
class AtRoot:
    """A value that is held by the root of a file, where every reader finds it."""


@dataclass(frozen=True, eq=False)
class Named:
    """The name under which a file holds a field, where it is not that of the field.

    fields : of a value that is a part of another, pairs of its fields and their names in the file.
    """

    name: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def prefixed(prefix: str, *fields: str) -> Named:
    """Names in a file of the fields of a part: those with a prefix."""
    return Named(fields=tuple((name, f"{prefix}_{name}") for name in fields))


@dataclass(frozen=True, eq=False)
class Keyed:
    """A tuple of values that a file holds as groups, named after one of their fields."""

    field: str


@dataclass(frozen=True, eq=False)
class Numbered:
    """A tuple of values that are groups beside the fields of the value that contains them.

    prefix : of their names, which a number from 0 follows.
    """

    prefix: str = ""


@dataclass(frozen=True, eq=False)
class AsNode:
    """A value that makes a dataset or a group of itself, and is made of one again."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class WallTime:
    """Seconds of computation, left out of reproducible files; NaN when they are read back."""


@dataclass(frozen=True, eq=False)
class Untold:
    """A field that no file holds."""


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A field's annotation taken apart: its type, whether it may be None, and what marks it."""

    name: str
    type: Any
    optional: bool
    marks: tuple[Any, ...]
    default: Any

    @property
    def has_default(self) -> bool:
        """Whether a file may lack the field."""
        return self.optional or self.default is not ...

    @property
    def default_value(self) -> Any:
        """What the field is where a file lacks it."""
        return None if self.default is ... else self.default

    def mark(self, kind: type[Any]) -> Any:
        """The mark of a class, None where there is none."""
        return next((each for each in self.marks if isinstance(each, kind)), None)


def annotations_of(cls: type[Any]) -> Mapping[str, Annotation]:
    """Annotations of a dataclass's fields, by name."""
    return _annotations(cls)  # type: ignore[arg-type]  # a class can be a key


@functools.cache
def _annotations(cls: Any) -> Mapping[str, Annotation]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {each.name: _taken_apart(each, hints[each.name]) for each in fields(cls)}


def stated_of(cls: type[Any]) -> Mapping[str, Annotation]:
    """Annotations of the properties that a class names in `STATED`.

    Files and JSON state them beside the fields; they are not read back.
    """
    found = {}
    for name in getattr(cls, "STATED", ()):
        member = getattr(cls, name)
        function = member.fget if isinstance(member, property) else member.func
        hint = typing.get_type_hints(function, include_extras=True)["return"]
        found[name] = _read(name, hint, default=...)
    return found


def _taken_apart(field: Any, hint: Any) -> Annotation:
    default = field.default
    if callable(field.default_factory):
        default = field.default_factory()
    missing = type(default).__name__ == "_MISSING_TYPE"
    return _read(field.name, hint, default=... if missing else default)


def _read(name: str, hint: Any, *, default: Any) -> Annotation:
    """`Annotated[X, marks] | None`, or `Annotated[X | None, marks]`, in their parts."""
    marks: tuple[Any, ...] = ()
    optional = False
    while True:
        if hasattr(hint, "__metadata__"):
            marks += hint.__metadata__
            hint = hint.__origin__
        elif typing.get_origin(hint) in (UnionType, typing.Union) and NoneType in hint.__args__:
            optional = True
            kept = [each for each in hint.__args__ if each is not NoneType]
            hint = kept[0] if len(kept) == 1 else functools.reduce(lambda a, b: a | b, kept)
        else:
            return Annotation(name=name, type=hint, optional=optional, marks=marks, default=default)


def freeze_shaped(value: Any, *, copy: bool = True) -> None:
    """Replace the arrays of a frozen dataclass by read-only ones; check that lengths agree.

    copy : without it, arrays of the right type are made read-only themselves.

    Its fields with `Axes` are those arrays; a `domain` among its fields sets the lengths of the
    axes `variable`, `input` and `coordinate`.

    Raises
    ------
    ValueError
        An array has another number of axes, or another length than its annotation allows.
    """
    import numpy as np  # noqa: PLC0415 - annotations of options are read for help without it

    lengths = domain_lengths(getattr(value, "domain", None))
    for name, axes in _listed(type(value)):
        _bind(lengths, axes, (len(getattr(value, name)),), f"{type(value).__name__}.{name}")
    for name, axes, kind in _arrays(type(value)):
        given = getattr(value, name)
        if given is None:
            continue
        array = np.array(given, dtype=kind, order="C") if copy else np.asarray(given, dtype=kind)
        if array.size == 0 and array.ndim != len(axes.names):  # an empty list has one axis
            array = array.reshape([lengths.get(axis, 0) for axis in axes.names])
        _bind(lengths, axes, array.shape, f"{type(value).__name__}.{name}")
        array.flags.writeable = False
        object.__setattr__(value, name, array)


def axis_lengths(value: Any) -> dict[str, int]:
    """Lengths of the axes of a value's arrays, by name."""
    lengths = domain_lengths(getattr(value, "domain", None))
    for name, axes, _ in _arrays(type(value)):
        if (array := getattr(value, name)) is not None:
            lengths.update(zip(axes.names, array.shape, strict=True))
    return lengths


def domain_lengths(domain: Any) -> dict[str, int]:
    """Lengths of the axes that a domain sets; none without one."""
    if domain is None:
        return {}
    D, U = domain.dimension, domain.input_count
    return {"variable": D, "input": U, "coordinate": D + U}


def _arrays(cls: type[Any]) -> Iterator[tuple[str, Axes, Any]]:
    for name, annotation in annotations_of(cls).items():
        axes = annotation.mark(Axes)
        if axes is not None and is_array(annotation.type):
            yield name, axes, scalar_type(annotation.type)


def _listed(cls: type[Any]) -> Iterator[tuple[str, Axes]]:
    """Tuples of numbers or texts with an axis."""
    for name, annotation in annotations_of(cls).items():
        axes = annotation.mark(Axes)
        if axes is not None and axes.names and typing.get_origin(annotation.type) is tuple:
            yield name, axes


def _bind(lengths: dict[str, int], axes: Axes, shape: tuple[int, ...], what: str) -> None:
    if len(shape) != len(axes.names):
        raise ValueError(f"{what} has {len(shape)} axes; needed are ({', '.join(axes.names)})")
    for axis, length in zip(axes.names, shape, strict=True):
        if not axis.startswith("_") and lengths.setdefault(axis, length) != length:
            raise ValueError(f"{what} has length {length} along {axis}, not {lengths[axis]}")


def is_array(kind: Any) -> bool:
    """Whether a type is that of an array, `NDArray[...]`."""
    import numpy as np  # noqa: PLC0415

    return typing.get_origin(kind) is np.ndarray


def scalar_type(kind: Any) -> Any:
    """The numpy type of an array type's entries: np.float64 of `Array`."""
    return typing.get_args(typing.get_args(kind)[1])[0]
