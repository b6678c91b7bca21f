"""Zeros of a function of time over an interval, none missed: interval bisection.

    0 not in f([a, b])                      no zero in [a, b]
    0 not in f'([a, b])                     at most one: found by bisection where the sign changes
    else                                    both halves

The bounds of f are the better of its own and of the mean value form f(m) + f'([a, b])([a, b] - m)
(Moore, Kearfott & Cloud 2009, sections 6.1 and 8.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.expressions.compiler import Program
from lrfit.fields.expressions.derivative import derivatives
from lrfit.fields.expressions.interval import IntervalProgram
from lrfit.fields.expressions.tree import Expr
from lrfit.fields.signal_events import margin

BUDGET = 2**15
"""Intervals that are looked at; what is undecided then is told."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Zeros:
    """Zeros at `times` (K,), increasing.

    spacing : where not all could be found, the shortest time in which the function can swing over
    its whole range, 0 where its slope is unbounded; infinite where all were found.
    """

    times: Array
    spacing: float


def zeros(
    function: Expr,
    pieces: Array,
    *,
    least: float = 0.0,
    slope: Expr | None = None,
    budget: int = BUDGET,
) -> Zeros:
    """Find the zeros of a simplified function of t in intervals.

    Parameters
    ----------
    function : Expr
        Of "t".
    pieces : (2, P)
        Ends of the intervals. Jumps of the function within them are among the zeros.
    least : float
        Over intervals where the integral of |function| is at most this, the function counts as
        zero: of neighbouring ones the middle is a zero where its sign changes across them.
    slope : Expr
        Its derivative, where the function has no jumps within the intervals.
    budget : int
        Intervals that may be looked at.
    """
    slope = slope or derivatives((function,), ["t"])[0][0]
    values = Program(roots=(function,), symbols=("t",))
    if slope.is_constant:
        return Zeros(times=_of_line(values, slope.value, pieces), spacing=np.inf)
    search = _Search(
        program=IntervalProgram(roots=(function, slope), symbols=("t",), derived=True),
        values=values,
        least=least,
    )
    return search.run(pieces, budget)


def _of_line(values: Program, slope: float, pieces: Array) -> Array:
    """The zero of f(0) + slope t."""
    if slope == 0.0:
        return np.empty(0)
    time = -evaluated(values, np.zeros(1)) / slope
    inside = (time >= pieces[0]) & (time <= pieces[1])
    return np.asarray(time if np.any(inside) else time[:0])


def evaluated(values: Program, t: Array) -> Array:
    """A program of one root and one symbol at times (T,)."""
    out = np.empty(len(t))
    values.fill([t], [out])
    return out


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    """Bisection of one function with its slope, all intervals of a level at once."""

    program: IntervalProgram
    values: Program
    least: float

    def run(self, pieces: Array, budget: int) -> Zeros:
        boxes, found, still = pieces[:, pieces[1] > pieces[0]], [np.empty(0)], [np.empty((2, 0))]
        while boxes.shape[1]:
            budget -= boxes.shape[1]
            if budget < 0:
                break
            empty, small, single = self._judge(boxes)
            still.append(boxes[:, small & ~empty])
            empty = empty | small
            found.append(self._bisected(boxes[:, single & ~empty]))
            boxes = boxes[:, ~(single | empty)]
            middle = 0.5 * boxes[0] + 0.5 * boxes[1]
            # A kink or a multiple zero, told from its surroundings no better than by rounding.
            narrow = boxes[1] - boxes[0] <= 16.0 * np.spacing(np.abs(boxes).max(axis=0))
            found.append(middle[narrow])
            lower = np.stack([boxes[0], middle])[:, ~narrow]
            upper = np.stack([middle, boxes[1]])[:, ~narrow]
            boxes = np.stack([lower.T.ravel(), upper.T.ravel()])
        found.append(self._across(np.hstack(still)))
        return Zeros(times=_merged(np.concatenate(found)), spacing=self._spacing(boxes))

    def _judge(self, boxes: Array) -> tuple[NDArray[np.bool_], ...]:
        """Whether there is no zero, whether the function is small, and has at most one zero."""
        low, high = boxes
        middle = 0.5 * low + 0.5 * high
        box = self.program.enclose(low[None], high[None])
        here = self.program.enclose(middle[None], middle[None])
        reach = np.maximum(high - middle, middle - low) * (1.0 + 1e-15)
        change = np.maximum(-box.lower[1], box.upper[1]) * reach
        least = np.fmax(box.lower[0], here.lower[0] - change)
        most = np.fmin(box.upper[0], here.upper[0] + change)
        small = np.maximum(-least, most) * (high - low) <= self.least
        single = (box.lower[1] > 0.0) | (box.upper[1] < 0.0)
        return (least > 0.0) | (most < 0.0), small, single

    def _across(self, still: Array) -> Array:
        """Middles of neighbouring intervals that count as zero and part positive from negative."""
        if not still.shape[1]:
            return np.empty(0)
        low, high = still[:, np.argsort(still[0])]
        apart = low[1:] > high[:-1]
        low, high = low[np.append(True, apart)], high[np.append(apart, True)]
        first, last = (np.sign(evaluated(self.values, edge)) for edge in (low, high))
        return np.asarray((0.5 * low + 0.5 * high)[first * last < 0.0])

    def _bisected(self, boxes: Array) -> Array:
        """The zeros (K,) of those intervals in which the function changes its sign."""
        first, last = (np.sign(evaluated(self.values, edge)) for edge in boxes)
        low, high = boxes[:, first * last <= 0.0]
        rises = last[first * last <= 0.0] > 0.0
        for _ in range(70):
            middle = 0.5 * low + 0.5 * high
            beyond = (evaluated(self.values, middle) >= 0.0) == rises
            low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
        return np.asarray(0.5 * low + 0.5 * high)

    def _spacing(self, boxes: Array) -> float:
        if not boxes.shape[1]:
            return float(np.inf)
        box = self.program.enclose(boxes[:1], boxes[1:])
        swing = np.max(box.upper[0]) - np.min(box.lower[0])
        fastest = np.max(np.maximum(-box.lower[1], box.upper[1]))
        spacing = swing / fastest
        return float(spacing) if np.isfinite(spacing) else 0.0


def _merged(times: Array) -> Array:
    """In order; of those that rounding does not tell apart the first."""
    times = np.sort(times)
    return times[np.append(True, np.diff(times) > margin(times[1:]))] if len(times) else times


def split(start: float, stop: float, at: Sequence[float] | Array) -> Array:
    """Intervals (2, P) between times, inside of them by their margins."""
    inner = [time for time in sorted(at) if start < time < stop]
    edges = np.array([start, *inner, stop])
    return np.stack([edges[:-1] + margin(edges[:-1]), edges[1:] - margin(edges[1:])])
