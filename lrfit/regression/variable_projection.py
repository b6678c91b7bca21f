"""Variable projection: the noise-priced error as a function of the neurons' own parameters.

Place in the flow: `refine` moves the slopes and offsets theta of k neurons; for given theta
the readout A, the leak kappa and the free columns (constant, direct inputs) are the ridge
solution, so the objective depends on theta alone (Golub & Pereyra 1973; ridge form as in
theory section 2):

    o_d(theta) = min over A, kappa, free of  <(g_d + kappa zeta_d - Phi A_d - free)²> + s² |A_d|²
    F(theta)   = (sum_d o_d^p)^(1/p)        p = 1: overall criterion; larger p: towards max_d

Many starts are evaluated at once. Everything a step needs stands in the Gram matrix of the
rows [Phi; phi' x each coordinate; free; zeta; g], one symmetric product per start. These are
normal equations: safe only because the price s² > 0 bounds the inverse (relative error about
k 1e-16 / s²); whatever is reported is solved again by QR (`least_squares`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.arrays import Array, Rows
from lrfit.neurons.nonlinearity import Nonlinearity
from lrfit.regression.shared_leak import best_leak, power_mean

_CHUNK_BYTES = 3e5
"""Rows of one chunk of starts: measured best when they stay in the second-level cache."""
SOFT_CONDITION = 200.0
"""Condition number of M from which on the objective grows, so that searches stay readable."""
_STEEP = 10.0
_OVERHEAD = 7e5
"""What the small matrices of one evaluation cost, in multiply-adds of the large product."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """What does not change while neurons move. Rows are quantities, columns are samples.

    design : (q, P) coordinates that a neuron's parameters multiply: box state, input, and one
        for the bias. free : (c, P) unpenalised columns. leak, target : (D, P) zeta - c and the
        velocity, each output divided by its scale. root : (P,) square root of weight / P;
        free, leak and target are already multiplied by it.
    price : s², at least `smallest_price`. weight_price : delta² on <phi²>.
    kappa : (lowest, highest). power : p of the objective. slopes : how many leading rows of
        design are coordinates (the rest is the bias); states : how many of these are the state.
    """

    design: Array
    free: Array
    leak: Array
    target: Array
    root: Array
    price: float
    weight_price: float
    kappa: tuple[float, float]
    power: float
    nonlinearity: Nonlinearity
    slopes: int
    states: int

    @property
    def parameters(self) -> int:
        """q, the number of parameters of one neuron."""
        return len(self.design)


def head(problem: Problem, count: int) -> Problem:
    """The problem on its first `count` points (of a Sobol sequence: a balanced part)."""
    total = len(problem.root)
    if count >= total:
        return problem
    root = problem.root[:count]
    grow = 1.0 / np.sqrt(np.sum(root**2))
    return replace(
        problem,
        design=np.ascontiguousarray(problem.design[:, :count]),
        free=problem.free[:, :count] * grow,
        leak=problem.leak[:, :count] * grow,
        target=problem.target[:, :count] * grow,
        root=root * grow,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """F and its derivatives for S starts of k neurons, n = k q parameters each.

    value (S,), by_output (S, D), gradient (S, n) = F'/2, hessian (S, n, n) ~ F''/2 (positive
    semidefinite), A (S, k, D) in scaled outputs, kappa (S,), inverse (S, k, k) = K⁻¹.
    """

    value: Array
    by_output: Array
    gradient: Array
    hessian: Array
    A: Array
    kappa: Array
    inverse: Array

    def replace_rows(self, rows: Rows, other: Evaluation, taken: Rows) -> None:
        """Overwrite starts `rows` with the starts `taken` of `other`, in place."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(other, name)[taken]

    def take(self, rows: Rows) -> Evaluation:
        """The starts `rows`, in that order."""
        return Evaluation(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def cost(problem: Problem, neurons: int) -> float:
    """Multiply-adds of one start's evaluation: the unit in which effort is counted."""
    rows = neurons * (1 + problem.parameters) + len(problem.free) + 2 * len(problem.leak)
    return float(rows**2 * len(problem.root)) + _OVERHEAD


def evaluate(problem: Problem, theta: Array) -> Evaluation:
    """Evaluate starts theta (S, k, q). A start that is not finite gets the value inf."""
    with np.errstate(all="ignore"):
        gram = _gram(problem, theta)
        count = theta.shape[1]
        squares = np.einsum("sii->si", gram[:, :count, :count]).copy()
        moved = count * problem.parameters
        own = _own_products(gram, count, problem.parameters) if problem.weight_price else None
        _project_out(gram, len(problem.free), len(problem.leak))
        evaluation = _derivatives(problem, gram, count, squares, own, moved)
        return evaluation if problem.states == 1 else _keep_readable(problem, theta, evaluation)


def _gram(problem: Problem, theta: Array) -> Array:
    """Gram matrices (S, n, n) of [Phi; slopes x coordinates; free; leak; target]."""
    starts, count, q = theta.shape
    fixed = np.concatenate([problem.free, problem.leak, problem.target])
    points = len(problem.root)
    rows = count * (1 + q) + len(fixed)
    chunk = max(1, int(_CHUNK_BYTES / (8 * rows * points)))
    stack = np.empty((min(chunk, starts), rows, points))
    stack[:, rows - len(fixed) :] = fixed
    weighted_design = problem.design * problem.root
    phi, slope = problem.nonlinearity.phi, problem.nonlinearity.slope
    gram = np.empty((starts, rows, rows))
    for first in range(0, starts, chunk):
        part = stack[: min(chunk, starts - first)]
        current = theta[first : first + chunk] @ problem.design
        rates = phi(current)
        np.multiply(rates, problem.root, out=part[:, :count])
        moved = part[:, count : count * (1 + q)].reshape(len(part), count, q, points)
        np.multiply(slope(current, rates)[:, :, None, :], weighted_design, out=moved)
        # A @ A.T of one buffer is taken as a symmetric product (half the work) by NumPy.
        np.matmul(part, part.transpose(0, 2, 1), out=gram[first : first + chunk])
    return gram


def _own_products(gram: Array, count: int, q: int) -> tuple[Array, Array]:
    """<phi_i f_ia> (S, k, q) and <f_ia f_ib> (S, k, q, q), before projection."""
    index = np.arange(count)
    blocks = gram[:, :, count : count * (1 + q)]
    cross = blocks[:, :count].reshape(len(gram), count, count, q)[:, index, index]
    square = blocks[:, count : count * (1 + q)].reshape(len(gram), count, q, count, q)
    return cross.copy(), square[:, index, :, index].transpose(1, 0, 2, 3).copy()


def _project_out(gram: Array, free: int, outputs: int) -> None:
    """Remove the free rows' span from all rows: a Schur complement, in place."""
    if not free:
        return
    rows = slice(gram.shape[1] - 2 * outputs - free, gram.shape[1] - 2 * outputs)
    block = gram[:, :, rows]
    gram -= block @ np.linalg.solve(gram[:, rows, rows], block.transpose(0, 2, 1).copy())


def _derivatives(
    problem: Problem,
    gram: Array,
    count: int,
    squares: Array,
    own: tuple[Array, Array] | None,
    moved: int,
) -> Evaluation:
    q, outputs = problem.parameters, len(problem.leak)
    neurons, params = slice(0, count), slice(count, count + moved)
    leak = slice(gram.shape[1] - 2 * outputs, gram.shape[1] - outputs)
    target = slice(gram.shape[1] - outputs, gram.shape[1])

    prices = problem.price + problem.weight_price * squares
    kernel = gram[:, neurons, neurons] + np.eye(count) * prices[:, :, None]
    inverse = _inverse(kernel)
    solve_leak = _solve(kernel, inverse, gram[:, neurons, leak])
    solve_target = _solve(kernel, inverse, gram[:, neurons, target])
    quadratics = _quadratics(gram, neurons, leak, target, solve_leak, solve_target)
    kappa, by_output = best_leak(quadratics, problem.kappa, problem.power)
    value, slopes, bend = power_mean(by_output, problem.power)

    A = solve_target + kappa[:, None, None] * solve_leak
    cross = gram[:, neurons, params]
    residual = gram[:, params, target] + kappa[:, None, None] * gram[:, params, leak]
    residual -= cross.transpose(0, 2, 1) @ A
    weights = np.repeat(A, q, axis=1)
    each = -residual * weights
    projected = gram[:, params, params] - cross.transpose(0, 2, 1) @ (inverse @ cross)
    root = np.sqrt(slopes)[:, None, :]
    hessian = projected * _outer(weights * root)
    # The second Golub-Pereyra term costs nothing here and finds the best minima more often.
    spread = np.repeat(np.repeat(inverse, q, axis=1), q, axis=2)
    hessian += spread * _outer(residual * root)
    if own is not None:
        _price_of_weights(problem, A, own, each, hessian, slopes)
    hessian += 2.0 * each @ bend @ each.transpose(0, 2, 1)
    _eliminate_leak(
        problem, hessian, gram, params, leak, cross, solve_leak, weights, slopes, kappa, quadratics
    )
    value = np.where(np.isfinite(value) & (value > 0.0), value, np.inf)
    gradient = np.einsum("snd,sd->sn", each, slopes)
    return Evaluation(
        value=value,
        by_output=by_output,
        gradient=gradient,
        hessian=hessian,
        A=A,
        kappa=kappa,
        inverse=inverse,
    )


def _outer(rows: Array) -> Array:
    return np.asarray(rows @ rows.transpose(0, 2, 1))


def _inverse(kernel: Array) -> Array:
    """Inverse of every kernel; a batch with a singular or non-finite one is done one by one."""
    try:
        return np.asarray(np.linalg.inv(kernel))
    except np.linalg.LinAlgError:
        inverse = np.full_like(kernel, np.nan)
        for row, matrix in enumerate(kernel):
            if np.all(np.isfinite(matrix)) and np.linalg.matrix_rank(matrix) == len(matrix):
                inverse[row] = np.linalg.inv(matrix)
        return inverse


def _solve(kernel: Array, inverse: Array, right: Array) -> Array:
    """K⁻¹ right, with one step of refinement.

    Values are differences of nearly equal numbers where the fit is good. An explicit inverse
    alone leaves a residual that moves them by 1e-16 / s²; after the step it is 1e-16 |A|².
    """
    solved = inverse @ right
    return np.asarray(solved + inverse @ (right - kernel @ solved))


def _quadratics(
    gram: Array, neurons: slice, leak: slice, target: slice, solve_leak: Array, solve_target: Array
) -> Array:
    """Coefficients (3, S, D) of o_d = a + 2 b kappa + c kappa², after elimination of A."""

    def diagonal(first: slice, second: slice, solved: Array) -> Array:
        whole = np.einsum("sdd->sd", gram[:, first, second])
        return np.asarray(whole - np.einsum("skd,skd->sd", gram[:, neurons, first], solved))

    return np.stack(
        [
            diagonal(target, target, solve_target),
            diagonal(leak, target, solve_target),
            diagonal(leak, leak, solve_leak),
        ]
    )


def _price_of_weights(
    problem: Problem,
    A: Array,
    own: tuple[Array, Array],
    each: Array,
    hessian: Array,
    slopes: Array,
) -> None:
    """Add the derivative of delta² <phi_i²> A_id² to gradient and Hessian, in place."""
    cross, square = own
    starts, count, q = cross.shape
    delta = problem.weight_price
    each += delta * (cross[:, :, :, None] * (A**2)[:, :, None, :]).reshape(each.shape)
    block = delta * np.einsum("skd,sd->sk", A**2, slopes)[:, :, None, None] * square
    view = hessian.reshape(starts, count, q, count, q)
    index = np.arange(count)
    view[:, index, :, index] += block.transpose(1, 0, 2, 3)


def _eliminate_leak(
    problem: Problem,
    hessian: Array,
    gram: Array,
    params: slice,
    leak: slice,
    cross: Array,
    solve_leak: Array,
    weights: Array,
    slopes: Array,
    kappa: Array,
    quadratics: Array,
) -> None:
    """The leak follows theta where it is free: a rank-one downdate of the Hessian, in place."""
    low, high = problem.kappa
    inside = (kappa > low) & (kappa < high)
    moved = gram[:, params, leak] - cross.transpose(0, 2, 1) @ solve_leak
    vector = np.einsum("snd,snd,sd->sn", moved, weights, slopes)
    curvature = np.einsum("sd,sd->s", quadratics[2], slopes)
    factor = np.where(inside, 1.0 / curvature, 0.0)
    hessian -= factor[:, None, None] * vector[:, :, None] * vector[:, None, :]


def _keep_readable(problem: Problem, theta: Array, at: Evaluation) -> Evaluation:
    """Raise the value of starts whose M is nearly rank deficient, so that z can be read from x.

    F is multiplied by 1 + 10 p², p = max(0, 1 - sigma_min / (sigma_max / 200)); left to
    themselves searches drop a direction that the leak serves already (sigma_min of 1e-7).
    """
    M = np.nan_to_num(theta[:, :, : problem.states])  # a start that is lost stays lost
    squares, directions = np.linalg.eigh(M.transpose(0, 2, 1) @ M)
    wanted = np.maximum(np.sqrt(squares[:, -1]) / SOFT_CONDITION, 1e-300)
    across = M @ directions[:, :, :1]
    smallest = np.linalg.norm(across, axis=(1, 2))
    short = np.maximum(0.0, 1.0 - smallest / wanted)
    if not np.any(short):
        return at
    slope = np.zeros_like(theta)
    unit = across / np.maximum(smallest, 1e-300)[:, None, None]
    slope[:, :, : problem.states] = unit * directions[:, None, :, 0] / -wanted[:, None, None]
    slope = np.where(short[:, None] > 0.0, slope.reshape(len(theta), -1), 0.0)
    factor = 1.0 + _STEEP * short**2
    pull = (at.value * _STEEP)[:, None] * slope
    return replace(
        at,
        value=at.value * factor,
        gradient=at.gradient * factor[:, None] + short[:, None] * pull,
        hessian=at.hessian * factor[:, None, None] + pull[:, :, None] * slope[:, None, :],
    )
