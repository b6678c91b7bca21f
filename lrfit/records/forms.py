"""The forms in which a file holds values that are no parts: one class each.

    Scalar       str, int, float, bool, Literal[...]            an attribute
    WallSeconds  Annotated[float, WallTime()]                   an attribute, if times are kept
    Listed       tuple[str, ...], tuple[float, ...]             an attribute: a list
    Arrayed      Annotated[Array, Axes("trial", "variable")]    a dataset with named dimensions
    Noded        Annotated[X, AsNode(...)]                      a node that X makes of itself

`records.part_forms` and `records.rows` have those of parts and of tables. Place in the flow:
`records.codec` asks each form whether it fits an annotation, and lets the first that does write
and read.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lrfit.core.shapes import Annotation, AsNode, Axes, WallTime, is_array, scalar_type
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.annotated import base_of, element_of, is_list, is_numbers, is_scalar
from lrfit.records.provenance import reproducible

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
        return source.holder(name).has_attribute(name)

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


FORMS: tuple[Form, ...] = (
    WallSeconds(),
    Noded(),
    Scalar(),
    Listed(),
    Arrayed(),
)
"""In the order of asking."""


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
