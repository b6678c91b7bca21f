"""The proved bound over the box: no point above a cell has a larger error.

Place in the flow: the maps that a `Certificate` holds, beside the bound and the largest error found
for the whole field and for every variable.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from lrfit.certification.certificate import Certificate
from lrfit.core.arrays import Array
from lrfit.io.text import counted
from lrfit.plotting.difference import LABEL, WORST
from lrfit.plotting.style import (
    BLUE,
    INK,
    PAGE,
    SKY,
    TOLERANCE,
    VERMILION,
    few_ticks,
    legend_below,
    magnitudes,
    new_figure,
    quantity,
    written,
)
from lrfit.systems.about import title_with


def draw(found: Certificate) -> Figure:
    """Draw the maps, where the file holds some, and the bars."""
    maps = [] if found.map_axes is None else [(int(i), int(j)) for i, j in found.map_axes]
    figure = new_figure(PAGE if maps else 3.4, 2.45)
    *panels, bars = figure.subplots(
        1, len(maps) + 1, squeeze=False, width_ratios=[1.0] * len(maps) + [0.75]
    )[0]
    if maps:
        _maps(figure, panels, found, maps)
    _bars(bars, found)
    name = title_with(found.system, found.overrides)
    title = f"{name}, {counted(found.neurons, 'neuron')}: {found.status}"
    (panels[0] if maps else bars).set_title(written(title, 60))
    legend_below(figure, _handles(found, bool(maps)))
    return figure


def _maps(
    figure: Figure, panels: list[Axes], found: Certificate, maps: list[tuple[int, int]]
) -> None:
    assert found.bound_map is not None
    top = float(found.bound_map[np.isfinite(found.bound_map)].max(initial=0.0)) or 1.0
    norm = Normalize(0.0, top)
    if found.bound_map.shape[1] == 1:
        _steps(panels[0], found, found.bound_map[0, 0])
        return
    for axes, pair, bound in zip(panels, maps, found.bound_map, strict=True):
        shown = _map(axes, found, pair, bound, norm)
    bar = figure.colorbar(shown, ax=panels, pad=0.015, aspect=24)
    bar.set_label(f"bound of {LABEL}")
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_locator(MaxNLocator(5))


def _map(
    axes: Axes, found: Certificate, pair: tuple[int, int], bound: Array, norm: Normalize
) -> Any:
    names, low, high, worst = _coordinates(found)
    i, j = pair
    shown = axes.imshow(
        bound, extent=(low[i], high[i], low[j], high[j]), origin="lower", aspect="auto",
        cmap=magnitudes(), norm=norm, interpolation="nearest", zorder=1,
    )  # fmt: skip
    corner, size = found.box_lower[[i, j]], (found.box_upper - found.box_lower)[[i, j]]
    axes.add_patch(Rectangle(tuple(corner), *size, fill=False, ec=VERMILION, lw=1.0, zorder=4))
    axes.plot(worst[i], worst[j], clip_on=False, zorder=5, **WORST)
    axes.set_xlim(low[i], high[i])
    axes.set_ylim(low[j], high[j])
    axes.set_xlabel(quantity(names[i]))
    axes.set_ylabel(quantity(names[j]))
    few_ticks(axes)
    return shown


def _steps(axes: Axes, found: Certificate, bound: Array) -> None:
    """The bound over the only coordinate."""
    names, low, high, worst = _coordinates(found)
    axes.stairs(bound, np.linspace(low[0], high[0], len(bound) + 1), color=BLUE, lw=1.2)
    axes.plot(worst[0], found.lower, clip_on=False, zorder=5, **WORST)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(quantity(names[0]))
    axes.set_ylabel(f"bound of {LABEL}")
    few_ticks(axes)


def _coordinates(found: Certificate) -> tuple[tuple[str, ...], Array, Array, Array]:
    """Names, lower and upper ends of the variables and inputs, and the worst point."""
    domain = found.domain
    return (
        domain.variables + domain.inputs,
        np.concatenate([domain.lower, domain.input_lower]),
        np.concatenate([domain.upper, domain.input_upper]),
        np.concatenate([found.worst_point, found.worst_input]),
    )


def _bars(axes: Axes, found: Certificate) -> None:
    names = ["all", *(written(name, 12) for name in found.domain.variables)]
    lower = np.array([found.lower, *found.lower_by_variable])
    upper = np.array([found.upper, *found.upper_by_variable])
    places = np.arange(len(names))
    axes.bar(places, np.where(np.isfinite(upper), upper, lower), 0.62, color=SKY, zorder=1)
    axes.bar(places, lower, 0.62, color=BLUE, zorder=2)
    if found.tol is not None:
        axes.axhline(found.tol, color=TOLERANCE, ls="--", lw=1.0, zorder=3)
    for place, value in zip(places, upper, strict=True):
        text = f"{value:.3g}" if np.isfinite(value) else "no bound"
        height = value if np.isfinite(value) else lower[place]
        axes.annotate(
            text, (place, height), (0, 1.5), textcoords="offset points", ha="center",
            fontsize=6.0, color=INK,
        )  # fmt: skip
    axes.set_xticks(places, labels=names)
    axes.margins(y=0.12)
    axes.set_ylabel("largest error / rms speed")
    few_ticks(axes, x=None)


def _handles(found: Certificate, maps: bool) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Patch(facecolor=SKY, lw=0, label="proved bound"),
        Patch(facecolor=BLUE, lw=0, label="error found"),
    ]
    if maps:
        handles.append(Line2D([], [], label="where that is", **WORST))
    if maps and found.bound_map is not None and found.bound_map.shape[1] > 1:
        handles.append(Patch(fill=False, ec=VERMILION, lw=1.0, label="box of the bound"))
    if found.tol is not None:
        label = f"tolerance {found.tol:g}"
        handles.append(Line2D([], [], color=TOLERANCE, ls="--", lw=1.0, label=label))
    return handles
