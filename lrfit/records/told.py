"""A result as a JSON object, from the annotations of its class."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from lrfit.core.provenance import Provenance
from lrfit.core.shapes import Annotation, Axes, Inline, Untold, annotations_of, stated_of
from lrfit.fields.field import Domain
from lrfit.records.annotated import is_mapping


def told_fields(value: Any) -> dict[str, Any]:
    """Fields of the JSON object of a value, in the order in which its class declares them.

    Vectors along variables, inputs or coordinates are objects by name; other arrays, which a file
    holds, are left out, and so is where the value comes from.
    """
    cls, domain = type(value), getattr(value, "domain", None)
    fields: dict[str, Any] = {}
    for name, annotation in {**annotations_of(cls), **stated_of(cls)}.items():
        if not annotation.mark(Untold) and annotation.type not in (Domain, Provenance):
            fields |= _told(name, annotation, getattr(value, name), domain)
    return fields


def _told(name: str, annotation: Annotation, given: Any, domain: Domain | None) -> dict[str, Any]:
    """One field: an entry of the object, several for an inlined part, none for an array."""
    axes = annotation.mark(Axes)
    if axes is not None and not isinstance(given, tuple):
        labels = None if is_mapping(annotation.type) else _labels(domain, axes.names)
        if labels is None:
            return {}
        return {name: None if given is None else by_name(labels, given)}
    if annotation.mark(Inline):
        return {} if given is None else told_fields(given)
    return {name: _plain(given)}


def _plain(given: Any) -> Any:
    if dataclasses.is_dataclass(given):
        return told_fields(given)
    if isinstance(given, tuple):
        return [_plain(each) for each in given]
    return dict(given) if isinstance(given, Mapping) else given


def by_name(labels: tuple[str, ...], values: Any) -> dict[str, Any]:
    """Entries of a vector by the names of its axis."""
    return {name: float(value) for name, value in zip(labels, values, strict=True)}


def _labels(domain: Domain | None, names: tuple[str, ...]) -> tuple[str, ...] | None:
    if domain is None or len(names) != 1:
        return None
    known = {
        "variable": domain.variables,
        "input": domain.inputs,
        "coordinate": domain.variables + domain.inputs,
    }
    return known.get(names[0])
