"""Norms component by component are those of NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.arrays import lengths


@pytest.mark.parametrize("dimension", range(1, 8))
def test_lengths_have_the_bits_of_numpys_norm(dimension: int) -> None:
    vectors = np.random.default_rng(dimension).normal(size=(50, 7, dimension))
    np.testing.assert_array_equal(lengths(vectors), np.linalg.norm(vectors, axis=2))
    np.testing.assert_array_equal(lengths(vectors[0]), np.linalg.norm(vectors[0], axis=1))
