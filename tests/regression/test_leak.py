"""The leak: an exact minimum within bounds, against a general-purpose optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from lrfit.core.errors import UsageError
from lrfit.regression.leak import Remainders, fit_leak, leak_status
from lrfit.regression.readout import LeakBounds


def bounds_of(kappa, low, high):
    return LeakBounds(kappa=kappa, center=(np.asarray(low, float), np.asarray(high, float)))


def objective(rows, scale, kappa, offset):
    D = len(scale)
    residual = rows[:, 1 + D :] + kappa * rows[:, 1 : 1 + D] - np.outer(rows[:, 0], offset)
    return float(np.sum((residual / scale) ** 2))


def draw(seed, D):
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((9, 1 + 2 * D)) * generator.uniform(0.3, 3, 1 + 2 * D)
    low = generator.uniform(-2, 1, D)
    high = low + generator.choice([0.0, 0.5, 3.0], D)
    kappa = np.sort(generator.uniform(0.05, 4, 2))
    return rows, np.linalg.norm(rows, axis=0), bounds_of(tuple(kappa), low, high), generator


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_leak_is_feasible_and_no_worse_than_a_general_optimiser(seed, D):
    rows, lengths, bounds, generator = draw(seed, D)
    scale = generator.uniform(0.5, 2, D)
    leak = fit_leak(rows, lengths, bounds, scale)
    low, high = bounds.center
    assert bounds.kappa[0] <= leak.kappa <= bounds.kappa[1]
    assert np.all((low <= leak.center) & (leak.center <= high))
    np.testing.assert_allclose(leak.offset, leak.kappa * leak.center, rtol=1e-12, atol=1e-12)

    # In (kappa, s) with center = low + s (high - low) the bounds are a box: an oracle from
    # several starts, because the reparametrised problem need not be convex.
    def cost(x):
        return objective(rows, scale, x[0], x[0] * (low + x[1:] * (high - low)))

    box = [bounds.kappa, *[(0.0, 1.0)] * D]
    starts = [[k, *[s] * D] for k in bounds.kappa for s in (0.1, 0.9)]
    oracle = min(minimize(cost, x, bounds=box, method="L-BFGS-B").fun for x in starts)
    mine = objective(rows, scale, leak.kappa, leak.offset)
    assert mine <= oracle + 1e-7 * (1 + oracle)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_no_small_allowed_change_of_the_leak_improves_it(seed, D):
    rows, lengths, bounds, generator = draw(seed, D)
    leak = fit_leak(rows, lengths, bounds, np.ones(D))
    best = objective(rows, np.ones(D), leak.kappa, leak.offset)
    for _ in range(40):
        kappa = np.clip(leak.kappa + 1e-3 * generator.standard_normal(), *bounds.kappa)
        center = np.clip(leak.center + 1e-3 * generator.standard_normal(D), *bounds.center)
        assert objective(rows, np.ones(D), kappa, kappa * center) >= best * (1 - 1e-12)


def test_unbounded_leak_is_plain_least_squares():
    generator = np.random.default_rng(5)
    rows = generator.standard_normal((20, 3))
    rows[:, 2] = -1.7 * rows[:, 1] + 0.9 * rows[:, 0] + 0.01 * generator.standard_normal(20)
    bounds = bounds_of((0.0, np.inf), [-np.inf], [np.inf])
    leak = fit_leak(rows, np.linalg.norm(rows, axis=0), bounds, np.ones(1))
    columns = np.stack([-rows[:, 1], rows[:, 0]], axis=1)
    expected, *_ = np.linalg.lstsq(columns, rows[:, 2], rcond=None)
    np.testing.assert_allclose([leak.kappa, leak.offset[0]], expected, rtol=1e-12)
    assert leak_status(leak, bounds) == ()


def test_residual_combination_and_its_derivative_agree():
    rows, lengths, bounds, _ = draw(11, 3)
    left = Remainders(rows=rows, lengths=lengths, bounds=bounds, scale=np.ones(3))
    leak = fit_leak(rows, lengths, bounds, np.ones(3))
    residual = rows @ leak.combination
    np.testing.assert_allclose(
        residual,
        left.at_zero_leak(leak.kappa) + leak.kappa * left.leak_columns(leak.kappa),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        rows @ left.leak_combination(leak.kappa), left.leak_columns(leak.kappa), atol=1e-12
    )


def test_state_in_the_span_of_the_neurons_leaves_kappa_at_its_lowest():
    rows = np.random.default_rng(0).standard_normal((6, 3))
    rows[:, 1] = 0.0
    leak = fit_leak(rows, np.array([3.0, 4.0, 5.0]), bounds_of((0.5, 9.0), [-1], [1]), np.ones(1))
    assert leak.kappa == 0.5


def test_constant_in_the_span_of_the_neurons_leaves_the_centre_in_the_middle():
    rows = np.random.default_rng(0).standard_normal((6, 3))
    rows[:, 0] = 1e-17
    leak = fit_leak(rows, np.array([3.0, 4.0, 5.0]), bounds_of((0.5, 9.0), [-1], [2]), np.ones(1))
    assert leak.center[0] == 0.0


def test_status_names_the_bounds_that_hold_the_leak():
    rows = np.eye(3)
    rows[1, 2] = 7.0  # kappa = -7 would be best
    bounds = bounds_of((0.5, 9.0), [1.0], [2.0])
    leak = fit_leak(rows, np.ones(3), bounds, np.ones(1))
    (told,) = leak_status(leak, bounds)
    assert told.startswith(f"tau ({1.0 / leak.kappa:.3g}) is the longest that the fit may choose")
    fixed = bounds_of((0.5, 0.5), [1.0], [1.0])
    assert leak_status(fit_leak(rows, np.ones(3), fixed, np.ones(1)), fixed) == ()


@pytest.mark.parametrize("kappa", [(-1.0, 2.0), (3.0, 2.0), (np.nan, 1.0)])
def test_impossible_bounds_of_kappa_are_refused(kappa):
    with pytest.raises(UsageError, match="kappa"):
        fit_leak(np.eye(3), np.ones(3), bounds_of(kappa, [-1], [1]), np.ones(1))
