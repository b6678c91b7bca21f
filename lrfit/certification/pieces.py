"""Quadratic pieces with remainder: what fields become over small boxes.

    f_d(c + w s) = constant_d + sum_j linear_dj s_j + sum_{j<=k} square_djk s_j s_k ± remainder_d

for every s in [-1, 1]^n, with c and w the middle and half-widths of a box in (z, u), n = D + U.
Boxes are the last axis of every array here, so that each operation passes over contiguous
boxes; `square` has one row per pair of `pairs(n)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, frozen

Index = NDArray[np.intp]
ROUNDING = 1e-14
"""Share of the magnitudes of a few summed products that certainly exceeds their rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """Enclosures of a field with D components over P boxes, box units per time.

    value (D, P): the field in the middle, up to `doubt` (D, P). constant (D, P),
    linear (D, n, P), square (D, pairs, P), remainder (D, P): as in the module; NaN or inf where
    there is no bound. sway (n, P): how much of the remainders each axis is to blame for.
    """

    value: Array
    doubt: Array
    constant: Array
    linear: Array
    square: Array
    remainder: Array
    sway: Array


@cache
def pairs(n: int) -> tuple[Index, Index]:
    """Index pairs j <= k, in the order of the rows of `square`."""
    first, second = np.triu_indices(n)
    first.flags.writeable = second.flags.writeable = False
    return first, second


@cache
def multiplicity(n: int) -> Array:
    """How often a pair occurs in a full sum over j and k: 1 on the diagonal, 2 off it."""
    first, second = pairs(n)
    return frozen(np.where(first == second, 1.0, 2.0))


def difference(a: Pieces, b: Pieces) -> Pieces:
    """Enclosures of a - b, with the rounding of the subtraction in the remainder."""
    constant, linear, square = a.constant - b.constant, a.linear - b.linear, a.square - b.square
    size = np.abs(b.constant) + np.abs(b.linear).sum(axis=1) + np.abs(b.square).sum(axis=1)
    size += np.abs(constant) + np.abs(linear).sum(axis=1) + np.abs(square).sum(axis=1)
    value = a.value - b.value
    return Pieces(
        value=value,
        doubt=a.doubt + b.doubt + ROUNDING * (np.abs(value) + np.abs(b.value)),
        constant=constant,
        linear=linear,
        square=square,
        remainder=a.remainder + b.remainder + ROUNDING * size,
        sway=a.sway + b.sway,
    )
