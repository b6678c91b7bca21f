"""Where many points are after one and the same time: all at once, each with its own steps.

    dy/dt = f(y),   y(0) = y0 (P, n),   d = y(T) - y0

DOP853's eighth-order step with its error estimate, over arrays of points: a point that is done
is computed no further, and one in trouble does not make the others' steps smaller. What is
integrated is the displacement d, so that a short T loses no digits.

Reference: Hairer, Norsett & Wanner (1993), sections II.4 and II.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.integrate.dop853_tableau import E3, E5, STAGES, A, B
from lrfit.integrate.solution import Limits

Change = Callable[[Array, NDArray[np.intp]], Array]
"""(d (R, n), rows (R,)) -> f (R, n) at displacement d of the points `rows`."""

RTOL = 1e-12
"""Error of a step, relative to the way that a point goes in all."""
_FLOOR = 1e-15
_ROUNDS = 2_000
"""Steps of any point, rejected ones included: enough where T times the fastest rate is 10,000."""
_SHORTEST = 1e-12


def displacements(
    change: Change, shape: tuple[int, int], duration: float, *, scale: Array
) -> Array:
    """How far each of `shape` = (P, n) points is carried within `duration`.

    Parameters
    ----------
    change : callable
        The velocity at displacements; may be asked for any rows, in any order.
    scale : (n,)
        Unit of every component, in which errors are measured.

    Returns
    -------
    (P, n)
        NaN for points whose way cannot be followed to the end: it blows up, leaves the region
        where the velocity is finite, or takes too many steps.
    """
    points = _Points(shape, duration, scale)
    method = _Method.load()
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):
            if not len(points.rows):
                break
            points.settle(*method.step(change, points.rows, points.d[points.rows], points.next))
    points.give_up()
    return points.d


@dataclass(frozen=True, kw_only=True, eq=False)
class _Method:
    """The tableau of DOP853: stages A (12, 12), weights B (12,), error weights E3, E5 (12,)."""

    A: Array
    B: Array
    E3: Array
    E5: Array

    @classmethod
    def load(cls) -> _Method:
        # The last error weight belongs to the velocity after the step, and is zero.
        return cls(A=A, B=B, E3=E3[:STAGES], E5=E5[:STAGES])

    def step(
        self, change: Change, rows: NDArray[np.intp], d: Array, h: Array
    ) -> tuple[Array, Array, Array, Array]:
        """New d (R, n), both error estimates, and the first velocity of the step."""
        stages = np.empty((len(self.B), *d.shape))
        stages[0] = change(d, rows)
        for s in range(1, len(stages)):
            # f does not depend on t while inputs are held: the nodes c of the tableau are not
            # needed.
            ahead = np.tensordot(self.A[s, :s], stages[:s], axes=1)
            stages[s] = change(d + h[:, None] * ahead, rows)
        new = d + h[:, None] * np.tensordot(self.B, stages, axes=1)
        fifth, third = (np.tensordot(E, stages, axes=1) for E in (self.E5, self.E3))
        return new, fifth, third, stages[0]


class _Points:
    """All points on their way: rows that still go, their displacement and time left."""

    def __init__(self, shape: tuple[int, int], duration: float, scale: Array) -> None:
        self.duration, self.scale, self.bound = duration, scale, Limits().bound
        self.d = np.zeros(shape)
        self.rows = np.arange(shape[0])
        self.left = np.full(shape[0], duration)
        self.next = self.left.copy()

    def settle(self, new: Array, fifth: Array, third: Array, first: Array) -> None:
        """Take the steps that are exact enough; choose the next ones."""
        error = self._error(new, fifth, third, first)
        taken = error <= 1.0
        self.d[self.rows[taken]] = new[taken]
        self.left[taken] -= self.next[taken]
        # DOP853 estimates with order 7, so that the error of a step goes like h^8.
        growth = 0.9 * np.maximum(error, 1e-12) ** -0.125
        growth = np.where(np.isfinite(error), np.clip(growth, 0.2, 10.0), 0.2)
        self.next *= np.where(taken, growth, np.minimum(growth, 1.0))
        # What rounding leaves of the time is no step of its own.
        arrived = taken & (self.left <= _SHORTEST * self.duration)
        far = ~(np.max(np.abs(self.d[self.rows]) / self.scale, axis=1) <= self.bound)
        lost = (self.next < _SHORTEST * self.duration) | far
        self.d[self.rows[lost & ~arrived]] = np.nan
        self._keep(~(arrived | lost))

    def _error(self, new: Array, fifth: Array, third: Array, first: Array) -> Array:
        """(R,) error of the step in units of what is allowed, as in DOP853."""
        way = self.duration * np.linalg.norm(first / self.scale, axis=1)
        # Where the step ends must not count: a wild one would excuse itself.
        way += np.linalg.norm(self.d[self.rows] / self.scale, axis=1)
        allowed = (RTOL * way + _FLOOR)[:, None] * self.scale
        five = np.sum((fifth / allowed) ** 2, axis=1)
        three = np.sum((third / allowed) ** 2, axis=1)
        # Hairer, Norsett & Wanner 1993, II.10, written for the mean over components.
        size = np.sqrt(np.maximum((five + 0.01 * three) * new.shape[1], 1e-300))
        return np.asarray(self.next * five / size)

    def _keep(self, going: NDArray[np.bool_]) -> None:
        self.rows, self.left = self.rows[going], self.left[going]
        self.next = np.minimum(self.next[going], self.left)

    def give_up(self) -> None:
        """What has not arrived is not known."""
        self.d[self.rows] = np.nan
