"""`FitOptions` as attributes: every option that is not None, as resolved."""

from __future__ import annotations

from lrfit.core.errors import UsageError
from lrfit.fitting.options import FitOptions
from lrfit.io.text import shown
from lrfit.io.tree import Group
from lrfit.options.declare import options_of
from lrfit.records.provenance import encoded, require_kind

KIND = "lrfit-options"


def options_group(options: FitOptions) -> Group:
    """Return the group with one attribute per option."""
    values = {
        name: (each.kind, getattr(options, name)) for name, each in options_of(options).items()
    }
    attributes = {
        name: kind.to_attribute(value)
        for name, (kind, value) in values.items()
        if value is not None
    }
    return Group(attributes={**encoded(KIND), **attributes})


def options_from_group(group: Group) -> FitOptions:
    """Read what `options_group` wrote; options unknown to this version are an error.

    Raises
    ------
    InputError
        An option of the wrong type or out of range.
    """
    require_kind(group, KIND)
    known = options_of(FitOptions)
    given = [name for name in group.attributes if not name.startswith("encoding-")]
    if unknown := [name for name in given if name not in known]:
        raise group.error(f"has the unknown option {shown(unknown[0], 60)!r}; update lrfit")
    try:
        return FitOptions(**{name: known[name].kind.from_attribute(group, name) for name in given})
    except UsageError as error:
        raise group.error(f"is not usable: {error}") from None
