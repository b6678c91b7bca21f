import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import UsageError
from lrfit.integrate import Limits, Region, count_steps, march, solve_euler


def test_the_error_of_euler_falls_with_slope_one():
    steps = np.array([50, 100, 200, 400, 800])
    errors = []
    for count in steps:
        solution = solve_euler(
            lambda t, y: np.cos(t) * y, np.ones((1, 1)), dt=3.0 / count, keep=np.array([0, count])
        )
        errors.append(abs(solution.y[0, -1, 0] - np.exp(np.sin(3.0))))
    slope = np.polyfit(np.log(3.0 / steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.05)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 4), trials=st.integers(1, 5))
def test_linear_systems_follow_powers_of_the_step_matrix(seed, n, trials):
    rng = np.random.default_rng(seed)
    A, y0 = rng.standard_normal((n, n)), rng.standard_normal((trials, n))
    keep = np.unique(np.append(rng.integers(0, 40, 5), 0))
    solution = solve_euler(lambda t, y: y @ A.T, y0, dt=0.05, keep=keep)
    step = np.eye(n) + 0.05 * A
    exact = np.stack([y0 @ np.linalg.matrix_power(step, k).T for k in keep], axis=1)
    np.testing.assert_allclose(solution.y, exact, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(solution.t, 0.05 * keep)
    assert np.all(solution.reached == len(keep))


def test_trials_that_diverge_end_in_their_own_step_and_leave_the_others_alone():
    y0 = np.array([[0.5], [3.0], [0.2], [1.5]])
    keep = np.arange(41)

    def velocity(t, y):
        return y**3 - y

    both = solve_euler(velocity, y0, dt=0.1, keep=keep, limits=Limits(bound=50.0))
    calm = solve_euler(velocity, y0[[0, 2]], dt=0.1, keep=keep)
    np.testing.assert_array_equal(both.y[[0, 2]], calm.y)
    for trial in (1, 3):
        y, k = y0[trial].copy(), 0
        while abs(y[0]) <= 50.0:
            y, k = y + 0.1 * velocity(0, y), k + 1
        assert both.endings[trial].kind == "diverged"
        assert both.endings[trial].t == pytest.approx(0.1 * k)
        assert both.reached[trial] == k
        assert np.all(np.isfinite(both.y[trial, :k]))
        assert np.all(np.isnan(both.y[trial, k:]))


def test_a_run_that_ends_between_two_kept_steps_counts_only_what_was_kept():
    solution = solve_euler(
        lambda t, y: y * y, np.ones((1, 1)), dt=0.1, keep=np.array([0, 5, 50, 100])
    )
    assert solution.reached[0] == 2
    assert np.all(np.isnan(solution.y[0, 2:]))


def test_velocities_that_are_not_finite_end_the_run():
    def velocity(t, y):
        return np.where(t > 0.55, np.nan, -y)

    solution = solve_euler(velocity, np.ones((2, 1)), dt=0.1, keep=np.arange(11))
    assert {str(ending) for ending in solution.endings} == {"diverged at t=0.7: y0 is not finite"}


def test_the_bound_is_about_the_middle_of_the_region_in_its_own_scale():
    region = Region(middle=np.array([1000.0]), scale=np.array([1e-3]), names=("w",))
    solution = solve_euler(
        lambda t, y: np.ones_like(y),
        np.full((1, 1), 1000.0),
        dt=1e-3,
        keep=np.arange(100),
        region=region,
        limits=Limits(bound=10.5),
    )
    assert solution.endings[0].t == pytest.approx(0.011)
    assert "w = 1000.01 is beyond its bound" in solution.endings[0].reason


def test_a_bound_near_the_largest_number_is_kept():
    solution = solve_euler(
        lambda t, y: 1e30 * y,
        np.ones((1, 1)),
        dt=1.0,
        keep=np.arange(20),
        limits=Limits(bound=1e250),
    )
    assert solution.endings[0].t == 9.0
    np.testing.assert_allclose(solution.y[0, :9, 0], 1e30 ** np.arange(9), rtol=1e-12)


def test_white_noise_has_the_stationary_variance_of_the_linear_formula():
    s, rate, dt = 0.3, 2.0, 0.05
    solution = solve_euler(
        lambda t, y: -rate * y,
        np.zeros((4000, 1)),
        dt=dt,
        keep=np.arange(0, 400, 40),
        noise=s,
        generator=np.random.default_rng(0),
    )
    variance = np.mean(solution.y[:, 3:] ** 2)
    in_steps = s**2 * dt / (1 - (1 - rate * dt) ** 2)
    assert variance == pytest.approx(in_steps, rel=0.03)
    assert variance == pytest.approx(s**2 / (2 * rate), rel=rate * dt)


def test_noise_is_repeated_by_its_seed():
    def run(seed):
        return solve_euler(
            lambda t, y: -y,
            np.zeros((3, 2)),
            dt=0.1,
            keep=np.arange(5),
            noise=np.array([0.1, 0.0]),
            generator=np.random.default_rng(seed),
        ).y

    np.testing.assert_array_equal(run(1), run(1))
    assert np.all(run(1)[:, 1:, 0] != run(2)[:, 1:, 0])
    assert np.all(run(1)[..., 1] == 0.0)


def test_the_time_limit_stops_the_march():
    def advance(k, y):
        time.sleep(0.002)

    solution = march(
        advance,
        np.ones((2, 1)),
        dt=0.1,
        keep=np.array([0, 10, 100_000]),
        limits=Limits(seconds=0.05),
    )
    assert {ending.kind for ending in solution.endings} == {"time limit"}
    assert np.all(solution.reached < 3)
    assert 0 < solution.endings[0].t < 100.0


def test_initial_states_are_left_as_they_were():
    y0 = np.ones((2, 2), order="F")
    solve_euler(lambda t, y: -y, y0, dt=0.1, keep=np.arange(3))
    np.testing.assert_array_equal(y0, 1.0)


@pytest.mark.parametrize(
    ("duration", "dt", "steps"), [(1.0, 0.1, 10), (0.3, 0.1, 3), (1.0, 0.3, 4), (1.0, 5.0, 1)]
)
def test_steps_cover_the_duration(duration, dt, steps):
    assert count_steps(duration, dt, Limits()) == steps


@pytest.mark.parametrize("dt", [0.0, -1.0, np.nan, np.inf, 1e-300, 1e-9])
def test_a_step_that_cannot_be_used_is_refused(dt):
    with pytest.raises(UsageError, match="give a"):
        count_steps(1.0, dt, Limits())
