"""All pushes of a network at once: its trajectory without one, and with every push and amplitude.

    dz/dt = f(z, t) + pushes,    classical fourth-order Runge-Kutta, every run on the same steps

A push moves one run and not the others, at a step of its own: steps are cut so that output times
are among them, and a pulse counts in a step for the share of it that it covers.

Place in the flow: pushes become responses, from which everything else is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.box import fastest_rate, rescaled
from lrfit.integrate import rk4_step
from lrfit.perturbation.driven import Driven
from lrfit.perturbation.push import Push
from lrfit.simulation.curve import Curve

TIMES = 1001
_STEP = 0.1
"""Of 1/|largest Jacobian|: the error of a step is then below 1e-7 of what changes in it."""
_FAR = 1e3


@dataclass(frozen=True, kw_only=True, eq=False)
class Response:
    """Runs of one network in scaled coordinates z / scale.

    t : (T,). free : (T, D) without a push. pushed : (pushes, amplitudes, T, D); NaN where a run
    has gone further than a thousand excursions.
    """

    t: Array
    free: Array
    pushed: Array

    @property
    def runs(self) -> Array:
        """(1 + pushes * amplitudes, T, D), the free run first."""
        shape = (-1, *self.free.shape)
        return np.concatenate([self.free[None], self.pushed.reshape(shape)])

    @property
    def distance(self) -> Array:
        """(pushes, amplitudes, T) rms over the variables of pushed - free, at equal times."""
        off = self.pushed - self.free
        return np.asarray(np.sqrt(np.mean(off**2, axis=-1)))


def respond(
    driven: Driven, curve: Curve, pushes: Sequence[Push], amplitudes: Sequence[float]
) -> Response:
    """Push a network in every way."""
    t = np.linspace(0.0, curve.duration, TIMES)
    moves = _Moves(curve, pushes, amplitudes)
    z = np.repeat(driven.initial[None], 1 + len(moves.rows), axis=0)
    kept = np.empty((TIMES, *z.shape))
    parts = _parts(driven, curve, t)
    h = (t[1] - t[0]) / parts
    with np.errstate(all="ignore"):  # a run that leaves is NaN from there on
        for k in range(TIMES - 1):
            kept[k] = z
            inputs = _Inputs(driven, t[k] + 0.5 * h * np.arange(2 * parts + 1))
            for part in range(parts):
                z = moves.jump(z, t[k] + part * h, h)
                z = _advance(inputs, 2 * part, z, h, moves.drift(t[k] + part * h, h))
            z = np.where(np.abs(z / curve.scale) < _FAR, z, np.nan)
    kept[-1] = z
    runs = kept.transpose(1, 0, 2) / curve.scale
    shape = (len(pushes), len(amplitudes), TIMES, len(curve.scale))
    return Response(t=t, free=runs[0], pushed=runs[1:].reshape(shape))


def _parts(driven: Driven, curve: Curve, t: Array) -> int:
    """Steps between two output times."""
    fastest = fastest_rate(rescaled(driven.jacobian(t, curve.at(t)), curve.scale))
    return max(1, int(np.ceil((t[1] - t[0]) * fastest / _STEP)))


class _Inputs:
    """u and v at the ends and middles of some steps."""

    def __init__(self, driven: Driven, times: Array) -> None:
        times = np.minimum(times, driven.duration)
        self.network = driven.network
        self.u, self.v = np.array(driven.signal.at(times)), driven.filtered_input(times)

    def velocity(self, place: int, z: Array) -> Array:
        """dz/dt of all runs."""
        shape = (len(z), self.u.shape[1])
        v, u = (np.broadcast_to(values[place], shape) for values in (self.v, self.u))
        return self.network.latent_velocity(z, v, u)


def _advance(inputs: _Inputs, place: int, z: Array, h: float, drift: Array) -> Array:
    return rk4_step(lambda share, z: inputs.velocity(place + int(2.0 * share), z) + drift, z, h)


class _Moves:
    """What pushes do to the runs; run 0 is left alone."""

    def __init__(self, curve: Curve, pushes: Sequence[Push], amplitudes: Sequence[float]) -> None:
        self.rows = [(push, size) for push in pushes for size in amplitudes]
        reach = np.sqrt(len(curve.scale)) * curve.scale
        self.by = np.array([size * reach * push.direction for push, size in self.rows])
        self.start = np.array([push.time for push, _ in self.rows])
        self.width = np.array([push.width for push, _ in self.rows])

    def jump(self, z: Array, t: float, h: float) -> Array:
        """Jump in those runs whose time is in the step that begins now."""
        now = (self.width == 0.0) & (self.start >= t - 0.5 * h) & (self.start < t + 0.5 * h)
        if not np.any(now):
            return z
        z = z.copy()
        z[1:][now] += self.by[now]
        return z

    def drift(self, t: float, h: float) -> Array:
        """Velocity (runs, D) of pulses, averaged over the step."""
        end = self.start + self.width
        covered = np.minimum(end, t + h) - np.maximum(self.start, t)
        share = np.maximum(covered, 0.0) / h
        rate = np.divide(share, self.width, out=np.zeros_like(share), where=self.width > 0.0)
        return np.concatenate([np.zeros((1, self.by.shape[1])), rate[:, None] * self.by])
