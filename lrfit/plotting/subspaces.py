"""Activity along two recurrent axes and one input axis: a floor for every tonic input.

Place in the flow: `Subspaces`. Beside the trajectories, the singular values of the activity and
its variance in the two subspaces.
"""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lrfit.geometry.result import Subspaces
from lrfit.plotting.style import (
    BLUE,
    CYCLE,
    FAINT,
    ORANGE,
    PAGE,
    few_ticks,
    legend_below,
    new_figure,
    written,
)

_SETTLED = 0.3
"""Share of a run that is drawn faintly: on the way."""
_LEAST = 1e-17
_MOST_RUNS = 16


def draw(found: Subspaces) -> Figure:
    """Draw trajectories, singular values and shares."""
    figure = new_figure(PAGE, 3.3)
    cells = figure.add_gridspec(1, 2, width_ratios=[1.9, 1.0])
    with matplotlib.rc_context({"grid.linewidth": 0.4, "grid.color": "#d8dee4"}):
        space: Any = figure.add_subplot(cells[0], projection="3d")
    _trajectories(space, found)
    beside = cells[1].subgridspec(2, 1)
    _values(figure.add_subplot(beside[0]), found)
    _shares(figure.add_subplot(beside[1]), found)
    legend_below(figure, _handles(found))
    return figure


def _trajectories(axes: Any, found: Subspaces) -> None:
    for s in range(0, len(found.path), max(1, len(found.path) // _MOST_RUNS)):
        path, color = found.path[s], _color(found, s)
        begin = int(_SETTLED * len(path)) if len(found.path_level) else 0
        axes.plot(*path[: begin + 1].T, color=color, lw=0.5, alpha=0.35)
        axes.plot(*path[begin:].T, color=color, lw=1.0)
        if len(found.path_level):
            axes.plot(*path[-1:].T, color=color, ls="", marker="o", ms=2.5)
    axes.set_xlabel("recurrent axis 1", labelpad=-6)
    axes.set_ylabel("recurrent axis 2", labelpad=-6)
    axes.set_zlabel("input axis", labelpad=-6)
    axes.view_init(elev=18, azim=-58)
    axes.set_box_aspect((1.0, 1.0, 0.9), zoom=0.95)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_tick_params(pad=-2)
        axis.pane.set_facecolor("white")
        axis.line.set_linewidth(0.6)


def _color(found: Subspaces, s: int) -> str:
    level = int(found.path_level[s]) if s < len(found.path_level) else 0
    return CYCLE[level % len(CYCLE)]


def _values(axes: Axes, found: Subspaces) -> None:
    count = min(len(found.singular_values), found.rank + 3)
    values = np.maximum(found.singular_values[:count], _LEAST)
    axes.plot(np.arange(1, count + 1), values, color=BLUE, marker="o", ms=3, lw=0.8)
    axes.set_yscale("log")
    axes.axvline(found.rank + 0.5, color=FAINT, ls=":", lw=0.8)
    axes.set_title(f"singular values: rank {found.rank}")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _shares(axes: Axes, found: Subspaces) -> None:
    shares = (found.recurrent_share, found.input_share)
    axes.barh([1, 0], [100 * share for share in shares], color=[BLUE, ORANGE], height=0.6)
    axes.set_yticks([1, 0], labels=["recurrent", "input-driven"])
    axes.set_xlim(0, 100)
    axes.set_title("share of the variance (%)")
    few_ticks(axes, 4, None)


def _handles(found: Subspaces) -> list[Line2D]:
    handles = []
    for k in range(len(found.level)):
        pairs = zip(found.inputs, found.level[k], strict=False)
        label = ", ".join(f"{name} {value:.3g}" for name, value in pairs if value) or "no input"
        color = CYCLE[k % len(CYCLE)]
        handles.append(Line2D([], [], color=color, lw=1.2, label=written(label, 30)))
    return handles
