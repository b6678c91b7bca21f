"""What is said about what no network of a kind can reach, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.text import named, number

if TYPE_CHECKING:
    from lrfit.expressivity.symmetry import ErrorFloor
    from lrfit.fields.field import Domain


def floor_fields(floor: ErrorFloor, domain: Domain, criterion: str) -> dict[str, Any]:
    """Fields of the JSON object."""
    return {
        "error_floor": floor.overall,
        "error_floor_uncertainty": floor.uncertainty,
        "error_floor_by_variable": named(domain.variables, floor.by_variable),
        "error_floor_by_criterion": floor.by_criterion(criterion),
        "error_floor_proved": list(floor.proved),
        "error_floor_reason": floor.reason,
    }


def floor_text(floor: ErrorFloor, domain: Domain) -> str:
    """The bound overall and by variable; what is proved from the expressions is marked."""
    if not floor.overall:
        return "0"
    each = named(domain.variables, floor.by_variable)
    return f"{number(floor.overall)} overall; by variable " + ", ".join(
        f"{name} {number(value)}" + (" (proved)" if name in floor.proved else "")
        for name, value in each.items()
    )
