"""At which constant inputs a system is looked at, where the user does not say.

Place in the flow: the declared signals become tonic values: every value that they hold for at
least half a percent of the declared time, the one held longest first, at most six. Signals that
hold no value (a sine) and systems without any are looked at at rest.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System

MOST = 6
_TIMES = 4001
_HELD = 0.005
_STILL = 1e-9
_SAME = 0.02
"""Half-widths of the input's range within which values are the same."""


def tonic_inputs(system: System) -> Array:
    """(n, U) constant inputs, 1 <= n <= 6, the user's units; one row of none without inputs."""
    simulation, domain = system.simulation, system.domain
    if not domain.input_count:
        return np.empty((1, 0))
    if simulation.signal.constant:
        return np.array(simulation.signal.level)[None]
    u = simulation.signal.at(np.linspace(0.0, float(simulation.duration or 1.0), _TIMES))
    steps = np.abs(np.diff(u, axis=0)) / domain.input_half_width
    u = u[:-1][np.all(steps <= _STILL, axis=1)]  # a sine lingers at its ends, but is never still
    if not len(u):
        return resting_input(domain)[None]
    cells = np.rint(domain.input_to_box(u) / _SAME)
    kinds, which, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    order = [k for k in np.argsort(-counts, kind="stable") if counts[k] >= _HELD * _TIMES]
    if not len(kinds) or not order:
        return resting_input(domain)[None]
    held = np.array([np.median(u[which.ravel() == k], axis=0) for k in order[:MOST]])
    return np.where(np.abs(held) < 1e-9 * domain.input_half_width, 0.0, held)
