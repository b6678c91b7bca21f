"""The phase portrait of a two-dimensional system: target, network, and how far they are apart.

Place in the flow: one row of panels per tonic input. Stream lines coloured by speed, nullclines,
fixed points, cycles, trajectories from three corners of the box; the difference as in `error_map`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.plotting import landmarks as marking
from lrfit.plotting import streams
from lrfit.plotting.difference import LABEL, draw_map, quiet_ticks
from lrfit.plotting.streams import (
    draw_nullclines,
    draw_streams,
    nullcline_handles,
    speed_scale,
)
from lrfit.plotting.style import PURPLE, few_ticks, legend_below, new_figure, quantity, written
from lrfit.plotting.subject import FigureSubject

_STARTS = np.array([[-0.8, 0.85], [0.9, 0.3], [-0.3, -0.9]])
_TIMES = 12.0
_WIDTH, _HEIGHT = 2.33, 2.1
_LETTERS = 28
"""As many fit above a panel, whatever they are."""


def draw(subject: FigureSubject, inputs: Sequence[Array]) -> Figure:
    """Draw the portrait at each of the tonic inputs (U,)."""
    both = subject.target is not None and subject.network is not None
    panels = len(subject.flows(inputs[0]))
    columns = panels + both
    figure = new_figure(max(3.4, _WIDTH * columns), _HEIGHT * len(inputs) + 0.45)
    grid = figure.subplots(len(inputs), columns, squeeze=False, sharex=True, sharey=True)
    all_marks = []
    for row, u in zip(grid, inputs, strict=True):
        flows = subject.flows(u)
        for axes, (title, flow) in zip(row, flows, strict=False):
            all_marks.append(_panel(axes, subject, flow, flows[0][1].speed))
            axes.set_title(written(title, _LETTERS))
        if both:
            shown = draw_map(row[-1], subject, u)
            row[-1].set_title("difference")
            bar = figure.colorbar(shown, ax=row[-1], pad=0.02, aspect=24)
            quiet_ticks(bar, LABEL)
        _input_note(row[0], subject, u)
    _label(grid, subject)
    bar = figure.colorbar(speed_scale(), ax=list(grid[:, :panels].flat), pad=0.015, aspect=24)
    bar.set_label("speed / rms of the target" if subject.target else "speed / rms")
    bar.set_ticks([0, 1, 2], labels=["0", "1", "2+"])
    bar.outline.set_visible(False)
    names = subject.domain.variables
    legend_below(
        figure,
        [*nullcline_handles(names), *marking.handles(all_marks), marking.trajectory_handle()],
    )
    return figure


def _panel(axes: Axes, subject: FigureSubject, flow: Flow, speed: float) -> marking.Landmarks:
    marks = marking.landmarks(flow, subject.anatomies)
    draw_streams(axes, streams.plane(flow), speed)
    draw_nullclines(axes, flow)
    marking.mark_cycles(axes, marks)
    starts = flow.domain.state_from_box(_STARTS)
    for states in marking.trajectories(flow, starts, times=_TIMES, points=400):
        axes.plot(*states.T, color=PURPLE, lw=0.8, zorder=2.5)
        axes.plot(*states[0], color=PURPLE, marker=".", ms=3, mew=0, zorder=2.5)
    marking.mark_points(axes, marks)
    return marks


def _input_note(axes: Axes, subject: FigureSubject, u: Array) -> None:
    if len(u):
        note = written(subject.input_text(u), _LETTERS)
        axes.set_title(f"{axes.get_title(loc='left')}\n{note}")


def _label(grid: np.ndarray, subject: FigureSubject) -> None:
    domain = subject.domain
    for axes in grid.flat:
        axes.set_xlim(domain.lower[0], domain.upper[0])
        axes.set_ylim(domain.lower[1], domain.upper[1])
        few_ticks(axes)
    for axes in grid[-1]:
        axes.set_xlabel(quantity(domain.variables[0]))
    for axes in grid[:, 0]:
        axes.set_ylabel(quantity(domain.variables[1]))
