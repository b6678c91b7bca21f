"""Distance of two runs that may be a little early or late against each other.

    d(t) = min over |s - t| <= 0.05 t + 0.01 T of |y(s) - z(t)|

Place in the flow: the declared run of a network beside that of its target. Point by point a spike
that comes a little late is as far away as one that is missing, and a period that is 3 % long tears
two equal oscillations apart; with the shift allowed, what remains is what is missing, too much,
too high, or later than by five percent of the time so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, lengths

SHIFT, SLACK = 0.05, 0.01
"""Shift that is allowed: share of the time so far, and of the whole duration."""
_AT_ONCE = 4096
"""Chords whose distances are computed together."""
_PROBED = 64
"""States, those farthest apart at equal times, whose distances bound the largest from below."""


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Largest distance of two runs in spite of shifts, and when it is reached; box units."""

    distance: float
    time: float


def apart(t: Array, first: Array, second: Array, *, ended: bool = False) -> Apart:
    """Compare states (T, D) of two runs at even times t (T,), each with the other; see `gaps`."""
    found = gaps(t, first, second, ended=ended, below=np.inf)
    worst = int(np.argmax(found))
    return Apart(distance=float(found[worst]), time=float(t[worst]))


def gaps(
    t: Array, first: Array, second: Array, *, ended: bool = False, below: float = 0.0
) -> Array:
    """(T,) distances of two runs (T, D) at even times t (T,), shifts allowed.

    ended : whether the motion has come to rest. If not, the last states, whose counterpart may
    come after the end, do not count.
    below : distances up to this are not needed exactly, unless they are the largest: they may be
    given too large, by no more than up to this and up to the largest. The search for the nearest
    place is most of the work, and nearly all states of a good network need none.
    """
    counted = np.arange(len(t)) if ended else np.flatnonzero(t + _reach(t) <= t[-1])
    found = np.zeros(len(t))
    plain = lengths(first - second)
    farthest = counted[np.argsort(-plain[counted], kind="stable")[:_PROBED]]
    probed = np.maximum(
        _one_way(t, first, second, farthest, 0.0), _one_way(t, second, first, farthest, 0.0)
    )
    enough = min(below, float(np.max(probed, initial=0.0)))
    found[counted] = np.maximum(
        _one_way(t, first, second, counted, enough), _one_way(t, second, first, counted, enough)
    )
    found[farthest] = probed
    return found


def _reach(t: Array) -> Array:
    """(T,) shift that is allowed at each time."""
    return np.asarray(SHIFT * (t - t[0]) + SLACK * (t[-1] - t[0]))


def _one_way(t: Array, wanted: Array, found: Array, rows: NDArray[np.intp], enough: float) -> Array:
    """(R,) distance of the states wanted at `rows` from the chords of the other run near their
    times; where that is at most `enough`, any number between the two.
    """
    count = len(t)
    step = float(t[-1] - t[0]) / (count - 1)  # on average: a map may keep every step or other one
    reach = np.ceil(_reach(t) / step).astype(np.intp)[rows]
    best = lengths(wanted[rows] - found[rows])
    farthest = int(reach.max(initial=0))
    offsets = np.array(sorted(range(-farthest, farthest), key=lambda k: abs(2 * k + 1)), dtype=int)
    left, done = np.arange(len(rows)), 0
    # From near to far, so that most states are done after a few chords: the fewer are left, the
    # more chords at once.
    while done < len(offsets):
        left = left[best[left] > enough]
        if not len(left):
            break
        now = offsets[done : done + max(1, _AT_ONCE // len(left))]
        done += len(now)
        at = rows[left][:, None] + now
        fits = (at >= 0) & (at < count - 1)
        fits &= reach[left][:, None] >= np.maximum(-now, now + 1)
        row, column = np.nonzero(fits)
        gap = np.full(fits.shape, np.inf)
        start = at[row, column]
        gap[row, column] = _to_chord(wanted[rows[left[row]]], found[start], found[start + 1])
        best[left] = np.minimum(best[left], gap.min(axis=1))
    return np.asarray(best)


def _to_chord(place: Array, start: Array, end: Array) -> Array:
    """Distances (R,) of places (R, D) from the segments between starts and ends (R, D)."""
    along = end - start
    length = np.maximum(_dot(along, along), 1e-300)
    share = np.clip(_dot(place - start, along) / length, 0.0, 1.0)
    return lengths(place - start - share[:, None] * along)


def _dot(a: Array, b: Array) -> Array:
    """Products (R,) of rows of a and b (R, D), summed component by component as in `lengths`."""
    total = a[:, 0] * b[:, 0]
    for d in range(1, a.shape[1]):
        total += a[:, d] * b[:, d]
    return np.asarray(total)


def rises(t: Array, values: Array, *, least: float) -> Array:
    """Times (n,) at which a variable (T,) rises through its middle, from below 40 % to above 60 %.

    None where its range is smaller than `least`: noise of the integration is no excursion.
    """
    low, high = float(values.min()), float(values.max())
    if not high - low >= least:
        return np.empty(0)
    return rises_through(t, values, low + 0.4 * (high - low), low + 0.6 * (high - low))


def rises_through(t: Array, values: Array, lower: float, upper: float) -> Array:
    """Times (n,) at which values (T,) pass the upper level after having been below the lower."""
    found, armed = [], False
    state = np.where(values <= lower, -1, np.where(values >= upper, 1, 0))
    for k in np.flatnonzero(state):
        if state[k] > 0 and armed:
            found.append(t[k])
        armed = state[k] < 0
    return np.array(found)
