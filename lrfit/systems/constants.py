"""Numbers written as formulas, `8/3`, `-pi` or `sqrt(2)`, in system files and after --set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lrfit.core.errors import UsageError
from lrfit.fields.expressions.errors import ExpressionError
from lrfit.fields.expressions.parser import parse
from lrfit.io.yaml_reader import YamlValue
from lrfit.options import text_values

_MIXTURE = ("populations", "direct_input")
_SECTIONS = ("parameters", "domain", "inputs", "simulate", "network", "task", "expected", *_MIXTURE)
"""The keys of a system file below which there are numbers."""
_TEXTS = ("about", "summary", "signals", "pulses", "symmetry")


def constant_value(text: str) -> float:
    """The value of a formula of numbers.

    Raises
    ------
    ExpressionError
        The text is no formula, or holds names other than pi.
    """
    return float(parse(text, names=()).value)


def with_numbers(document: Mapping[str, YamlValue]) -> dict[str, YamlValue]:
    """A document in which formulas of numbers are numbers, wherever numbers may be."""
    return {key: _numbers(value) if key in _SECTIONS else value for key, value in document.items()}


def _numbers(value: YamlValue) -> YamlValue:
    if isinstance(value, dict):
        return {
            key: each if key in _TEXTS and isinstance(each, str) else _numbers(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return _number(value) if isinstance(value, str) else value


def _number(text: str) -> float | str:
    """The value of a formula; any other text, and a number in quotes, as it is."""
    try:
        float(text)
    except ValueError:
        pass
    else:
        return text
    try:
        return constant_value(text)
    except ExpressionError:
        return text


def overridden(texts: Iterable[str] | None) -> dict[str, float]:
    """Parameters by name from the texts of --set, such as "mu=8/3"."""
    return text_values.assignments(texts or [], read=_from_flag)


def _from_flag(text: str) -> float:
    try:
        return constant_value(text)
    except ExpressionError as error:
        raise UsageError(
            f"{text!r} is not a number: {error.message}; give one such as 0.01 or 8/3"
        ) from None
