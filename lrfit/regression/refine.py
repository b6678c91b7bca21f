"""Refinement of neurons: Levenberg-Marquardt on their parameters, many starts at once.

Place in the flow: random or pruned neurons become good ones. Also the two scores by which a
search removes and adds neurons. Arrays in, arrays out; theta is (S, k, q) as in
`variable_projection`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, Rows
from lrfit.regression.constraints import SLOPE_CAP, admissible, damped_step
from lrfit.regression.variable_projection import Evaluation, Problem, cost, evaluate

__all__ = ["SLOPE_CAP", "Polished", "addition_gains", "join", "refine", "removal_scores"]

_MIN_DAMPING, _MAX_DAMPING = 1e-9, 1e7
_PATIENCE = 8
_SLOW = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Polished:
    """Starts after refinement, best first: theta (S, k, q), its evaluation, and the work done.

    work : multiply-adds spent on Gram matrices (`variable_projection.cost`).
    """

    theta: Array
    at: Evaluation
    work: float

    def take(self, rows: Rows) -> Polished:
        """The starts `rows`, in that order."""
        return Polished(theta=self.theta[rows], at=self.at.take(rows), work=self.work)


def join(first: Polished, second: Polished) -> Polished:
    """Both sets of starts, which must be of one size."""
    names = first.at.__dataclass_fields__
    at = {
        name: np.concatenate([getattr(first.at, name), getattr(second.at, name)]) for name in names
    }
    return Polished(
        theta=np.concatenate([first.theta, second.theta]),
        at=Evaluation(**at),
        work=first.work + second.work,
    )


def refine(problem: Problem, theta: Array, steps: int, *, damping: float = 1e-2) -> Polished:
    """Polish starts theta (S, k, q) for up to `steps` Levenberg-Marquardt steps each.

    A start drops out of the batch after eight steps that each gain less than 0.1 %. The value
    of every start is non-increasing (Marquardt 1963, with the scaling of More 1978).
    """
    theta = admissible(problem, np.array(theta))
    at = evaluate(problem, theta)
    work = cost(problem, theta.shape[1]) * len(theta)
    mu, idle = np.full(len(theta), damping), np.zeros(len(theta), dtype=int)
    active = np.flatnonzero(np.isfinite(at.value))
    for _ in range(steps):
        if not len(active):
            break
        step = damped_step(
            problem, theta[active], at.hessian[active], at.gradient[active], mu[active]
        )
        tried = admissible(problem, theta[active] + step)
        there = evaluate(problem, tried)
        work += cost(problem, theta.shape[1]) * len(active)
        better = there.value < at.value[active]
        slow = ~(there.value < (1.0 - _SLOW) * at.value[active])
        idle[active] = np.where(slow, idle[active] + 1, 0)
        mu[active] = np.clip(mu[active] * np.where(better, 0.25, 4.0), _MIN_DAMPING, _MAX_DAMPING)
        rows = active[better]
        theta[rows] = tried[better]
        at.replace_rows(rows, there, better)
        active = active[idle[active] < _PATIENCE]
    order = np.argsort(at.value, kind="stable")
    return Polished(theta=theta[order], at=at.take(order), work=work)


def removal_scores(at: Evaluation) -> Array:
    """Increase of the objective (S, k) when a neuron is removed and the rest solved again.

    |A_j|² / (K⁻¹)_jj, exact for fixed kappa and the overall criterion.
    """
    return np.asarray(np.sum(at.A**2, axis=2) / np.einsum("skk->sk", at.inverse))


def addition_gains(problem: Problem, theta: Array, kappa: float, candidates: Array) -> Array:
    """Decrease of the objective (m,) when one of the candidates (m, q) joins theta (k, q).

    The orthogonal-least-squares gain |phi'R|² / (|P phi|² + s²) at fixed kappa.
    """
    phi = problem.nonlinearity.phi
    held = np.concatenate([phi(theta @ problem.design) * problem.root, problem.free])
    offered = phi(candidates @ problem.design) * problem.root
    prices = np.zeros(len(held))
    prices[: len(theta)] = _prices(problem, held[: len(theta)])
    wanted = np.concatenate([problem.target + kappa * problem.leak, offered])
    solved = np.linalg.solve(held @ held.T + np.diag(prices), held @ wanted.T)
    left = wanted - solved.T @ held
    outputs = len(problem.target)
    energy = np.sum(left[outputs:] * offered, axis=1) + _prices(problem, offered)
    # The ridge residual is no projection: the candidate itself meets it, not its own residual.
    return np.asarray(np.sum((offered @ left[:outputs].T) ** 2, axis=1) / energy)


def _prices(problem: Problem, rates: Array) -> Array:
    """What noise on rates and weights makes of a unit weight on each of the rows of rates."""
    return np.asarray(problem.price + problem.weight_price * np.sum(rates**2, axis=1))
