from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.io.text import byte_size, shown


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
