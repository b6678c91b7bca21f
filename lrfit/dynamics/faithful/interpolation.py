"""How well a measured field is known between its points: an estimate, stated with every check.

Place in the flow: fixed points and trajectories of a measured target come from its interpolation.
Half of the points predict the other half; on a grid, whose spacing that doubles, an interpolation
of order p is 2^p times as good with all of them (Richardson).
"""

from __future__ import annotations

import numpy as np

from lrfit.targets.data import SampledData, grid_data, scattered_data
from lrfit.targets.interpolation import SampledField
from lrfit.targets.system import System

_FEWEST = 5
"""Nodes of an axis of which every other one still makes a grid."""


def interpolation_error(system: System) -> float | None:
    """Rms error between the points over the rms speed, box units; None where it is not known.

    None also for targets that are not measured: they have no error.
    """
    data = system.data
    if data is None:
        return None
    split = _grid_halves(data) if data.axes is not None else _sample_halves(data)
    if split is None:
        return None
    half, rest, gain = split
    field = SampledField(data=half, domain=system.domain)
    left = field.velocity(rest.state, rest.input) - rest.velocity
    h = system.domain.half_width
    size = np.mean(np.sum((data.velocity / h) ** 2, axis=1))
    return float(np.sqrt(np.mean(np.sum((left / h) ** 2, axis=1)) / size) / gain)


def _grid_halves(data: SampledData) -> tuple[SampledData, SampledData, float] | None:
    """Every other node of every axis, and the nodes between them; the last node is kept."""
    assert data.axes is not None
    if min(len(axis) for axis in data.axes) < _FEWEST:
        return None
    counts = [len(axis) for axis in data.axes]
    chosen = [np.unique(np.append(np.arange(0, n, 2), n - 1)) for n in counts]
    velocity = data.velocity.reshape(*counts, -1)
    axes = tuple(axis[rows] for axis, rows in zip(data.axes, chosen, strict=True))
    half = grid_data(axes, velocity[np.ix_(*chosen)])
    between = np.ones(counts, dtype=bool)
    between[np.ix_(*chosen)] = False
    cubic = min(len(axis) for axis in axes) >= 4
    return half, _rows(data, between.ravel()), 16.0 if cubic else 4.0


def _sample_halves(data: SampledData) -> tuple[SampledData, SampledData, float] | None:
    if data.count < 4 * (data.state.shape[1] + data.input.shape[1] + 1):
        return None
    first = np.random.default_rng(0).permutation(data.count) < data.count // 2
    half = _rows(data, first)
    return scattered_data(half.state, half.input, half.velocity), _rows(data, ~first), 1.0


def _rows(data: SampledData, rows: np.ndarray) -> SampledData:
    return SampledData(
        state=data.state[rows],
        input=data.input[rows],
        velocity=data.velocity[rows],
        weight=data.weight[rows],
    )
