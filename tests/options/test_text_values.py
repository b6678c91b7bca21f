"""Texts of options become values, or one sentence that says what was given and what is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import UsageError
from lrfit.options import text_values as values
from lrfit.options.kinds import ByName

PARSERS: list[Callable[[str], object]] = [
    values.number,
    values.positive,
    values.not_negative,
    values.whole,
    lambda text: values.number_or(text, ("auto", "natural")),
    values.scale,
    values.points,
    values.size,
    values.choice("tanh", "erf"),
    lambda text: values.assignments([text]),
    lambda text: values.expressions([text]),
    lambda text: values.words([text]),
]


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=20), number=st.integers(0, len(PARSERS) - 1))
def test_any_text_is_a_value_or_a_usage_error(text: str, number: int) -> None:
    with contextlib.suppress(UsageError):
        PARSERS[number](text)


@settings(deadline=None, max_examples=50)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_exactly(value: float) -> None:
    assert values.number(repr(value)) == value


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "abc", "", "1,5", "0x10"])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        values.number(text)


@pytest.mark.parametrize("text", ["1.5", "1e3", "ten", "", "9" * 30, "9" * 5000])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        values.whole(text)


def test_values_mean_what_they_say() -> None:
    assert values.number_or("natural", ("auto", "natural")) == "natural"
    assert values.number_or("2.5", ("auto", "natural")) == 2.5
    assert ByName(words=("auto", "middle")).from_text("middle") == "middle"
    assert ByName(words=("auto", "middle")).from_text("x=1,y=-2") == {"x": 1.0, "y": -2.0}
    assert values.scale("0.2:4") == values.scale("0.2,4") == (0.2, 4.0)
    assert values.points("8") == 8
    assert [values.size(text) for text in ("7", "1k", "2KiB", "3MB", "0.5 GiB")] == [
        7,
        1024,
        2048,
        3_000_000,
        2**29,
    ]
    assert values.points("x=8,y=9") == {"x": 8, "y": 9}
    assert values.assignments(["mu=2", "k=3,l=4"]) == {"mu": 2.0, "k": 3.0, "l": 4.0}
    assert values.expressions(["u=pulse(t,5,7)"]) == {"u": "pulse(t,5,7)"}
    assert values.words(["u=direct"]) == {"u": "direct"}


@pytest.mark.parametrize("texts", [["x"], ["=2"], ["x="], ["x=1", "x=2"], ["x=1,,y=2"], [""]])
def test_an_assignment_without_name_or_value_or_given_twice_is_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        values.assignments(texts)
