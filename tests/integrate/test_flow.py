import numpy as np
import pytest
from scipy.linalg import expm

from lrfit.integrate import displacements, solve_adaptive


def carried(velocity, y0, duration, scale=None):
    scale = np.ones(y0.shape[1]) if scale is None else scale

    def change(d, rows):
        return velocity(y0[rows] + d)

    return displacements(change, y0.shape, duration, scale=scale)


@pytest.mark.parametrize("duration", [1e-7, 0.01, 1.0, 5.0])
def test_a_linear_field_carries_points_by_the_matrix_exponential(duration):
    A = np.array([[-0.3, 2.0], [-2.0, 0.1]])
    y0 = np.random.default_rng(0).normal(size=(50, 2))
    exact = y0 @ (expm(A * duration) - np.eye(2)).T
    if duration < 1e-3:  # where expm - 1 loses its digits
        exact = duration * y0 @ A.T + 0.5 * duration**2 * y0 @ (A @ A).T
    d = carried(lambda y: y @ A.T, y0, duration)
    np.testing.assert_allclose(d, exact, rtol=1e-10, atol=1e-12 * duration)


def test_stiff_and_slow_points_each_take_their_own_steps():
    rates = np.array([[1e-3], [1.0], [300.0]])
    calls = np.zeros(3, dtype=int)

    def change(d, rows):
        np.add.at(calls, rows, 1)
        return -rates[rows] * (1.0 + d)

    d = displacements(change, (3, 1), 1.0, scale=np.ones(1))
    np.testing.assert_allclose(d[:, 0], np.expm1(-rates[:, 0]), rtol=1e-10)
    assert calls[0] == 12
    assert calls[0] < calls[1] < calls[2]


def test_a_point_that_blows_up_is_nan_and_leaves_the_others_exact():
    y0 = np.array([[0.5], [1.2], [-1.0], [0.9]])  # y' = y² ends at t = 1/y0
    d = carried(np.square, y0, 1.0)
    assert np.isnan(d[:, 0]).tolist() == [False, True, False, False]
    kept = y0[[0, 2, 3]]
    np.testing.assert_allclose(d[[0, 2, 3]], kept / (1.0 - kept) - kept, rtol=1e-9)


def test_a_first_step_far_too_long_is_not_believed():
    y0 = np.linspace(-2.0, 2.0, 41)[:, None]
    d = carried(lambda y: y - y**3, y0, 50.0)
    np.testing.assert_allclose((y0 + d)[:, 0], np.sign(np.round(y0[:, 0], 9)), atol=1e-9)


def test_a_point_that_leaves_where_the_field_is_defined_is_nan():
    def velocity(y):
        return np.where(y < 2.0, 1.0, np.nan)

    d = carried(velocity, np.array([[0.0], [1.5]]), 1.0)
    assert d[0, 0] == pytest.approx(1.0, abs=1e-14)
    assert np.isnan(d[1, 0])


def test_a_nonlinear_flow_agrees_with_each_trial_integrated_by_itself():
    def velocity(y):
        x, v = y.T
        return np.stack([v, (1 - x**2) * v - x], axis=1)

    y0 = np.random.default_rng(1).uniform(-3, 3, (5, 2))
    exact = solve_adaptive(
        lambda _, y: velocity(y), y0, np.array([0.0, 0.7]), rtol=1e-12, atol=1e-13
    )
    d = carried(velocity, y0, 0.7, scale=np.full(2, 3.0))
    np.testing.assert_allclose(d, exact.y[:, -1] - y0, atol=1e-10)
