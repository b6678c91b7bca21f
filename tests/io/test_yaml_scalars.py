"""The core rules of YAML 1.2.2, section 10.3.2, and where they differ from YAML 1.1."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.io.yaml_scalars import plain_scalar

SCALARS = {
    "1": 1,
    "-7": -7,
    "+7": 7,
    "010": 10,
    "0o17": 15,
    "0x1F": 31,
    "1.": 1.0,
    ".5": 0.5,
    "1e-4": 1e-4,
    "1E+3": 1000.0,
    "-1.5e3": -1500.0,
    "123456789012345678": 123456789012345678,
    "123456789012345678901234567890": 123456789012345678901234567890.0,
    "0xFFFFFFFFFFFFFFFFFF": float(0xFFFFFFFFFFFFFFFFFF),
    "true": True,
    "False": False,
    "null": None,
    "~": None,
    "": None,
    ".inf": math.inf,
    "-.INF": -math.inf,
}
TEXTS = "y n Y yes no on off tRUE 1:30 190:20:30 1_000 0b11 inf nan 1e e1 . + --1 1,5 2024-01-01"


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_numbers_and_words_have_their_core_type(text, value):
    found = plain_scalar(text)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("text", [*TEXTS.split(), "0o8", "0x", "1.5.2", "1 2", "٣", "1e٣"])
def test_what_only_yaml_1_1_would_convert_stays_text(text):
    assert plain_scalar(text) == text


def test_not_a_number_has_three_spellings():
    assert all(math.isnan(plain_scalar(text)) for text in (".nan", ".NaN", ".NAN"))


@pytest.mark.parametrize("text", ["1e400", "-1e309", "9" * 310, "9" * 5000, "0x" + "f" * 5000])
def test_a_number_beyond_the_largest_float_overflows(text):
    with pytest.raises(OverflowError):
        plain_scalar(text)


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False)))
def test_what_python_prints_is_read_back_exactly(number):
    found = plain_scalar(repr(number))
    assert (type(found), found) == (type(number), number)
