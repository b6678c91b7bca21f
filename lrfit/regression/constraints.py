"""Structure as constraints on the neurons' parameters: steps that keep it, and the way back to it.

Place in the flow: `refine` takes its steps from here, and makes every start admissible first, so
that moves of the search need not know about structure.

    every neuron         |(m, B)| <= slope_cap
    shared bias          b_i = b: one parameter in place of k
    orthogonal columns   sum_i M_ia M_ib = 0 for a < b: steps along the tangent (Lagrange
                         multipliers), then the nearest orthogonal columns of the same lengths
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.regression.problem import RefinementProblem


def damped_step(
    problem: RefinementProblem, theta: Array, hessian: Array, gradient: Array, mu: Array
) -> Array:
    """Solve (H + mu diag H) step = -gradient along the constraints, for starts theta (s, k, q)."""
    normals = _normals(problem, theta) if problem.orthogonal else None
    if problem.shared_bias:
        hessian, gradient = _tied(hessian, gradient, theta.shape[2])
        normals = None if normals is None else _tied_rows(normals, theta.shape[2])
    hessian = np.array(hessian)
    diagonal = np.einsum("snn->sn", hessian)
    # Marquardt's damping relative to the diagonal makes steps independent of units (More 1978). A
    # neuron without weight has no curvature at all: the floor keeps the system solvable.
    floor = 1e-8 * diagonal.max(axis=1, keepdims=True) + np.finfo(float).tiny
    damped = np.maximum(diagonal, floor) * mu[:, None]
    np.einsum("snn->sn", hessian)[...] += damped
    step = _solve(hessian, -gradient, normals)
    return _untied(step, theta.shape[1:]) if problem.shared_bias else step.reshape(theta.shape)


def _solve(hessian: Array, right: Array, normals: Array | None) -> Array:
    """The step (s, n); with normals (s, c, n) the best one that is perpendicular to them."""
    n = right.shape[1]
    if normals is not None:
        # Normal equations of the constrained step (KKT), normals scaled to the Hessian's size: of
        # rows of very different sizes the solver's pivots lose the smaller.
        corner = np.zeros((len(right), normals.shape[1], normals.shape[1]))
        scale = np.einsum("snn->s", hessian)[:, None, None] / n
        rows = normals * scale / np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-300)
        hessian = np.block([[hessian, rows.transpose(0, 2, 1)], [rows, corner]])
        right = np.concatenate([right, np.zeros(corner.shape[:2])], axis=1)
    try:
        return np.asarray(np.linalg.solve(hessian, right[:, :, None])[:, :n, 0])
    except np.linalg.LinAlgError:
        # NumPy tells of no single matrix of a batch: all stay, and `refine` damps more next time.
        return np.zeros((len(right), n))


def _normals(problem: RefinementProblem, theta: Array) -> Array:
    """Derivatives (s, c, k q) of the products of every two columns of M."""
    pairs = list(combinations(range(problem.states), 2))
    rows = np.zeros((len(theta), len(pairs), *theta.shape[1:]))
    for row, (a, b) in enumerate(pairs):
        rows[:, row, :, a], rows[:, row, :, b] = theta[:, :, b], theta[:, :, a]
    return rows.reshape(len(theta), len(pairs), -1)


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


def _tied_rows(normals: Array, q: int) -> Array:
    """Normals by all slopes and the one bias, on which none of them depends."""
    rows = normals.reshape(*normals.shape[:2], -1, q)[..., :-1]
    return np.concatenate([rows.reshape(*normals.shape[:2], -1), 0.0 * normals[..., :1]], axis=2)


def admissible(problem: RefinementProblem, theta: Array) -> Array:
    """Make starts theta (s, k, q) admissible, in place.

    A neuron that is too steep keeps its hyperplane, where its parameters are its own.
    """
    if problem.orthogonal:
        theta[..., : problem.states] = orthogonal_columns(theta[..., : problem.states])
    slope = np.linalg.norm(theta[..., : problem.slopes], axis=-1, keepdims=True)
    if problem.orthogonal:  # all neurons alike, or the columns would not stay orthogonal
        slope = slope.max(axis=-2, keepdims=True)
    factor = np.minimum(1.0, problem.slope_cap / np.maximum(slope, np.finfo(float).tiny))
    if problem.shared_bias:
        theta[..., : problem.slopes] *= factor
        theta[..., -1] = theta[..., -1].mean(axis=-1, keepdims=True)
    else:
        theta *= factor
    return theta


def orthogonal_columns(M: Array) -> Array:
    """The nearest orthogonal columns to those of M (s, k, D), with their lengths (Lowdin 1950).

    Columns are scaled to length one first, so that units of the variables do not matter.
    """
    lengths = np.linalg.norm(M, axis=-2, keepdims=True)
    unit = np.nan_to_num(M / np.maximum(lengths, np.finfo(float).tiny))
    left, _, right = np.linalg.svd(unit, full_matrices=False)  # U V': the polar factor
    return np.asarray((left @ right) * lengths)
