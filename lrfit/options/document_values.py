"""From a value in a YAML document to the value of an option; each says what it needs.

A ValueError becomes the one line that the user reads, after the name of the key.
"""

from __future__ import annotations

import math
import re

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


def number(value: object) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"give a number, not {described(value)}{_why_no_number(value)}")
    if not math.isfinite(value):
        raise ValueError(f"give a finite number, not {described(value)}")
    return float(value)


def _why_no_number(value: object) -> str:
    """What is wrong with a text that was meant as a number."""
    if not isinstance(value, str):
        return ""
    if re.fullmatch(r"\s*[-+]?\d+,\d+\s*", value):
        return "; decimals are written with a point, 0.5"
    if re.search(r"[-+*/(]", value):
        return "; a number may be a formula of numbers and pi, such as 8/3 or -pi"
    return ""


def positive(value: object) -> float:
    """A number above zero."""
    given = number(value)
    if given <= 0:
        raise ValueError(f"give a positive number, not {given:g}")
    return given


def not_negative(value: object) -> float:
    """Zero or a number above it."""
    given = number(value)
    if given < 0:
        raise ValueError(f"give zero or a positive number, not {given:g}")
    return given


def count(value: object, least: int = 1) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"give a whole number of at least {least}, not {described(value)}")
    return value


def slopes(value: object) -> tuple[float, float]:
    """Two positive numbers, the lowest first."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"give two slopes, [lowest, highest], not {described(value)}")
    low, high = map(number, value)
    if not 0 < low <= high:
        raise ValueError(f"give two positive slopes, the lowest first, not [{low:g}, {high:g}]")
    return low, high


def number_or(value: object, words: tuple[str, ...]) -> float | str:
    """A positive number or one of some words."""
    if isinstance(value, str):
        if value not in words:
            allowed = f"{', '.join(words)} or a positive number"
            raise ValueError(f"give {allowed}, not {described(value)}")
        return value
    return positive(value)


def step(value: object) -> float | str:
    """A positive number, or tau/10."""
    if isinstance(value, str) and value.startswith("tau/"):
        return value
    if isinstance(value, str):
        raise ValueError(f"give a positive number or tau/10, not {described(value)}")
    return positive(value)


def by_name(value: object, words: tuple[str, ...]) -> dict[str, float] | str:
    """One of some words, or numbers by name."""
    if isinstance(value, str) and value in words:
        return value
    if not isinstance(value, dict):
        raise ValueError(f"give {', '.join(words)} or numbers by name, not {described(value)}")
    return {name: number(each) for name, each in value.items()}
