"""Refinement for the criterion `worst`: the largest error at any point, by reweighting.

Place in the flow: networks that are good on average become networks whose largest error is
small. Lawson's algorithm (1961; Rice & Usow 1968): weights grow where the residual is large,
    w <- w |r| / <w |r|>,
and the weighted least-squares optimum tends to the minimax one. Neurons follow by a few
Levenberg-Marquardt steps between updates.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.regression.refine import Polished, join, refine
from lrfit.regression.variable_projection import Problem

_STEPS = 6


def refine_worst(problem: Problem, theta: Array, rounds: int) -> Polished:
    """Polish one network theta (1, k, q) for its largest error; candidates of every round.

    Returns all rounds' networks (rounds + 1, k, q), the first one as given: which is best
    is for fresh points to say. `at` refers to each round's own weights.
    """
    polished = refine(problem, theta, 0)
    found, weighted = polished, problem
    for _ in range(rounds):
        size = np.sqrt(np.sum(residual(weighted, polished) ** 2, axis=0))
        weighted = reweighted(weighted, weighted.root**2 * size)
        polished = refine(weighted, polished.theta, _STEPS)
        found = join(found, polished)
    return found


def residual(problem: Problem, polished: Polished) -> Array:
    """Unweighted residual (D, P) of the best network, in scaled outputs."""
    theta, A, kappa = polished.theta[0], polished.at.A[0], polished.at.kappa[0]
    rates = problem.nonlinearity.phi(theta @ problem.design) * problem.root
    left = problem.target + kappa * problem.leak - A.T @ rates
    if len(problem.free):
        coefficients, *_ = np.linalg.lstsq(problem.free.T, left.T, rcond=None)
        left = left - coefficients.T @ problem.free
    return np.asarray(left / problem.root)


def reweighted(problem: Problem, weight: Array) -> Problem:
    """The same problem with other sample weights, (P,), normalized to sum one.

    No weight falls below a millionth of their mean, so that every point can come back.
    """
    weight = np.maximum(weight / np.sum(weight), 1e-6 / len(weight))
    root = np.sqrt(weight / np.sum(weight))
    change = root / problem.root
    return replace(
        problem,
        root=root,
        free=problem.free * change,
        leak=problem.leak * change,
        target=problem.target * change,
    )
