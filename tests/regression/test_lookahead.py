"""Products kept for a subspace: exact for every candidate, through growth and forgetting."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.regression.features import MatrixFeatures
from lrfit.regression.lookahead import ProductCache


def started(seed=0, P=80, K=50, capacity=40, first=(3, 9, 20)):
    generator = np.random.default_rng(seed)
    Phi = generator.standard_normal((P, 8)) @ generator.standard_normal((8, K))
    Phi += 1e-6 * generator.standard_normal((P, K))  # nearly dependent: rank 8, almost
    root = generator.uniform(0.5, 1.5, P)
    targets = generator.standard_normal((3, P))
    cache = ProductCache(MatrixFeatures(Phi), targets.copy(), root, capacity)
    free = generator.standard_normal((2, P))
    start = cache.start(free.copy(), np.array(first))
    return cache, Phi * root[:, None], targets, free, start


def check(cache, rows, targets):
    """Everything the cache promises."""
    Z = cache.Z[: cache.size]
    np.testing.assert_allclose(Z @ Z.T, np.eye(cache.size), atol=1e-12)
    np.testing.assert_allclose(cache.products, Z @ rows, atol=1e-10)
    whole = cache.inside[: cache.size].T @ Z + cache.outside
    np.testing.assert_allclose(whole, targets, atol=1e-12)
    np.testing.assert_allclose(cache.outside @ Z.T, 0.0, atol=1e-12)
    for index in np.flatnonzero(cache.known):
        # Relative to the column: also for columns of which 1e-6 is new.
        np.testing.assert_allclose(cache.coordinates(index) @ Z, rows[:, index], atol=1e-13 * 80)


def test_start_surveys_all_candidates():
    cache, rows, targets, free, (coordinates, kept, total, squares) = started()
    check(cache, rows, targets)
    np.testing.assert_allclose(total, targets @ rows, atol=1e-10)
    np.testing.assert_allclose(squares, np.sum(rows**2, axis=0), rtol=1e-12)
    np.testing.assert_allclose(coordinates @ cache.Z[: cache.size], free, atol=1e-12)
    assert kept.tolist() == [0, 1]
    assert (cache.passes, cache.fetched) == (1, 5)


def test_growth_keeps_everything_exact_for_nearly_dependent_columns():
    cache, rows, targets, *_ = started()
    for batch in (range(10, 18), range(30, 45), [0, 1]):
        cache.add(np.array(batch))
        check(cache, rows, targets)
        assert np.all(cache.known[list(batch)])
    assert cache.passes == 4


def test_dependent_candidates_are_known_without_a_direction_or_a_pass():
    cache, rows, targets, *_ = started()
    twice = cache.features.matrix[:, 9] - 2.0 * cache.features.matrix[:, 3]
    cache.features.matrix[:, 5] = twice
    rows[:, 5] = twice * cache.root
    size = cache.size
    cache.add(np.array([5]))
    assert (cache.size, cache.passes, bool(cache.known[5])) == (size, 1, True)
    cache.products[:, 5] = cache.Z[:size] @ rows[:, 5]  # the matrix changed after the first pass
    check(cache, rows, targets)
    cache.add(np.array([6, 5, 6]))
    assert cache.size == size + 1
    check(cache, rows, targets)


def test_forgetting_keeps_the_basis_asked_for():
    cache, rows, targets, *_ = started()
    cache.add(np.arange(30, 40))
    basis, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((cache.size, 4)))
    expected = basis.T @ cache.Z[: cache.size]
    cache.keep_only(basis.T)
    np.testing.assert_allclose(cache.Z[:4], expected, atol=1e-13)
    assert (cache.size, cache.room) == (4, 36)
    assert not np.any(cache.known)
    check(cache, rows, targets)
    cache.add(np.arange(35, 49))
    check(cache, rows, targets)


def test_splitting_a_candidate_gives_it_back():
    cache, rows, *_ = started()
    inside, outside = cache.split(np.array([7, 9]))
    np.testing.assert_allclose(
        inside @ cache.Z[: cache.size] + outside, rows[:, [7, 9]].T, atol=1e-12
    )
    np.testing.assert_allclose(outside @ cache.Z[: cache.size].T, 0.0, atol=1e-12)
    assert np.linalg.norm(outside[1]) < 1e-12


def test_dead_candidates_have_zero_products():
    generator = np.random.default_rng(2)
    Phi = generator.standard_normal((40, 6))
    Phi[:, 1], Phi[0, 2], Phi[0, 3] = 0.0, np.nan, np.inf
    root = np.append(0.0, np.ones(39))  # a row that does not count makes nothing alive
    cache = ProductCache(MatrixFeatures(Phi), np.ones((1, 40)), root, 6)
    _, _, total, _ = cache.start(np.zeros((0, 40)), np.arange(4))
    assert cache.size == 1
    np.testing.assert_array_equal(total[:, 1:4], 0.0)
    cache.add(np.array([4, 5]))
    np.testing.assert_array_equal(cache.products[:, 1:4], 0.0)


@pytest.mark.parametrize("capacity", [5, 6])
def test_directions_never_exceed_the_capacity(capacity):
    cache, rows, targets, *_ = started(capacity=capacity)
    cache.add(np.arange(30, 40))
    assert cache.size == capacity
    check(cache, rows, targets)
