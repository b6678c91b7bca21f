"""Where the network is wrong, and how often by how much.

Place in the flow: a map of the difference over the box (1-D: a curve; 3-D and more: slices through
the worst point), with the worst point of the report, beside the histogram over the whole box.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrfit.core.arrays import Array
from lrfit.plotting.difference import (
    LABEL,
    WORST,
    difference,
    draw_map,
    everywhere,
    quiet_ticks,
    scale_of,
    slice_of,
)
from lrfit.plotting.style import (
    BLUE,
    INK,
    PAGE,
    VERMILION,
    few_ticks,
    legend_below,
    new_figure,
    quantity,
    written,
)
from lrfit.plotting.subject import FigureSubject

_SLICES = 3
_BINS = 48
_NODES = 601


def draw(subject: FigureSubject) -> Figure:
    """Draw the map and the histogram; inputs are as at the worst point."""
    errors = everywhere(subject)
    worst, u = worst_place(subject)
    D = subject.domain.dimension
    pairs = list(combinations(range(D), 2))[:_SLICES] if D > 1 else [(0, 0)]
    figure = new_figure(PAGE, 2.35 if len(pairs) < 2 else 2.15)
    widths = [1.0] * len(pairs) + [1.0 if D > 2 else 0.8]
    *maps, histogram = figure.subplots(1, len(pairs) + 1, width_ratios=widths)
    if D == 1:
        _curve(maps[0], subject, worst, u)
    else:
        _slices(figure, maps, subject, pairs, worst, u)
    _histogram(histogram, errors, subject)
    at = f", at {subject.input_text(u)}" if len(u) else ""
    maps[0].set_title(written(f"{subject.name}, {subject.size}{at}", 60 if D > 2 else 48))
    lines = [Line2D([], [], **look) for _, look in _levels(errors, subject)]
    legend_below(figure, [Line2D([], [], label="worst point", **WORST), *lines])
    return figure


def worst_place(subject: FigureSubject) -> tuple[Array, Array]:
    """State (D,) and input (U,) of the largest error: of the report, else the middle."""
    if subject.report is None:
        return subject.domain.middle, subject.usual_input
    return subject.report.worst_point, subject.report.worst_input


def _slices(
    figure: Figure,
    panels: list[Axes],
    subject: FigureSubject,
    pairs: list[tuple[int, int]],
    worst: Array,
    u: Array,
) -> None:
    domain = subject.domain
    values = [slice_of(subject, pair, worst, u) for pair in pairs]
    norm = scale_of(np.concatenate(values))
    for axes, pair in zip(panels, pairs, strict=True):
        shown = draw_map(axes, subject, u, shown=pair, through=worst, norm=norm)
        i, j = pair
        axes.plot(worst[i], worst[j], clip_on=False, zorder=5, **WORST)
        axes.set_xlim(domain.lower[i], domain.upper[i])
        axes.set_ylim(domain.lower[j], domain.upper[j])
        axes.set_xlabel(quantity(domain.variables[i]))
        axes.set_ylabel(quantity(domain.variables[j]))
        few_ticks(axes)
    bar = figure.colorbar(shown, ax=panels, pad=0.015, aspect=24)
    quiet_ticks(bar, LABEL)


def _curve(axes: Axes, subject: FigureSubject, worst: Array, u: Array) -> None:
    """The difference along a one-dimensional box."""
    domain = subject.domain
    z = np.linspace(domain.lower[0], domain.upper[0], _NODES)[:, None]
    values = difference(subject, z, np.broadcast_to(u, (len(z), len(u))))
    axes.plot(z[:, 0], values, color=BLUE, lw=1.2)
    at = difference(subject, worst[None], u[None])
    axes.plot(worst[0], at[0], clip_on=False, zorder=5, **WORST)
    axes.set_xlim(domain.lower[0], domain.upper[0])
    axes.set_ylim(0.0, 1.12 * max(float(np.nanmax(values)), float(at[0])))
    axes.set_xlabel(quantity(domain.variables[0]))
    axes.set_ylabel(LABEL)
    few_ticks(axes)


def _histogram(axes: Axes, errors: Array, subject: FigureSubject) -> None:
    known = errors[np.isfinite(errors) & (errors > 0)]
    if len(known):
        low, high = np.quantile(known, 0.002), known.max()
        bins = np.geomspace(max(low, 1e-4 * high), high * 1.0001, _BINS)
        share = np.full(len(known), 100.0 / len(errors))
        axes.hist(known, bins=list(bins), weights=share, color=BLUE, lw=0)
        axes.set_xscale("log")
    for place, look in _levels(errors, subject):
        axes.axvline(place, **look)
    axes.set_xlabel(LABEL)
    axes.set_ylabel("share of the box (%)")
    axes.set_ylim(bottom=0.0)
    few_ticks(axes, x=None)


def _levels(errors: Array, subject: FigureSubject) -> list[tuple[float, dict[str, Any]]]:
    """Places of the vertical lines, and how they look."""
    known = errors[np.isfinite(errors)]
    rms = float(np.sqrt(np.mean(known**2))) if len(known) else 1.0
    found: list[tuple[float, dict[str, Any]]] = [
        (rms, {"color": INK, "ls": "-", "lw": 1.0, "label": f"rms {rms:.2g}"})
    ]
    if subject.tol is not None:
        label = f"tolerance {subject.tol:g}"
        found.append((subject.tol, {"color": VERMILION, "ls": "--", "lw": 1.0, "label": label}))
    return found
