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
    return np.asarray(np.sqrt(np.mean((error / allowed) ** 2, axis=1)))


def _sum(weights: Array, stages: Array) -> Array:
    """Weighted sum of the first stages (s, R, n): (R, n). As a matrix product, a fifth of the
    time of `tensordot` at this size.
    """
    count = len(weights)
    return (weights @ stages[:count].reshape(count, -1)).reshape(stages.shape[1:])


class _DormandPrince:
    """Fifth order, six evaluations."""

    order, cost, stiff = 5.0, 6, False

    def __init__(self, velocity: Function) -> None:
        self.velocity = velocity
        self.A = [np.array(row) for row in DORMAND_PRINCE_A]

    def step(self, y: Array, f: Array, h: Array, rtol: float) -> tuple[Array, Array, Array]:
        """See `_Method`; the last stage is the velocity after the step."""
        h = h[:, None]
        # "First same as last": the velocity at the end of a step is the first stage of the next.
        stages = np.empty((7, *y.shape))
        stages[0] = f
        for i in range(1, 6):
            stages[i] = self.velocity(y + h * _sum(self.A[i], stages))
        new = y + h * _sum(DORMAND_PRINCE_B, stages)
        stages[6] = self.velocity(new)
        return new, stages[6], _size(h * _sum(DORMAND_PRINCE_E, stages), y, new, rtol)


class _Dop853:
    """Eighth order, twelve evaluations (Hairer, Norsett & Wanner 1993, II.5)."""

    order, cost, stiff = 8.0, 12, False

    def __init__(self, velocity: Function) -> None:
        self.velocity = velocity
        self.A, self.B, self.E3, self.E5 = DOP853.A, DOP853.B, DOP853.E3, DOP853.E5

    def step(self, y: Array, f: Array, h: Array, rtol: float) -> tuple[Array, Array, Array]:
        """See `_Method`; the error is that of DOP853, from two embedded methods."""
        h = h[:, None]
        stages = np.empty((len(self.B) + 1, *y.shape))
        stages[0] = f
        for i in range(1, len(self.B)):
            stages[i] = self.velocity(y + h * _sum(self.A[i, :i], stages))
        new = y + h * _sum(self.B, stages)
        stages[-1] = self.velocity(new)
        # The third-order estimate damps the fifth-order one where that is small by chance (Hairer,
        # Norsett & Wanner 1993, II.10).
        fifth, third = (_size(h * _sum(E, stages), y, new, rtol) for E in (self.E5, self.E3))
        return new, stages[-1], fifth**2 / np.sqrt(np.maximum(fifth**2 + 0.01 * third**2, 1e-300))


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
                place = y + _sum(self.A[i], k)
                right = self.velocity(place) + _sum(self.C[i], k) / h
            k[i] = (inverse @ right[..., None])[..., 0]
        new = place + k[5]
        return new, self.velocity(new), _size(k[5], y, new, rtol)


class _Run:
    """Trajectories on their way; `rows` are those that still go."""

    def __init__(
        self, method: _Method, y0: Array, duration: float | Array, rtol: float, bound: float
    ) -> None:
        self.method, self.rtol, self.bound = method, rtol, bound
        self.y, self.f = y0, method.velocity(y0)
        self.t = np.zeros(len(y0))
        self.end = np.broadcast_to(np.asarray(duration, dtype=np.float64), (len(y0),))
        self.h = np.zeros(len(y0))
        self.ended = np.full(len(y0), GOING, dtype=np.intp)
        self.rows = np.arange(len(y0))
        self.rounds = self.evaluations = 0
        self.kept = [(self.rows, self.t.copy(), y0.copy(), self.f.copy())]

    def begin(self, step: Array | None) -> None:
        """Choose first steps that move by a hundredth of the scale at most."""
        bad = ~np.isfinite(self.f).all(axis=1)
        self.ended[bad] = STUCK
        self.rows = self.rows[~bad]
        slope = np.linalg.norm(self.f, axis=1)
        guess = 0.1 * self.rtol ** (1.0 / self.method.order) / np.maximum(slope, 1e-300)
        self.h = guess if step is None else np.where(step > 0.0, step, guess)

    def advance(self) -> None:
        """One round: a step of every trajectory that still goes."""
        rows, self.rounds = self.rows, self.rounds + 1
        y, f = self.y[rows], self.f[rows]
        # The last step is cut to end on time; the step that error control wants is kept apart.
        h = np.minimum(self.h[rows], self.end[rows] - self.t[rows])
        new, slope, size = self.method.step(y, f, h, self.rtol)
        self.evaluations += self.method.cost * len(rows)
        size = np.where(np.isfinite(slope).all(axis=1) & np.isfinite(size), size, np.inf)
        taken = size <= 1.0
        # The error of a step goes like h^order: this step would just be allowed (Hairer, Norsett &
        # Wanner 1993, II.4.13). After a rejection it must not grow, or the same step is tried
        # again.
        growth = _SAFETY * np.maximum(size, 1e-10) ** (-1.0 / self.method.order)
        growth = np.minimum(np.maximum(growth, _SHRINK), np.where(taken, _GROW, 1.0))
        accepted = rows[taken]
        self.t[accepted] += h[taken]
        self.y[accepted], self.f[accepted] = new[taken], slope[taken]
        self.h[rows] = h * growth
        if len(accepted):
            self.kept.append((accepted, self.t[accepted], new[taken], slope[taken]))
        self._judge(rows, taken)

    def _judge(self, rows: NDArray[np.intp], taken: NDArray[np.bool_]) -> None:
        """End what has arrived, is outside, or cannot go on."""
        t, h = self.t[rows], self.h[rows]
        # Written so that NaN counts as outside.
        outside = ~(np.max(np.abs(self.y[rows]), axis=1) <= self.bound)
        arrived = t >= self.end[rows] * (1.0 - 1e-14)
        stuck = ~taken & ~(h > _SHORTEST * np.maximum(t, 1e-3 * h + 1e-300))
        if not (outside | arrived | stuck).any():
            return
        ended = np.where(stuck, STUCK, np.where(outside, OUTSIDE, GOING))
        # A trajectory may arrive with a step as short as rounding: that is no failure.
        ended[arrived] = ARRIVED
        self.ended[rows] = ended
        self.rows = rows[ended == GOING]

    def result(self) -> Tracks:
        """All steps, sorted by trajectory."""
        rows = np.concatenate([part[0] for part in self.kept])
        # Stable: within a trajectory the steps stay in the order of time.
        order = np.argsort(rows, kind="stable")
        ends = np.cumsum(np.bincount(rows, minlength=len(self.t)))[:-1]
        t, y, f = (np.concatenate([part[i] for part in self.kept])[order] for i in (1, 2, 3))
        split = zip(*(np.split(values, ends) for values in (t, y, f)), strict=True)
        return Tracks(
            tracks=tuple(Track(t=a, y=b, f=c, stiff=self.method.stiff) for a, b, c in split),
            ended=self.ended,
            step=self.h,
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
