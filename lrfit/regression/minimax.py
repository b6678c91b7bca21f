"""Refinement for the criterion `worst`: the largest error at any point, by reweighting.

Place in the flow: networks that are good on average become networks whose largest error is
small (docs/theory, eq. 14). Lawson's algorithm (1961; Rice & Usow 1968): weights grow where the
residual is large,
    w <- w |r| / <w |r|>,
and the weighted least-squares optimum tends to the minimax one. Neurons follow by a few
Levenberg-Marquardt steps between updates.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import numpy as np

from lrfit.core.arrays import Array
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.refine import REFINE, Polished, RefinePolicy, Status, join, refine

FLOOR = 1e-6
"""No weight falls below this share of their mean: a weight of zero would stay zero for ever."""


def refine_worst(
    problem: RefinementProblem, theta: Array, rounds: int, *, policy: RefinePolicy = REFINE
) -> Polished:
    """Polish one network theta (1, k, q) for its largest error; candidates of every round.

    Returns all rounds' networks (rounds + 1, k, q), the first one as given: which is best
    is for fresh points to say. `at` refers to each round's own weights. `status` says of a round
    whether its largest residual is as small as its neurons allow: the weighted rms never exceeds
    the minimax error of the same neurons, and the largest residual is never below it.
    """
    polished = refine(problem, theta, 0, policy=policy)
    size = _sizes(problem, polished)
    found, weighted = [_levelled(problem, polished, size, policy)], problem
    for _ in range(rounds):
        weighted = reweighted(weighted, weighted.root**2 * size)
        polished = refine(weighted, polished.theta, policy.lawson_steps, policy=policy)
        size = _sizes(weighted, polished)
        found.append(_levelled(weighted, polished, size, policy))
    return reduce(join, found)


def _sizes(problem: RefinementProblem, polished: Polished) -> Array:
    """Norm of the residual over outputs at every point, (P,)."""
    return np.asarray(np.sqrt(np.sum(residual(problem, polished) ** 2, axis=0)))


def _levelled(
    problem: RefinementProblem, polished: Polished, size: Array, policy: RefinePolicy
) -> Polished:
    """The same with Lawson's own status: a lost network stays lost, others are level or not."""
    rms = np.sqrt(np.sum(problem.root**2 * size**2))
    level = rms >= (1.0 - policy.level) * np.max(size)
    lost = polished.status >= Status.UNSETTLED
    own = Status.CONVERGED if level else Status.STEP_LIMIT
    return replace(polished, status=np.where(lost, polished.status, own).astype(np.int8))


def residual(problem: RefinementProblem, polished: Polished) -> Array:
    """Unweighted residual (D, P) of the best network, in scaled outputs."""
    theta, A, kappa = polished.theta[0], polished.at.A[0], polished.at.kappa[0]
    rates = problem.nonlinearity.phi(theta @ problem.design) * problem.root
    left = problem.target + kappa * problem.leak - A.T @ rates
    # `Evaluation` keeps no weights of the free columns: they are fitted to what the neurons leave.
    if len(problem.free):
        coefficients, *_ = np.linalg.lstsq(problem.free.T, left.T, rcond=None)
        left = left - coefficients.T @ problem.free
    return np.asarray(left / problem.root)


def reweighted(problem: RefinementProblem, weight: Array) -> RefinementProblem:
    """The same problem with other sample weights, (P,), normalized to sum one.

    No weight falls below a millionth of their mean, so that every point can come back.
    """
    weight = np.maximum(weight / np.sum(weight), FLOOR / len(weight))
    root = np.sqrt(weight / np.sum(weight))
    change = root / problem.root
    return replace(
        problem,
        root=root,
        free=problem.free * change,
        leak=problem.leak * change,
        target=problem.target * change,
    )
