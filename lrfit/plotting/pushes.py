"""Responses to pushes: how far networks are thrown off their trajectory, and who is told apart.

Place in the flow: a `Perturbation`. A column for each of the most telling pushes; above, the
distance from the free trajectory after the largest amplitude; below, d' of every pair of networks
against the amplitude, and the amplitude at which it reaches the criterion.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lrfit.perturbation import Perturbation
from lrfit.plotting.style import (
    CYCLE,
    FAINT,
    INK,
    PAGE,
    PAPER,
    few_ticks,
    legend_below,
    new_figure,
    written,
)

MOST = 4
_TIMES = 501
_LOWEST = 1e-4
"""Excursions: below, a network has come back."""
_DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)))


def draw(study: Perturbation) -> Figure:
    """Draw the responses."""
    shown = shown_pushes(study)
    rows = 2 if len(study.pairs) else 1
    figure = new_figure(PAGE if len(shown) > 2 else 4.6, 1.75 * rows + 0.75)
    grid = figure.subplots(rows, len(shown), squeeze=False, sharex="row", sharey="row")
    for column, push in zip(grid.T, shown, strict=True):
        _response(column[0], study, push)
        column[0].set_title(title_of(study, push))
        if rows == 2:
            _separation(column[1], study, push)
    _label(grid, study)
    legend_below(figure, _handles(study), 3 if study.names else None)
    return figure


def shown_pushes(study: Perturbation) -> list[int]:
    """The most telling push, and others at its time: every kind and direction, at most four."""
    telling = study.pushes[study.telling]
    ahead = [k for k, push in enumerate(study.pushes) if push.time == telling.time]
    rest = [k for k in range(len(study.pushes)) if k not in ahead]
    chosen = [study.telling, *(k for k in [*ahead, *rest] if k != study.telling)][:MOST]
    return sorted(chosen)


def title_of(study: Perturbation, push: int) -> str:
    """What a push is, and whether it is the most telling one."""
    text = written(str(study.pushes[push]), 30)
    return f"most telling:\n{text}" if push == study.telling and len(study.pairs) else text


def _response(axes: Axes, study: Perturbation, push: int) -> None:
    kept = np.unique(np.linspace(0, len(study.t) - 1, _TIMES).astype(int))
    one = study.pushes[push]
    for i, _ in _names(study):
        values = study.distance[i, push, -1, kept]
        values = np.where(values >= 0.1 * _LOWEST, values, np.nan)
        axes.plot(study.t[kept], values, lw=1.2, zorder=3, **_network(i))
    axes.axvline(one.time, color=FAINT, lw=0.6, ls=":", zorder=1)
    if one.width:
        axes.axvspan(one.time, one.end, color=FAINT, alpha=0.25, lw=0, zorder=0)
    axes.set_xlim(0.0, study.t[-1])
    _logarithmic(axes)


def _separation(axes: Axes, study: Perturbation, push: int) -> None:
    amplitudes = np.array(study.options.amplitudes)
    for k in _pairs(study):
        axes.plot(amplitudes, study.dprime[k, push], zorder=3, **_pair(study, k))
    axes.axhline(study.options.criterion, color=INK, ls="--", lw=0.9, zorder=2)
    axes.set_xscale("log")
    _logarithmic(axes)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _plain(value: float, _: object) -> str:
    return f"{value:g}"


def _label(grid: np.ndarray, study: Perturbation) -> None:
    top = grid[0]
    largest = study.options.amplitudes[-1]
    known = study.distance[:, :, -1][np.isfinite(study.distance[:, :, -1])]
    top[0].set_ylim(_LOWEST, 2.0 * max(float(known.max(initial=largest)), largest))
    top[0].set_ylabel(f"distance after a push of {largest:g}\n(rms excursions)")
    for axes in top:
        axes.set_xlabel("time")
        few_ticks(axes, 4, None)
    if len(grid) == 2:
        positive = study.dprime[np.isfinite(study.dprime) & (study.dprime > 0)]
        low = float(np.quantile(positive, 0.02)) if len(positive) else 0.1
        grid[1][0].set_ylim(bottom=min(max(low, 1e-2), 0.5 * study.options.criterion))
        grid[1][0].set_ylabel("d' of a pair")
        for axes in grid[1]:
            axes.set_xlabel("amplitude (rms excursions)")


def _names(study: Perturbation) -> list[tuple[int, str]]:
    return list(enumerate(study.names))


def _pairs(study: Perturbation) -> range:
    return range(len(study.pairs))


def _network(i: int) -> dict[str, Any]:
    return {"color": CYCLE[i % len(CYCLE)], "ls": _DASHES[i // len(CYCLE) % len(_DASHES)]}


def _pair(study: Perturbation, k: int) -> dict[str, Any]:
    """The line of a pair: the colour of one network, dots in that of the other."""
    i, j = (int(each) for each in study.pairs[k])
    dots = {"marker": "o", "ms": 4.0, "mec": PAPER, "mew": 0.4, "mfc": _network(j)["color"]}
    return {"lw": 1.0, **_network(i), **dots}


def _handles(study: Perturbation) -> list[Line2D]:
    """The networks, what a line with dots is, and the criterion."""
    found = [Line2D([], [], lw=1.2, label=written(n, 40), **_network(i)) for i, n in _names(study)]
    if not len(study.pairs):
        return found
    pair = Line2D([], [], label="d' of a pair: line and dots", **_pair(study, 0))
    told = f"told apart: d' = {study.options.criterion:g}"
    return [*found, pair, Line2D([], [], color=INK, ls="--", lw=0.9, label=told)]
