"""How alike the trajectories of the solutions are, and how different their fields.

    likeness     rms over time of |z_i(t) - z_j(t)|, in rms excursions, while both hold
    difference   rms over the tube of |f_i(z, t) - f_j(z, t)|, relative to the rms speed of the
                 trajectory, at equal times, while both hold

Place in the flow: built solutions become two symmetric matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lrfit.core.arrays import Array
from lrfit.degeneracy.build import Solution
from lrfit.degeneracy.tube import Tube

PLACES = 2**12
Apart = Callable[[Solution, Solution], float]


def likeness(solutions: Sequence[Solution], tube: Tube) -> Array:
    """Differences of the trajectories (n, n), zero on the diagonal."""

    def apart(a: Solution, b: Solution) -> float:
        until = min(a.horizon, b.horizon)
        count = int(np.sum(a.loop.t <= until))
        off = (a.loop.z[:count] - b.loop.z[:count]) / tube.curve.scale
        return float(np.sqrt(np.mean(off**2)))

    return _symmetric(solutions, apart)


def difference(solutions: Sequence[Solution], tube: Tube, seed: int) -> Array:
    """Differences of the fields (n, n), zero on the diagonal."""
    places = tube.places(PLACES, [seed, 24])
    speed = tube.curve.rate

    def apart(a: Solution, b: Solution) -> float:
        rows = places.t <= min(a.horizon, b.horizon)
        if not np.any(rows):
            return float("nan")
        t, z = places.t[rows], places.z[rows]
        gap = a.loop.driven.velocity(t, z) - b.loop.driven.velocity(t, z)
        return float(np.sqrt(np.mean((gap / tube.curve.scale) ** 2)) / speed)

    return _symmetric(solutions, apart)


def _symmetric(solutions: Sequence[Solution], apart: Apart) -> Array:
    matrix = np.zeros((len(solutions), len(solutions)))
    for i, a in enumerate(solutions):
        for j, b in enumerate(solutions[:i]):
            matrix[i, j] = matrix[j, i] = apart(a, b)
    return matrix
