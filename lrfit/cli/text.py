"""Text that may come from a hostile file, made safe to print on one line of a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from lrfit.io.text import shown

LONGEST_LINE = 2000
"""Bytes of an error line, its end included."""


def one_line(message: str, *, longest: int = LONGEST_LINE) -> str:
    """`message` as one printable line of fewer than `longest` bytes of UTF-8, end included."""
    lines = [" ".join(part.split()) for part in message.splitlines()]
    line = shown("; ".join(part for part in lines if part), longest)
    raw = line.encode("utf-8")
    if len(raw) + 1 < longest:
        return line
    return raw[: longest - 6].decode("utf-8", "ignore") + " ..."


def plain_value(value: Any) -> Any:
    """`value` as JSON knows it: no NaN or infinity (null), no arrays, no tuples."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain_value(value.tolist())
    return value


def number(value: float | None, *, digits: int = 3) -> str:
    """A number for a person, "-" for none."""
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}g}"


def named(names: Iterable[str], values: Iterable[float]) -> dict[str, float]:
    """Numbers by name."""
    return {name: float(value) for name, value in zip(names, values, strict=True)}
