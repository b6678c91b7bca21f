"""`FitOptions` as attributes: every option that is not None, as resolved.

Mappings are written as on the command line (x=0.0,y=1.5), numbers so that they come back exactly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.fitting.options import FitOptions
from lrfit.io.text import shown
from lrfit.io.tree import Group, Value
from lrfit.records.provenance import encoded, require_kind

KIND = "lrfit-options"
_SPECIAL = {"tau", "center", "drive", "scale", "samples", "time_limit", "dt"}


def options_group(options: FitOptions) -> Group:
    """Return the group with one attribute per option."""
    values = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    attributes = {name: _value(value) for name, value in values.items() if value is not None}
    return Group(attributes={**encoded(KIND), **attributes})


def _value(value: Any) -> Value:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, tuple):
        return np.array(value, dtype=np.float64)
    return value  # type: ignore[no-any-return]  # scalars and text


def options_from_group(group: Group) -> FitOptions:
    """Read what `options_group` wrote; options unknown to this version are an error.

    Raises
    ------
    InputError
        An option of the wrong type or out of range.
    """
    require_kind(group, KIND)
    fields = {field.name: field for field in dataclasses.fields(FitOptions)}
    given = [name for name in group.attributes if not name.startswith("encoding-")]
    if unknown := [name for name in given if name not in fields]:
        raise group.error(f"has the unknown option {shown(unknown[0], 60)!r}; update lrfit")
    try:
        return FitOptions(**{name: _read(group, name, fields[name]) for name in given})
    except UsageError as error:
        raise group.error(f"is not usable: {error}") from None


def _read(group: Group, name: str, field: dataclasses.Field[Any]) -> Any:
    if name not in _SPECIAL:
        kind: type[Any] = type(field.default)
        return group.attribute(name, kind)
    if name == "samples":
        return group.attribute(name, int)
    if name == "time_limit":
        return group.attribute(name, float)
    if name == "scale":
        return _pair(group, name)
    text = group.attributes[name]
    if not isinstance(text, str):
        return group.attribute(name, float)
    return text if "=" not in text and text else _mapping(group, text, number=name == "center")


def _pair(group: Group, name: str) -> tuple[float, float]:
    values = group.attribute(name, np.ndarray)
    if values.shape != (2,):
        raise group.error(f"has no pair of numbers as attribute {name}")
    return float(values[0]), float(values[1])


def _mapping(group: Group, text: str, *, number: bool) -> dict[str, Any]:
    pairs = [part.partition("=") for part in text.split(",") if part]
    try:
        return {name: float(value) if number else value for name, _, value in pairs}
    except ValueError:
        raise group.error(f"has {shown(text, 60)!r} where names with numbers belong") from None
