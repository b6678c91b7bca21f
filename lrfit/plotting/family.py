"""Networks that share a trajectory: the same path, by different flows.

Place in the flow: a `DegeneracyTable` with the flows that it holds. Above, the flow of each
solution at one moment, in the plane of two variables (one variable: over time); below, their
trajectories on top of each other, and how far trajectories and fields of every two are apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.degeneracy.flows import Flows
from lrfit.degeneracy.table import DegeneracyTable
from lrfit.io.text import counted
from lrfit.plotting.streams import PlaneField, draw_streams, speed_scale
from lrfit.plotting.style import (
    CYCLE,
    INK,
    PAGE,
    VERMILION,
    few_ticks,
    legend_below,
    magnitudes,
    new_figure,
    quantity,
    written,
)
from lrfit.systems.about import title_with

_MOST, _VARIABLES = 4, 2
_DASHES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
"""Lines that lie on top of each other are told by their dashes."""


def draw(table: DegeneracyTable) -> Figure:
    """Draw the flows, the trajectories and the differences.

    Raises
    ------
    InputError
        The file holds no flows, as those of version 0.1.0.
    """
    flows = table.flows
    if flows is None:
        raise InputError("holds no flows; run `lrfit degenerate` again", where=table.system)
    count = min(len(table.kinds), _MOST)
    figure = new_figure(PAGE, 4.3)
    parts: Any = figure.subfigures(2, 1, height_ratios=[1.15, 1.0])
    top, bottom = parts
    panels = top.subplots(1, count, squeeze=False, sharex=True, sharey=True)[0]
    for k, axes in enumerate(panels):
        _flow(axes, table, flows, k)
    _label(panels, table, flows)
    bar = top.colorbar(speed_scale(), ax=list(panels), pad=0.01, aspect=24)
    bar.set_label("speed / rms of the trajectory")
    bar.set_ticks([0, 1, 2], labels=["0", "1", "2+"])
    bar.outline.set_visible(False)
    _below(bottom, table, flows)
    legend_below(figure, _handles(table))
    return figure


def _flow(axes: Axes, table: DegeneracyTable, flows: Flows, k: int) -> None:
    """The flow of a solution at the moment, and the trajectory that goes through it."""
    field = plane_of(table, flows, k)
    draw_streams(axes, field, speed_of(table, flows))
    if flows.shown[0] < 0:
        path = np.stack([table.curve.t, table.curve.z[:, 0]])
    else:
        path = table.curve.z[:, flows.shown].T
        here = table.curve.at(np.array([flows.time]))[0, flows.shown]
        axes.plot(*here, ls="", marker="o", ms=5, mfc=VERMILION, mec="white", mew=0.7, zorder=5)
    axes.plot(*path, color=INK, lw=1.2, zorder=3)
    axes.set_title(f"{written(table.kinds[k], 20)}, {counted(int(table.neurons[k]), 'neuron')}")


def plane_of(table: DegeneracyTable, flows: Flows, k: int) -> PlaneField:
    """The flow of a solution, in half extents of the plane per unit of time."""
    extent = np.array([np.ptp(flows.across), np.ptp(flows.up)]) / 2.0
    velocity = flows.velocity[k] / extent
    return PlaneField(x=flows.across, y=flows.up, velocity=velocity, half_width=extent)


def speed_of(table: DegeneracyTable, flows: Flows) -> float:
    """Rms speed of the trajectory in the plane, in the same units."""
    extent = np.array([np.ptp(flows.across), np.ptp(flows.up)]) / 2.0
    velocity = table.curve.velocity(table.curve.t)
    across = np.ones(len(velocity)) if flows.shown[0] < 0 else velocity[:, flows.shown[0]]
    both = np.stack([across, velocity[:, flows.shown[1]]], axis=1)
    return float(np.sqrt(np.mean(np.sum((both / extent) ** 2, axis=1))))


def _label(panels: Array, table: DegeneracyTable, flows: Flows) -> None:
    names, time = table.domain.variables, quantity("time", table.time_unit)
    moment = "" if flows.shown[0] < 0 else f" at time {flows.time:.3g}"
    name = written(title_with(table.system or "trajectory", table.overrides), 40)
    panels[0].set_title(f"{name}{moment}\n{panels[0].get_title(loc='left')}")
    panels[0].set_ylabel(quantity(names[flows.shown[1]]))
    for axes in panels:
        axes.set_xlim(flows.across[0], flows.across[-1])
        axes.set_ylim(flows.up[0], flows.up[-1])
        axes.set_xlabel(time if flows.shown[0] < 0 else quantity(names[flows.shown[0]]))
        few_ticks(axes)


def _below(figure: Any, table: DegeneracyTable, flows: Flows) -> None:
    """Trajectories on top of each other, and the differences of every two."""
    variables = [int(i) for i in flows.shown if i >= 0][:_VARIABLES]
    pairs = len(table.kinds) > 1
    ratios = [1.0, 1.15] if pairs else [1.0]
    left, *right = figure.subfigures(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
    rows = left.subplots(len(variables), 1, squeeze=False, sharex=True)[:, 0]
    for axes, i in zip(rows, variables, strict=True):
        for k in range(min(len(table.kinds), _MOST)):
            axes.plot(flows.t, flows.z[k, :, i], color=CYCLE[k], ls=_DASHES[k], lw=1.3)
        axes.set_ylabel(quantity(table.domain.variables[i]))
        few_ticks(axes, 6, 3)
    rows[0].set_title("the same trajectory, while it is followed")
    rows[-1].set_xlabel(quantity("time", table.time_unit))
    rows[-1].set_xlim(0.0, flows.t[-1])
    if pairs:
        first, second = right[0].subplots(1, 2)
        _matrix(first, table, table.likeness, "trajectories differ (%)")
        _matrix(second, table, table.difference, "fields differ (%)")
        second.set_yticklabels([])


def _matrix(axes: Axes, table: DegeneracyTable, values: Array, title: str) -> None:
    """Differences of every two in percent, as numbers on colours from 0 to 100 %."""
    axes.imshow(values, cmap=magnitudes(), norm=Normalize(0.0, 1.0, clip=True))
    n = len(table.kinds)
    for i in range(n):
        for j in range(n):
            if i != j:
                value = 100.0 * values[i, j]
                color = INK if values[i, j] > 0.55 else "white"
                axes.text(
                    j, i, _percent(value), ha="center", va="center", color=color, fontsize=6.0
                )
    names = [written(kind, 12) for kind in table.kinds]
    axes.set_xticks(range(n), labels=names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), labels=names)
    axes.tick_params(length=0)
    axes.set_title(title)


def _percent(value: float) -> str:
    if np.isnan(value):
        return "?"
    return f"{value:.2g}" if value < 99.5 else f"{value:.0f}" if value < 999.5 else "> 1000"


def _handles(table: DegeneracyTable) -> list[Line2D]:
    return [
        Line2D([], [], color=CYCLE[k], ls=_DASHES[k], lw=1.3, label=written(kind, 20))
        for k, kind in enumerate(table.kinds[:_MOST])
    ] + [Line2D([], [], color=INK, lw=1.2, label="the trajectory")]
