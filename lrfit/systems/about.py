"""What results say of the system that they are about: its parameters, and which of them were set.

Place in the flow: a room that computes something about a system hands `about(system)` to its
result, which is a `core.provenance.SystemResult`; tables, JSON, titles of figures and files say
it from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from lrfit.systems.system import System


class About(TypedDict):
    """Fields of a `SystemResult`."""

    parameters: Mapping[str, float]
    overrides: Mapping[str, float]


def about(system: System | None) -> About:
    """What a result says of a system; nothing of one that is not known."""
    if system is None:
        return {"parameters": {}, "overrides": {}}
    return {"parameters": dict(system.parameters), "overrides": dict(system.source.overrides)}


def title_with(name: str, overrides: Mapping[str, float]) -> str:
    """The name of a system with the parameters that were set: "van_der_pol (mu = 2)"."""
    told = ", ".join(f"{key} = {value:g}" for key, value in overrides.items())
    return f"{name} ({told})" if told else name


def parameter_rows(
    parameters: Mapping[str, float], overrides: Mapping[str, float]
) -> list[tuple[str, str]]:
    """The row of a table that says the parameters; none where there are none."""
    told = [
        f"{name} {value:g}{' (set)' if name in overrides else ''}"
        for name, value in parameters.items()
    ]
    return [("parameters", ", ".join(told))] if told else []
