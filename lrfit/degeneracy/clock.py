"""Clocks: inputs that say what time it is, as the neurons see them.

    ramp     2 t/T - 1
    phase    cos(2 pi k t/P), sin(2 pi k t/P), k = 1, 2, with P the trajectory's dominant period,
             where it goes around at least twice: a helix in time, on which neighbours in time
             are neighbours and nothing meets again

Place in the flow: a curve becomes an input signal. Neurons see v, the clock low-passed by their
membranes; regression is on v(t) itself, so that the lag costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.simulation.curve import Curve
from lrfit.simulation.lag import filtered

POINTS = 2**13
_TURNS = 2.0
HARMONICS = (1, 2)
"""Of the dominant period: with the second one sharp spikes need half as many neurons."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clock:
    """Names (U,), times t (T,), and values u (T, U) of a clock. period : 0 for a ramp alone."""

    names: tuple[str, ...]
    t: Array
    u: Array
    period: float

    def seen(self, tau: float) -> Array:
        """V (T, U) at the same times, low-passed by a membrane of time constant tau."""
        return filtered(self.u, tau / (self.t[1] - self.t[0]))


def clock_for(curve: Curve) -> Clock:
    """The clock for a curve."""
    t = np.linspace(0.0, curve.duration, POINTS + 1)
    period = dominant_period(curve)
    columns = {"clock": 2.0 * t / curve.duration - 1.0}
    if period:
        phase = 2.0 * np.pi * t / period
        for k in HARMONICS:
            columns |= {f"clock_cos{k}": np.cos(k * phase), f"clock_sin{k}": np.sin(k * phase)}
    taken = set(curve.domain.variables)
    names = tuple(name + "_" * (name in taken) for name in columns)
    return Clock(names=names, t=t, u=np.stack(list(columns.values()), axis=1), period=period)


def dominant_period(curve: Curve) -> float:
    """The period with most power over all variables in rms excursions; 0 below two turns."""
    t = np.linspace(0.0, curve.duration, POINTS, endpoint=False)
    z = (curve.at(t) - np.mean(curve.at(t), axis=0)) / curve.scale
    window = np.hanning(POINTS)[:, None]
    power = np.sum(np.abs(np.fft.rfft(window * z, axis=0)) ** 2, axis=1)
    power[0] = 0.0
    turns = float(np.argmax(power))
    return curve.duration / turns if turns >= _TURNS else 0.0
