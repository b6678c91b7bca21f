"""Refinement of neurons: Levenberg-Marquardt on their parameters, many starts at once.

Place in the flow: random or pruned neurons become good ones. Also the two scores by which a
search removes and adds neurons. Arrays in, arrays out; theta is (S, k, q) as in
`variable_projection`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.arrays import Array, Rows
from lrfit.regression.variable_projection import Evaluation, Problem, cost, evaluate

SLOPE_CAP = 20.0
"""Largest slope of a neuron, box units: steeper steps would hide between samples."""

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
        step = _step(problem, at, active, mu[active], theta.shape[1:])
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


def _step(problem: Problem, at: Evaluation, rows: Rows, mu: Array, shape: tuple[int, ...]) -> Array:
    """Solve (H + mu diag H) step = -gradient for every start in `rows`."""
    hessian, gradient = at.hessian[rows], at.gradient[rows]
    if problem.shared_bias:
        hessian, gradient = _tied(hessian, gradient, shape[1])
    diagonal = np.einsum("snn->sn", hessian)
    floor = 1e-8 * diagonal.max(axis=1, keepdims=True) + np.finfo(float).tiny
    damped = np.maximum(diagonal, floor) * mu[:, None]
    np.einsum("snn->sn", hessian)[...] += damped
    try:
        step = np.asarray(np.linalg.solve(hessian, -gradient[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        step = np.zeros((len(rows), len(diagonal[0])))
    if problem.shared_bias:
        step = _untied(step, shape)
    return step.reshape(-1, *shape)


def _tied(hessian: Array, gradient: Array, q: int) -> tuple[Array, Array]:
    """Derivatives by all slopes and the one bias; the last parameter of each neuron is it."""
    own, last = np.arange(gradient.shape[1]).reshape(-1, q)[:, :-1].ravel(), slice(q - 1, None, q)
    cross = hessian[:, own, last].sum(axis=2)
    both = hessian[:, last, last].sum(axis=(1, 2))
    top = np.concatenate([hessian[:, own][:, :, own], cross[:, :, None]], axis=2)
    bottom = np.concatenate([cross, both[:, None]], axis=1)[:, None]
    slopes, bias = gradient[:, own], gradient[:, last].sum(axis=1, keepdims=True)
    return np.concatenate([top, bottom], axis=1), np.concatenate([slopes, bias], axis=1)


def _untied(step: Array, shape: tuple[int, ...]) -> Array:
    """Steps of all parameters (s, k, q) from those of slopes and bias."""
    slopes = step[:, :-1].reshape(len(step), shape[0], -1)
    bias = np.broadcast_to(step[:, -1:, None], (len(step), shape[0], 1))
    return np.concatenate([slopes, bias], axis=2)


def admissible(problem: Problem, theta: Array) -> Array:
    """Make starts admissible, in place: no neuron steeper than the cap, one bias if it is shared.

    A neuron that is too steep keeps its hyperplane, unless its bias is not its own.
    """
    slope = np.linalg.norm(theta[..., : problem.slopes], axis=-1, keepdims=True)
    factor = np.minimum(1.0, SLOPE_CAP / np.maximum(slope, np.finfo(float).tiny))
    if problem.shared_bias:
        theta[..., :-1] *= factor
        theta[..., -1] = theta[..., -1].mean(axis=-1, keepdims=True)
    else:
        theta *= factor
    return theta


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
