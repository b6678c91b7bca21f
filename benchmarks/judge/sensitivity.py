"""The largest exponent of irregular motion, from pairs of trajectories (Benettin et al. 1980)."""

from __future__ import annotations

import numpy as np

from benchmarks.judge.flow import Flow
from benchmarks.judge.path import Work, follow
from lrfit.core.arrays import Array

_APART = 1e-6
"""Half-widths between the two at the start of every stretch."""
_STRETCHES, _WARM, _BLOCKS = 160, 16, 12


def largest_exponent(
    flow: Flow, y: Array, stretch: float, work: Work
) -> tuple[float, float, Array]:
    """Exponent and standard error in 1/time, and states (n, L) on the way.

    stretch : time after which the distance is measured and made small again. Ends early where the
    work is spent; NaN where the run escapes.
    """
    generator = np.random.default_rng(5)
    apart = generator.normal(size=len(y))
    apart *= _APART / np.linalg.norm(apart)
    grown: list[float] = []
    states: list[Array] = []
    t = np.linspace(0.0, stretch, 17)
    for number in range(_STRETCHES):
        path = follow(flow, y, t, work, rtol=1e-10)
        other = follow(flow, y + apart, t[[0, -1]], work, rtol=1e-10)[-1]
        y, apart = path[-1], other - path[-1]
        size = float(np.linalg.norm(apart))
        if not np.all(np.isfinite(path)) or flow.escaped(y) or not size > 0.0:
            return float("nan"), float("nan"), np.array(states)
        apart *= _APART / size
        if number >= _WARM:
            grown.append(np.log(size / _APART) / stretch)
            states.extend(path[1:])
        if work.left <= 0 and number >= 3 * _WARM:
            break
    blocks = [block.mean() for block in np.array_split(np.array(grown), _BLOCKS)]
    error = float(np.std(blocks, ddof=1) / np.sqrt(_BLOCKS))
    return float(np.mean(grown)), error, np.array(states)
