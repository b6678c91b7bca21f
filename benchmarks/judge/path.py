"""Integration by LSODA with a count of evaluations, and crossings of a level made exact.

Place in the flow: a `Flow` and a start become states at given times. LSODA (Petzold 1983) as
scipy's `odeint` calls it: its steps run in compiled code, so that only the right-hand side costs.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.integrate import ODEintWarning, odeint

from benchmarks.judge.flow import Flow
from lrfit.core.arrays import Array

_STEPS = 20_000
"""Steps between two output times, at most."""
_POLISH = 3


@dataclass
class Work:
    """Evaluations so far, and how many there may be."""

    limit: int
    spent: int = 0

    @property
    def left(self) -> int:
        """Evaluations that may still be made."""
        return self.limit - self.spent


def follow(
    flow: Flow, y: Array, t: Array, work: Work, *, rtol: float = 1e-9, longest: float = 0.0
) -> Array:
    """States (T, L) at times t (T,), t[0] being the start's; NaN after a failure of LSODA.

    longest : largest step, 0 for none; jumps of the input are met exactly.
    """
    cuts = [jump for jump in flow.jumps if t[0] < jump < t[-1]]
    found, state, begin = [np.array(y, dtype=float)[None]], np.array(y, dtype=float), float(t[0])
    for end in (*cuts, float(t[-1])):
        inside = t[(t > begin) & (t <= end)]
        times = np.concatenate(
            [[begin], inside, [] if len(inside) and inside[-1] == end else [end]]
        )
        # Just before a jump, so that no stage of a step sees the input beyond it.
        reached = _segment(flow, state, times, work, rtol, longest)
        found.append(reached[1 : 1 + len(inside)])
        state, begin = reached[-1], end
        if not np.all(np.isfinite(state)):
            break
    states = np.concatenate(found)
    missing = len(t) - len(states)
    if missing > 0:
        states = np.concatenate([states, np.full((missing, len(y)), np.nan)])
    return np.asarray(states[: len(t)])


def _segment(flow: Flow, y: Array, t: Array, work: Work, rtol: float, longest: float) -> Array:
    """States at times without a jump between; the input is taken inside the segment."""
    last = t[-1] - 1e-12 * max(1.0, abs(t[-1]))
    velocity = flow.velocity
    bounded = (lambda state, time: velocity(state, min(time, last))) if flow.jumps else velocity
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ODEintWarning)
        states, info = odeint(
            bounded,
            y,
            t,
            rtol=rtol,
            atol=0.1 * rtol,
            hmax=longest,
            mxstep=_STEPS,
            full_output=True,
            tcrit=[t[-1]] if flow.jumps else None,
        )
    work.spent += int(info["nfe"][-1])
    if "successful" not in info["message"]:
        reached = np.flatnonzero(info["nst"] <= 0)
        states[max(1, int(reached[0]) if len(reached) else len(t) - 1) :] = np.nan
    return np.asarray(states)


@dataclass(frozen=True, kw_only=True, eq=False)
class Returns:
    """Upward crossings of a level: times (n,), states z (n, D), latent states y (n, L)."""

    times: Array
    z: Array
    y: Array


def returns(flow: Flow, t: Array, y: Array, work: Work, *, most: int = 40) -> Returns:
    """Crossings of the middle of the liveliest variable in the last part of a run, made exact.

    t (T,), y (T, L). Each crossing is integrated to from the sample before it, by Newton's method
    on the time, so that returns can be compared to the accuracy of the integration.
    """
    z = flow.read(y)
    half = z[len(z) // 2 :]
    which = int(np.argmax(half.max(axis=0) - half.min(axis=0)))
    level = 0.5 * (half[:, which].max() + half[:, which].min())
    height = z[:, which]
    rises = np.flatnonzero((height[:-1] < level) & (height[1:] >= level))[-most:]
    times, states = [], []
    for k in rises:
        share = (level - height[k]) / (height[k + 1] - height[k])
        time, state = _exact(flow, y[k], share * (t[k + 1] - t[k]), which, level, work)
        times.append(float(t[k] + time))
        states.append(state)
    crossed = np.array(states).reshape(len(times), y.shape[1])
    return Returns(times=np.array(times), z=flow.read(crossed), y=crossed)


def _exact(
    flow: Flow, y: Array, guess: float, which: int, level: float, work: Work
) -> tuple[float, Array]:
    time, state = guess, y
    for _ in range(_POLISH):
        if time <= 0.0:
            return 0.0, y
        state = follow(flow, y, np.array([0.0, time]), work)[-1]
        ahead = state + 1e-6 * np.array(flow.velocity(state, 0.0)) * guess
        here, there = flow.read(np.stack([state, ahead]))[:, which]
        rate = (there - here) / (1e-6 * guess)
        if not np.isfinite(rate) or rate == 0.0 or abs(here - level) < 1e-11:
            break
        time += float((level - here) / rate)
    return time, state
