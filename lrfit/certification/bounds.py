"""From a piece of the error to the largest error that it allows in its box.

    e_d(s) = constant_d + sum_j linear_dj s_j + sum_{j<=k} square_djk s_j s_k ± remainder_d

Place in the flow: the difference of network and target pieces becomes one number per objective
and box: |e|, then |e_d| for every variable. A sum of one-dimensional quadratics is maximized
exactly, mixed terms by their size; |e|² is treated as one quadratic, since bounding every e_d by
itself would add up maxima from different corners.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.certification.pieces import ROUNDING, Pieces, multiplicity, pairs
from lrfit.core.arrays import Array

_SAFE = 1.0 + 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class BoxBounds:
    """For K = 1 + D objectives (|e|, then |e_d|) over P boxes, box units per time.

    upper (K, P): no error in the box is larger. middle (K, P): the error in the box's middle is
    at least this. axis (P,): along which the box is best cut.
    """

    upper: Array
    middle: Array
    axis: NDArray[np.intp]


def bound_errors(error: Pieces, radius: Array, width: Array) -> BoxBounds:
    """Bound the error over boxes of half-widths radius (n, P), in a domain of width (n,)."""
    each = _by_variable(error)
    # Both are true. The first wins in small boxes, where the largest |e_d| lie in different
    # corners; the second in large ones, where the terms of higher order weigh.
    whole = np.minimum(_euclidean(error), np.sqrt(np.sum(each**2, axis=0)))
    least = np.maximum(np.abs(error.value) - error.doubt, 0.0)
    return BoxBounds(
        upper=np.vstack([whole, each]) * _SAFE,
        middle=np.vstack([np.sqrt(np.sum(least**2, axis=0)), least]) / _SAFE,
        axis=_cut(error, radius / width[:, None]),
    )


def _by_variable(error: Pieces) -> Array:
    """(D, P) bounds on |e_d|."""
    low, high = _range(error.linear, error.square)
    largest = np.maximum(error.constant + high, -(error.constant + low))
    return largest + error.remainder


def _euclidean(error: Pieces) -> Array:
    """(P,) bounds on |e|.

    |e|² = |c|² + (2 c L) s + s'(L'L + 2 c Q) s + terms of third and fourth order.
    """
    c, L, Q = error.constant, error.linear, error.square
    n = L.shape[1]
    first, second = pairs(n)
    twice = multiplicity(n)[:, None]
    slope = 2.0 * np.sum(c[:, None] * L, axis=0)
    bend = twice * np.sum(L[:, first] * L[:, second], axis=0) + 2.0 * np.sum(c[:, None] * Q, axis=0)
    size_L, size_Q = np.abs(L).sum(axis=1), np.abs(Q).sum(axis=1)
    higher = np.sum((2.0 * size_L + size_Q) * size_Q, axis=0)
    rounding = ROUNDING * np.sum((np.abs(c) + size_L + size_Q) ** 2, axis=0)
    squared = np.sum(c * c, axis=0) + _range(slope[None], bend[None])[1][0] + higher + rounding
    remainder = np.sqrt(np.sum(error.remainder**2, axis=0))
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)) + remainder)


def _range(linear: Array, square: Array) -> tuple[Array, Array]:
    """Bounds (D, P) on linear (D, n, P) and square (D, pairs, P) terms over the unit cube."""
    first, second = pairs(linear.shape[1])
    # |s_j s_k| <= 1; the exact maximum of an indefinite quadratic over a cube is NP-hard.
    mixed = np.abs(square[:, first != second]).sum(axis=1)
    own = square[:, first == second]
    size = np.abs(linear)
    return -(_highest(size, -own).sum(axis=1) + mixed), _highest(size, own).sum(axis=1) + mixed


def _highest(slope: Array, bend: Array) -> Array:
    """Largest slope |s| + bend s² for |s| <= 1."""
    # A concave parabola with its vertex, -slope / (2 bend), inside of [0, 1].
    inside = slope < -2.0 * bend
    return np.where(inside, slope * slope / np.where(inside, -4.0 * bend, 1.0), slope + bend)


def _cut(error: Pieces, share: Array) -> NDArray[np.intp]:
    """The axis to blame for most of the gap: remainders, mixed terms, a little of the slopes."""
    n = len(share)
    first, second = pairs(n)
    # A linear term makes no gap by itself; a little of it keeps boxes from becoming needles.
    blame = error.sway + np.abs(error.linear).sum(axis=0) / 16.0
    for k, (a, b) in enumerate(zip(first, second, strict=True)):
        if a != b:
            mixed = np.abs(error.square[:, k]).sum(axis=0)
            blame[a] += mixed
            blame[b] += mixed
    blame = np.where(np.isfinite(error.remainder).all(axis=0), blame, share)
    # An axis a million times narrower than the widest is never cut again: it cannot matter.
    blame = np.where(share > 1e-6 * share.max(axis=0), blame, -1.0)
    return np.asarray(np.argmax(blame, axis=0))
