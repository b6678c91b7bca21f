"""The portrait of a one-dimensional system: velocity against state, and rest states.

Place in the flow: one panel per tonic input; target and network as curves in the same panel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.plotting import landmarks as marking
from lrfit.plotting.style import (
    COLUMN,
    FAINT,
    INK,
    NETWORK,
    PAGE,
    TARGET,
    few_ticks,
    legend_below,
    new_figure,
    quantity,
    rate,
    written,
)
from lrfit.plotting.subject import FigureSubject

_NODES = 401
_DASHED = (0, (3, 2))


def draw(subject: FigureSubject, inputs: Sequence[Array]) -> Figure:
    """Draw the velocity at each of the tonic inputs (U,)."""
    columns = min(len(inputs), 4)
    rows = -(-len(inputs) // columns)
    width = COLUMN if columns == 1 else PAGE
    figure = new_figure(width, 2.0 * rows + 0.35)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    all_marks = [_panel(axes, subject, u) for axes, u in zip(grid.flat, inputs, strict=False)]
    for axes in grid.flat[len(inputs) :]:
        axes.set_axis_off()
    for axes in grid[-1]:
        axes.set_xlabel(quantity(subject.domain.variables[0]))
    for axes in grid[:, 0]:
        axes.set_ylabel(rate(subject.domain.variables[0], subject.time_unit))
    legend_below(figure, [*_curves(subject), *marking.handles(all_marks)])
    return figure


def _panel(axes: Axes, subject: FigureSubject, u: Array) -> marking.Landmarks:
    """One panel; its landmarks are the network's, where there is one."""
    domain = subject.domain
    axes.axhline(0.0, color=FAINT, lw=0.5, zorder=1)
    flows = subject.flows(u)
    for _, flow in flows:
        x, velocity = curve(flow)
        is_target = flow.field is subject.target
        axes.plot(
            x, velocity, color=TARGET if is_target else NETWORK, ls=_DASHED if is_target else "-",
            lw=1.1 if is_target else 1.5, zorder=3 if is_target else 2,
        )  # fmt: skip
    marks = marking.landmarks(flows[-1][1], subject.anatomies)
    for point, kind in zip(marks.points, marks.kinds, strict=True):
        axes.plot(point[0], 0.0, zorder=6, **marking.marker(kind))
    _arrows(axes, marks, flows[-1][1])
    axes.set_xlim(domain.lower[0], domain.upper[0])
    axes.margins(y=0.08)
    few_ticks(axes)
    title = subject.input_text(u) if len(u) else subject.name
    axes.set_title(written(title, 34))
    return marks


def curve(flow: Flow) -> tuple[Array, Array]:
    """States (n,) of the box and velocities (n,), the user's units."""
    zeta = np.linspace(-1.0, 1.0, _NODES)[:, None]
    h = flow.domain.half_width[0]
    with np.errstate(all="ignore"):
        velocity = flow.velocity(zeta)[:, 0] * h
    return flow.domain.state_from_box(zeta)[:, 0], np.where(np.isfinite(velocity), velocity, np.nan)


def _arrows(axes: Axes, marks: marking.Landmarks, flow: Flow) -> None:
    """Arrow heads on the state axis, one between any two fixed points, the way things move."""
    ends = np.concatenate([[-1.0], np.sort(flow.domain.state_to_box(marks.points)[:, 0]), [1.0]])
    middles = 0.5 * (ends[:-1] + ends[1:])
    middles = middles[np.diff(ends) > 0.12]
    for zeta, velocity in zip(middles, flow.velocity(middles[:, None])[:, 0], strict=True):
        x = flow.domain.middle[0] + flow.domain.half_width[0] * zeta
        axes.plot(
            x, 0.0, ls="", marker=">" if velocity > 0 else "<", ms=3.5, mew=0, color=INK, zorder=5
        )


def _curves(subject: FigureSubject) -> list[Line2D]:
    found = []
    if subject.target is not None:
        found.append(Line2D([], [], color=TARGET, ls=_DASHED, lw=1.1, label="target"))
    if subject.network is not None:
        found.append(Line2D([], [], color=NETWORK, lw=1.5, label=f"network, {subject.size}"))
    return found
