"""The Hessian of refinement against dense variable projection, where residuals are large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.variable_projection import evaluate

PRICES = [1e-3, 1e-12]
"""One on either side of the price from which on normal equations are used."""


def make_problem(price: float, kappa: tuple[float, float]) -> RefinementProblem:
    """Two outputs that two or three neurons fit badly: residuals of the size of the targets."""
    generator = np.random.default_rng(0)
    zeta = generator.uniform(-1, 1, (60, 2))
    velocity = np.stack([np.sin(6 * zeta[:, 0] * zeta[:, 1]), np.cos(5 * zeta[:, 0])], axis=1)
    root = np.sqrt(generator.uniform(0.5, 1.5, 60) / 60)
    return RefinementProblem(
        design=np.vstack([zeta.T, np.ones(60)]),
        free=root[None],
        leak=zeta.T * root,
        target=velocity.T * root,
        root=root,
        price=price,
        weight_price=0.0,
        kappa=kappa,
        reach=np.full(2, np.inf),
        power=1.0,
        nonlinearity=nonlinearity("tanh"),
        slopes=2,
        states=1,
    )


def columns(problem: RefinementProblem, theta: np.ndarray) -> np.ndarray:
    """Activities and the constant, with the rows of the ridge below, (P + k, k + 1)."""
    rates = np.tanh(theta @ problem.design) * problem.root
    ridge = np.sqrt(problem.price) * np.eye(len(theta))
    top = np.vstack([rates, problem.free]).T
    return np.vstack([top, np.hstack([ridge, np.zeros((len(theta), len(problem.free)))])])


def eliminated_residual(problem: RefinementProblem, theta: np.ndarray, kappa: float) -> np.ndarray:
    """What least squares leaves of target + kappa leak in all rows and outputs, as one vector."""
    wanted = (problem.target + kappa * problem.leak).T
    wanted = np.vstack([wanted, np.zeros((len(theta), wanted.shape[1]))])
    Phi = columns(problem, theta)
    weights, *_ = np.linalg.lstsq(Phi, wanted, rcond=None)
    return np.asarray((wanted - Phi @ weights).ravel())


def jacobian(
    problem: RefinementProblem, theta: np.ndarray, kappa: float, step: float = 1e-5
) -> np.ndarray:
    """Central differences of the eliminated residual by all parameters of the neurons."""
    rows = []
    for index in range(theta.size):
        shift = np.zeros(theta.size)
        shift[index] = step
        shift = shift.reshape(theta.shape)
        up = eliminated_residual(problem, theta + shift, kappa)
        down = eliminated_residual(problem, theta - shift, kappa)
        rows.append((up - down) / (2 * step))
    return np.array(rows).T


def without_second_term(problem: RefinementProblem, theta: np.ndarray, kappa: float) -> np.ndarray:
    """J'J with Kaufman's Jacobian: (1 - P) dPhi A alone."""
    Phi = columns(problem, theta)
    wanted = (problem.target + kappa * problem.leak).T
    wanted = np.vstack([wanted, np.zeros((len(theta), wanted.shape[1]))])
    A = np.linalg.lstsq(Phi, wanted, rcond=None)[0]
    Q = np.linalg.qr(Phi)[0]
    J = []
    for neuron, current in enumerate(theta @ problem.design):
        for coordinate in problem.design:
            moved = np.zeros(len(Phi))
            moved[: len(current)] = coordinate * problem.root / np.cosh(current) ** 2
            J.append(np.outer(moved - Q @ (Q.T @ moved), A[neuron]).ravel())
    return np.array(J) @ np.array(J).T


@pytest.mark.parametrize("price", PRICES)
@pytest.mark.parametrize("neurons", [1, 3])
def test_hessian_is_that_of_the_full_golub_pereyra_jacobian(price: float, neurons: int) -> None:
    """J'J of Golub & Pereyra (1973); Kaufman (1975) leaves the second term of J out."""
    problem = make_problem(price, (0.7, 0.7))
    theta = np.random.default_rng(neurons).normal(0, 1.2, (neurons, 3))
    J = jacobian(problem, theta, 0.7)
    hessian = evaluate(problem, theta[None]).hessian[0]
    np.testing.assert_allclose(hessian, J.T @ J, atol=1e-6 * np.abs(hessian).max())
    # The comparison means something only where both terms matter.
    second = J.T @ J - without_second_term(problem, theta, 0.7)
    assert np.abs(second).max() > 0.05 * np.abs(hessian).max()


@pytest.mark.parametrize("price", PRICES)
def test_hessian_with_a_free_leak_leaves_out_what_the_leak_can_follow(price: float) -> None:
    problem = make_problem(price, (-1e6, 1e6))
    theta = np.random.default_rng(5).normal(0, 1.2, (3, 3))
    at = evaluate(problem, theta[None])
    kappa = float(at.kappa[0])
    J = jacobian(problem, theta, kappa)
    along = eliminated_residual(problem, theta, 1.0) - eliminated_residual(problem, theta, 0.0)
    J -= np.outer(along, along @ J) / (along @ along)
    hessian = at.hessian[0]
    np.testing.assert_allclose(hessian, J.T @ J, atol=1e-6 * np.abs(hessian).max())


def test_hessian_of_several_outputs_weighs_each_as_the_power_mean_does() -> None:
    """d²F/2 = sum_d dF/do_d J_d'J_d + (do/2)' 2 d²F/do² (do/2), F differentiated by differences."""
    problem = replace(make_problem(1e-3, (0.7, 0.7)), power=8.0)
    theta = np.random.default_rng(3).normal(0, 1.2, (3, 3))
    at = evaluate(problem, theta[None])
    J = jacobian(problem, theta, 0.7).reshape(-1, 2, theta.size)
    left = eliminated_residual(problem, theta, 0.7).reshape(-1, 2)
    outputs = np.sum(left**2, axis=0)
    np.testing.assert_allclose(at.by_output[0], outputs, rtol=1e-9)
    by_theta = np.einsum("pd,pdn->dn", left, J)
    slopes, bend = power_mean_by_differences(outputs, 8.0)
    expected = np.einsum("d,pdn,pdm->nm", slopes, J, J) + 2.0 * by_theta.T @ bend @ by_theta
    scale = np.abs(at.hessian[0]).max()
    np.testing.assert_allclose(at.hessian[0], expected, atol=1e-4 * scale)


def power_mean_by_differences(outputs: np.ndarray, power: float) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivatives of (sum_d o_d^p)^(1/p)."""

    def mean(shift: np.ndarray) -> float:
        return float(np.sum((outputs + shift) ** power) ** (1 / power))

    step = 1e-4 * outputs.min() * np.eye(len(outputs))
    size = step[0, 0]
    slopes = np.array([mean(one) - mean(-one) for one in step]) / (2 * size)
    bend = [
        [
            mean(one + other) - mean(one - other) - mean(other - one) + mean(-one - other)
            for one in step
        ]
        for other in step
    ]
    return slopes, np.array(bend) / (4 * size**2)
