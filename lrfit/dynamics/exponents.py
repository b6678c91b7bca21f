"""Lyapunov exponents by the variational equation, with error bars.

Place in the flow: states on an attractor become the mean rates at which small spheres around
them are stretched. Many trajectories at once, tangent vectors made orthogonal by QR every few
steps (Benettin et al. 1980); the standard error is that of the mean over trajectories.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.dynamics.flow import Flow
from lrfit.dynamics.runs import step_of
from lrfit.arrays import Array, freeze_fields

_BETWEEN = 10
_FINER = 0.5
_MOST_STEPS = 20_000
_WARM = 0.3
"""Share of the run before the tangent vectors are counted: they must have turned into place,
which takes several times 1 / (difference of two exponents)."""
_GROWN = 30.0
"""Growth, in factors of e over all trajectories together, below which nothing is called chaotic:
a fading transient stretches too, but only so far."""
_GROWN_EACH = 6.0
"""The same for each: shear stretches like a power of time, all trajectories alike, and so grows by
that power times log(1 / 0.3) = 1.2 after the warming up, however long the run."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Exponents:
    """Lyapunov exponents (n,), the largest first, per unit of time; errors (n,), standard.

    duration : over which they are means, all trajectories together. runs : how many those are.
    """

    values: Array
    errors: Array
    duration: float
    runs: int

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, values=(-1,), errors=(-1,))

    @property
    def stretching(self) -> bool:
        """Whether the largest exponent is positive beyond three standard errors, and has acted."""
        largest = self.values[0]
        return bool(largest > 3.0 * self.errors[0] and largest * self.duration > _GROWN)

    @property
    def chaotic(self) -> bool:
        """Whether it has acted for so long on every trajectory that it cannot be shear."""
        each = self.values[0] * self.duration
        return self.stretching and bool(each > _GROWN_EACH * self.runs)


def lyapunov_exponents(flow: Flow, starts: Array, duration: float) -> Exponents:
    """Exponents of the attractor on which the starts (S, D), box units, lie.

    Every start is followed for the duration, or as long as 20,000 steps last. Starts whose
    trajectory leaves the neighbourhood of the box are left out; NaN where none is left.
    """
    dt = flow.dt if flow.dt is not None else _FINER * step_of(flow)
    blocks = max(1, min(int(np.ceil(duration / dt)), _MOST_STEPS) // _BETWEEN)
    D, warm = flow.dimension, int(_WARM * blocks)
    zeta, tangent = starts.copy(), np.broadcast_to(np.eye(D), (len(starts), D, D)).copy()
    grown = np.zeros((len(starts), D))
    with np.errstate(all="ignore"):
        for block in range(blocks):
            if block == warm:
                grown[:] = 0.0
            for _ in range(_BETWEEN):
                zeta, tangent = _advance(flow, zeta, tangent, dt)
            good = np.isfinite(zeta).all(axis=1) & (np.abs(zeta) < 3.0).all(axis=1)
            zeta, tangent, grown = zeta[good], tangent[good], grown[good]
            if not len(zeta):
                nothing = np.full(D, np.nan)
                return Exponents(values=nothing, errors=nothing, duration=0.0, runs=0)
            tangent, upper = np.linalg.qr(tangent)
            grown += np.log(np.abs(np.einsum("sdd->sd", upper)))
    time = (blocks - warm) * _BETWEEN * dt
    rates = grown / time
    error = (
        rates.std(axis=0, ddof=1) / np.sqrt(len(rates)) if len(rates) > 1 else np.full(D, np.nan)
    )
    return Exponents(
        values=rates.mean(axis=0), errors=error, duration=time * len(rates), runs=len(rates)
    )


def _advance(flow: Flow, zeta: Array, tangent: Array, dt: float) -> tuple[Array, Array]:
    """One step of the trajectory and of the tangent vectors: Runge-Kutta, or Euler for a map."""
    if flow.dt is not None:
        return zeta + dt * flow.velocity(zeta), tangent + dt * (flow.jacobian(zeta) @ tangent)
    slope, bend = np.zeros(zeta.shape), np.zeros(tangent.shape)
    moved, turned = zeta.copy(), tangent.copy()
    for ahead, weight in ((0.0, 1.0), (0.5, 2.0), (0.5, 2.0), (1.0, 1.0)):
        place = zeta + ahead * dt * slope
        bend = flow.jacobian(place) @ (tangent + ahead * dt * bend)
        slope = flow.velocity(place)
        moved += (weight * dt / 6.0) * slope
        turned += (weight * dt / 6.0) * bend
    return moved, turned
