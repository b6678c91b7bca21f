"""Scrambled Sobol points are those of scipy, and as even as they are meant to be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from lrfit.systems.sobol import BITS, DIMENSIONS, scrambled_sobol


@pytest.mark.parametrize("dimension", [1, 2, 3, 7, DIMENSIONS, DIMENSIONS + 1])
@pytest.mark.parametrize("exponent", [0, 1, 6, 12])
def test_points_are_those_of_scipy_to_the_last_bit(dimension: int, exponent: int) -> None:
    ours, theirs = np.random.default_rng(dimension), np.random.default_rng(dimension)
    for _ in range(2):  # the second scrambling differs, as scipy's does
        points = scrambled_sobol(dimension, exponent, ours)
        expected = qmc.Sobol(dimension, bits=BITS, rng=theirs).random_base2(exponent)
        np.testing.assert_array_equal(points, expected)
    assert ours.random() == theirs.random()


@pytest.mark.parametrize("dimension", [2, 5])
def test_their_discrepancy_is_a_fraction_of_that_of_random_points(dimension: int) -> None:
    generator = np.random.default_rng(0)
    points = [scrambled_sobol(dimension, 9, generator) for _ in range(5)]
    random = [generator.random((512, dimension)) for _ in range(5)]
    ours, theirs = (np.mean([qmc.discrepancy(each) for each in some]) for some in (points, random))
    assert ours < theirs / 10


@pytest.mark.parametrize("exponent", [3, 8])
def test_every_dyadic_interval_holds_as_many_points_as_it_should(exponent: int) -> None:
    points = scrambled_sobol(10, exponent, np.random.default_rng(1))
    cells = np.floor(points * 2**exponent).astype(int)
    np.testing.assert_array_equal(
        np.sort(cells, axis=0), np.arange(2**exponent)[:, None] + 0 * cells
    )


def test_the_first_two_dimensions_fill_every_elementary_rectangle_once() -> None:
    """A (0, m, 2)-net: each of 2^m rectangles of area 2^-m holds one of 2^m points."""
    m = 8
    points = scrambled_sobol(2, m, np.random.default_rng(2))
    for k in range(m + 1):
        rows = np.floor(points * [2**k, 2 ** (m - k)]).astype(int)
        assert len({tuple(row) for row in rows}) == 2**m
