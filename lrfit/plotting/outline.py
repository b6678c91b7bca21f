"""What an analysis found: fixed points, cycles and irregular motion, target beside network.

Place in the flow: an `Analysis`, whose file holds no fields: so there are landmarks and no stream
lines. A row for each constant input; one variable: a line for each input.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrfit.core.arrays import Array
from lrfit.dynamics import Analysis, Dynamics
from lrfit.dynamics.analysis import AtInput
from lrfit.io.text import counted
from lrfit.plotting import landmarks as marking
from lrfit.plotting.style import (
    FAINT,
    NETWORK,
    PAGE,
    TARGET,
    few_ticks,
    legend_below,
    new_figure,
    quantity,
    written,
)
from lrfit.systems.about import title_with

_ROWS = 4
_ROOM = 0.15
_DRAWN: dict[str, Any] = {
    "ls": "", "marker": "o", "ms": 3, "mew": 0, "color": NETWORK, "alpha": 0.5, "zorder": 5,
}  # fmt: skip


def draw(analysis: Analysis) -> Figure:
    """Draw the landmarks of every input, at most four."""
    if len(analysis.variables) == 1:
        return _lines(analysis)
    shown = analysis.at[:_ROWS]
    sides = ["target", "network"][: 1 + analysis.compared]
    pair = projection(analysis)
    figure = new_figure(PAGE if len(sides) > 1 else 3.6, 2.3 * len(shown) + 0.5)
    grid = figure.subplots(len(shown), len(sides), squeeze=False, sharex=True, sharey=True)
    found = []
    for line, one in zip(grid, shown, strict=True):
        for axes, side in zip(line, sides, strict=True):
            there = getattr(one, side)
            if there is None:
                axes.set_axis_off()
                continue
            found.append(_panel(axes, there, pair, TARGET if side == "target" else NETWORK))
            if side == "target":
                _draws(axes, one, pair)
            axes.set_title(_title(analysis, side, one.input))
    _frame(grid, analysis, pair)
    _note(figure, analysis)
    there = [each for one in shown for each in _both(one)]
    legend_below(figure, _handles(there, found, _drawn(analysis)))
    return figure


def marks_of(there: Dynamics) -> marking.Landmarks:
    """The landmarks as all figures mark them."""
    return marking.Landmarks(
        points=there.points,
        kinds=tuple(map(marking.short, there.kinds)),
        cycles=tuple(_closed(cycle.points) for cycle in there.cycles if cycle.stable),
        repelling=tuple(_closed(cycle.points) for cycle in there.cycles if not cycle.stable),
        continuum=there.continuum,
    )


def projection(analysis: Analysis) -> tuple[int, int]:
    """The two variables over which what was found at the first input is spread widest."""
    places = _places(analysis.at[0].target)
    half = 1.0 if analysis.domain is None else analysis.domain.half_width
    if len(places) < 2:
        return 0, 1
    spread = np.ptp(places / half, axis=0)
    pairs = list(combinations(range(len(spread)), 2))
    return max(pairs, key=lambda pair: float(spread[pair[0]] * spread[pair[1]]))


def _places(there: Dynamics) -> Array:
    parts = [there.points, there.continuum, there.cloud, *(c.points for c in there.cycles)]
    if there.orbits is not None:
        parts.append(there.orbits.points.reshape(-1, there.points.shape[1]))
    return np.concatenate(parts)


def _closed(points: Array) -> Array:
    return np.vstack([points, points[:1]])


def _panel(axes: Axes, there: Dynamics, pair: tuple[int, int], color: str) -> marking.Landmarks:
    i, j = pair
    if len(there.cloud):
        axes.plot(there.cloud[:, i], there.cloud[:, j], ls="", marker=".", ms=1.6, mew=0,
                  color=color, alpha=0.6, zorder=1)  # fmt: skip
    if there.orbits is not None:
        for orbit in there.orbits.points:
            axes.plot(*_closed(orbit)[:, [i, j]].T, color=color, lw=0.6, zorder=1)
    marks = marks_of(there)
    marking.mark_cycles(axes, marks, pair)
    marking.mark_points(axes, marks, pair)
    return marks


def _draws(axes: Axes, one: AtInput, pair: tuple[int, int]) -> None:
    """Fixed points of networks drawn from a mixture, behind those of its mean field."""
    if one.sampled is not None:
        places = one.sampled.positions.reshape(-1, one.sampled.positions.shape[2])
        axes.plot(*places[:, list(pair)].T, **_DRAWN)


def _frame(grid: np.ndarray, analysis: Analysis, pair: tuple[int, int]) -> None:
    i, j = pair
    for axes in grid.flat:
        if analysis.domain is not None:
            axes.set_xlim(analysis.domain.lower[i], analysis.domain.upper[i])
            axes.set_ylim(analysis.domain.lower[j], analysis.domain.upper[j])
        few_ticks(axes)
    for axes in grid[-1]:
        axes.set_xlabel(quantity(analysis.variables[i]))
    for axes in grid[:, 0]:
        axes.set_ylabel(quantity(analysis.variables[j]))


def _title(analysis: Analysis, side: str, u: Array) -> str:
    who = f"network, {counted(analysis.neurons or 0, 'neuron')}"
    if side == "target":
        who = title_with(analysis.system, analysis.overrides)
    at = _at(analysis, u)
    return written(f"{who}, {at}" if at else who, 44)


def _note(figure: Figure, analysis: Analysis) -> None:
    if analysis.verdict:
        name = title_with(analysis.system, analysis.overrides)
        text = written(f"{name}, same dynamics? {analysis.verdict}", 110)
        figure.suptitle(text, x=0.01, ha="left", fontsize=7.0)


def _both(one: AtInput) -> list[Dynamics]:
    return [one.target] if one.network is None else [one.target, one.network]


def _drawn(analysis: Analysis) -> int:
    """The number of networks that were drawn from a mixture; 0 where none were."""
    return max((one.sampled.draws for one in analysis.at if one.sampled is not None), default=0)


def _handles(there: list[Dynamics], marks: list[marking.Landmarks], sampled: int) -> list[Line2D]:
    found = marking.handles(marks)
    if any(len(each.cloud) for each in there):
        dots: dict[str, Any] = {"ls": "", "marker": ".", "ms": 4, "mew": 0}
        found.append(Line2D([], [], color=TARGET, label="irregular motion", **dots))
    if sampled:
        found.append(Line2D([], [], label=f"in {counted(sampled, 'network')} drawn", **_DRAWN))
    if any(each.orbits is not None for each in there):
        found.append(Line2D([], [], color=TARGET, lw=0.6, label="closed orbits"))
    return found


def _lines(analysis: Analysis) -> Figure:
    """One variable: fixed points along a line for each input, network below target."""
    sides = ["target", "network"][: 1 + analysis.compared]
    rows = [(one, side) for one in analysis.at for side in sides if getattr(one, side) is not None]
    figure = new_figure(PAGE if len(rows) > 2 else 4.6, 0.26 * len(rows) + 0.95)
    axes = figure.subplots()
    found = []
    for row, (one, side) in enumerate(rows):
        marks = marks_of(getattr(one, side))
        found.append(marks)
        axes.axhline(row, color=FAINT, lw=0.4, zorder=0)
        if len(marks.continuum):
            axes.plot(marks.continuum[:, 0], np.full(len(marks.continuum), row), ls="",
                      marker=".", ms=2.2, mew=0, color=TARGET)  # fmt: skip
        if side == "target" and one.sampled is not None:
            drawn = one.sampled.positions.ravel()
            axes.plot(drawn, np.full(len(drawn), row), **_DRAWN)
        for point, kind in zip(marks.points[:, 0], marks.kinds, strict=True):
            axes.plot(point, row, zorder=6, clip_on=False, **marking.marker(kind))
    axes.set_yticks(range(len(rows)), labels=[_row(analysis, one, side) for one, side in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    if analysis.domain is not None:
        axes.set_xlim(analysis.domain.lower[0], analysis.domain.upper[0])
    axes.set_xlabel(quantity(analysis.variables[0]))
    few_ticks(axes, 8, None)
    _note(figure, analysis)
    legend_below(figure, _handles([], found, _drawn(analysis)))
    return figure


def _row(analysis: Analysis, one: AtInput, side: str) -> str:
    at = _at(analysis, one.input)
    return written(f"{side}, {at}" if at else side, 34)


def _at(analysis: Analysis, u: Array) -> str:
    return ", ".join(f"{n} = {v + 0.0:.3g}" for n, v in zip(analysis.inputs, u, strict=True))
