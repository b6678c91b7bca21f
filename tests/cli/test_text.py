"""Whatever a file holds, what is printed is one printable line within its length."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.cli.text import one_line, plain_value


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=3000), longest=st.integers(50, 2000))
def test_any_text_becomes_one_printable_line_of_limited_length(text: str, longest: int) -> None:
    line = one_line(text, longest=longest)
    assert line.isprintable()
    assert len(line.encode()) < longest


def test_a_short_line_stays_as_it_is() -> None:
    assert one_line("x = 2 µs: give one") == "x = 2 µs: give one"
    assert one_line("one\ntwo\n") == "one; two"
    assert one_line("a\x1b[31mb") == "a\\x1b[31mb"


def test_numbers_that_json_does_not_know_become_null() -> None:
    value = {"a": float("nan"), "b": [np.inf, np.float64(1.5)], "c": np.arange(2), "d": (1, None)}
    text = json.dumps(plain_value(value), allow_nan=False)
    assert json.loads(text) == {"a": None, "b": [None, 1.5], "c": [0, 1], "d": [1, None]}
