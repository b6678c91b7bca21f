"""What the annotation of a field means for a file: names, and kinds of types."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, Literal

from lrfit.core.shapes import Annotation, AtRoot, Named


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
