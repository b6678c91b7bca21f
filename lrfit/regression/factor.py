"""Triangular factors of tall matrices, block after block, and solving with them.

Place in the flow: everything a least-squares fit needs is in the triangular factor R of
[columns | targets]; Q is never formed. R of stacked blocks is the R of the stacked Rs (TSQR,
Demmel et al. 2012), so a matrix of any height is factorised in the memory of one block, and as
stably as by Householder's method on the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dtrcon

from lrfit.core.arrays import Array


def triangular_factor(blocks: Iterable[Array], columns: int) -> Array:
    """R (columns, columns), upper triangular, with R'R = sum of block' block.

    blocks : arrays (n, columns); fewer rows than columns in all leaves zero rows below.
    """
    R = np.zeros((0, columns))
    for block in blocks:
        stack = np.vstack([R, block]) if len(R) else block
        R = np.asarray(np.linalg.qr(stack, mode="r"))  # signs of rows are arbitrary, and cancel
    return np.vstack([R, np.zeros((columns - len(R), columns))])


def add_ridge(R: Array, penalty: Array, first: int) -> Array:
    """R after appending sqrt(penalty_i) e_i below column first + i, for every i."""
    rows = np.zeros((len(penalty), R.shape[1]))
    rows[np.arange(len(penalty)), first + np.arange(len(penalty))] = np.sqrt(penalty)
    return triangular_factor([R, rows], R.shape[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class Solver:
    """Solves X a = b: by back-substitution, or by a truncated SVD where rank is lost.

    unit, lengths : X with columns of length one, and those lengths: rank and condition then do
    not depend on units. inverse : pseudo-inverse of `unit` when rank is lost. lost : (l, c) rows
    spanning what X does not reach: there b is remainder, not fit.
    """

    unit: Array
    lengths: Array
    rank: int
    condition: float
    inverse: Array | None
    lost: Array

    def solve(self, b: Array) -> Array:
        """Coefficients a (c, D) for b (c, D); of least norm where rank is lost."""
        inside = solve_triangular(self.unit, b) if self.inverse is None else self.inverse @ b
        return np.asarray(inside / self.lengths[:, None])


def analyse(X: Array, samples: int) -> Solver:
    """Rank and condition of an upper triangular X (c, c), and the way to solve with it."""
    # Column scaling is within sqrt(c) of the best conditioning there is (van der Sluis 1969).
    lengths = np.linalg.norm(X, axis=0)
    lengths[lengths == 0.0] = 1.0
    unit, count = X / lengths, len(X)
    values = np.linalg.svd(unit, compute_uv=False)
    largest, smallest = values.max(initial=0.0), values.min(initial=np.inf)
    rank = int(np.sum(values > max(samples, count) * np.finfo(float).eps * largest))
    # Back-substitution where rank is full: it is backward stable whatever the condition number.
    inverse, lost = None, np.zeros((0, count))
    if rank < count:
        U, S, Vt = np.linalg.svd(unit)
        inverse, lost = (Vt[:rank].T / S[:rank]) @ U[:, :rank].T, U[:, rank:].T
    return Solver(
        unit=unit,
        lengths=lengths,
        rank=rank,
        condition=_condition(largest, smallest) if count else 1.0,
        inverse=inverse,
        lost=lost,
    )


def _condition(largest: float, smallest: float) -> float:
    return float(largest / smallest) if smallest > 0.0 else float("inf")


def condition_estimate(X: Array) -> float:
    """Estimate cond_1 of an upper triangular X, columns of length one (LAPACK trcon): cheap."""
    if len(X) == 0:
        return 1.0
    inverse, _ = dtrcon(X / np.linalg.norm(X, axis=0))
    return float(1.0 / inverse) if inverse > 0.0 else float("inf")
