"""Lawson's reweighting: the minimax fit of a linear program, and weights that never vanish."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.minimax import refine_worst, residual, reweighted
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.refine import Polished, RefinePolicy, Status, refine
from lrfit.regression.variable_projection import evaluate

PRICE = 1e-12
ROWS = ("free", "leak", "target")
HELD = RefinePolicy(lawson_steps=0)
"""Weights change, neurons do not."""


def make_problem(points: int = 101, *, free: bool = True) -> RefinementProblem:
    """One variable; two outputs that share a residual's shape, of norm 1: 0.8 and 0.6 of it."""
    zeta = np.linspace(-1, 1, points)
    velocity = np.sin(3 * zeta) + 0.5 * np.exp(-20 * (zeta - 0.4) ** 2)
    root = np.full(points, points**-0.5)
    split = np.array([[0.8], [0.6]])
    return RefinementProblem(
        design=np.vstack([zeta, np.ones(points)]),
        free=root[None] if free else np.empty((0, points)),
        leak=split * zeta * root,
        target=split * velocity * root,
        root=root,
        price=PRICE,
        weight_price=0.0,
        kappa=(0.7, 0.7),
        reach=np.full(2, np.inf),
        power=1.0,
        nonlinearity=nonlinearity("tanh"),
        slopes=1,
        states=1,
    )


THETA = np.array([[[2.0, 0.5], [-1.0, 0.8], [5.0, -2.0]]])


def columns(problem: RefinementProblem, theta: np.ndarray) -> np.ndarray:
    """Unweighted activities and free columns (P, k + c)."""
    rates = np.tanh(theta @ problem.design)
    return np.vstack([rates, problem.free / problem.root]).T


def minimax_error(problem: RefinementProblem, theta: np.ndarray) -> float:
    """Least largest |r| of weights and constant for these neurons, by a linear program."""
    basis = columns(problem, theta)
    wanted = (problem.target + 0.7 * problem.leak)[0] / problem.root / 0.8
    points, count = basis.shape
    above = np.hstack([basis, -np.ones((points, 1))])
    below = np.hstack([-basis, -np.ones((points, 1))])
    solved = linprog(
        np.append(np.zeros(count), 1.0),
        A_ub=np.vstack([above, below]),
        b_ub=np.concatenate([wanted, -wanted]),
        bounds=[(None, None)] * count + [(0, None)],
    )
    return float(solved.fun)


def largest(problem: RefinementProblem, polished: Polished) -> float:
    return float(np.linalg.norm(residual(problem, polished), axis=0).max())


@given(weight=st.lists(st.floats(0.0, 1e6), min_size=4, max_size=4))
@settings(deadline=None, max_examples=40)
def test_weights_are_those_given_but_none_below_a_millionth_of_their_mean(
    weight: list[float],
) -> None:
    if sum(weight) < 1e-3:
        return
    share = np.array(weight) / np.sum(weight)
    problem = reweighted(make_problem(4), np.array(weight))
    found = problem.root**2
    assert np.sum(found) == pytest.approx(1.0, rel=1e-12)
    raised = np.where(share < 0.25e-6, 0.25e-6, share)
    np.testing.assert_allclose(found, raised / raised.sum(), rtol=1e-12)


@pytest.mark.parametrize("name", ROWS)
def test_reweighting_changes_the_weights_of_rows_and_not_the_rows(name: str) -> None:
    before = make_problem()
    after = reweighted(before, np.linspace(0.0, 3.0, 101))
    np.testing.assert_allclose(
        getattr(after, name) / after.root, getattr(before, name) / before.root, rtol=1e-12
    )
    np.testing.assert_array_equal(after.design, before.design)


def test_a_point_that_had_no_weight_can_come_back() -> None:
    before = make_problem()
    away = np.ones(101)
    away[[3, 50]] = 0.0
    back = reweighted(reweighted(before, away), np.ones(101))
    for name in ("root", *ROWS):
        np.testing.assert_allclose(getattr(back, name), getattr(before, name), rtol=1e-9)


def test_a_point_that_is_fitted_exactly_does_not_stop_the_rounds() -> None:
    """Without bias and constant nothing moves at zeta = 0: a residual of 0 there stays 0."""
    problem, middle = make_problem(free=False), 50
    problem = replace(
        problem,
        design=problem.design * [[1.0], [0.0]],
        target=problem.target * (np.arange(101) != middle),
    )
    assert np.all(residual(problem, refine(problem, THETA, 0))[:, middle] == 0.0)
    found = refine_worst(problem, THETA, 3)
    assert np.all(np.isfinite(found.at.value))
    assert np.all(np.isfinite(found.theta))


@pytest.mark.parametrize("free", [True, False])
def test_residual_is_what_a_dense_ridge_fit_leaves_unweighted(free: bool) -> None:
    problem = reweighted(make_problem(free=free), np.linspace(0.2, 2.0, 101))
    problem = replace(problem, price=1e-3)
    polished = refine(problem, THETA, 0)
    basis = columns(problem, THETA[0])
    ridge = np.sqrt(1e-3) * np.eye(3, basis.shape[1])
    wanted = ((problem.target + 0.7 * problem.leak) / problem.root).T
    system = np.vstack([basis * problem.root[:, None], ridge])
    right = np.vstack([wanted * problem.root[:, None], np.zeros((3, 2))])
    weights, *_ = np.linalg.lstsq(system, right, rcond=None)
    np.testing.assert_allclose(residual(problem, polished), (wanted - basis @ weights).T, atol=1e-9)


@pytest.mark.parametrize("free", [True, False])
def test_with_neurons_held_the_rounds_rise_to_the_minimax_error(
    free: bool,
) -> None:
    """The weighted mean square of a best fit never exceeds the minimax error's square."""
    problem = make_problem(free=free)
    found = refine_worst(problem, THETA, 150, policy=HELD)
    errors, bound = np.sqrt(found.at.value), minimax_error(problem, THETA[0])
    assert len(errors) == 151
    np.testing.assert_allclose(found.theta, np.broadcast_to(THETA, (151, 3, 2)))
    assert np.all(np.diff(errors) > -1e-9)
    assert errors[0] < 0.8 * bound
    assert 0.98 * bound < errors[-1] < bound * (1 + 1e-6)
    # Every round's largest residual is above the minimax error, which its rms is below.
    assert found.status[0] == Status.STEP_LIMIT
    assert found.status[-1] == Status.CONVERGED


def lawson(problem: RefinementProblem, theta: np.ndarray, rounds: int) -> list[float]:
    """Weighted mean squares of every round: w <- w |r| / sum, |r| the norm over outputs."""
    basis = columns(problem, theta)
    wanted = ((problem.target + 0.7 * problem.leak) / problem.root).T
    weight, values = problem.root**2, []
    for _ in range(rounds + 1):
        root = np.sqrt(weight)[:, None]
        left = wanted - basis @ np.linalg.lstsq(basis * root, wanted * root, rcond=None)[0]
        size = np.linalg.norm(left, axis=1)
        values.append(float(weight @ size**2))
        weight = weight * size / np.sum(weight * size)
    return values


def test_weights_follow_the_norm_of_all_outputs_residuals() -> None:
    problem = make_problem()
    other = np.cos(4 * problem.design[0]) * problem.root
    problem = replace(problem, target=np.stack([problem.target[0], other]))
    found = refine_worst(problem, THETA, 5, policy=HELD)
    np.testing.assert_allclose(found.at.value, np.sort(lawson(problem, THETA[0], 5)), rtol=1e-6)


def test_the_first_network_is_the_one_given_and_the_work_is_that_of_all_rounds() -> None:
    problem = make_problem()
    found = refine_worst(problem, THETA, 2)
    alone = evaluate(problem, THETA)
    assert found.theta.shape == (3, 3, 2)
    np.testing.assert_array_equal(found.theta[0], THETA[0])
    np.testing.assert_allclose(found.at.value[0], alone.value[0], rtol=1e-12)
    step = refine(problem, THETA, 0).work
    assert found.work == pytest.approx(step * (1 + 2 * (1 + RefinePolicy().lawson_steps)))
    assert refine_worst(problem, THETA, 0).work == pytest.approx(step)


def test_neurons_follow_and_the_largest_error_at_fresh_points_falls() -> None:
    """From the least-squares optimum, at ten times as many points, of the best round."""
    problem, fresh = make_problem(), make_problem(1001)
    start = refine(problem, THETA, 100)
    before = largest(fresh, refine(fresh, start.theta, 0))
    found = refine_worst(problem, start.theta, 20)
    after = min(minimax_error(fresh, theta) for theta in found.theta)
    assert after < 0.8 * before
    assert after < 0.95 * minimax_error(fresh, start.theta[0])
