"""Variable projection: the noise-priced error as a function of the neurons' own parameters.

Place in the flow: `refine` moves the slopes and offsets theta of k neurons; for given theta
the readout A, the leak kappa and the free columns (constant, direct inputs) are the ridge
solution, so the objective depends on theta alone (Golub & Pereyra 1973; ridge form as in
docs/theory, eqs. 12 and 18):

    o_d(theta) = min over A, kappa, free of  <(g_d + kappa zeta_d - Phi A_d - free)²> + s² |A_d|²
    F(theta)   = (sum_d o_d^p)^(1/p)        p = 1: overall criterion; larger p: towards max_d

Many starts are evaluated at once. The weights, and what they leave of all other rows, come from
`elimination`; whatever is reported is solved again by QR (`least_squares`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, Rows
from lrfit.regression import kernel
from lrfit.regression.center_bound import add_derivatives, hold, outputs_at
from lrfit.regression.elimination import Eliminated, eliminate
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.shared_leak import best_leak, power_mean


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """F and its derivatives for S starts of k neurons, n = k q parameters each.

    value (S,), by_output (S, D), gradient (S, n) = F'/2, hessian (S, n, n) ~ F''/2 (positive
    semidefinite), A (S, k, D) in scaled outputs, kappa (S,), inverse (S, k, k) = K⁻¹. settled
    (S,): whether the iterations for the leak and for centres at their bounds ended; the value is
    otherwise that of a leak near the best one.
    """

    value: Array
    by_output: Array
    gradient: Array
    hessian: Array
    A: Array
    kappa: Array
    inverse: Array
    settled: NDArray[np.bool_]

    def replace_rows(self, rows: Rows, other: Evaluation, taken: Rows) -> None:
        """Overwrite starts `rows` with the starts `taken` of `other`, in place."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(other, name)[taken]

    def take(self, rows: Rows) -> Evaluation:
        """The starts `rows`, in that order."""
        return Evaluation(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def evaluate(problem: RefinementProblem, theta: Array) -> Evaluation:
    """Evaluate starts theta (S, k, q). A start that is not finite gets the value inf."""
    if kernel.covers(problem) and theta.shape[1]:
        return Evaluation(**kernel.evaluate(problem, theta))
    with np.errstate(all="ignore"):
        found = eliminate(problem, theta)
        evaluation = _derivatives(problem, found, theta.shape[1])
        return evaluation if problem.states == 1 else _keep_readable(problem, theta, evaluation)


def _derivatives(problem: RefinementProblem, found: Eliminated, count: int) -> Evaluation:
    q, outputs, left = problem.parameters, len(problem.leak), found.left
    params = slice(0, count * q)
    leak = slice(count * q, count * q + outputs)
    target = slice(count * q + outputs, count * q + 2 * outputs)

    quadratics = _quadratics(left, leak, target)
    dual, held = found.constant, None
    if dual is None:
        kappa, settled = best_leak(quadratics.transpose(0, 2, 1), problem.kappa, problem.power)
        by_output = outputs_at(quadratics, kappa)
    else:
        start, slope = dual.on_rows[:, target], dual.on_rows[:, leak]
        kappa, by_output, settled, held = hold(
            quadratics, start, slope, dual, problem.reach, problem.kappa, problem.power
        )
    value, slopes, bend = power_mean(by_output, problem.power)

    # All that was eliminated is linear in [leak; target], hence also in target + kappa leak.
    A = found.solved[:, :, outputs:] + kappa[:, None, None] * found.solved[:, :, :outputs]
    residual = left[:, params, target] + kappa[:, None, None] * left[:, params, leak]
    weights = np.repeat(A, q, axis=1)
    # Half the gradient of o_d. Weights and leak are optimal, so o_d changes to first order only
    # by what the rates themselves do, F A, seen by the residual (envelope theorem).
    each = -residual * weights
    root = np.sqrt(slopes)[:, None, :]
    # J'J with J = (1 - P) F A, outputs weighted by dF/do_d: Kaufman's (1975) approximation.
    hessian = left[:, params, params] * _outer(weights * root)
    # The second Golub-Pereyra term costs nothing here and finds the best minima more often.
    spread = np.repeat(np.repeat(found.inverse, q, axis=1), q, axis=2)
    hessian += spread * _outer(residual * root)
    if found.own is not None:
        _price_of_weights(problem, A, found.own, each, hessian, slopes)
    # Gauss-Newton cross term of theta and kappa, sign reversed.
    moved = np.einsum("snd,snd,sd->sn", left[:, params, leak], weights, slopes)
    if held is not None and dual is not None:
        quadratics = held.quadratics
        more, crossed = add_derivatives(
            held, dual, dual.on_rows[:, params], residual, weights, each, slopes
        )
        hessian += more
        moved -= crossed
    # F bends in the o_d too: (do)' F'' (do) / 2 with do = 2 each.
    hessian += 2.0 * each @ bend @ each.transpose(0, 2, 1)
    _eliminate_leak(problem, hessian, moved, quadratics[2], slopes, kappa)
    # Below zero is rounding of an ill-conditioned kernel: such a start would win every comparison.
    value = np.where(np.isfinite(value) & (value > 0.0), value, np.inf)
    return Evaluation(
        value=value,
        by_output=by_output,
        gradient=np.einsum("snd,sd->sn", each, slopes),
        hessian=hessian,
        A=A,
        kappa=kappa,
        inverse=found.inverse,
        settled=settled,
    )


def _outer(rows: Array) -> Array:
    return np.asarray(rows @ rows.transpose(0, 2, 1))


def _quadratics(left: Array, leak: slice, target: slice) -> Array:
    """Coefficients (3, S, D) of o_d = a + 2 b kappa + c kappa², after elimination of A."""
    blocks = ((target, target), (leak, target), (leak, leak))
    return np.stack([np.einsum("sdd->sd", left[:, one, other]) for one, other in blocks])


def _price_of_weights(
    problem: RefinementProblem,
    A: Array,
    own: tuple[Array, Array],
    each: Array,
    hessian: Array,
    slopes: Array,
) -> None:
    """Add the derivative of delta² <phi_i²> A_id² to gradient and Hessian, in place."""
    cross, square = own
    starts, count, q = cross.shape
    delta = np.broadcast_to(problem.weight_price, count)
    if problem.copies is not None:
        delta = delta / problem.copies
    moved = delta[:, None, None] * (cross[:, :, :, None] * (A**2)[:, :, None, :])
    each += moved.reshape(each.shape)
    block = delta[:, None, None] * np.einsum("skd,sd->sk", A**2, slopes)[:, :, None, None] * square
    view = hessian.reshape(starts, count, q, count, q)
    index = np.arange(count)
    view[:, index, :, index] += block.transpose(1, 0, 2, 3)


def _eliminate_leak(
    problem: RefinementProblem,
    hessian: Array,
    moved: Array,
    bends: Array,
    slopes: Array,
    kappa: Array,
) -> None:
    """The leak follows theta where it is free: a rank-one downdate of the Hessian, in place."""
    low, high = problem.kappa
    inside = (kappa > low) & (kappa < high)
    # Schur complement of the Hessian in (theta, kappa). At a bound the leak does not follow.
    curvature = np.einsum("sd,sd->s", bends, slopes)
    factor = np.where(inside, 1.0 / curvature, 0.0)
    hessian -= factor[:, None, None] * moved[:, :, None] * moved[:, None, :]


def _keep_readable(problem: RefinementProblem, theta: Array, at: Evaluation) -> Evaluation:
    """Raise the value of starts whose M is nearly rank deficient, so that z can be read from x.

    F is multiplied by 1 + 10 p², p = max(0, 1 - sigma_min / (sigma_max / 200)); left to
    themselves searches drop a direction that the leak serves already (sigma_min of 1e-7).
    """
    M = np.nan_to_num(theta[:, :, : problem.states])  # a start that is lost stays lost
    gram = M.transpose(0, 2, 1) @ M
    if _surely_readable(gram, problem.soft_condition):
        return at
    squares, directions = np.linalg.eigh(gram)
    wanted = np.maximum(np.sqrt(squares[:, -1]) / problem.soft_condition, 1e-300)
    across = M @ directions[:, :, :1]
    smallest = np.linalg.norm(across, axis=(1, 2))
    short = np.maximum(0.0, 1.0 - smallest / wanted)
    if not np.any(short):
        return at
    # d sigma_min / dM = u v', with u = M v / sigma_min the left and v the right singular vector.
    slope = np.zeros_like(theta)
    unit = across / np.maximum(smallest, 1e-300)[:, None, None]
    slope[:, :, : problem.states] = unit * directions[:, None, :, 0] / -wanted[:, None, None]
    slope = np.where(short[:, None] > 0.0, slope.reshape(len(theta), -1), 0.0)
    # Product rule; sigma_max is taken as constant. Cross terms and the curvature of p are left out
    # of the Hessian, which stays positive semidefinite.
    factor = 1.0 + problem.steepness * short**2
    pull = (at.value * problem.steepness)[:, None] * slope
    return replace(
        at,
        value=at.value * factor,
        gradient=at.gradient * factor[:, None] + short[:, None] * pull,
        hessian=at.hessian * factor[:, None, None] + pull[:, :, None] * slope[:, None, :],
    )


def _surely_readable(gram: Array, soft_condition: float) -> bool:
    """Whether a bound on the eigenvalues of M'M (S, D, D) shows that no M is nearly deficient.

    The other D - 1 eigenvalues have at most the product (trace / (D - 1))^(D - 1), so that the
    smallest is at least det / that; the largest is at most the trace. Nearly always enough.
    """
    trace, rest = np.einsum("sdd->s", gram), gram.shape[1] - 1
    least = np.linalg.det(gram) * (rest / trace) ** rest
    return bool(np.all(least * soft_condition**2 >= trace))
