"""The leak and the centre, once the neurons and the direct inputs are projected out.

Place in the flow: a factorisation leaves rows in which only the constant e, the state zeta_d and
the target gamma_d of every output remain; here kappa and c are chosen on them.

    minimise  sum_d |gamma_d + kappa zeta_d - kappa c_d e|² / scale_d²
    subject to  kappa_low <= kappa <= kappa_high,   c_low <= c <= c_high

In (kappa, kappa c) this is a convex quadratic program with linear constraints. For a given kappa
every kappa c_d is a clipped linear function of kappa, so what is left is a convex, piecewise
quadratic function of kappa alone, with at most 2 D pieces: walking from piece to piece along the
descent solves it exactly. No normal equations are formed: a piece is a one-column least squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.regression.readout import LeakBounds

UNDETERMINED = 1e-12
"""A column whose remainder is shorter than this times its own length is in the span."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Leak:
    """The chosen leak. `offset` (D,) is kappa c; `free` (D,): centre strictly inside its bounds."""

    kappa: float
    offset: Array
    center: Array
    free: NDArray[np.bool_]

    @property
    def combination(self) -> Array:
        """Theta (1 + 2D, D): [1 | zeta | velocity] Theta is the residual of every output."""
        count = len(self.offset)
        theta = np.zeros((1 + 2 * count, count))
        each = np.arange(count)
        theta[0], theta[1 + each, each], theta[1 + count + each, each] = -self.offset, self.kappa, 1
        return theta


@dataclass(frozen=True, kw_only=True, eq=False)
class Remainders:
    """What is left of e (r,), zeta and gamma (r, D) after projection, and the pieces of kappa.

    lengths : (1 + 2D,) norms of the columns before projection; `undetermined` is relative to them.
    scale : (D,) divides the outputs.
    """

    rows: Array
    lengths: Array
    bounds: LeakBounds
    scale: Array

    @property
    def constant(self) -> Array:
        """(r,) what is left of the constant; exactly zero when it is in the span."""
        column = self.rows[:, 0]
        # Saturated neurons make a constant; a division by its rounding sends the centre anywhere.
        in_span = column @ column <= (UNDETERMINED * self.lengths[0]) ** 2
        return np.zeros_like(column) if in_span else column

    @cached_property
    def lines(self) -> tuple[Array, Array]:
        """Best unbounded kappa c = start + slope * kappa, for every output: two (D,)."""
        e, count = self.constant, len(self.scale)
        square = e @ e
        if square == 0.0:
            return np.zeros(count), np.zeros(count)
        share = e @ self.rows / square
        return share[1 + count :], share[1 : 1 + count]

    def offset(self, kappa: float) -> tuple[Array, NDArray[np.bool_]]:
        """Best kappa c within its bounds (D,), and which outputs are strictly inside."""
        start, slope = self.lines
        low, high = (kappa * bound if kappa > 0 else 0.0 * slope for bound in self.bounds.center)
        best = start + slope * kappa
        # Strictly inside: where bounds are equal the centre is given and counts as held.
        return np.clip(best, low, high), (low < best) & (best < high)

    def center_slope(self, kappa: float) -> Array:
        """Derivative of kappa c by kappa on this piece, (D,): c itself where c is held."""
        offset, free = self.offset(kappa)
        return np.where(free, self.lines[1], offset / kappa if kappa > 0 else 0.0)

    def leak_columns(self, kappa: float) -> Array:
        """Derivative of the scaled residual by kappa on this piece, (r, D)."""
        zeta = self.rows[:, 1 : 1 + len(self.scale)]
        return np.asarray((zeta - np.outer(self.constant, self.center_slope(kappa))) / self.scale)

    def leak_combination(self, kappa: float) -> Array:
        """Psi (1 + 2D, D): [1 | zeta | velocity] Psi is that derivative, unscaled."""
        count = len(self.scale)
        slope = self.center_slope(kappa)[None]
        return np.vstack([-slope, np.eye(count), np.zeros((count, count))])

    def at_zero_leak(self, kappa: float) -> Array:
        """The scaled residual extrapolated along this piece to kappa = 0, (r, D)."""
        _, free = self.offset(kappa)
        count = len(free)
        start = np.where(free, self.lines[0], 0.0)
        gamma = self.rows[:, 1 + count :]
        return np.asarray((gamma - np.outer(self.constant, start)) / self.scale)

    def edges(self) -> Array:
        """Where a centre meets a bound: ends of the pieces, from lowest to highest kappa."""
        # start + slope kappa = bound kappa; parallel lines (0 denominator) never meet.
        start, slope = self.lines
        lowest, highest = self.bounds.kappa
        with np.errstate(divide="ignore", invalid="ignore"):
            meets = np.concatenate([start / (bound - slope) for bound in self.bounds.center])
        inside = meets[np.isfinite(meets) & (lowest < meets) & (meets < highest)]
        return np.concatenate([[lowest], np.unique(inside), [highest]])

    def best_on_piece(self, low: float, high: float) -> float:
        """Minimum over all kappa of the quadratic that holds between `low` and `high`."""
        # Which centres are held is the same on all of the piece: any point of it tells.
        inside = 0.5 * (low + high) if np.isfinite(high) else 2.0 * low + 1.0
        column = self.leak_columns(inside)
        square = np.sum(column**2)
        whole = np.sum((self.lengths[1 : 1 + len(self.scale)] / self.scale) ** 2)
        if square <= UNDETERMINED**2 * whole:
            return low  # the neurons express the leak themselves: any kappa does
        # Least squares with one unknown: residual = at_zero_leak + kappa column.
        return float(-np.sum(column * self.at_zero_leak(inside)) / square)


def fit_leak(rows: Array, lengths: Array, bounds: LeakBounds, scale: Array) -> Leak:
    """Choose kappa and the centre on what is left of [1 | zeta | velocity].

    Parameters
    ----------
    rows : (r, 1 + 2D)
        Any rows with the inner products of the projected columns, such as a triangular factor.
    lengths : (1 + 2D,)
        Norms of the columns before projection.
    bounds, scale :
        Bounds of kappa and c; what divides the outputs, (D,).

    Raises
    ------
    UsageError
        The bounds of kappa are negative or the wrong way round.
    """
    low, high = bounds.kappa
    if not 0 <= low <= high:
        raise UsageError(f"kappa is bounded by {low:g} and {high:g}; give 0 <= lowest <= highest")
    left = Remainders(rows=rows, lengths=lengths, bounds=bounds, scale=scale)
    kappa = low if low == high else _walk(left)
    offset, free = left.offset(kappa)
    center = np.clip(offset / kappa if kappa > 0 else 0.0 * offset, *bounds.center)
    return Leak(kappa=kappa, offset=offset, center=center, free=free)


def _walk(left: Remainders) -> float:
    """Descend from piece to piece; the function is convex, so a turn is its minimum."""
    # A minimum outside of its piece says on which side the true one lies; coming back to a piece
    # from where it sent us means that the minimum is the edge between the two.
    edges = left.edges()
    piece, direction, last = 0, 0, len(edges) - 2
    while True:
        low, high = edges[piece], edges[piece + 1]
        kappa = left.best_on_piece(low, high)
        if kappa < low and piece > 0 and direction <= 0:
            piece, direction = piece - 1, -1
        elif kappa > high and piece < last and direction >= 0:
            piece, direction = piece + 1, 1
        else:
            return float(np.clip(kappa, low, high))


def leak_status(leak: Leak, bounds: LeakBounds) -> tuple[str, ...]:
    """What the user must know about a leak: that it meets a bound that it could have crossed."""
    low, high = bounds.kappa
    if not low < high or leak.kappa not in (low, high):
        return ()
    longest = leak.kappa == low
    return (
        f"tau ({1.0 / leak.kappa:.3g}) is the {'longest' if longest else 'shortest'} that the fit "
        f"may choose: a {'longer' if longest else 'shorter'} one would lower the error a little "
        "more; --tau NUMBER sets one, and otherwise nothing needs to be done",
    )
