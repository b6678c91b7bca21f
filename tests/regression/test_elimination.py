"""Weights eliminated by normal equations: as exact as QR where the kernel is ill-conditioned."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.elimination import eliminate
from lrfit.regression.problem import RefinementProblem

POINTS, NEURONS = 512, 20


def nearly_exact_fit(seed: int) -> tuple[RefinementProblem, np.ndarray]:
    """Twenty neurons that differ little, targets that they fit, the smallest price for Gram."""
    generator = np.random.default_rng(seed)
    zeta = generator.uniform(-1, 1, (POINTS, 2))
    root = np.full(POINTS, POINTS**-0.5)
    design = np.vstack([zeta.T, np.ones(POINTS)])
    theta = generator.normal(0, 0.5, (NEURONS, 3))
    target = generator.standard_normal((2, NEURONS)) @ (np.tanh(theta @ design) * root)
    problem = RefinementProblem(
        design=design,
        free=root[None],
        leak=zeta.T * root,
        target=target,
        root=root,
        price=1e-11,
        weight_price=0.0,
        kappa=(1.0, 1.0),
        reach=np.full(2, np.inf),
        power=1.0,
        nonlinearity=nonlinearity("tanh"),
        slopes=2,
        states=2,
    )
    return problem, theta


def by_least_squares(
    problem: RefinementProblem, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Squares that are left of every target, and its weights: singular values of all rows."""
    rates = np.tanh(theta @ problem.design) * problem.root
    ridge = np.hstack([np.sqrt(problem.price) * np.eye(len(theta)), np.zeros((len(theta), 1))])
    system = np.vstack([np.vstack([rates, problem.free]).T, ridge])
    wanted = np.vstack([problem.target.T, np.zeros((len(theta), 2))])
    solution, *_ = np.linalg.lstsq(system, wanted, rcond=None)
    return np.sum((system @ solution - wanted) ** 2, axis=0), solution[: len(theta)]


@pytest.mark.parametrize("seed", range(6))
def test_what_a_nearly_exact_fit_leaves_is_right_to_a_thousandth(seed: int) -> None:
    """The explicit inverse of a kernel of condition 1e11 alone is off by 10 % to 10,000 %."""
    problem, theta = nearly_exact_fit(seed)
    found = eliminate(problem, theta[None])
    squares, weights = by_least_squares(problem, theta)
    assert squares.max() < 1e-8  # what is left is mostly the price of the weights
    left = np.diag(found.left[0])[-2:]
    np.testing.assert_allclose(left, squares, rtol=1e-3)
    np.testing.assert_allclose(found.solved[0, :, 2:], weights, atol=1e-3 * np.abs(weights).max())
