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

from lrfit.arrays import Array

SHIFT, SLACK = 0.05, 0.01
"""Shift that is allowed: share of the time so far, and of the whole duration."""


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Largest distance of two runs in spite of shifts, and when it is reached; box units."""

    distance: float
    time: float


def apart(t: Array, first: Array, second: Array, *, ended: bool = False) -> Apart:
    """Compare states (T, D) of two runs at even times t (T,), each with the other; see `gaps`."""
    found = gaps(t, first, second, ended=ended)
    worst = int(np.argmax(found))
    return Apart(distance=float(found[worst]), time=float(t[worst]))


def gaps(t: Array, first: Array, second: Array, *, ended: bool = False) -> Array:
    """(T,) distances of two runs (T, D) at even times t (T,), shifts allowed.

    ended : whether the motion has come to rest. If not, the last states, whose counterpart may
    come after the end, do not count.
    """
    found = np.maximum(_one_way(t, first, second), _one_way(t, second, first))
    if not ended:
        found[t + _reach(t) > t[-1]] = 0.0
    return found


def _reach(t: Array) -> Array:
    """(T,) shift that is allowed at each time."""
    return np.asarray(SHIFT * (t - t[0]) + SLACK * (t[-1] - t[0]))


def _one_way(t: Array, wanted: Array, found: Array) -> Array:
    """(T,) distance of every state wanted from the chords of the other run near its time."""
    count = len(t)
    step = float(t[-1] - t[0]) / (count - 1)  # on average: a map may keep every step or other one
    reach = np.ceil(_reach(t) / step).astype(np.intp)
    best = np.full(count, np.inf)
    for offset in range(-int(reach[-1]), int(reach[-1])):
        rows = np.arange(max(0, -offset), min(count, count - 1 - offset))
        allowed = reach[rows] >= max(-offset, offset + 1)
        rows = rows[allowed]
        if not len(rows):
            continue
        start = found[rows + offset]
        best[rows] = np.minimum(
            best[rows], _to_chord(wanted[rows], start, found[rows + offset + 1])
        )
    return np.asarray(np.minimum(best, np.linalg.norm(wanted - found, axis=1)))


def _to_chord(place: Array, start: Array, end: Array) -> Array:
    """Distances (R,) of places (R, D) from the segments between starts and ends (R, D)."""
    along = end - start
    length = np.maximum(np.sum(along**2, axis=1), 1e-300)
    share = np.clip(np.sum((place - start) * along, axis=1) / length, 0.0, 1.0)
    return np.asarray(np.linalg.norm(place - start - share[:, None] * along, axis=1))


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
