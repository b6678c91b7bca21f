"""The forms in which a file holds the parts of a result: one class each.

Boxed        Domain                                         a group
Mapped       Mapping[str, X]                                a group: a value for each name
Numbering    Annotated[tuple[Part, ...], Numbered("at")]    groups "at0", "at1", ...
Several      tuple[Part, ...]                               a group that holds "0", "1", ...
Inlined      Annotated[Part, Inline()]                      the fields of a part
One          Part, a dataclass                              a group
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

from lrfit.core.shapes import (
    Annotation,
    Axes,
    Inline,
    Keyed,
    Numbered,
    annotations_of,
    scalar_type,
)
from lrfit.fields.field import Domain
from lrfit.fields.names import title_from
from lrfit.io.tree import Group
from lrfit.records.annotated import element_of, is_mapping, renamed, stored_name
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.forms import Form, array_dataset
from lrfit.records.provenance import encoded, reproducible

if TYPE_CHECKING:
    from lrfit.records.codec import Sink, Source


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
        entry = typing.get_args(annotation.type)[1]
        if axes is None:
            kept = [key for key in group.attributes if not key.startswith("encoding-")]
            if entry is float:
                return {key: group.attribute(key, float) for key in kept}
            return {key: group.attributes[key] for key in kept}
        entry = scalar_type(entry)
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
        return any(group.has_attribute(each) or each in group for each in stored)

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


PART_FORMS: tuple[Form, ...] = (
    Boxed(),
    Mapped(),
    Numbering(),
    Inlined(),
    Several(),
    One(),
)
"""In the order of asking: the last two take what the others leave."""
