"""The forms in which a file holds the fields of a result, one class each.

    Scalar      str, int, float, bool, Literal[...]            an attribute
    WallSeconds Annotated[float, WallTime()]                   an attribute, if times are kept
    Listed      tuple[str, ...], tuple[float, ...]             an attribute: a list
    Spelled     Annotated[X, AsText(...)]                      an attribute: a text that says X
    Arrayed     Annotated[Array, Axes("trial", "variable")]    a dataset with named dimensions
    Noded       Annotated[X, AsNode(...)]                      a node that X makes of itself
    Boxed       Domain                                         a group
    Mapped      Mapping[str, X]                                a group: a value for each name
    Numbering   Annotated[tuple[Part, ...], Numbered("at")]    groups "at0", "at1", ...
    Several     tuple[Part, ...]                               a group that holds "0", "1", ...
    Inlined     Annotated[Part, Inline()]                      the fields of a part
    One         Part, a dataclass                              a group

`records.rows` adds the forms of tables. Place in the flow: `records.codec` asks each form, in the
order of `FORMS`, whether it fits an annotation, and lets the first that does write and read.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lrfit.core.shapes import (
    Annotation,
    AsNode,
    AsText,
    AtRoot,
    Axes,
    Inline,
    Keyed,
    Named,
    Numbered,
    WallTime,
    annotations_of,
    is_array,
    scalar_type,
)
from lrfit.fields.field import Domain
from lrfit.fields.names import title_from
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.provenance import encoded, reproducible

if TYPE_CHECKING:
    from lrfit.records.codec import Sink, Source

_LARGEST = 2.0**53
"""Whole numbers up to this are exact in the float64 in which a file may hold them."""


class Form:
    """One form: whether it fits an annotation, and how it writes and reads a field."""

    def fits(self, annotation: Annotation) -> bool:
        """Whether fields with this annotation are held in this form."""
        raise NotImplementedError

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """Put a field that is not None into a group."""
        raise NotImplementedError

    def present(self, source: Source, name: str, annotation: Annotation) -> bool:
        """Whether the group holds the field."""
        return name in source.owner(annotation)

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """The field of a group that holds it, or InputError."""
        raise NotImplementedError


class Scalar(Form):
    """A text, a number or a truth value; NaN where there may be no number and is none."""

    def fits(self, annotation: Annotation) -> bool:
        """For str, int, float, bool and words."""
        return is_scalar(annotation.type)

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As an attribute."""
        sink.attributes[name] = base_of(annotation.type)(given)

    def present(self, source: Source, name: str, annotation: Annotation) -> bool:
        """Among the attributes."""
        return name in source.holder(name).attributes

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From an attribute; a word must be one of those known."""
        group = source.holder(name)
        value = group.attribute(name, base_of(annotation.type))
        if annotation.type is float and annotation.optional and np.isnan(value):
            return None
        return known_word(group, annotation, value)


class WallSeconds(Scalar):
    """Seconds of computation, which reproducible files leave out."""

    def fits(self, annotation: Annotation) -> bool:
        """For what is marked as such."""
        return annotation.mark(WallTime) is not None

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As an attribute, where it is known and times are kept."""
        if not (reproducible() or np.isnan(given)):
            super().write(sink, name, annotation, given)

    def present(self, source: Source, name: str, annotation: Annotation) -> bool:
        """Always: an unknown time is NaN."""
        return True

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From the attribute, or NaN."""
        return source.group.attribute(name, float, float("nan"))


class Listed(Scalar):
    """A list of texts or numbers; with an axis it is as long as the arrays along it."""

    def fits(self, annotation: Annotation) -> bool:
        """For tuples of texts, and of numbers without an axis."""
        return is_list(annotation.type) and not (
            annotation.mark(Axes) and is_numbers(annotation.type)
        )

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As an attribute."""
        texts = base_of(element_of(annotation.type)) is str
        sink.attributes[name] = list(given) if texts else np.array(given, dtype=np.float64)

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From an attribute."""
        element, axes = base_of(element_of(annotation.type)), annotation.mark(Axes)
        if element is not str:
            return tuple(map(element, source.group.attribute(name, np.ndarray).ravel()))
        texts = source.group.attribute(name, list)
        if axes is not None:
            source.bind(source.group, name, axes.names[0], len(texts))
        return tuple(texts)


class Spelled(Scalar):
    """A value that a text says, such as a nonlinearity by its name."""

    def fits(self, annotation: Annotation) -> bool:
        """For what is marked as such."""
        return annotation.mark(AsText) is not None

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As an attribute."""
        sink.attributes[name] = annotation.mark(AsText).write(given)

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From an attribute, by the mark's own reader."""
        read = annotation.mark(AsText).read
        return source.refusing(lambda: read(source.group.attribute(name, str)))


class Arrayed(Form):
    """An array with named axes; a tuple of numbers with an axis is one too."""

    def fits(self, annotation: Annotation) -> bool:
        """For arrays, and tuples of numbers with an axis."""
        return is_array(annotation.type) or is_numbers(annotation.type)

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As a dataset."""
        sink.children[name] = array_dataset(annotation.mark(Axes), given, sink.value)

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From a dataset of the shape that the annotation and the other arrays allow."""
        kind, axes = annotation.type, annotation.mark(Axes)
        entry = scalar_type(kind) if is_array(kind) else np.float64
        numbers = source.array(source.group.dataset(name), axes.names, entry)
        return numbers if is_array(kind) else tuple(map(element_of(kind), numbers))


class Noded(Form):
    """A value that makes a node of itself, such as a sparse matrix."""

    def fits(self, annotation: Annotation) -> bool:
        """For what is marked as such."""
        return annotation.mark(AsNode) is not None

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As that node."""
        sink.children[name] = annotation.mark(AsNode).write(given)

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From that node, by the mark's own reader."""
        read, node = annotation.mark(AsNode).read, source.group[name]
        return source.refusing(lambda: read(node))


class Boxed(Form):
    """The box of states and inputs, with their names."""

    def fits(self, annotation: Annotation) -> bool:
        """For domains."""
        return annotation.type is Domain

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As a group."""
        sink.owner(annotation)[name] = domain_group(given)

    def read(self, source: Source, name: str, annotation: Annotation) -> Domain:
        """From a group."""
        return domain_from_group(source.owner(annotation).group(name))


class Mapped(Form):
    """Values by name: numbers and texts as attributes, arrays as datasets."""

    def fits(self, annotation: Annotation) -> bool:
        """For mappings."""
        return is_mapping(annotation.type)

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As a group; seconds are left out of reproducible files, as `WallSeconds` are."""
        kind, axes = encoded(f"lrfit-{name.replace('_', '-')}"), annotation.mark(Axes)
        if axes is not None:
            arrays = {key: array_dataset(axes, value, None) for key, value in given.items()}
            group = Group(attributes=kind, children=arrays)
        else:
            times = reproducible()
            kept = {k: v for k, v in given.items() if not (times and "seconds" in k)}
            group = Group(attributes={**kind, **kept})
        sink.owner(annotation)[name] = group

    def read(self, source: Source, name: str, annotation: Annotation) -> dict[str, Any]:
        """From a group, whatever names it holds."""
        group, axes = source.owner(annotation).group(name), annotation.mark(Axes)
        if axes is None:
            given = group.attributes.items()
            return {key: value for key, value in given if not key.startswith("encoding-")}
        entry = scalar_type(typing.get_args(annotation.type)[1])
        return {key: source.array(group.dataset(key), axes.names, entry) for key in group}


class Numbering(Form):
    """Parts that are groups beside the fields of the value that contains them."""

    def fits(self, annotation: Annotation) -> bool:
        """For what is marked as such."""
        return annotation.mark(Numbered) is not None

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As groups named by the prefix and a number from 0."""
        prefix = annotation.mark(Numbered).prefix
        for i, each in enumerate(given):
            sink.children[f"{prefix}{i}"] = sink.part(each, renamed(annotation))

    def present(self, source: Source, name: str, annotation: Annotation) -> bool:
        """Always: there may be none of them."""
        return True

    def read(self, source: Source, name: str, annotation: Annotation) -> tuple[Any, ...]:
        """From the first to the last group whose number follows."""
        prefix, element = annotation.mark(Numbered).prefix, element_of(annotation.type)
        found: list[Any] = []
        while (key := f"{prefix}{len(found)}") in source.group:
            found.append(source.part(element, source.group.group(key), renamed(annotation)))
        return tuple(found)


class Several(Form):
    """Parts in a group of their own, by their number or by one of their fields."""

    def fits(self, annotation: Annotation) -> bool:
        """For tuples of parts."""
        return typing.get_origin(annotation.type) is tuple

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As a group of groups."""
        keyed, names = annotation.mark(Keyed), renamed(annotation)
        parts = {
            str(i) if keyed is None else title_from(getattr(each, keyed.field)): sink.part(
                each, names
            )
            for i, each in enumerate(given)
        }
        sink.children[name] = Group(attributes=encoded(f"lrfit-{name}"), children=parts)

    def read(self, source: Source, name: str, annotation: Annotation) -> tuple[Any, ...]:
        """From a group of groups."""
        group, element = source.group.group(name), element_of(annotation.type)
        order = list(group) if annotation.mark(Keyed) else sorted(group, key=int)
        names = renamed(annotation)
        return tuple(source.part(element, group.group(key), names) for key in order)


class Inlined(Form):
    """A part whose fields the group of the value itself holds."""

    def fits(self, annotation: Annotation) -> bool:
        """For what is marked as such."""
        return annotation.mark(Inline) is not None

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As the fields of the value."""
        sink.fields(given, renamed(annotation))

    def present(self, source: Source, name: str, annotation: Annotation) -> bool:
        """Whether the group holds any of its fields."""
        names, group = renamed(annotation), source.group
        parts = annotations_of(annotation.type).items()
        stored = [names.get(field, stored_name(part)) for field, part in parts]
        return any(each in group.attributes or each in group for each in stored)

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From the fields of the value."""
        return source.value(annotation.type, renamed(annotation))


class One(Form):
    """A part: a dataclass in a group of its own."""

    def fits(self, annotation: Annotation) -> bool:
        """For everything else."""
        return True

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As a group."""
        sink.owner(annotation)[name] = sink.part(given, renamed(annotation))

    def read(self, source: Source, name: str, annotation: Annotation) -> Any:
        """From a group."""
        group = source.owner(annotation).group(name)
        return source.part(annotation.type, group, renamed(annotation))


FORMS: tuple[Form, ...] = (
    WallSeconds(),
    Spelled(),
    Noded(),
    Scalar(),
    Listed(),
    Arrayed(),
    Boxed(),
    Mapped(),
    Numbering(),
    Inlined(),
    Several(),
    One(),
)
"""In the order of asking: the last two take what the others leave."""


def array_dataset(axes: Axes, given: Any, value: Any) -> Dataset:
    """An array as a dataset with named dimensions; complex numbers are pairs (..., 2)."""
    data, names = np.asarray(given), axes.names
    if data.dtype.kind == "c":
        data, names = np.stack([data.real, data.imag], axis=-1), (*names, "part")
    elif data.dtype.kind in "iu":
        data = data.astype(np.int64)
    return Dataset(data=data, dimensions=names, attributes=told_of(axes, value))


def told_of(axes: Axes, value: Any = None) -> dict[str, Value]:
    """What readers such as xarray say of an array; "1" is the unit of what has none."""
    if not axes.about:
        return {}
    units = axes.units.format_map(vars(value)) if axes.units else ""
    return {"units": units or "1", "long_name": axes.about}


def checked_numbers(dataset: Dataset, numbers: NDArray[np.float64], kind: Any) -> NDArray[Any]:
    """Numbers of a file as the type that an annotation says; whole ones must be whole."""
    if issubclass(kind, np.complexfloating):
        return np.asarray(numbers[..., 0] + 1j * numbers[..., 1])
    whole = (np.abs(numbers) <= _LARGEST) & (numbers == np.rint(numbers))
    if not issubclass(kind, np.floating) and not np.all(whole):
        raise dataset.error("holds numbers that are not whole; needed are integers")
    return numbers.astype(kind)


def known_word(group: Group, annotation: Annotation, value: Any) -> Any:
    """A value, which must be one of the words of a Literal."""
    if typing.get_origin(annotation.type) is not Literal:
        return value
    known = typing.get_args(annotation.type)
    if value not in known:
        what = f"has the unknown {annotation.name} {shown(value, 60)!r}"
        raise group.error(f"{what}; known are {', '.join(known)}")
    return value


def stored_name(annotation: Annotation) -> str:
    """The name of a field in a file."""
    named = annotation.mark(Named)
    return annotation.name if named is None else str(named.name or annotation.name)


def renamed(annotation: Annotation) -> Mapping[str, str]:
    """Names that a file has for the fields of a part."""
    named = annotation.mark(Named)
    return {} if named is None else dict(named.fields)


def is_at_root(annotation: Annotation) -> bool:
    """Whether the root of the file holds a field."""
    return annotation.mark(AtRoot) is not None


def is_scalar(kind: Any) -> bool:
    """Whether an attribute holds a type."""
    return kind in (str, bool, int, float) or typing.get_origin(kind) is Literal


def is_list(kind: Any) -> bool:
    """Whether a type is `tuple[X, ...]` of scalars."""
    return typing.get_origin(kind) is tuple and is_scalar(element_of(kind))


def is_numbers(kind: Any) -> bool:
    """Whether a type is `tuple[float, ...]` or `tuple[int, ...]`."""
    return is_list(kind) and element_of(kind) in (int, float)


def is_mapping(kind: Any) -> bool:
    """Whether a type is a mapping by name."""
    return isinstance(origin := typing.get_origin(kind), type) and issubclass(origin, Mapping)


def base_of(kind: Any) -> Any:
    """The type of a Literal's values; other types as they are."""
    return str if typing.get_origin(kind) is Literal else kind


def element_of(kind: Any) -> Any:
    """The class of the entries of `tuple[X, ...]`."""
    return typing.get_args(kind)[0]
