"""What becomes of a push: how fast it is forgotten, how far it has grown, how it shifts in time.

    return rate    -d log|z_pushed(t) - z_free(t)| / dt, a straight line fitted after the push
    divergence     |z_pushed - z_free| at the end, relative to the amplitude
    phase shift    s - t, with z_free(s) the point of the free trajectory nearest to z_pushed(t);
                   found by continuation, so that another turn is not taken for this one
    off path       the distance to that point at the end, relative to the amplitude

Place in the flow: a `Response` becomes numbers. Linear networks return at their eigenvalue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.perturbation.push import Push
from lrfit.perturbation.response import Response

_FLOOR, _CEILING = 1e-3, 1.0
"""A distance is fitted while it is above this share of the amplitude, and below one excursion."""
_REACH = 0.25
"""How far the nearest point may move ahead or back between two output times, in 1/rate."""
_FEWEST = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Recovery:
    """Of one network; NaN where nothing could be measured.

    return_rate, divergence, phase_shift, off_path : (pushes, amplitudes).
    """

    return_rate: Array
    divergence: Array
    phase_shift: Array
    off_path: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        shape = np.shape(self.return_rate)
        freeze_fields(self, return_rate=shape, divergence=shape)
        freeze_fields(self, phase_shift=shape, off_path=shape)


def recover(
    response: Response,
    pushes: Sequence[Push],
    amplitudes: Sequence[float],
    *,
    window: float,
    rate: float,
) -> Recovery:
    """Measure every response, return rates within `window` after the push.

    rate : of the trajectory, for how fast the nearest point may move.
    """
    distance, t = response.distance, response.t
    shift, off = nearest_on_path(response, reach=int(np.ceil(_REACH / (rate * (t[1] - t[0])))))
    rates = np.empty(distance.shape[:2])
    for p, push in enumerate(pushes):
        # A jump falls on the step nearest to its time, so that the next output has it.
        after = (t > push.end + 0.5 * (t[1] - t[0])) & (t <= push.end + window)
        for a, size in enumerate(amplitudes):
            rates[p, a] = decay_rate(t[after], distance[p, a, after], size)
    sizes = np.asarray(amplitudes)
    return Recovery(
        return_rate=rates,
        divergence=distance[:, :, -1] / sizes,
        phase_shift=shift,
        off_path=off / sizes,
    )


def decay_rate(t: Array, distance: Array, size: float) -> float:
    """Rate (1/time) of a distance (T,): minus the slope of a line through its logarithm."""
    within = (distance > _FLOOR * size) & (distance < _CEILING)
    count = len(t) if np.all(within) else int(np.argmin(within))
    if count < _FEWEST:
        return float("nan")
    x, y = t[:count] - np.mean(t[:count]), np.log(distance[:count])
    return float(-(x @ y) / (x @ x))


def nearest_on_path(response: Response, reach: int) -> tuple[Array, Array]:
    """Last phase shifts and distances from the path (pushes, amplitudes).

    The shift is NaN for what is further than an excursion from the path: no point is its own.
    """
    t, free = response.t, response.free
    runs = response.pushed.reshape(-1, *free.shape)
    step, last = t[1] - t[0], len(t) - 1
    velocity = np.gradient(free, step, axis=0)
    speed = np.maximum(np.sum(velocity**2, axis=1), 1e-300)
    at = np.zeros(len(runs), dtype=np.intp)
    off, shift = np.full(len(runs), np.nan), np.full(len(runs), np.nan)
    around = np.arange(-reach, reach + 1)
    for k in range(len(t)):
        near = np.clip(at[:, None] + 1 + around, 0, last)
        gap = np.sum((runs[:, k, None] - free[near]) ** 2, axis=2)
        lost = ~np.isfinite(gap).all(axis=1)
        at = near[np.arange(len(runs)), np.argmin(np.where(lost[:, None], 0.0, gap), axis=1)]
        behind = runs[:, k] - free[at]
        along = np.sum(behind * velocity[at], axis=1) / speed[at]
        along = np.clip(along, -step, step)
        across = behind - along[:, None] * velocity[at]
        inside = ~lost & (at < last)
        off[inside] = np.sqrt(np.mean(across**2, axis=1))[inside]
        shift[inside] = np.where(off < _CEILING, t[at] + along - t[k], np.nan)[inside]
    shape = response.pushed.shape[:2]
    return shift.reshape(shape), off.reshape(shape)
