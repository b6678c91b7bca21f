"""A trajectory: every variable and input against time, the target dashed, the neurons' rates.

Place in the flow: a `Trajectory` of one or several runs. Runs from one start that differ by their
noise become their mean and the band that holds 90 % of them; runs from several starts are drawn
one by one. Rates are an image, neurons sorted by the phase of their activity.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.io.text import counted
from lrfit.plotting.sheet import align
from lrfit.plotting.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    PAGE,
    few_ticks,
    legend_below,
    magnitudes,
    new_figure,
    quantity,
    written,
)
from lrfit.simulation.trajectory import Trajectory

_MOST_RUNS, _MOST_TIMES, _MOST_ROWS = 30, 1500, 12
_NARROW, _WIDE = 0.62, 0.95
_BAND = (0.05, 0.95)
DASHED: Any = (0, (3, 2))
"""Lines of a target."""


def draw(
    trajectory: Trajectory, *, title: str, phi: Callable[[Array], Array] | None = None
) -> Figure:
    """Draw it.

    Parameters
    ----------
    title : str
        What it is a trajectory of.
    phi : callable
        The neurons' nonlinearity; without it currents are drawn, not rates.
    """
    figure = new_figure(PAGE, sum(heights(trajectory)) + 0.75)
    rows = fill(figure, trajectory, phi)
    rows[0].set_title(written(title, 90))
    legend_below(figure, handles(trajectory))
    return figure


def heights(trajectory: Trajectory) -> list[float]:
    """Of the rows, in inches: variables, inputs, rates."""
    variables, inputs = _rows(trajectory)
    found = [_WIDE if len(variables) < 5 else _NARROW] * len(variables)
    return found + [_NARROW] * len(inputs) + _raster_height(trajectory)


def fill(
    figure: Figure | SubFigure, trajectory: Trajectory, phi: Callable[[Array], Array] | None
) -> list[Axes]:
    """Draw all rows into an empty figure, or a part of one."""
    kept = _times(trajectory)
    variables, inputs = _rows(trajectory)
    ratios = heights(trajectory)
    grid = figure.subplots(len(ratios), 1, squeeze=False, sharex=True, height_ratios=ratios)
    rows = list(grid[:, 0])
    for i, name in enumerate(variables):
        _variable(rows[i], trajectory, kept, i)
        rows[i].set_ylabel(quantity(name))
    for i, name in enumerate(inputs):
        _input(rows[len(variables) + i], trajectory, kept, i)
        rows[len(variables) + i].set_ylabel(quantity(name))
    if trajectory.x is not None:
        _raster(figure, rows[-1], trajectory, kept, phi)
    rows[-1].set_xlabel(quantity("time", trajectory.time_unit))
    rows[-1].set_xlim(trajectory.t[0], trajectory.t[-1])
    align("y", rows)
    return rows


def _rows(trajectory: Trajectory) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Variables and inputs that have a row."""
    domain = trajectory.domain
    return domain.variables[:_MOST_ROWS], domain.inputs[:_MOST_ROWS]


def _raster_height(trajectory: Trajectory) -> list[float]:
    """Room for the rates: none without them, more for more neurons."""
    if trajectory.x is None:
        return []
    return [float(np.clip(0.45 + 0.09 * trajectory.x.shape[2], 0.7, 1.6))]


def is_noise(trajectory: Trajectory) -> bool:
    """Whether there are several runs and all have the same start."""
    starts = trajectory.z[:, 0]
    return trajectory.trials > 1 and bool(np.allclose(starts, starts[0], equal_nan=True))


def _times(trajectory: Trajectory) -> NDArray[np.intp]:
    """Indices of the times to draw: no more than can be told apart."""
    T = len(trajectory.t)
    return np.unique(np.linspace(0, T - 1, min(T, _MOST_TIMES)).astype(np.intp))


def _variable(axes: Axes, trajectory: Trajectory, kept: NDArray[np.intp], i: int) -> None:
    t, z = trajectory.t[kept], trajectory.z[:, kept, i]
    if is_noise(trajectory):
        low, middle, high = _band(z)
        axes.fill_between(t, low, high, color=BLUE, alpha=0.25, lw=0, zorder=1)
        axes.plot(t, middle, color=BLUE, lw=1.2, zorder=2)
    else:
        for run in z[:_MOST_RUNS]:
            axes.plot(t, run, color=BLUE, lw=1.2 if len(z) < 4 else 0.8, zorder=2)
    if trajectory.target is not None:
        ideal = trajectory.target[:, kept, i]
        for run in ideal[: 1 if is_noise(trajectory) else _MOST_RUNS]:
            axes.plot(t, run, color=INK, ls=DASHED, lw=0.9, zorder=3)
    few_ticks(axes, 8, 3)
    axes.margins(y=0.08)


def _band(z: Array) -> tuple[Array, Array, Array]:
    """Lower end, mean and upper end (T,) of what is known of runs (trials, T)."""
    known = np.isfinite(z).any(axis=0)
    found = np.full((3, z.shape[1]), np.nan)
    found[[0, 2]] = np.nan
    found[0, known], found[2, known] = np.nanquantile(z[:, known], _BAND, axis=0)
    found[1, known] = np.nanmean(z[:, known], axis=0)
    return found[0], found[1], found[2]


def _input(axes: Axes, trajectory: Trajectory, kept: NDArray[np.intp], i: int) -> None:
    t = trajectory.t[kept]
    axes.plot(t, trajectory.u[0, kept, i], color=GREEN, lw=1.0, zorder=2)
    if not np.array_equal(trajectory.u[0], trajectory.v[0]):
        axes.plot(t, trajectory.v[0, kept, i], color=FAINT, lw=1.0, zorder=1)
    few_ticks(axes, 8, 2)
    axes.margins(y=0.12)


def _raster(
    figure: Figure | SubFigure,
    axes: Axes,
    trajectory: Trajectory,
    kept: NDArray[np.intp],
    phi: Callable[[Array], Array] | None,
) -> None:
    """The first run's rates, as an image."""
    assert trajectory.x is not None
    x = trajectory.x[0, kept]
    values = x if phi is None else phi(x)
    values = values[:, by_phase(values)].T
    shown = axes.imshow(
        values, extent=(trajectory.t[0], trajectory.t[-1], len(values) + 0.5, 0.5), aspect="auto",
        cmap=magnitudes(), interpolation="nearest",
    )  # fmt: skip
    axes.set_ylabel("neuron (sorted)")
    axes.set_yticks(sorted({1, len(values)}))
    bar = figure.colorbar(shown, ax=axes, pad=0.01, aspect=12)
    bar.set_label("current" if phi is None else "rate")
    bar.outline.set_visible(False)


def by_phase(values: Array) -> NDArray[np.intp]:
    """Neurons sorted by the phase of their activity (T, neurons): the angle of each one's weight
    in the two leading principal components over time.
    """
    known = values[np.isfinite(values).all(axis=1)]
    if len(known) < 2 or values.shape[1] < 3:
        return np.arange(values.shape[1])
    _, _, parts = np.linalg.svd(known - known.mean(axis=0), full_matrices=False)
    return np.argsort(np.arctan2(parts[1], parts[0]), kind="stable")


def handles(trajectory: Trajectory) -> list[Line2D | Patch]:
    """Entries of a legend, for what really occurs."""
    found: list[Line2D | Patch] = []
    noise = is_noise(trajectory)
    found.append(Line2D([], [], color=BLUE, lw=1.2, label=_whose(trajectory, noise)))
    if noise:
        label = f"90 % of {counted(trajectory.trials, 'run')}"
        found.append(Patch(facecolor=BLUE, alpha=0.25, lw=0, label=label))
    if trajectory.target is not None:
        found.append(Line2D([], [], color=INK, ls=DASHED, lw=0.9, label="target"))
    if trajectory.domain.inputs:
        found.append(Line2D([], [], color=GREEN, lw=1.0, label="input"))
        if not np.array_equal(trajectory.u[0], trajectory.v[0]):
            found.append(Line2D([], [], color=FAINT, lw=1.0, label="as the neurons see it"))
    return found


def _whose(trajectory: Trajectory, noise: bool) -> str:
    who = "target" if trajectory.space == "target" else "network"
    if noise:
        return f"{who}, mean"
    if trajectory.trials > _MOST_RUNS:
        return f"{who}, {_MOST_RUNS} of {trajectory.trials} runs"
    return who
