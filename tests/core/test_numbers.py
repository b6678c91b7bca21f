"""Arrays of users: numbers pass unchanged, what NumPy would change silently is refused."""

from __future__ import annotations

import numpy as np
import pandas
import pytest

from lrfit.core.arrays import frozen
from lrfit.core.errors import UsageError
from lrfit.core.numbers import real_numbers


@pytest.mark.parametrize(
    "given",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], dtype=np.int8),
        np.array([[1, 2], [3, 4]], dtype=object),
        np.ma.masked_array([[1.0, 2], [3, 4]], mask=False),
        pandas.DataFrame({"x": [1, 3], "y": [2.0, 4.0]}),
        np.array([[1, 2], [3, 4.0]]),
        (range(1, 3), range(3, 5)),
    ],
)
def test_numbers_in_any_container_are_an_array(given):
    found = real_numbers(given, "it")
    assert type(found) is np.ndarray
    assert found.dtype == np.float64
    assert found.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([1j, 2], "it holds complex numbers; give real ones"),
        (np.array([1.0, 2.0 + 0j], dtype=object), "it holds complex numbers"),
        (np.ma.masked_array([1.0, 2.0], mask=[False, True]), "it has masked entries; leave"),
        (np.array(["2020-01-01"], dtype="M8[s]"), "dates; give times as numbers"),
        (np.array([3], dtype="m8[s]"), "time differences; give times as numbers"),
        (["1", "2"], "it holds texts; give numbers"),
        (np.array(["1", 2], dtype=object), "it holds texts or None"),
        ([1.0, None], "it holds texts or None; give numbers, and leave missing points out"),
        ([[1], [2, 3]], "it must be numbers, in rows of the same length"),
        (np.zeros(2, dtype=[("a", "f8")]), "records; give one array of plain numbers"),
        ({"x": 1}, "it must be numbers"),
    ],
)
def test_what_would_be_changed_silently_is_refused(given, words):
    with pytest.raises(UsageError, match=words) as refusal:
        real_numbers(given, "it")
    assert "\n" not in str(refusal.value)


def test_values_are_never_frozen_without_their_imaginary_part():
    with pytest.raises(UsageError, match="complex numbers; give real ones"):
        frozen([1.0, 2j])
