"""Whether a field's mean square over its box exists, or a pole makes it grow with the samples.

Place in the flow: between the samples and every relative error, which divides by the rms speed.
Around a point where the field grows without limit, |g|² of random points has a tail P(|g|² > s)
that falls like s^-a; the mean exists for a > 1 only (1/x on a line has a = 1/2, 1/r in the plane
a = 1). Hill's estimate (1975) of 1/a, on ever smaller boxes about the fastest point, tells a pole,
for which it stays, from a steep but bounded field, for which it falls to 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.fields.sample_set import SampleSet
from lrfit.systems.system import System

SUSPECT = 50.0
"""Largest over mean square speed from which on the neighbourhood is searched: below 25 for all
sample systems (8,192 points), whereas a pole's grows with the number of samples."""
HEAVY = 0.9
"""Hill's estimate from which on a mean square does not converge, or too slowly to be used."""
GROWTH = 1.1
"""A field is unbounded whose fastest point is still so much faster after `_LAST` more halvings."""
_POINTS, _TOP = 4096, 200
_FIRST_RADIUS, _HALVINGS, _LAST = 0.125, 30, 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Divergence:
    """A place about which one component of a field grows without limit.

    variable : its index. place : (D + U,), box units. heavy : whether the mean square diverges
    too, not only the maximum.
    """

    variable: int
    place: Array
    heavy: bool

    def __post_init__(self) -> None:
        """Freeze the place."""
        freeze_fields(self, place=(-1,))


def find_divergence(system: System, points: SampleSet) -> Divergence | None:
    """The worst place without limit near the fastest of the points, of any variable; or None.

    Only formulas and functions can be asked anywhere: None for measured points.
    """
    if system.data is not None:
        return None
    square = points.velocity**2
    mean = np.mean(square, axis=0)
    found = None
    for d in np.flatnonzero(np.max(square, axis=0) > SUSPECT * mean):
        row = int(np.argmax(square[:, d]))
        start = np.concatenate([points.state[row], points.input[row]])
        here = _approached(_component(system, int(d)), start, variable=int(d))
        if here is not None and (found is None or here.heavy > found.heavy):
            found = here
    return found


def _component(system: System, d: int) -> Callable[[Array], Array]:
    """|dz_d/dt| (P,) at box coordinates (P, D + U); zero where it is no number."""
    domain = system.domain

    def speed(points: Array) -> Array:
        zeta, omega = np.split(points, [domain.dimension], axis=1)
        with np.errstate(all="ignore"):
            velocity = system.velocity(domain.state_from_box(zeta), domain.input_from_box(omega))
        return np.nan_to_num(np.abs(velocity[:, d]), nan=0.0, posinf=0.0)

    return speed


def _approached(
    speed: Callable[[Array], Array], start: Array, *, variable: int
) -> Divergence | None:
    """Follow the fastest point into ever smaller boxes (n,); None where the speed has a limit."""
    generator = np.random.default_rng(0)  # any fixed points will do
    centre, radius = start, _FIRST_RADIUS
    tails, peaks = [], []
    for _ in range(_HALVINGS):
        low, high = np.maximum(centre - radius, -1.0), np.minimum(centre + radius, 1.0)
        points = low + (high - low) * generator.random((_POINTS, len(centre)))
        speeds = speed(points)
        centre = points[int(np.argmax(speeds))]
        tails.append(tail_index(speeds))
        peaks.append(float(np.max(speeds)))
        radius /= 2.0
    if not peaks[-1] > GROWTH * peaks[-1 - _LAST]:
        return None
    return Divergence(variable=variable, place=centre, heavy=bool(np.mean(tails[-_LAST:]) >= HEAVY))


def tail_index(speeds: Array) -> float:
    """Hill's estimate of 1/a for squares of speeds (P,): mean log excess of the largest ones."""
    top = np.sort(speeds)[-_TOP - 1 :]
    if not top[0] > 0.0:
        return 0.0
    return float(2.0 * np.mean(np.log(top[1:] / top[0])))
