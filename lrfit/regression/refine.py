"""Refinement of neurons: Levenberg-Marquardt on their parameters, many starts at once.

Place in the flow: random or pruned neurons become good ones. Also the two scores by which a
search removes and adds neurons. Arrays in, arrays out; theta is (S, k, q) as in
`variable_projection`, whose F (docs/theory, eq. 18) is minimized.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, Rows
from lrfit.regression import kernel
from lrfit.regression.constraints import admissible, damped_step
from lrfit.regression.elimination import cost
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.variable_projection import Evaluation, evaluate


class Status(IntEnum):
    """Why the refinement of a start ended."""

    CONVERGED = 0
    """The gradient vanishes: no parameter by itself promises a lower value."""
    STALLED = 1
    """Many steps in a row gained next to nothing, though the gradient does not vanish."""
    STEP_LIMIT = 2
    """All steps were used up while the value still fell."""
    UNSETTLED = 3
    """The leak, or which centres are at their bounds, was not found by its own iterations, so that
    the value is not exactly that of the best readout; the final solve finds them anew."""
    SINGULAR = 4
    """The value is not finite, or the equations for the last step had no solution."""

    @property
    def words(self) -> str:
        """For a person, as in "step limit"."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class RefinePolicy:
    """Numbers of the Levenberg-Marquardt iteration, and of Lawson's around it."""

    damping: float = 1e-2
    """mu of the first step, relative to the diagonal of the Hessian: nearly a Gauss-Newton step,
    but shorter along directions in which the Hessian is flat."""
    relax: float = 0.25
    """Factor on mu after a step that lowers the value."""
    tighten: float = 4.0
    """Factor on mu after one that does not: two good steps make up for two bad ones."""
    least_damping: float = 1e-9
    """Below this the damping of an ill-conditioned Hessian is lost in its rounding."""
    most_damping: float = 1e7
    """Above this a step no longer changes the parameters' leading digits."""
    slow: float = 1e-3
    """A step that gains a smaller share of the value than this is a slow one."""
    patience: int = 8
    """A start ends after so many slow steps in a row: mu then varied by 4^8, so that neither too
    long nor too short steps were the reason."""
    flat: float = 1e-6
    """A start has converged where a Gauss-Newton step of any single parameter promises a smaller
    share of the value than this: the cosine test of MINPACK (More 1978) at 1e-3."""
    lawson_steps: int = 6
    """Steps of the neurons between two updates of the weights (criterion worst)."""
    level: float = 0.02
    """Lawson's iteration has converged where the weighted rms residual is this near the largest."""


REFINE = RefinePolicy()


@dataclass(frozen=True, kw_only=True, eq=False)
class Polished:
    """Starts after refinement, best first.

    theta : (S, k, q). at : its evaluation. work : multiply-adds spent on Gram matrices
    (`elimination.cost`). status (S,) : values of `Status`. steps (S,) : steps tried. compiled
    (S,) : whether the compiled kernel refined it, or NumPy.
    """

    theta: Array
    at: Evaluation
    work: float
    status: NDArray[np.int8]
    steps: NDArray[np.int64]
    compiled: NDArray[np.bool_]

    def take(self, rows: Rows) -> Polished:
        """The starts `rows`, in that order."""
        return Polished(
            theta=self.theta[rows],
            at=self.at.take(rows),
            work=self.work,
            status=self.status[rows],
            steps=self.steps[rows],
            compiled=self.compiled[rows],
        )


def join(first: Polished, second: Polished) -> Polished:
    """Both sets of starts, which must be of one size."""
    at = {
        each.name: np.concatenate([getattr(first.at, each.name), getattr(second.at, each.name)])
        for each in fields(Evaluation)
    }
    return Polished(
        theta=np.concatenate([first.theta, second.theta]),
        at=Evaluation(**at),
        work=first.work + second.work,
        status=np.concatenate([first.status, second.status]),
        steps=np.concatenate([first.steps, second.steps]),
        compiled=np.concatenate([first.compiled, second.compiled]),
    )


def refine(
    problem: RefinementProblem, theta: Array, steps: int, *, policy: RefinePolicy = REFINE
) -> Polished:
    """Polish starts theta (S, k, q) for up to `steps` Levenberg-Marquardt steps each.

    The value of every start is non-increasing (Marquardt 1963, with the scaling of More 1978).
    Starts that are done drop out of the batch; `status` says why each of them ended.
    """
    theta = admissible(problem, np.array(theta, dtype=np.float64, order="C"))
    compiled = bool(theta.shape[1]) and kernel.covers(problem)
    at, ended = (_by_kernel if compiled else _by_numpy)(problem, theta, steps, policy)
    work = cost(problem, theta.shape[1]) * (len(theta) + int(ended.tries.sum()))
    status = _status(at, ended.idle >= policy.patience, ended.unsolved, policy.flat)
    order = np.argsort(at.value, kind="stable")
    done = Polished(
        theta=theta,
        at=at,
        work=work,
        status=status,
        steps=ended.tries,
        compiled=np.full(len(theta), compiled),
    )
    return done.take(order)


def _by_kernel(
    problem: RefinementProblem, theta: Array, steps: int, policy: RefinePolicy
) -> tuple[Evaluation, kernel.Progress]:
    """The same steps by the compiled kernel, start after start."""
    work = cost(problem, theta.shape[1])
    found, ended = kernel.refine(problem, theta, steps, policy, work)
    return Evaluation(**found), ended


def _by_numpy(
    problem: RefinementProblem, theta: Array, steps: int, policy: RefinePolicy
) -> tuple[Evaluation, kernel.Progress]:
    """Steps of all starts together; theta (S, k, q) is changed in place."""
    at = evaluate(problem, theta)
    mu, idle = np.full(len(theta), policy.damping), np.zeros(len(theta), dtype=np.int64)
    tries, unsolved = np.zeros(len(theta), dtype=np.int64), np.zeros(len(theta), dtype=bool)
    active = np.flatnonzero(np.isfinite(at.value))
    for _ in range(steps):
        if not len(active):
            break
        step = damped_step(
            problem, theta[active], at.hessian[active], at.gradient[active], mu[active]
        )
        # Where the equations have no solution the step is zero: seen here, and told by the status.
        unsolved[active], tries[active] = ~np.any(step, axis=(1, 2)), tries[active] + 1
        tried = admissible(problem, theta[active] + step)
        there = evaluate(problem, tried)
        better = there.value < at.value[active]
        slow = ~(there.value < (1.0 - policy.slow) * at.value[active])
        idle[active] = np.where(slow, idle[active] + 1, 0)
        factor = np.where(better, policy.relax, policy.tighten)
        mu[active] = np.clip(mu[active] * factor, policy.least_damping, policy.most_damping)
        rows = active[better]
        theta[rows] = tried[better]
        at.replace_rows(rows, there, better)
        active = active[idle[active] < policy.patience]
    return at, kernel.Progress(idle=idle, tries=tries, unsolved=unsolved)


def _status(
    at: Evaluation, idle: NDArray[np.bool_], unsolved: NDArray[np.bool_], flat: float
) -> NDArray[np.int8]:
    """Why each of S starts ended."""
    curvature = np.einsum("snn->sn", at.hessian)
    with np.errstate(divide="ignore", invalid="ignore"):
        promise = np.where(at.gradient == 0.0, 0.0, at.gradient**2 / curvature)
    # A curvature that is not positive is rounding: nothing is known of its parameter.
    promise = np.where((curvature > 0.0) | (at.gradient == 0.0), promise, np.inf)
    found = np.where(idle, Status.STALLED, Status.STEP_LIMIT)
    found = np.where(np.all(promise <= flat * at.value[:, None], axis=1), Status.CONVERGED, found)
    found = np.where(unsolved & (found != Status.CONVERGED), Status.SINGULAR, found)
    found = np.where(at.settled, found, Status.UNSETTLED)
    return np.where(np.isfinite(at.value), found, Status.SINGULAR).astype(np.int8)


def removal_scores(at: Evaluation) -> Array:
    """Increase of the objective (S, k) when a neuron is removed and the rest solved again.

    |A_j|² / (K⁻¹)_jj, exact for fixed kappa and the overall criterion.
    """
    return np.asarray(np.sum(at.A**2, axis=2) / np.einsum("skk->sk", at.inverse))


def weighted_rates(problem: RefinementProblem, neurons: Array) -> Array:
    """Rates (m, P) of neurons (m, q), multiplied by the square roots of the samples' weights."""
    return np.asarray(problem.nonlinearity.phi(neurons @ problem.design) * problem.root)


def addition_gains(problem: RefinementProblem, theta: Array, kappa: float, offered: Array) -> Array:
    """Decrease of the objective (m,) when a neuron of weighted rates (m, P) joins theta (k, q).

    The orthogonal-least-squares gain |phi'R|² / (|P phi|² + s²) at fixed kappa.
    """
    # Free columns among those held have no price: the leak's constant and direct inputs.
    held = np.concatenate([weighted_rates(problem, theta), problem.free])
    prices = np.zeros(len(held))
    prices[: len(theta)] = _prices(problem, held[: len(theta)])
    wanted = np.concatenate([problem.target + kappa * problem.leak, offered])
    solved = np.linalg.solve(held @ held.T + np.diag(prices), held @ wanted.T)
    left = wanted - solved.T @ held
    outputs = len(problem.target)
    energy = np.sum(left[outputs:] * offered, axis=1) + _prices(problem, offered)
    # The ridge residual is no projection: the candidate itself meets it, not its own residual.
    return np.asarray(np.sum((offered @ left[:outputs].T) ** 2, axis=1) / energy)


def _prices(problem: RefinementProblem, rates: Array) -> Array:
    """What noise on rates and weights makes of a unit weight on each of the rows of rates."""
    return np.asarray(problem.price + problem.weight_price * np.sum(rates**2, axis=1))
