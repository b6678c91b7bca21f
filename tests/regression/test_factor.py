"""Triangular factors: equal to a QR of the whole, and solves that survive lost rank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.regression.factor import add_ridge, analyse, condition_estimate, triangular_factor


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 60), st.integers(1, 8), st.integers(1, 25), st.integers(0, 9))
def test_factor_of_blocks_has_the_inner_products_of_the_whole(rows, columns, step, seed):
    X = np.random.default_rng(seed).standard_normal((rows, columns))
    R = triangular_factor((X[at : at + step] for at in range(0, rows, step)), columns)
    assert R.shape == (columns, columns)
    np.testing.assert_array_equal(R, np.triu(R))
    np.testing.assert_allclose(R.T @ R, X.T @ X, atol=1e-12 * rows)


def test_factor_of_nothing_is_zero():
    np.testing.assert_array_equal(triangular_factor([], 3), np.zeros((3, 3)))


def test_ridge_adds_to_the_diagonal_of_the_chosen_columns_only():
    X = np.random.default_rng(0).standard_normal((30, 5))
    R = add_ridge(triangular_factor([X], 5), np.array([0.5, 2.0]), 1)
    np.testing.assert_allclose(R.T @ R, X.T @ X + np.diag([0, 0.5, 2.0, 0, 0]), atol=1e-12)


def test_solver_agrees_with_lstsq_when_rank_is_lost():
    generator = np.random.default_rng(1)
    X = generator.standard_normal((40, 5))
    X[:, 3] = X[:, 0] - 2 * X[:, 1]
    X[:, 4] *= 1e-9  # a short column is not a lost one
    R = triangular_factor([X], 5)
    solver = analyse(R, 40)
    assert solver.rank == 4
    assert solver.lost.shape == (1, 5)
    b = R @ generator.standard_normal((5, 2))
    np.testing.assert_allclose(R @ solver.solve(b), b, atol=1e-12)


def test_rank_and_condition_do_not_depend_on_the_units_of_columns():
    X = np.random.default_rng(2).standard_normal((40, 4))
    plain, scaled = (analyse(triangular_factor([X * s], 4), 40) for s in (1.0, [1e-8, 1, 1e9, 3]))
    assert plain.rank == scaled.rank == 4
    assert scaled.condition == pytest.approx(plain.condition, rel=1e-6)


def test_no_columns_are_solved_by_nothing():
    solver = analyse(np.zeros((0, 0)), 10)
    assert (solver.rank, solver.condition) == (0, 1.0)
    assert solver.solve(np.zeros((0, 2))).shape == (0, 2)
    assert condition_estimate(np.zeros((0, 0))) == 1.0


def test_condition_estimate_is_that_of_the_one_norm():
    R = triangular_factor([np.random.default_rng(3).standard_normal((40, 6))], 6)
    unit = R / np.linalg.norm(R, axis=0)
    assert condition_estimate(R) == pytest.approx(np.linalg.cond(unit, 1), rel=0.3)
