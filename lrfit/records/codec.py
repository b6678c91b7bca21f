"""One codec for all results: a frozen dataclass with annotations <-> an HDF5 group.

What a field is follows from its annotation (`records.forms`, `part_forms` and `rows` list them).
What a file lacks takes the default of its field, so that a field can be added without a new
version of the files. A class says the encoding-type of its group in ENCODING, properties to be
written beside its fields in STATED, and axes whose labels readers want in COORDINATES.

Place in the flow: `records.result_file` puts what this makes under the root of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lrfit.core.errors import InputError, UsageError
from lrfit.core.shapes import (
    Annotation,
    Untold,
    annotations_of,
    axis_lengths,
    domain_lengths,
    stated_of,
)
from lrfit.fields.field import Domain
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.annotated import is_at_root, stored_name
from lrfit.records.forms import FORMS, Form, checked_numbers
from lrfit.records.part_forms import PART_FORMS
from lrfit.records.provenance import encoded, require_kind
from lrfit.records.rows import ROW_FORMS

Children = dict[str, Group | Dataset]
Names = Mapping[str, str]
"""Names that a group has for fields, where they are not those of the fields."""


def encode(value: Any, kind: str, *, root: Children, names: Names | None = None) -> Group:
    """Return the group that holds a dataclass; `kind` is its encoding-type.

    What is marked `AtRoot` is put into `root`. `names` : of fields, where the group has others.
    """
    sink = Sink(root=root, value=value)
    sink.fields(value, names)
    return Group(attributes={**encoded(kind), **sink.attributes}, children=sink.children)


def decode(
    cls: type[Any],
    group: Group,
    kind: str,
    *,
    root: Group,
    lengths: Mapping[str, int] | None = None,
    names: Names | None = None,
    given: Mapping[str, Any] | None = None,
) -> Any:
    """Read what `encode` wrote.

    root : of the file. lengths : of axes, as far as they are known. given : fields that the group
    does not hold.

    Raises
    ------
    InputError
        Another kind of group, a newer version, or anything missing, of the wrong type or shape,
        or refused by the class.
    """
    require_kind(group, kind)
    return Source(group=group, root=root, lengths=dict(lengths or {})).value(cls, names, given)


@dataclass(kw_only=True)
class Sink:
    """Gathers what a group will hold. root : children of the file's root. value : whose group."""

    root: Children
    value: Any
    attributes: dict[str, Value] = field(default_factory=dict)
    children: Children = field(default_factory=dict)

    def fields(self, value: Any, names: Names | None = None) -> None:
        """Write every field of a value, and what its class states beside them."""
        for name, annotation in {**annotations_of(type(value)), **stated_of(type(value))}.items():
            given = getattr(value, name)
            if given is None and annotation.type is float:
                given = np.nan
            if given is not None and not annotation.mark(Untold):
                stored = (names or {}).get(name, stored_name(annotation))
                form_of(annotation).write(self, stored, annotation, given)
        self.children.update(_coordinates(value))

    def owner(self, annotation: Annotation) -> Children:
        """The children among which a field is: those of the group, or of the file's root."""
        return self.root if is_at_root(annotation) else self.children

    def part(self, value: Any, names: Names | None = None) -> Group:
        """The group of a part."""
        return encode(value, kind_of_class(type(value)), root=self.root, names=names)


@dataclass(kw_only=True)
class Source:
    """A group that is read. root : of the file. lengths : of axes, as arrays tell them."""

    group: Group
    root: Group
    lengths: dict[str, int]

    def value(
        self, cls: type[Any], names: Names | None = None, given: Mapping[str, Any] | None = None
    ) -> Any:
        """Read a value of a class from the group."""
        values = dict(given or {})
        for name, annotation in _domain_first(annotations_of(cls)):
            if not annotation.mark(Untold):
                stored = (names or {}).get(name, stored_name(annotation))
                values[name] = self._field(stored, annotation)
                if annotation.type is Domain:
                    self.lengths.update(domain_lengths(values[name]))
        return self.refusing(lambda: cls(**values))

    def _field(self, name: str, annotation: Annotation) -> Any:
        form = form_of(annotation)
        if annotation.has_default and not form.present(self, name, annotation):
            return annotation.default_value
        return form.read(self, name, annotation)

    def refusing(self, make: Callable[[], Any]) -> Any:
        """What a function makes; what it refuses is refused with the place in the file."""
        try:
            return make()
        except InputError as error:
            raise self.group.error(f"is not usable: {error.message}") from None
        except (UsageError, ValueError) as error:
            raise self.group.error(f"is not usable: {error}") from None

    def owner(self, annotation: Annotation) -> Group:
        """The group whose child a field is: this one, or the file's root."""
        return self.root if is_at_root(annotation) else self.group

    def holder(self, name: str) -> Group:
        """The group whose attribute a field is; the seed is one of the root in every file."""
        own = self.group.has_attribute(name)
        return self.root if name == "seed" and not own else self.group

    def bind(self, place: Group | Dataset, name: str, axis: str, length: int) -> None:
        """Take a length along an axis, or refuse another one than is known."""
        if self.lengths.setdefault(axis, length) != length:
            what = f"has a length of {length} in {name}, which is the shape of nothing else here"
            raise place.error(f"{what}; needed are {self.lengths[axis]} along {axis}")

    def array(self, dataset: Dataset, axes: tuple[str, ...], kind: Any) -> Any:
        """The array of a dataset, of lengths that fit to all others."""
        pair = (2,) if issubclass(kind, np.complexfloating) else ()
        numbers = dataset.numbers(shape=(*(self.lengths.get(axis) for axis in axes), *pair))
        for axis, length in zip(axes, numbers.shape, strict=False):
            if not axis.startswith("_"):
                self.lengths.setdefault(axis, length)
        return checked_numbers(dataset, numbers, kind)

    def part(self, cls: type[Any], group: Group, names: Names | None = None) -> Any:
        """A part in a group of its own; what it tells of lengths stays there."""
        require_kind(group, kind_of_class(cls))
        return replace(self, group=group, lengths=dict(self.lengths)).value(cls, names)


def form_of(annotation: Annotation) -> Form:
    """The form in which fields with an annotation are held."""
    return next(form for form in (*ROW_FORMS, *FORMS, *PART_FORMS) if form.fits(annotation))


def kind_of_class(cls: type[Any]) -> str:
    """The encoding-type of a part: its ENCODING, or "lrfit-error-floor" of ErrorFloor."""
    if hasattr(cls, "ENCODING"):
        return str(cls.ENCODING)
    words = "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__.lstrip("_"))
    return f"lrfit{words}"


def _domain_first(known: Mapping[str, Annotation]) -> list[tuple[str, Annotation]]:
    """Fields in an order in which the lengths of axes are known when they are needed."""
    return sorted(known.items(), key=lambda item: item[1].type is not Domain)


def _coordinates(value: Any) -> dict[str, Dataset]:
    """Labels of the axes that a class names in COORDINATES: names, or numbers from 0."""
    wanted = getattr(type(value), "COORDINATES", ())
    if not wanted:
        return {}
    lengths = axis_lengths(value)
    labels = {axis: np.arange(lengths[axis]) for axis in wanted if lengths.get(axis)}
    named = {"variable": value.domain.variables, "input": value.domain.inputs}
    labels |= {axis: np.array(each) for axis, each in named.items() if axis in labels}
    return {
        axis: Dataset(data=data, dimensions=(axis,), attributes={"units": "1"})
        for axis, data in labels.items()
    }
