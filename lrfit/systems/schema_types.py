"""The kinds of values in system.yaml: each says in its own words what it needs.

Place in the flow: pydantic calls these for every key of `schema`; a ValueError becomes the one
line that the user reads.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from lrfit.io.text import shown


def described(value: object) -> str:
    """Say what was given, in a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool | int | float):
        return shown(str(value).lower(), 30)  # true and false, as YAML writes them
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f"the text {shown(value, 30)!r}"


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"give a number, not {described(value)}")
    if not math.isfinite(value):
        raise ValueError(f"give a finite number, not {described(value)}")
    return float(value)


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError(f"give a positive number, not {value:g}")
    return value


def _not_negative(value: float) -> float:
    if value < 0:
        raise ValueError(f"give zero or a positive number, not {value:g}")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"give a whole number of at least 1, not {described(value)}")
    return value


def _several(value: int) -> int:
    if value < 2:
        raise ValueError(f"give a whole number of at least 2, not {value}")
    return value


def _interval(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"give two numbers, [lowest, highest], not {described(value)}")
    low, high = map(_number, value)
    if low >= high:
        raise ValueError(f"the lowest must be below the highest, unlike [{low:g}, {high:g}]")
    return low, high


def _slopes(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"give two slopes, [lowest, highest], not {described(value)}")
    low, high = map(_number, value)
    if not 0 < low <= high:
        raise ValueError(f"give two positive slopes, the lowest first, not [{low:g}, {high:g}]")
    return low, high


def _expression(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"give an expression, not {described(value)}")
    return repr(_number(value))


def _tau(value: object) -> float | str:
    if value in ("auto", "natural"):
        return str(value)
    if isinstance(value, str):
        raise ValueError(f"give auto, natural or a positive number, not {described(value)}")
    return _positive(_number(value))


def _step(value: object) -> float | str:
    if isinstance(value, str) and value.startswith("tau/"):
        return value
    if isinstance(value, str):
        raise ValueError(f"give a positive number or tau/10, not {described(value)}")
    return _positive(_number(value))


def _center(value: object) -> dict[str, float] | str:
    if value in ("auto", "middle"):
        return str(value)
    if not isinstance(value, dict):
        raise ValueError(f"give auto, middle or numbers by name, not {described(value)}")
    return {name: _number(each) for name, each in value.items()}


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
    return tuple(map(_fact, value)) if isinstance(value, list) else _number(value)


Number = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[float, BeforeValidator(_number), AfterValidator(_positive)]
NotNegative = Annotated[float, BeforeValidator(_number), AfterValidator(_not_negative)]
Count = Annotated[int, BeforeValidator(_count)]
Several = Annotated[int, BeforeValidator(_count), AfterValidator(_several)]
Interval = Annotated[tuple[float, float], BeforeValidator(_interval)]
Expression = Annotated[str, BeforeValidator(_expression)]
Tau = Annotated[float | str, BeforeValidator(_tau)]
Step = Annotated[float | str, BeforeValidator(_step)]
Center = Annotated[dict[str, float] | str, BeforeValidator(_center)]
Slopes = Annotated[tuple[float, float], BeforeValidator(_slopes)]
Facts = Annotated[dict[str, object], BeforeValidator(_facts)]
Nonlinearity = Literal["tanh", "erf", "sigmoid", "relu", "softplus", "sin"]
Drive = Literal["auto", "filtered", "direct", "gated", "copied"]
