import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from lrfit.core.errors import UsageError
from lrfit.integrate import SOLVERS, Limits, Region, solve_adaptive

every_solver = pytest.mark.parametrize("solver", SOLVERS)


def linear(A):
    return lambda t, y: y @ A.T


@every_solver
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 4))
def test_linear_systems_follow_the_matrix_exponential(solver, seed, n):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n)) - 2.0 * np.eye(n)
    y0, t = rng.standard_normal((2, n)), np.sort(rng.uniform(0, 3, 7))
    t[0] = 0.0
    solution = solve_adaptive(linear(A), y0, t, solver=solver)
    exact = np.array([[expm(A * time) @ y for time in t] for y in y0])
    np.testing.assert_allclose(solution.y, exact, atol=3e-6 if solver == "lsoda" else 2e-7)
    assert [ending.kind for ending in solution.endings] == ["done", "done"]


@every_solver
def test_a_tighter_tolerance_gives_a_smaller_error(solver):
    t = np.linspace(0, 20, 50)
    exact = np.stack([np.cos(t), -np.sin(t)], axis=1)

    def error(rtol):
        A = np.array([[0.0, 1.0], [-1.0, 0.0]])
        solution = solve_adaptive(
            linear(A), np.array([[1.0, 0.0]]), t, solver=solver, rtol=rtol, atol=rtol / 100
        )
        return np.abs(solution.y[0] - exact).max()

    assert error(1e-10) < 1e-3 * error(1e-5)


@every_solver
def test_a_trial_is_the_same_alone_and_beside_one_that_diverges(solver):
    def velocity(t, y):
        return y * y - y

    t = np.linspace(0, 3, 20)
    alone = solve_adaptive(velocity, np.array([[0.5]]), t, solver=solver)
    both = solve_adaptive(velocity, np.array([[2.0], [0.5]]), t, solver=solver)
    np.testing.assert_array_equal(both.y[1], alone.y[0])
    assert [ending.kind for ending in both.endings] == ["diverged", "done"]


@every_solver
def test_no_pulse_is_stepped_over(solver):
    def velocity(t, y):
        return np.full_like(y, 1e4 if 500.0 <= t < 500.0001 else 0.0) - 1e-9 * y

    solution = solve_adaptive(
        velocity,
        np.zeros((1, 1)),
        np.array([0.0, 1000.0]),
        solver=solver,
        breakpoints=(500.0, 500.0001),
    )
    assert solution.y[0, -1, 0] == pytest.approx(1.0, abs=1e-5)


@every_solver
def test_a_jump_costs_no_accuracy_whichever_value_it_takes_at_the_edge(solver):
    t = np.array([0.0, 1.0, 2.0, 3.0])

    def run(on):
        return solve_adaptive(
            lambda t, y: on(t) - y,
            np.zeros((1, 1)),
            t,
            solver=solver,
            breakpoints=(1.0, 2.0),
            rtol=1e-10,
            atol=1e-12,
        ).y[0, :, 0]

    closed = run(lambda t: float(1.0 <= t <= 2.0))
    opened = run(lambda t: float(1.0 < t < 2.0))
    rise = 1.0 - np.exp(-1.0)
    np.testing.assert_allclose(closed, [0.0, 0.0, rise, rise * np.exp(-1.0)], atol=2e-8)
    np.testing.assert_array_equal(closed, opened)


def test_breakpoints_may_be_unsorted_repeated_or_outside():
    t = np.linspace(0, 2, 5)
    reference = solve_adaptive(lambda t, y: -y, np.ones((1, 1)), t, breakpoints=(0.7,))
    messy = solve_adaptive(
        lambda t, y: -y, np.ones((1, 1)), t, breakpoints=(5, 0.7, -1, 0.7, 0, 2, 0.7 + 1e-16)
    )
    np.testing.assert_array_equal(messy.y, reference.y)


@every_solver
def test_divergence_is_reported_with_time_and_reason_and_the_rest_is_nan(solver):
    t = np.linspace(0, 2, 201)
    region = Region(middle=np.zeros(1), scale=np.ones(1), names=("x",))
    solution = solve_adaptive(
        lambda t, y: y * y,
        np.ones((1, 1)),
        t,
        solver=solver,
        region=region,
        limits=Limits(bound=100.0),
    )
    (ending,), (reached,) = solution.endings, solution.reached
    assert ending.kind == "diverged"
    assert ending.t == pytest.approx(1.0 - 1.0 / 100.0, abs=1e-2)
    assert "x = " in ending.reason
    assert "bound 100" in ending.reason
    assert 95 <= reached <= 100
    np.testing.assert_allclose(solution.y[0, :reached, 0], 1 / (1 - t[:reached]), rtol=1e-5)
    assert np.all(np.isnan(solution.y[0, reached:]))


@every_solver
def test_a_singular_velocity_ends_the_run_at_the_singularity(solver):
    t = np.linspace(0, 1, 11)
    solution = solve_adaptive(lambda t, y: -1.0 / np.sqrt(y), np.ones((1, 1)), t, solver=solver)
    (ending,) = solution.endings
    assert ending.kind == "diverged"
    assert ending.t == pytest.approx(2.0 / 3.0, abs=1e-3)
    assert np.all(np.isfinite(solution.y[0, : solution.reached[0]]))


@every_solver
def test_steps_that_no_longer_advance_end_the_run_early(solver):
    # LSODA by itself would go on for ever, reporting success.
    solution = solve_adaptive(
        lambda t, y: np.full_like(y, -1.0 / (1.0 - t)),
        np.zeros((1, 1)),
        np.array([0.0, 2.0]),
        solver=solver,
    )
    assert solution.endings[0].kind == "diverged"
    assert solution.endings[0].t == pytest.approx(1.0, abs=1e-9)
    assert solution.evaluations < 20_000


@every_solver
def test_a_velocity_that_is_not_finite_at_the_start_is_reported(solver):
    solution = solve_adaptive(
        lambda t, y: np.full_like(y, np.nan), np.ones((1, 2)), np.array([0.0, 1.0]), solver=solver
    )
    assert str(solution.endings[0]) == "diverged at t=0: the velocity is not finite"
    assert solution.reached[0] == 1


@pytest.mark.parametrize("solver", ["dop853", "rk45"])
def test_a_step_that_leaves_the_domain_of_definition_is_shortened_not_fatal(solver):
    # y reaches zero only asymptotically, but a first long step would leave the square root.
    solution = solve_adaptive(
        lambda t, y: -y * np.sqrt(y), np.ones((1, 1)), np.array([0.0, 100.0]), solver=solver
    )
    assert solution.endings[0].kind == "done"
    assert solution.y[0, -1, 0] == pytest.approx((1 + 50.0) ** -2, rel=1e-5)


@every_solver
def test_the_step_limit_stops_a_run_that_would_take_too_long(solver):
    calls = []

    def velocity(t, y):
        calls.append(t)
        return np.cos(1e4 * t) - y

    solution = solve_adaptive(
        velocity, np.ones((1, 1)), np.linspace(0, 100, 3), solver=solver, limits=Limits(steps=500)
    )
    assert solution.endings[0].kind == "step limit"
    assert "500 velocity evaluations" in str(solution.endings[0])
    assert len(calls) == 500
    assert solution.reached[0] < 3


@every_solver
def test_the_time_limit_stops_every_trial(solver):
    def velocity(t, y):
        time.sleep(0.002)
        return np.cos(1e4 * t) - y

    start = time.monotonic()
    solution = solve_adaptive(
        velocity,
        np.ones((3, 1)),
        np.array([0.0, 100.0]),
        solver=solver,
        limits=Limits(seconds=0.05),
    )
    assert time.monotonic() - start < 2.0
    assert {ending.kind for ending in solution.endings} == {"time limit"}
    assert list(solution.reached) == [1, 1, 1]


def test_a_limit_met_while_interpolating_keeps_no_wrong_states():
    t = np.linspace(0, 1, 400)
    for steps in range(1, 60):
        solution = solve_adaptive(
            lambda t, y: -30 * y, np.ones((1, 1)), t, limits=Limits(steps=steps)
        )
        reached = solution.reached[0]
        np.testing.assert_allclose(solution.y[0, :reached, 0], np.exp(-30 * t[:reached]), atol=1e-7)


def test_lsoda_takes_a_stiff_system_in_few_evaluations():
    def van_der_pol(t, y):
        x, w = y.T
        return np.stack([w, 1000.0 * (1 - x**2) * w - x], axis=1)

    solution = solve_adaptive(
        van_der_pol,
        np.array([[2.0, 0.0]]),
        np.array([0.0, 1000.0]),
        solver="lsoda",
        rtol=1e-6,
        limits=Limits(steps=5000, bound=1e5),
    )
    assert solution.endings[0].kind == "done"
    assert solution.evaluations < 5000


def test_initial_states_are_not_changed():
    y0 = np.ones((2, 1))
    for solver in SOLVERS:
        solve_adaptive(lambda t, y: -y, y0, np.array([0.0, 1.0]), solver=solver)
    np.testing.assert_array_equal(y0, 1.0)


def test_what_is_observed_is_kept():
    t = np.linspace(0, 1, 4)
    solution = solve_adaptive(
        lambda t, y: -y, np.ones((2, 3)), t, observe=lambda y: y.sum(axis=1, keepdims=True)
    )
    np.testing.assert_allclose(solution.y[..., 0], 3 * np.exp(-t) * np.ones((2, 1)), rtol=1e-6)


@pytest.mark.parametrize(
    "options", [{"solver": "magic"}, {"rtol": 1e-16}, {"rtol": np.nan}, {"atol": 0.0}]
)
def test_unusable_options_are_refused(options):
    with pytest.raises(UsageError, match=r"choose|give"):
        solve_adaptive(lambda t, y: -y, np.ones((1, 1)), np.array([0.0, 1.0]), **options)


@pytest.mark.parametrize("wrong", [{"bound": 0.0}, {"seconds": np.nan}, {"steps": 0}])
def test_limits_that_limit_nothing_are_refused(wrong):
    with pytest.raises(UsageError, match="give"):
        Limits(**wrong)
