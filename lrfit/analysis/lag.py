"""How much an input is changed by the membrane's low-pass, tau dv/dt = -v + u.

Place in the flow: part of what is said about every network with filtered inputs. With a long
tau even a perfect field goes wrong: pulses arrive late and small.
"""

from __future__ import annotations

import numpy as np

from lrfit.arrays import Array
from lrfit.targets.input_signal import InputSignal

_POINTS = 4096


def filtered(u: Array, steps: float) -> Array:
    """Low-passed u (T, U) on an even grid, v(0) = u(0); tau is `steps` grid intervals.

    Exact for u linear between the points: v' = (u - v)/tau solved over each interval.
    """
    from scipy.signal import lfilter  # noqa: PLC0415 - scipy only where it is used

    decay = np.exp(-1.0 / steps)
    before = steps * (1.0 - decay) - decay
    after = 1.0 - steps * (1.0 - decay)
    start = ((decay + before) * u[0])[None]
    rest, _ = lfilter([after, before], [1.0, -decay], u[1:], axis=0, zi=start)
    return np.concatenate([u[:1], np.asarray(rest)])


def lag_error(signal: InputSignal, duration: float, tau: float, inputs: tuple[int, ...]) -> float:
    """Rms of u - v relative to the rms of u, over the inputs named by index; 0 without change."""
    if signal.constant or not inputs:
        return 0.0
    u = signal.at(np.linspace(0.0, duration, _POINTS))[:, list(inputs)]
    size = np.sqrt(np.mean(u**2))
    if size == 0.0 or not np.any(np.ptp(u, axis=0)):
        return 0.0
    v = filtered(u, tau * (_POINTS - 1) / duration)
    return float(np.sqrt(np.mean((u - v) ** 2)) / size)


def longest_tau(
    signal: InputSignal, duration: float, inputs: tuple[int, ...], *, error: float
) -> float:
    """The longest tau whose lag error is within `error` (inf when every tau's is)."""
    low, high = 1e-6 * duration, 1e3 * duration
    if lag_error(signal, duration, high, inputs) <= error:
        return float("inf")
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        if lag_error(signal, duration, middle, inputs) <= error:
            low = middle
        else:
            high = middle
    return low
