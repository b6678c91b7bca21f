"""Error-controlled integration of each trial by itself: DOP853, RK45, LSODA (scipy).

    |error per step| <= atol scale + rtol |y|

Each trial has its own steps. Joined into one system the trials would share them: the error
norm, a mean over components, dilutes a trial that is in trouble by the number of trials, one
stiff or diverging trial slows or stops all, and LSODA's Jacobian grows with their square.

Signals jump. No step crosses a breakpoint: the solver is restarted there, and inside a segment
it sees times strictly between its two breakpoints, so that a stage on the edge cannot fetch the
value from the other side, whichever of its two values the signal takes there.

References: Hairer, Norsett & Wanner (1993), sections II.5, II.6; Petzold (1983), LSODA.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.integrate.dop853 import Dop853
from lrfit.integrate.solution import (
    Clock,
    Ending,
    EndingKind,
    IntegrationResult,
    Limits,
    Observe,
    Region,
)

if TYPE_CHECKING:
    from scipy.integrate import OdeSolver

Velocity = Callable[[float, Array], Array]
"""(t, y (P, n)) -> dy/dt (P, n)."""

SOLVERS = ("dop853", "lsoda", "rk45")


def solve_adaptive(
    velocity: Velocity,
    y0: Array,
    t: Array,
    *,
    solver: str = "dop853",
    region: Region | None = None,
    breakpoints: Sequence[float] | Array = (),
    max_step: float = np.inf,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    observe: Observe | None = None,
    limits: Limits | None = None,
) -> IntegrationResult:
    """Integrate every trial from t[0] to t[-1], with the state at all of t.

    Parameters
    ----------
    velocity : callable
        (t, y (1, n)) -> (1, n).
    y0 : (trials, n)
        Initial states.
    t : (T,)
        Increasing output times.
    breakpoints : sequence of float
        Times at which the velocity jumps.
    max_step : float
        Longest step, so that a smooth but short event cannot be stepped over.
    rtol, atol : float
        Relative tolerance, and absolute tolerance in units of `region.scale`.
    observe : callable
        What is kept of the state, (P, n) -> (P, m).

    Raises
    ------
    UsageError
        Unknown solver, or tolerances that float64 cannot meet.
    """
    _check(solver, rtol, atol)
    limits, region = limits or Limits(), region or Region.unit(y0.shape[1])
    problem = _Problem(
        velocity=velocity,
        t=t,
        segments=_segments(t, breakpoints),
        solver=solver,
        options={"rtol": rtol, "atol": atol * region.scale, "max_step": max_step},
        region=region,
        limits=limits,
        clock=Clock(limits.seconds),
    )
    runs, kept = [], []
    # A trial stage may leave the field's domain of definition: the step is then rejected.
    with np.errstate(all="ignore"):
        for start in y0:
            run = _Run(problem)
            states = run.follow(start)
            kept.append(observe(states) if observe else states)
            runs.append(run)
    return _collect(runs, kept, t)


def _check(solver: str, rtol: float, atol: float) -> None:
    if solver not in SOLVERS:
        raise UsageError(f"unknown solver {solver!r}; choose one of {', '.join(SOLVERS)}, euler")
    if not (1e-13 <= rtol < 1.0 and 0.0 < atol < np.inf):
        raise UsageError(
            f"tolerances rtol={rtol:g}, atol={atol:g} cannot be met; give rtol from 1e-13 to 1 "
            "and a positive atol"
        )


def _segments(t: Array, breakpoints: Sequence[float] | Array) -> list[tuple[float, float]]:
    """Pieces between breakpoints; those closer together than rounding count as one."""
    first, last = float(t[0]), float(t[-1])
    gap = _margin(first, last)
    edges = [first]
    for point in sorted(float(b) for b in breakpoints):
        if edges[-1] + 4 * gap < point < last - 4 * gap:
            edges.append(point)
    return list(pairwise([*edges, last]))


def _margin(start: float, stop: float) -> float:
    return float(8 * np.spacing(max(abs(start), abs(stop))))


def _solver_class(name: str) -> type[Dop853 | OdeSolver]:
    if name == "dop853":
        return Dop853
    from scipy import integrate  # noqa: PLC0415 - a slow import

    return integrate.LSODA if name == "lsoda" else integrate.RK45


@dataclass(frozen=True, kw_only=True, eq=False)
class _Problem:
    """What all trials have in common."""

    velocity: Velocity
    t: Array
    segments: list[tuple[float, float]]
    solver: str
    options: dict[str, Any]
    region: Region
    limits: Limits
    clock: Clock


class _Run:
    """One trial on its way: the velocity as the solver sees it, and what has been reached.

    The velocity given to the solver never raises and never runs away: LSODA is compiled code
    that cannot be interrupted, and older versions report an exception in mid-step on stderr.
    Once the run must stop, the last velocity is returned for ever, which any solver accepts
    at once, and the step that it was computing is thrown away.
    """

    def __init__(self, problem: _Problem) -> None:
        self.problem = problem
        self.evaluations = 0
        self._rows: list[Array] = []
        self.reached = 0
        self.ending: Ending | None = None
        self._now = float(problem.t[0])
        self._window = (self._now, self._now)
        self._last = np.zeros(len(problem.region.scale))

    def __call__(self, t: float, y: Array) -> Array:
        """Velocity (n,) at y (n,): counted, timed, and within the current segment."""
        self.evaluations += 1
        problem = self.problem
        if self.evaluations > problem.limits.steps:
            self._stop("step limit", f"{problem.limits.steps} velocity evaluations are used up")
        elif problem.clock.expired:
            self._stop("time limit", problem.clock.reason)
        if self.ending:
            return self._last
        # Times are clipped to the inside of the segment, so that a stage at its very end does not
        # read the value from behind the jump.
        low, high = self._window
        value = problem.velocity(min(max(t, low), high), y[None, :])[0]
        # A Runge-Kutta step with NaN in it is rejected and shortened; LSODA would accept it.
        # (The method, not np.all: this runs in every evaluation, where calls are what costs.)
        if problem.solver == "lsoda" and not np.isfinite(value).all():
            self._stop("diverged", "the velocity is not finite")
            return self._last
        self._last = np.asarray(value)
        return self._last

    def follow(self, y: Array) -> Array:
        """Integrate until the end or an ending; the states (reached, n) on the way."""
        self._keep(y[None, :])
        self._pass_segments(y)
        states, self._rows = np.concatenate(self._rows), []
        return states

    def _pass_segments(self, y: Array) -> None:
        for start, stop in self.problem.segments:
            margin = _margin(start, stop)
            self._window = (start + margin, stop - margin)
            y = self._segment(start, stop, y)
            if self.ending:
                return
        self._stop("done", "")

    def _segment(self, start: float, stop: float, y: Array) -> Array:
        if not np.all(np.isfinite(self(start, y))):
            self._stop("diverged", "the velocity is not finite")
        if self.ending:
            return y
        # A new solver for every segment: a step size and a history of derivatives from before the
        # jump would only be rejected, and LSODA would interpolate across it.
        solver = _solver_class(self.problem.solver)(self, start, y, stop, **self.problem.options)
        while self.ending is None and solver.status == "running":
            solver.step()
            self._judge(solver)
            if self.ending is None:
                self._save(solver)
        return np.asarray(solver.y)

    def _judge(self, solver: Dop853 | OdeSolver) -> None:
        """Decide whether the step just made may be kept."""
        if self.ending:
            return
        # scipy gives up only when h is below 10 spacings of t; near a pole it gets there slowly.
        step = float(solver.t) - self._now
        stuck = solver.status == "running" and step <= 4 * np.spacing(abs(self._now))
        if solver.status == "failed" or stuck:
            self._stop("diverged", "the solver's step shrank to nothing (a singular velocity?)")
            return
        self._now = float(solver.t)
        if why := self.problem.region.why_outside(solver.y, self.problem.limits.bound):
            self._stop("diverged", why)

    def _save(self, solver: Dop853 | OdeSolver) -> None:
        t = self.problem.t
        # Dense output is made only for steps that hold an output time: for DOP853 it costs three
        # more evaluations.
        until = int(np.searchsorted(t, solver.t, side="right"))
        if until == self.reached:
            return
        states = solver.dense_output()(t[self.reached : until]).T
        if self.ending is None:  # interpolating takes evaluations too, and may meet a limit
            self._keep(states)

    def _keep(self, states: Array) -> None:
        self._rows.append(np.array(states))
        self.reached += len(states)

    def _stop(self, kind: EndingKind, reason: str) -> None:
        self.ending = self.ending or Ending(kind=kind, t=self._now, reason=reason)


def _collect(runs: list[_Run], kept: list[Array], t: Array) -> IntegrationResult:
    y = np.full((len(runs), len(t), kept[0].shape[1]), np.nan)
    for trial, states in zip(y, kept, strict=True):
        trial[: len(states)] = states
    return IntegrationResult(
        t=t,
        y=y,
        reached=np.array([len(states) for states in kept]),
        endings=tuple(run.ending for run in runs if run.ending),
        evaluations=sum(run.evaluations for run in runs),
    )
