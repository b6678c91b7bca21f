"""A `Domain` as a group: names as attributes, bounds as datasets."""

from __future__ import annotations

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.fields.names import why_no_identifier
from lrfit.io.tree import Dataset, Group
from lrfit.records.provenance import encoded, require_kind

KIND = "lrfit-domain"
_BOUNDS = ("lower", "upper", "input_lower", "input_upper")


def domain_group(domain: Domain) -> Group:
    """Return /domain: attributes variables, inputs; datasets lower, upper (D,), input_... (U,)."""
    return Group(
        attributes={
            **encoded(KIND),
            "variables": list(domain.variables),
            "inputs": list(domain.inputs),
        },
        children={name: Dataset(data=getattr(domain, name)) for name in _BOUNDS},
    )


def domain_from_group(group: Group) -> Domain:
    """Read what `domain_group` wrote; names must be identifiers, each once.

    Raises
    ------
    InputError
        Anything missing, of the wrong shape, or a box without inside.
    """
    require_kind(group, KIND)
    variables = tuple(group.attribute("variables", list))
    inputs = tuple(group.attribute("inputs", list, []))
    for name in variables + inputs:
        if why := why_no_identifier(name):
            raise group.error(f"has a bad name: {why}")
    if len({*variables, *inputs}) < len(variables) + len(inputs):
        raise group.error("must name every variable and input once")
    bounds = {
        name: group.numbers(name, shape=(len(inputs if "input" in name else variables),))
        for name in _BOUNDS
    }
    try:
        return Domain(variables=variables, inputs=inputs, **bounds)
    except InputError as error:
        raise group.error(f"is no domain: {error}") from None
