"""From the text of an option to its value; every refusal says what was given and what is needed.

Only text and numbers here: what the values mean is checked where they are used.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from lrfit.core.errors import UsageError

_STEM_BYTES = 200
"""File names have at most 255 bytes on common file systems; an ending takes some of them."""


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a number; give one such as 0.01") from None
    if not math.isfinite(value):
        raise UsageError(f"{text!r} is not finite; give a finite number")
    return value


def positive(text: str) -> float:
    """A number above zero."""
    value = number(text)
    if value <= 0:
        raise UsageError(f"{text!r} is not above zero; give a positive number")
    return value


def not_negative(text: str) -> float:
    """Zero or a number above it."""
    value = number(text)
    if value < 0:
        raise UsageError(f"{text!r} is below zero; give zero or a positive number")
    return value


def whole(text: str) -> int:
    """A whole number of either sign (which ones make sense is for the work to say)."""
    try:
        value = int(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a whole number; give one such as 64") from None
    if abs(value) >= 2**63:
        raise UsageError(f"{text!r} is too large; give a number of at most 18 digits")
    return value


def size(text: str) -> int:
    """Bytes, as 4GiB, 500MB or a plain number."""
    digits = text.rstrip("BbGgKkMmTtIi ")
    unit = text[len(digits) :].strip().lower()
    if unit not in _UNITS:
        raise UsageError(f"{text!r} is not a size; give one such as 4GiB or 500MB")
    return int(positive(digits) * _UNITS[unit])


_UNITS = {"": 1, "b": 1} | {
    f"{letter}{suffix}": base**power
    for power, letter in enumerate("kmgt", start=1)
    for suffix, base in {"": 1024, "ib": 1024, "b": 1000}.items()
}


def choice(*names: str) -> Callable[[str], str]:
    """One of these words."""

    def chosen(text: str) -> str:
        if text not in names:
            raise UsageError(f"{text!r} is none of {', '.join(names)}")
        return text

    return chosen


def number_or(text: str, words: tuple[str, ...]) -> float | str:
    """One of some words, or a positive number."""
    return text if text in words else _or_word(positive, text, " or ".join(words))


def step(text: str) -> float | str:
    """A positive number or tau/10."""
    return "".join(text.split()) if "tau" in text else _or_word(positive, text, "tau/10")


def scale(text: str) -> tuple[float, float]:
    """Two slopes, lo:hi or lo,hi."""
    parts = text.replace(",", ":").split(":")
    if len(parts) != 2:
        raise UsageError(f"{text!r} is not a range; give two slopes such as 0.2:4")
    return positive(parts[0]), positive(parts[1])


def assignments(texts: Iterable[str], *, read: Callable[[str], float] = number) -> dict[str, float]:
    """x=2,y=0 (one text or several) as numbers by name; `read` makes a number of a text."""
    pairs = [part for text in texts for part in text.split(",")]
    return {name: read(value) for name, value in _named(pairs, "x=2,y=0").items()}


def points(text: str) -> int | dict[str, int]:
    """Nodes of a grid: one number for all axes, or x=64,y=32."""
    if "=" not in text:
        return whole(text)
    named = _named(text.split(","), "x=64,y=32")
    return {name: whole(value) for name, value in named.items()}


def expressions(texts: Iterable[str]) -> dict[str, str]:
    """u=pulse(t, 5, 7), one per text, since expressions hold commas themselves."""
    return _named(texts, "u=pulse(t,5,7)")


def words(texts: Iterable[str]) -> dict[str, str]:
    """u=direct, w=filtered."""
    return _named([part for text in texts for part in text.split(",")], "u=direct")


def file_stem(file: str) -> str:
    """The name of an lrfit file without folders and endings, to name what is made of it.

    What no file can be called is left out, so that reading that file is what fails, not writing.
    """
    name = "standard_input" if file == "-" else Path(file).name.replace("\0", "")
    for ending in (".h5", ".hdf5", ".yaml", ".yml", ".network"):
        name = name.removesuffix(ending)
    return os.fsencode(name)[:_STEM_BYTES].decode("utf-8", "ignore") or "figure"


def _or_word(parse: Callable[[str], float], text: str, choices: str) -> float:
    try:
        return parse(text)
    except UsageError:
        raise UsageError(f"{text!r} is not {choices} or a positive number") from None


def _named(texts: Iterable[str], example: str) -> dict[str, str]:
    named: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            comma = " (decimals are written with a point, 0.5)" if text.strip().isdigit() else ""
            raise UsageError(f"{text!r} is not NAME=VALUE; write it as in {example}{comma}")
        if name in named:
            raise UsageError(f"{name!r} is given twice; give it once")
        named[name] = value
    return named
