"""Small assignments by trying all are those of scipy's algorithm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from lrfit.dynamics.faithful.matching import assigned


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (2, 2), (3, 3), (2, 6), (6, 3), (4, 5)])
def test_pairs_have_the_least_sum_of_costs(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    for _ in range(50):
        costs = np.minimum(generator.exponential(size=shape), 1.5)
        pairs = assigned(costs)
        rows, columns = linear_sum_assignment(costs)
        assert len(pairs) == min(shape)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == min(shape)
        assert pairs == sorted(pairs)
        assert sum(costs[i, j] for i, j in pairs) == pytest.approx(costs[rows, columns].sum())
