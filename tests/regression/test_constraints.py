"""Structure as constraints: starts become admissible, steps keep it, and are the best that do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from lrfit.regression.constraints import admissible, damped_step, orthogonal_columns
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.refine import refine
from lrfit.regression.variable_projection import evaluate
from tests.regression.test_refine import planted, starts

KINDS = [
    {"shared_bias": True},
    {"orthogonal": True},
    {"shared_bias": True, "orthogonal": True},
]


def constrained(kind: dict[str, bool], states: int = 2) -> RefinementProblem:
    return replace(planted(3, states=states, neurons=4, noise=1e-3), **kind)


def keeps(problem: RefinementProblem, theta: np.ndarray) -> None:
    M, b = theta[..., : problem.states], theta[..., -1]
    if problem.shared_bias:
        assert np.all(b == b[..., :1])
    if problem.orthogonal:
        products = M.swapaxes(-1, -2) @ M
        sizes = np.einsum("...aa->...a", products)
        wrong = products - np.eye(problem.states) * sizes[..., None]
        assert np.abs(wrong).max() < 1e-13 * sizes.max()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("states", [2, 3])
def test_what_is_refined_has_the_structure(kind: dict[str, bool], states: int) -> None:
    problem = constrained(kind, states)
    theta = starts(1, 4, 4, states + 1)
    polished = refine(problem, theta, 40)
    keeps(problem, polished.theta)
    before = evaluate(problem, admissible(problem, theta.copy())).value
    assert np.all(np.sort(polished.at.value) <= np.sort(before))
    assert polished.at.value[0] < 0.5 * before.min()


@pytest.mark.parametrize("kind", KINDS)
def test_refinement_ends_where_scipy_ends_too(kind: dict[str, bool]) -> None:
    """SLSQP on the same objective with the constraints as equations, from near the end."""
    problem = constrained(kind)
    best = refine(problem, starts(2, 6, 3, 3), 400).theta[0]
    value = evaluate(problem, best[None]).value[0]

    def objective(x: np.ndarray) -> float:
        return float(evaluate(problem, x.reshape(1, 3, 3)).value[0] / value)

    def equations(x: np.ndarray) -> np.ndarray:
        theta = x.reshape(3, 3)
        bias = [theta[1, 2] - theta[0, 2], theta[2, 2] - theta[0, 2]] * problem.shared_bias
        return np.array([*bias, *[theta[:, 0] @ theta[:, 1]] * problem.orthogonal])

    found = scipy_minimize(
        objective,
        (best * 1.01).ravel(),
        constraints={"type": "eq", "fun": equations},
        method="SLSQP",
        options={"maxiter": 300, "ftol": 1e-12},
    )
    assert found.fun > 1.0 - 1e-2  # refinement ends where steps gain less than 0.1 %


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_the_minimum_of_its_model_along_the_constraints(kind: dict[str, bool]) -> None:
    problem, generator = constrained(kind), np.random.default_rng(4)
    theta = admissible(problem, starts(5, 2, 4, 3))
    at = evaluate(problem, theta)
    mu = np.array([1e-2, 3.0])
    step = damped_step(problem, theta, at.hessian, at.gradient, mu)
    for row in range(2):
        damping = mu[row] * np.diag(_damping(problem, at.hessian[row]))

        def model(s: np.ndarray, row: int = row, damping: np.ndarray = damping) -> float:
            quadratic = s.ravel() @ at.hessian[row] @ s.ravel()
            return float(
                0.5 * (quadratic + _damped(problem, damping, s)) + at.gradient[row] @ s.ravel()
            )

        least = model(step[row])
        for _ in range(20):
            other = _along(problem, theta[row], 1e-3 * generator.standard_normal((4, 3)))
            assert model(step[row] + other) > least


def _damping(problem: RefinementProblem, hessian: np.ndarray) -> np.ndarray:
    """Diagonal of the model in its own parameters: the one bias has a curvature of its own."""
    diagonal = np.diag(hessian).copy()
    if problem.shared_bias:
        diagonal[2::3] = hessian[2::3, 2::3].sum() / 4  # spread over the four equal entries
    return diagonal


def _damped(problem: RefinementProblem, damping: np.ndarray, s: np.ndarray) -> float:
    return float(s.ravel() @ damping @ s.ravel())


def _along(problem: RefinementProblem, theta: np.ndarray, s: np.ndarray) -> np.ndarray:
    """The part of s that keeps the structure to first order."""
    if problem.shared_bias:
        s[:, 2] = s[:, 2].mean()
    if problem.orthogonal:
        normal = np.zeros_like(s)
        normal[:, 0], normal[:, 1] = theta[:, 1], theta[:, 0]
        s = s - normal * np.sum(normal * s) / np.sum(normal**2)
    return s


def test_orthogonal_columns_are_the_nearest_and_keep_their_lengths() -> None:
    M = np.random.default_rng(6).normal(size=(5, 6, 3)) * np.array([1.0, 1e-3, 50.0])
    made = orthogonal_columns(M)
    lengths = np.linalg.norm(made, axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(M, axis=1), rtol=1e-12)
    unit = made / lengths[:, None]
    np.testing.assert_allclose(
        unit.transpose(0, 2, 1) @ unit, np.tile(np.eye(3), (5, 1, 1)), atol=1e-13
    )
    np.testing.assert_allclose(orthogonal_columns(made), made, rtol=1e-11, atol=1e-13)
    units = np.array([2.0, 30.0, 0.1])
    np.testing.assert_allclose(orthogonal_columns(M * units), made * units, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", [{}, *KINDS])
def test_too_steep_neurons_come_under_the_cap_with_their_structure(kind: dict[str, bool]) -> None:
    problem = constrained(kind)
    theta = admissible(problem, 100.0 * starts(7, 3, 4, 3))
    assert np.linalg.norm(theta[..., :2], axis=-1).max() <= problem.slope_cap * (1 + 1e-12)
    keeps(problem, theta)
    if not kind:
        before = 100.0 * starts(7, 3, 4, 3)
        np.testing.assert_allclose(theta[..., 2] / theta[..., 0], before[..., 2] / before[..., 0])
