"""The kinds of values in system.yaml: each says in its own words what it needs.

Place in the flow: pydantic calls these for every key of `schema`; a ValueError becomes the one
line that the user reads.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from lrfit.options.document_values import described, not_negative, number, positive


def _interval(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        more = ""
        if isinstance(value, list) and len(value) in (3, 4):
            more = f" of {len(value)}; decimals are written with a point, 0.5"
        raise ValueError(f"give two numbers, [lowest, highest], not {described(value)}{more}")
    low, high = map(number, value)
    if low >= high:
        raise ValueError(f"the lowest must be below the highest, unlike [{low:g}, {high:g}]")
    return low, high


def _expression(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"give an expression, not {described(value)}")
    return repr(number(value))


def _facts(value: object) -> dict[str, object]:
    """Text, a list of texts, or facts by name, each text, a number or lists of numbers."""
    if isinstance(value, str):
        return {"summary": value}
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return {"summary": " ".join(value)}
    if isinstance(value, dict):
        return {name: _fact(each) for name, each in value.items()}
    raise ValueError(f"give text, or facts by name, not {described(value)}")


def _fact(value: object) -> object:
    if isinstance(value, str):
        return value
    return tuple(map(_fact, value)) if isinstance(value, list) else number(value)


Number = Annotated[float, BeforeValidator(number)]
Positive = Annotated[float, BeforeValidator(positive)]
NotNegative = Annotated[float, BeforeValidator(not_negative)]
Interval = Annotated[tuple[float, float], BeforeValidator(_interval)]
Expression = Annotated[str, BeforeValidator(_expression)]
Facts = Annotated[dict[str, object], BeforeValidator(_facts)]
