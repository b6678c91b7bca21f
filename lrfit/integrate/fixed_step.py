"""Euler's method for many trials at once: the field's habit, and the only one with noise.

    y_{k+1} = y_k + dt f(t_k, y_k) + s sqrt(dt) xi_k,        xi_k standard normal

(Euler-Maruyama; the noise is additive, so its strong order is 1, Kloeden & Platen 1992,
section 10.2.) `march` is the loop: any in-place step, divergence found in the very step in
which it happens, and trials that have ended are no longer computed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.integrate.adaptive import Velocity
from lrfit.integrate.solution import Clock, Ending, IntegrationResult, Limits, Observe, Region

Advance = Callable[[int, Array], None]
"""(k, y (rows, n)): take y from t_k to t_{k+1}, in place. y is in Fortran order, so that
`y.T[i]`, one component in all trials, is contiguous."""


Dropped = Callable[[NDArray[np.bool_]], None]
"""Which of the trials that were going stay."""


def count_steps(duration: float, dt: float, limits: Limits) -> int:
    """Steps that cover the duration; the last may pass its end by less than dt.

    Raises
    ------
    UsageError
        dt is not positive, or the steps are more than the limit.
    """
    if not 0 < dt < np.inf:
        raise UsageError(f"dt is {dt:g}; give a positive number")
    # Less a little: 1.1 / 0.1 must be 11 steps, though the quotient is rounded up.
    steps = np.ceil(duration / dt - 1e-9)
    if not steps <= limits.steps:
        raise UsageError(
            f"a duration of {duration:g} at dt={dt:g} takes {steps:.3g} steps, more than the "
            f"limit of {limits.steps}; give a larger dt"
        )
    return max(int(steps), 1)


def march(
    advance: Advance,
    y0: Array,
    *,
    dt: float,
    keep: NDArray[np.intp],
    region: Region | None = None,
    observe: Observe | None = None,
    limits: Limits | None = None,
    dropped: Dropped | None = None,
) -> IntegrationResult:
    """Repeat an in-place step from t = 0, with the state after `keep` steps.

    Parameters
    ----------
    advance : callable
        One step; may keep no state of its own that belongs to a trial.
    y0 : (trials, n)
        Initial states, not changed.
    keep : (T,) of int
        Increasing numbers of steps, the first 0; t = keep * dt.
    dropped : callable
        Told which of the trials that were going stay, whenever some ended.
    """
    limits, region = limits or Limits(), region or Region.unit(y0.shape[1])
    crowd = _Crowd(y0, keep, dt, region, limits, observe, dropped)
    clock = Clock(limits.seconds)
    with np.errstate(all="ignore"):
        for k in range(int(keep[-1])):
            advance(k, crowd.y)
            crowd.settle(k + 1)
            if clock.expired and k + 1 < keep[-1]:
                crowd.stop_all(Ending(kind="time limit", t=(k + 1) * dt, reason=clock.reason))
            if not len(crowd.y):
                break
    return crowd.solution()


def rk4(velocity: Callable[[int, Array], Array], dt: float) -> Advance:
    """Make the Runge-Kutta step of dy/dt = f(k, y), f fixed within step k; dt may be negative."""

    def advance(k: int, y: Array) -> None:
        y[:] = rk4_step(lambda _, state: velocity(k, state), y, dt)

    return advance


def rk4_step(slope: Callable[[float, Array], Array], y: Array, h: float) -> Array:
    """Return y (..., n) after a step h of dy/dt = f, by the classical Runge-Kutta method.

    slope : (share, y) -> f, at that share of the step: 0, 1/2 or 1. Order 4 where f is smooth
    within the step (Hairer, Norsett & Wanner 1993, table II.1.2); h may be negative.
    """
    first = slope(0.0, y)
    second = slope(0.5, y + 0.5 * h * first)
    third = slope(0.5, y + 0.5 * h * second)
    fourth = slope(1.0, y + h * third)
    return np.asarray(y + h / 6.0 * (first + 2.0 * (second + third) + fourth))


def solve_euler(
    velocity: Velocity,
    y0: Array,
    *,
    dt: float,
    keep: NDArray[np.intp],
    noise: float | Array = 0.0,
    generator: np.random.Generator | None = None,
    region: Region | None = None,
    observe: Observe | None = None,
    limits: Limits | None = None,
) -> IntegrationResult:
    """March a velocity (t, y (P, n)) -> (P, n) by Euler, with white noise s (scalar or (n,))."""
    spread = np.sqrt(dt) * np.asarray(noise, dtype=np.float64)

    def advance(k: int, y: Array) -> None:
        y += dt * velocity(k * dt, y)
        if generator is not None:
            y += spread * generator.standard_normal(y.shape)

    return march(advance, y0, dt=dt, keep=keep, region=region, observe=observe, limits=limits)


class _Crowd:
    """All trials on their way: y holds those that still run, `alive` which they are."""

    def __init__(
        self,
        y0: Array,
        keep: NDArray[np.intp],
        dt: float,
        region: Region,
        limits: Limits,
        observe: Observe | None,
        dropped: Dropped | None,
    ) -> None:
        trials = len(y0)
        # Fortran order: a component of all trials is contiguous, and `settle` reads it in one pass.
        self.y = np.array(y0, dtype=np.float64, order="F")
        self.alive = np.arange(trials)
        self.dropped = dropped
        self.keep, self.dt, self.region, self.bound = keep, dt, region, limits.bound
        self.observe = observe or (lambda y: y)
        self.reached = np.zeros(trials, dtype=np.intp)
        self.endings: list[Ending | None] = [None] * trials
        self.steps_made = 0
        width = self.observe(self.y).shape[1]
        # By time first: what is saved in one step lies together, or saving takes longer than
        # stepping.
        self.kept = np.full((len(keep), trials, width), np.nan)
        # The sum of all y_i² below this is enough for every component to be inside its bound.
        nearest = max(float(np.min(limits.bound * region.scale - np.abs(region.middle))), 0.0)
        self._surely_inside = nearest * nearest
        self._lower = (region.middle - limits.bound * region.scale)[:, None]
        self._upper = (region.middle + limits.bound * region.scale)[:, None]
        self._saved = 0
        self._save(0)

    def settle(self, k: int) -> None:
        """After step k: drop the trials that left the bound, and keep the state if asked to."""
        self.steps_made += len(self.y)
        rows = self.y.T
        flat = rows.reshape(-1)
        # One quick pass is enough nearly always, and NaN fails every comparison.
        if not np.dot(flat, flat) < self._surely_inside:
            inside = (rows >= self._lower) & (rows <= self._upper)
            if not np.all(inside):
                self._drop(inside, k)
        self._save(k)

    def _drop(self, inside: NDArray[np.bool_], k: int) -> None:
        stays = np.asarray(inside.all(axis=0))
        for trial, y in zip(self.alive[~stays], self.y[~stays], strict=True):
            why = self.region.why_outside(y, self.bound)
            self.endings[trial] = Ending(kind="diverged", t=k * self.dt, reason=why)
        self._shrink(stays)

    def stop_all(self, ending: Ending) -> None:
        """End every run that is still going."""
        for trial in self.alive:
            self.endings[trial] = ending
        self._shrink(np.zeros(len(self.y), dtype=bool))

    def _shrink(self, stays: NDArray[np.bool_]) -> None:
        self.reached[self.alive[~stays]] = self._saved
        self.y = np.asfortranarray(self.y[stays])
        self.alive = self.alive[stays]
        if self.dropped:
            self.dropped(stays)

    def _save(self, k: int) -> None:
        if k != self.keep[self._saved] or not len(self.y):
            return
        everyone = len(self.alive) == len(self.reached)
        self.kept[self._saved, slice(None) if everyone else self.alive] = self.observe(self.y)
        self._saved += 1

    def solution(self) -> IntegrationResult:
        """Everything that was kept."""
        t = np.asarray(self.keep * self.dt, dtype=np.float64)
        self.reached[self.alive] = self._saved
        done = Ending(kind="done", t=float(t[-1]))
        return IntegrationResult(
            t=t,
            y=self.kept.transpose(1, 0, 2),
            reached=self.reached,
            endings=tuple(ending or done for ending in self.endings),
            evaluations=self.steps_made,
        )
