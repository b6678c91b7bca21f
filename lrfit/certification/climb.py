"""Where the error is large: points that bound its maximum from below.

Place in the flow: branch and bound discards what is within the gap of the largest error that
is known, so that a good point found early is work saved. A compass search (Kolda, Lewis &
Torczon 2003) from several places at once needs no derivatives and ends on borders exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.certification.error_model import ErrorModel
from lrfit.core.arrays import Array

_SMALLEST = 1e-7  # half-widths of the domain: the maximum is then off by its square
_MOST = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The largest certain error of every objective, (K,), and the places (K, n) where it is."""

    lower: Array
    places: Array


def nothing_found(error: ErrorModel) -> Found:
    """Where a search begins."""
    K = len(error.scale)
    middle = np.tile(0.5 * (error.lower + error.upper), (K, 1))
    return Found(lower=np.zeros(K), places=middle)


def improve(error: ErrorModel, found: Found, starts: Array, step: float) -> Found:
    """Climb each objective from its row of starts (K, n); keep what is certainly better."""
    places = _climb(error, starts, step)
    # A value in floating point is no bound: what counts is the enclosure at that point.
    certain = np.diagonal(error.certain(places))
    better = certain > found.lower
    return Found(
        lower=np.where(better, certain, found.lower),
        places=np.where(better[:, None], places, found.places),
    )


def _climb(error: ErrorModel, starts: Array, step: float) -> Array:
    K, n = starts.shape
    compass = np.vstack([np.eye(n), -np.eye(n)]) * error.width
    rows = np.arange(K)
    places, steps = starts, np.full(K, step)
    values = error.evaluate(places)[rows, rows]
    for _ in range(_MOST):
        trials = np.clip(places[:, None] + steps[:, None, None] * compass, error.lower, error.upper)
        heights = error.evaluate(trials.reshape(-1, n)).reshape(K, K, 2 * n)[rows, rows]
        best: NDArray[np.intp] = np.argmax(heights, axis=1)
        up = heights[rows, best] > values
        places = np.where(up[:, None], trials[rows, best], places)
        values = np.where(up, heights[rows, best], values)
        # Compass search converges where steps are halved only after no direction helped.
        steps = np.where(up, steps, 0.5 * steps)
        if np.all(steps < _SMALLEST):
            break
    return places
