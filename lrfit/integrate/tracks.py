"""Many trajectories of one autonomous field, each with steps of its own size.

    dy/dt = f(y),    y (S, n)

Place in the flow: long runs of unknown length, as the analysis of dynamics needs them. All
trajectories advance together in numpy, one step each per round; what is bounded is the number of
rounds, since the steps adapt to the motion: a fast spike and a slow drift take as many. Stiff
fields take linearly implicit steps, which need the Jacobian.

Reference: Hairer, Norsett & Wanner 1993, II.4 (step size control); Hairer & Wanner 1996, IV.7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.integrate import dop853_tableau as DOP853  # noqa: N812 - the name of the method
from lrfit.integrate.tableaus import (
    DORMAND_PRINCE_A,
    DORMAND_PRINCE_B,
    DORMAND_PRINCE_E,
    RODAS_A,
    RODAS_C,
    RODAS_GAMMA,
)

Function = Callable[[Array], Array]
"""(R, n) -> (R, n), or (R, n, n) for a Jacobian."""

RTOL = 1e-6
_FLOOR = 0.1
"""Error allowed per step: rtol (0.1 + |y|), y in units in which the region of interest is 1."""
_SHRINK, _GROW, _SAFETY = 0.2, 6.0, 0.9
_SHORTEST = 1e-13
"""A step shorter than this times the time so far, or than 1e-13 / |f|, cannot go on."""
GOING, ARRIVED, OUTSIDE, STUCK = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """One trajectory at its steps: t (n,), y (n, D), f (n, D) the velocity there.

    Between steps it is the cubic Hermite polynomial, whose error is of fourth order. stiff : the
    steps are much longer than the fastest times of the field, so that a state's error, times
    those rates, makes the velocity useless between steps: there a monotone cubic in y is used.
    """

    t: Array
    y: Array
    f: Array
    stiff: bool = False

    def at(self, times: Array) -> Array:
        """States (T, D) at times within [t[0], t[-1]]."""
        if self.stiff and len(self.t) > 2:
            from scipy.interpolate import PchipInterpolator  # noqa: PLC0415 - a slow import

            # Late in a long run a short step may not change the time at all.
            new = np.append(True, np.diff(self.t) > 0.0)
            with np.errstate(all="ignore"):  # differences of subnormal size
                return np.asarray(PchipInterpolator(self.t[new], self.y[new])(times))
        k = np.clip(np.searchsorted(self.t, times, side="right") - 1, 0, len(self.t) - 2)
        # Two equal times, which rounding makes late in a run, must not give 0/0.
        h = np.maximum(self.t[k + 1] - self.t[k], 1e-300)[:, None]
        s = (times - self.t[k])[:, None] / h
        y0, y1, f0, f1 = self.y[k], self.y[k + 1], h * self.f[k], h * self.f[k + 1]
        d = y1 - y0
        return np.asarray(y0 + s * (f0 + s * (3 * d - 2 * f0 - f1 + s * (f0 + f1 - 2 * d))))

    def after(self, start: float) -> Track:
        """The part from a time on, at least two steps long."""
        first = min(int(np.searchsorted(self.t, start)), max(len(self.t) - 2, 0))
        return replace(self, t=self.t[first:], y=self.y[first:], f=self.f[first:])

    def joined(self, more: Track) -> Track:
        """Append a continuation, whose first state is the last one here."""
        return Track(
            t=np.concatenate([self.t, self.t[-1] + more.t[1:]]),
            y=np.concatenate([self.y, more.y[1:]]),
            f=np.concatenate([self.f, more.f[1:]]),
            stiff=self.stiff or more.stiff,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Tracks:
    """What `trace` returns: tracks (S of them), how each ended (S,), its next step (S,).

    ended : 0 the rounds are used up, 1 the duration is reached, 2 beyond the bound, 3 the step
    shrank to nothing. rounds : made in all. evaluations : of f, a Jacobian counting as n.
    """

    tracks: tuple[Track, ...]
    ended: NDArray[np.intp]
    step: Array
    rounds: int
    evaluations: int


def trace(
    velocity: Function,
    y0: Array,
    *,
    rounds: int,
    duration: float | Array = np.inf,
    jacobian: Function | None = None,
    accurate: bool = False,
    rtol: float = RTOL,
    bound: float = np.inf,
    step: Array | None = None,
) -> Tracks:
    """Follow y0 (S, n) for a duration (one, or S of them), or as long as the rounds last.

    Parameters
    ----------
    velocity : callable
        (R, n) -> (R, n).
    rounds : int
        Steps of each trajectory, rejected ones included.
    jacobian : callable, optional
        (R, n) -> (R, n, n); where given the steps are linearly implicit (stiff fields).
    accurate : bool
        Eighth-order explicit steps (DOP853), which need the fewest below a tolerance of 1e-8.
    bound : float
        Largest |y_i|; farther out a trajectory has ended.
    step : (S,), optional
        First step sizes to try, such as those with which an earlier call ended.
    """
    if jacobian is not None:
        method: _Method = _Rodas(velocity, jacobian)
    else:
        method = _Dop853(velocity) if accurate else _DormandPrince(velocity)
    run = _Run(method, np.array(y0, dtype=np.float64), duration, rtol, bound)
    with np.errstate(all="ignore"):
        run.begin(step)
        for _ in range(rounds):
            if not len(run.rows):
                break
            run.advance()
    return run.result()


class _Method(Protocol):
    """A one-step method: order of its step control, evaluations of a step, and the step itself."""

    velocity: Function
    order: float
    cost: int
    stiff: bool

    def step(self, y: Array, f: Array, h: Array, rtol: float) -> tuple[Array, Array, Array]:
        """New states (R, n), velocities there, and errors (R,) in units of what is allowed."""
        ...


def _size(error: Array, y: Array, new: Array, rtol: float) -> Array:
    """Rms error over what is allowed, (R,)."""
    allowed = rtol * (_FLOOR + np.maximum(np.abs(y), np.abs(new)))
    shares = error / allowed
    # One product for every row: a mean along so short an axis takes ten times as long.
    return np.asarray(np.sqrt(np.einsum("rn,rn->r", shares, shares) / error.shape[1]))


class _Stages:
    """Velocities of the stages of a step (s, R, n), and states from weighted sums of them."""

    def __init__(self, count: int, y: Array, f: Array, h: Array) -> None:
        self.y, self.h = y, h[:, None]
        self.stages = np.empty((count, *y.shape))
        self.stages[0] = f
        self._flat = self.stages.reshape(count, -1)

    def moved(self, weights: Array) -> Array:
        """H times the weighted sum of the first stages, (R, n). As a product of matrices, a
        fifth of the time of `tensordot` at this size.
        """
        found: Array = weights.dot(self._flat[: len(weights)]).reshape(self.y.shape)
        found *= self.h
        return found

    def place(self, weights: Array) -> Array:
        """The state that far from the start of the step, (R, n)."""
        found = self.moved(weights)
        found += self.y
        return found


class _DormandPrince:
    """Fifth order, six evaluations."""

    order, cost, stiff = 5.0, 6, False

    def __init__(self, velocity: Function) -> None:
        self.velocity = velocity
        self.A = [np.array(row) for row in DORMAND_PRINCE_A]

    def step(self, y: Array, f: Array, h: Array, rtol: float) -> tuple[Array, Array, Array]:
        """See `_Method`; the last stage is the velocity after the step."""
        # "First same as last": the velocity at the end of a step is the first stage of the next.
        step = _Stages(7, y, f, h)
        for i in range(1, 6):
            step.stages[i] = self.velocity(step.place(self.A[i]))
        new = step.place(DORMAND_PRINCE_B)
        step.stages[6] = self.velocity(new)
        return new, step.stages[6], _size(step.moved(DORMAND_PRINCE_E), y, new, rtol)


class _Dop853:
    """Eighth order, twelve evaluations (Hairer, Norsett & Wanner 1993, II.5)."""

    order, cost, stiff = 8.0, 12, False

    def __init__(self, velocity: Function) -> None:
        self.velocity = velocity
        self.A = [np.ascontiguousarray(row[:i]) for i, row in enumerate(DOP853.A)]
        self.B, self.E3, self.E5 = DOP853.B, DOP853.E3, DOP853.E5

    def step(self, y: Array, f: Array, h: Array, rtol: float) -> tuple[Array, Array, Array]:
        """See `_Method`; the error is that of DOP853, from two embedded methods."""
        step = _Stages(len(self.B) + 1, y, f, h)
        for i in range(1, len(self.B)):
            step.stages[i] = self.velocity(step.place(self.A[i]))
        new = step.place(self.B)
        step.stages[-1] = self.velocity(new)
        # The third-order estimate damps the fifth-order one where that is small by chance (Hairer,
        # Norsett & Wanner 1993, II.10).
        fifth, third = (_size(step.moved(E), y, new, rtol) for E in (self.E5, self.E3))
        return (
            new,
            step.stages[-1],
            fifth**2 / np.sqrt(np.maximum(fifth**2 + 0.01 * third**2, 1e-300)),
        )


def _weighted(weights: Array, parts: Array) -> Array:
    """Weighted sum of the first parts (s, R, n): (R, n)."""
    count = len(weights)
    return (weights @ parts[:count].reshape(count, -1)).reshape(parts.shape[1:])


class _Rodas:
    """Fourth order, linearly implicit: six solutions with one matrix 1/(h gamma) - J."""

    order, cost, stiff = 4.0, 8, True

    def __init__(self, velocity: Function, jacobian: Function) -> None:
        self.velocity, self.jacobian = velocity, jacobian
        self.A = [np.array(row) for row in RODAS_A]
        self.C = [np.array(row) for row in RODAS_C]

    def step(self, y: Array, f: Array, h: Array, rtol: float) -> tuple[Array, Array, Array]:
        """See `_Method`; the last solution is the error estimate."""
        # Hairer & Wanner 1996, section IV.7: in this form no product J k is needed in a stage.
        matrix = np.eye(y.shape[1]) / (h * RODAS_GAMMA)[:, None, None] - self.jacobian(y)
        # An inverse serves six right-hand sides; for the few variables here that is faster than a
        # factorization, and backward stability is not needed, since the error estimate judges the
        # step.
        inverse = _inverses(matrix)
        h = h[:, None]
        k = np.empty((6, *y.shape))
        place, right = y, f
        for i in range(6):
            if i:
                place = y + _weighted(self.A[i], k)
                right = self.velocity(place) + _weighted(self.C[i], k) / h
            k[i] = (inverse @ right[..., None])[..., 0]
        new = place + k[5]
        return new, self.velocity(new), _size(k[5], y, new, rtol)


class _Run:
    """Trajectories on their way.

    `rows` (R,) are those that still go; t, y, f, h, end hold one row for each of them. What has
    ended is in `ended` and `step`, for all S.
    """

    def __init__(
        self, method: _Method, y0: Array, duration: float | Array, rtol: float, bound: float
    ) -> None:
        self.method, self.rtol, self.bound = method, rtol, bound
        self.y, self.f = y0, method.velocity(y0)
        self.t, self.h, self.step = (np.zeros(len(y0)) for _ in range(3))
        self.end = np.array(np.broadcast_to(np.asarray(duration, dtype=np.float64), (len(y0),)))
        self.ended = np.full(len(y0), GOING, dtype=np.intp)
        self.rows = np.arange(len(y0))
        self.rounds = self.evaluations = 0
        self.kept = [(self.rows, self.t, y0, self.f)]

    def begin(self, step: Array | None) -> None:
        """Choose first steps that move by a hundredth of the scale at most."""
        slope = np.linalg.norm(self.f, axis=1)
        guess = 0.1 * self.rtol ** (1.0 / self.method.order) / np.maximum(slope, 1e-300)
        self.h = guess if step is None else np.where(step > 0.0, step, guess)
        self._end(np.where(np.isfinite(self.f).all(axis=1), GOING, STUCK))

    def advance(self) -> None:
        """One round: a step of every trajectory that still goes."""
        self.rounds += 1
        # The last step is cut to end on time; the step that error control wants is kept apart.
        h = np.minimum(self.h, self.end - self.t)
        new, slope, size = self.method.step(self.y, self.f, h, self.rtol)
        self.evaluations += self.method.cost * len(self.rows)
        size = np.where(np.isfinite(slope).all(axis=1) & np.isfinite(size), size, np.inf)
        taken = size <= 1.0
        # The error of a step goes like h^order: this step would just be allowed (Hairer, Norsett &
        # Wanner 1993, II.4.13). After a rejection it must not grow, or the same step is tried
        # again.
        growth = _SAFETY * np.maximum(size, 1e-10) ** (-1.0 / self.method.order)
        growth = np.minimum(np.maximum(growth, _SHRINK), np.where(taken, _GROW, 1.0))
        self.h = h * growth
        if taken.all():
            # A copy: a view would keep the velocities of all stages of the step.
            self.t, self.y, self.f = self.t + h, new, slope.copy()
            self.kept.append((self.rows, self.t, self.y, self.f))
        elif taken.any():
            self._take(taken, h, new, slope)
        self._judge(taken)

    def _take(self, taken: NDArray[np.bool_], h: Array, new: Array, slope: Array) -> None:
        """Go on where the step was good enough, and stay where it was not."""
        across = taken[:, None]
        self.t = np.where(taken, self.t + h, self.t)
        self.y, self.f = np.where(across, new, self.y), np.where(across, slope, self.f)
        self.kept.append((self.rows[taken], self.t[taken], new[taken], slope[taken]))

    def _judge(self, taken: NDArray[np.bool_]) -> None:
        """End what has arrived, is outside, or cannot go on."""
        # Written so that NaN counts as outside.
        outside = ~(np.abs(self.y).max(axis=1) <= self.bound)
        arrived = self.t >= self.end * (1.0 - 1e-14)
        shortest = _SHORTEST * np.maximum(self.t, 1e-3 * self.h + 1e-300)
        stuck = ~taken & ~(self.h > shortest)
        if (outside | arrived | stuck).any():
            ended = np.where(stuck, STUCK, np.where(outside, OUTSIDE, GOING))
            # A trajectory may arrive with a step as short as rounding: that is no failure.
            ended[arrived] = ARRIVED
            self._end(ended)

    def _end(self, ended: NDArray[np.intp]) -> None:
        """Keep only the trajectories that are `GOING`."""
        self.ended[self.rows], self.step[self.rows] = ended, self.h
        going = ended == GOING
        self.rows = self.rows[going]
        self.t, self.h, self.end = self.t[going], self.h[going], self.end[going]
        self.y, self.f = self.y[going], self.f[going]

    def result(self) -> Tracks:
        """All steps, sorted by trajectory."""
        self.step[self.rows] = self.h
        rows = np.concatenate([part[0] for part in self.kept])
        # Stable: within a trajectory the steps stay in the order of time.
        order = np.argsort(rows, kind="stable")
        ends = np.cumsum(np.bincount(rows, minlength=len(self.ended)))[:-1]
        t, y, f = (np.concatenate([part[i] for part in self.kept])[order] for i in (1, 2, 3))
        split = zip(*(np.split(values, ends) for values in (t, y, f)), strict=True)
        return Tracks(
            tracks=tuple(Track(t=a, y=b, f=c, stiff=self.method.stiff) for a, b, c in split),
            ended=self.ended,
            step=self.step,
            rounds=self.rounds,
            evaluations=self.evaluations,
        )


def _inverses(matrices: Array) -> Array:
    """Inverses (R, n, n); NaN, which rejects the step, where a matrix has none."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    if finite.all():
        try:
            return np.asarray(np.linalg.inv(matrices))
        except np.linalg.LinAlgError:
            pass
    found = np.full(matrices.shape, np.nan)
    for i in np.flatnonzero(finite):
        try:
            found[i] = np.linalg.inv(matrices[i])
        except np.linalg.LinAlgError:
            continue
    return found
