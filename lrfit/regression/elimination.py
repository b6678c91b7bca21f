"""The weights of given neurons eliminated, for many starts at once: what refinement steps need.

Place in the flow: samples and the parameters of k neurons become what `variable_projection`
takes derivatives of. With Phi the rows of activities, F = phi' x each coordinate and Y the rows
[leak; target] (the span of the free columns projected out of all), and K = Phi Phi' + prices:

    K^-1,    K^-1 Phi Y',    and    [F; Y] (1 - Phi' K^-1 Phi) [F; Y]'

Everything stands in one Gram matrix of the rows, one symmetric product per start. That is safe
while the price s² bounds the inverse: values are then off by 1e-16 |A|². Below `safe_price` errors
as small as the price itself matter, and the same comes from a QR decomposition of Phi.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.regression.center_bound import Dual, dual_of_constant
from lrfit.regression.problem import RefinementProblem

_CHUNK_BYTES = 3e5
"""Rows of one chunk of starts: measured best when they stay in the second-level cache."""
_OVERHEAD = 7e5
"""What the small matrices of one evaluation cost, in multiply-adds of the large product."""
_QR_FACTOR = 2.5
"""What QR costs against normal equations, measured at 4 to 20 neurons."""


def cost(problem: RefinementProblem, neurons: int) -> float:
    """Multiply-adds of one start's evaluation: the unit in which effort is counted."""
    rows = neurons * (1 + problem.parameters) + len(problem.free) + 2 * len(problem.leak)
    factor = 1.0 if problem.price >= problem.safe_price else _QR_FACTOR
    return factor * (float(rows**2 * len(problem.root)) + _OVERHEAD)


@dataclass(frozen=True, kw_only=True, eq=False)
class Eliminated:
    """What is left of S starts when the weights of their k neurons are eliminated.

    inverse : (S, k, k) K⁻¹. solved : (S, k, 2D) weights for leak and target. left : (S, n, n)
    products of what is left of [F; leak; target], the price included. own : <phi_i f_ia>
    (S, k, q) and <f_ia f_ib> (S, k, q, q), where weights have a relative price. constant : what
    the best constant is, where the centre has bounds.
    """

    inverse: Array
    solved: Array
    left: Array
    own: tuple[Array, Array] | None
    constant: Dual | None


def eliminate(problem: RefinementProblem, theta: Array) -> Eliminated:
    """Eliminate the weights of starts theta (S, k, q)."""
    return (_by_gram if problem.price >= problem.safe_price else _by_qr)(problem, theta)


def _blocks(
    problem: RefinementProblem, theta: Array, fixed: Array
) -> Iterator[tuple[slice, Array]]:
    """Rows [Phi; F; fixed] (s, n, P) of a few starts at a time, in one buffer."""
    starts, count, q = theta.shape
    points = len(problem.root)
    rows = count * (1 + q) + len(fixed)
    # One buffer for all chunks, small enough for the product to find its rows in the cache still.
    chunk = max(1, int(_CHUNK_BYTES / (8 * rows * points)))
    stack = np.empty((min(chunk, starts), rows, points))
    weighted_design = problem.design * problem.root
    phi, slope = problem.nonlinearity.phi, problem.nonlinearity.slope
    for first in range(0, starts, chunk):
        part = stack[: min(chunk, starts - first)]
        part[:, rows - len(fixed) :] = fixed
        current = theta[first : first + chunk] @ problem.design
        rates = phi(current)  # slope() takes them too: tanh' = 1 - tanh² costs no second tanh
        np.multiply(rates, problem.root, out=part[:, :count])
        moved = part[:, count : count * (1 + q)].reshape(len(part), count, q, points)
        np.multiply(slope(current, rates)[:, :, None, :], weighted_design, out=moved)
        yield slice(first, first + len(part)), part


def _by_gram(problem: RefinementProblem, theta: Array) -> Eliminated:
    """Normal equations."""
    starts, count, q = theta.shape
    fixed = np.concatenate([problem.leak, problem.target, problem.free])
    rows = count * (1 + q) + len(fixed)
    gram = np.empty((starts, rows, rows))
    for at, part in _blocks(problem, theta, fixed):
        # A @ A.T of one buffer is taken as a symmetric product (half the work) by NumPy.
        np.matmul(part, part.transpose(0, 2, 1), out=gram[at])
    # Noise acts on the rates themselves, so <phi²> is taken before the free columns are projected
    # out of them, which overwrites the Gram matrix.
    squares = np.einsum("sii->si", gram[:, :count, :count]).copy()
    own = _own_products(gram, count, q) if problem.weight_price else None
    share = _project_out(gram, len(problem.free))

    neurons, others = slice(0, count), slice(count, rows - len(problem.free))
    # Ridge of docs/theory, eqs. 12 and 15, divided by P like all rows.
    prices = problem.prices(squares)
    kernel = gram[:, neurons, neurons] + np.eye(count) * prices[:, :, None]
    # K = L L'. With V = L⁻¹ Phi Y' what is left of Y Y' is Y Y' - V'V, a square of the part that is
    # explained: it is rounded as cond(L), not as cond(K) as with K⁻¹, if V is solved for, not
    # multiplied by L⁻¹.
    factor = _cholesky(kernel)
    cross, identity = gram[:, neurons, others], np.broadcast_to(np.eye(count), kernel.shape)
    both = np.linalg.solve(factor, np.concatenate([cross, identity], axis=2))
    explained, back = np.split(both, [cross.shape[2]], axis=2)
    back = back.transpose(0, 2, 1)
    inverse, solved = back @ back.transpose(0, 2, 1), back @ explained
    # y'(1 - Phi' K⁻¹ Phi) y = |residual|² + prices A²: the price of the weights is in it.
    left = gram[:, others, others] - explained.transpose(0, 2, 1) @ explained
    constant = None
    if problem.bounded:
        # The free rows are the same for all starts.
        price = float(np.linalg.inv(problem.free @ problem.free.T)[-1, -1])
        constant = dual_of_constant(share[:, : others.stop], price, inverse, solved)
    return Eliminated(
        inverse=inverse, solved=solved[:, :, count * q :], left=left, own=own, constant=constant
    )


def _own_products(gram: Array, count: int, q: int) -> tuple[Array, Array]:
    """<phi_i f_ia> (S, k, q) and <f_ia f_ib> (S, k, q, q), before projection."""
    index = np.arange(count)
    blocks = gram[:, :, count : count * (1 + q)]
    cross = blocks[:, :count].reshape(len(gram), count, count, q)[:, index, index]
    square = blocks[:, count : count * (1 + q)].reshape(len(gram), count, q, count, q)
    # Two index arrays with a slice between them put their common axis first.
    return cross.copy(), square[:, index, :, index].transpose(1, 0, 2, 3).copy()


def _project_out(gram: Array, free: int) -> Array:
    """Remove the span of the last `free` rows from all rows: a Schur complement, in place.

    Returns the coefficient (S, n) of the last of them in every row.
    """
    if not free:
        return np.zeros(gram.shape[:2])
    rows = slice(gram.shape[1] - free, gram.shape[1])
    block = gram[:, :, rows]
    share = np.linalg.solve(gram[:, rows, rows], block.transpose(0, 2, 1).copy())
    gram -= block @ share
    return np.asarray(share[:, -1])


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


def _cholesky(kernel: Array) -> Array:
    """L of every kernel; NaN for one that rounding has left without."""
    try:
        return np.asarray(np.linalg.cholesky(kernel))
    except np.linalg.LinAlgError:
        if len(kernel) == 1:
            return np.full_like(kernel, np.nan)
        return np.concatenate([_cholesky(one[None]) for one in kernel])


def _by_qr(problem: RefinementProblem, theta: Array) -> Eliminated:
    """QR of [Phi; sqrt(prices)]: what is left is computed as such, not as a difference."""
    starts, count, q = theta.shape
    n = count * q + 2 * len(problem.leak)
    inverse, solved = np.empty((starts, count, count)), np.empty((starts, count, n))
    left, own = np.empty((starts, n, n)), None
    if problem.weight_price:
        own = np.empty((starts, count, q)), np.empty((starts, count, q, q))
    basis, triangle = np.linalg.qr(problem.free.T)  # the same for all starts
    shares = np.empty((starts, count + n))
    for at, part in _blocks(problem, theta, np.concatenate([problem.leak, problem.target])):
        squares = np.einsum("sip,sip->si", part[:, :count], part[:, :count])
        if own is not None:
            f = part[:, count : count * (1 + q)].reshape(len(part), count, q, -1)
            own[0][at] = np.einsum("sip,siap->sia", part[:, :count], f)
            own[1][at] = f @ f.transpose(0, 1, 3, 2)
        along_free = part @ basis
        if len(problem.free):
            shares[at] = along_free[:, :, -1] / triangle[-1, -1]
        np.subtract(part, along_free @ basis.T, out=part)
        # With the square roots of the prices below Phi, K = R'R without being formed: the error
        # grows with cond(Phi), not with its square (Bjorck 1996).
        roots = np.sqrt(problem.prices(squares))
        priced = np.concatenate([part[:, :count], np.eye(count) * roots[:, :, None]], axis=2)
        Q, R = np.linalg.qr(priced.transpose(0, 2, 1))
        # Q has rows of samples and rows of prices: what is left lies in both.
        others, points = part[:, count:], part.shape[2]
        along = others @ Q[:, :points]
        rest = others - along @ Q[:, :points].transpose(0, 2, 1)
        below = along @ Q[:, points:].transpose(0, 2, 1)
        left[at] = rest @ rest.transpose(0, 2, 1) + below @ below.transpose(0, 2, 1)
        back = _inverse(R)  # K⁻¹ = R⁻¹ R⁻ᵀ
        inverse[at] = back @ back.transpose(0, 2, 1)
        solved[at] = back @ along.transpose(0, 2, 1)
    constant = None
    if problem.bounded:
        constant = dual_of_constant(shares, float(triangle[-1, -1]) ** -2, inverse, solved)
    return Eliminated(
        inverse=inverse, solved=solved[:, :, count * q :], left=left, own=own, constant=constant
    )
