from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.io.text import brief, byte_size, counted, shown


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters()), st.integers(10, 200))
def test_shown_text_is_printable_short_and_stays_the_same(text, limit):
    once = shown(text, limit)
    assert once.isprintable()
    assert len(once) <= limit
    assert shown(once, limit) == once
    if text.isprintable() and len(text) <= limit:
        assert once == text


def test_bytes_of_a_name_that_cannot_be_decoded_are_escaped():
    assert shown(b"a\xff".decode("utf-8", "surrogateescape")) == "a\\udcff"
    assert shown("a\n\x1b\u202eb") == "a\\n\\x1b\\u202eb"


def test_sizes_are_told_in_binary_units():
    assert [byte_size(n) for n in (0, 1023, 1024, 3 * 2**19, 2**31)] == [
        "0 bytes",
        "1023 bytes",
        "1.0 KiB",
        "1.5 MiB",
        "2.0 GiB",
    ]


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 neurons"), (1, "1 neuron"), (2, "2 neurons"), (12, "12 neurons")]
)
def test_only_one_is_singular(count: int, words: str) -> None:
    assert counted(count, "neuron") == words
    assert counted(count, "box", "boxes") == ("1 box" if count == 1 else f"{count} boxes")


def test_what_python_prints_is_one_printable_line() -> None:
    assert brief(object(), "a\nb", "", "c") == r"<object: a\nb, c>"
