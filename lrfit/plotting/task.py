"""A network in closed loop: test trials beside the target, and the error of all over time.

Place in the flow: what `task_trials` has found. Above, a column for each of three trials with a row
for each input and variable; below, root mean squares over all trials and variables, of the network
and of networks with wrong weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.io.text import counted
from lrfit.plotting.sheet import align
from lrfit.plotting.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PAGE,
    VERMILION,
    few_ticks,
    legend_below,
    new_figure,
    quantity,
    written,
)
from lrfit.plotting.subject import FigureSubject
from lrfit.plotting.task_trials import TaskTrials, task_trials
from lrfit.plotting.time_course import DASHED

_INPUTS, _VARIABLES, _TIMES = 4, 6, 800
_NARROW, _WIDE, _BELOW = 0.5, 0.85, 1.3
_ROOM = 0.25
"""Half-widths: how far beyond the box panels reach, where a wrong network leaves it."""
_DECADES = 4.0
"""Of the error that are shown at most: it begins at zero."""


def draw(subject: FigureSubject) -> Figure:
    """Draw it.

    Raises
    ------
    InputError
        There is no network or no target, or the system says neither a task nor a duration.
    """
    found, domain = task_trials(subject), subject.the_network().state_domain
    inputs, variables = domain.inputs[:_INPUTS], domain.variables[:_VARIABLES]
    ratios = [_NARROW] * len(inputs) + [_WIDE] * len(variables)
    figure = new_figure(PAGE, sum(ratios) + _BELOW + 0.9)
    parts: Any = figure.subfigures(2, 1, height_ratios=[sum(ratios) + 0.35, _BELOW])
    above, below = parts
    grid = above.subplots(
        len(ratios), len(found.numbers), squeeze=False, sharex=True, sharey="row",
        height_ratios=ratios,
    )  # fmt: skip
    for column, panels in enumerate(grid.T):
        _trial(panels, found, column, domain)
    _label(grid, found, subject, [*inputs, *variables])
    _errors(below.subplots(), found, subject)
    figure.suptitle(_title(subject, found), x=0.01, ha="left", fontsize=7.0)
    legend_below(figure, _handles(found, bool(inputs)))
    return figure


def _trial(panels: NDArray[Any], found: TaskTrials, column: int, domain: Domain) -> None:
    """One trial: inputs, and below them the variables."""
    count = min(domain.input_count, _INPUTS)
    held = np.concatenate([found.inputs[column], found.inputs[column, -1:]])
    for i, axes in enumerate(panels[:count]):
        axes.plot(found.t, held[:, i], color=GREEN, lw=1.0, drawstyle="steps-post")
        axes.margins(y=0.15)
        few_ticks(axes, 4, 2)
    for i, axes in enumerate(panels[count:]):
        _states(axes, found, column, i)
        few_ticks(axes, 4, 3)


def _states(axes: Axes, found: TaskTrials, column: int, i: int) -> None:
    kept = _kept(len(found.t))
    t = found.t[kept]
    if found.worst is not None:
        axes.plot(t, found.worst[column, kept, i], color=VERMILION, lw=0.9, zorder=2)
    axes.plot(t, found.network[column, kept, i], color=BLUE, lw=1.3, zorder=3)
    axes.plot(t, found.target[column, kept, i], color=INK, ls=DASHED, lw=0.9, zorder=4)


def _kept(count: int) -> NDArray[np.intp]:
    """Indices of the times to draw: no more than can be told apart."""
    return np.unique(np.linspace(0, count - 1, min(count, _TIMES)).astype(np.intp))


def _label(grid: NDArray[Any], found: TaskTrials, subject: FigureSubject, names: list[str]) -> None:
    for axes, number in zip(grid[0], found.numbers, strict=True):
        axes.set_title(f"trial {number + 1}")
    grid[0, -1].set_title(f"trial {found.numbers[-1] + 1}, with the largest error")
    for axes, name in zip(grid[:, 0], names, strict=True):
        axes.set_ylabel(quantity(name))
    for axes in grid[-1]:
        axes.set_xlabel(quantity("time", subject.time_unit))
        axes.set_xlim(found.t[0], found.t[-1])
    domain = subject.the_network().state_domain
    first = len(names) - min(len(domain.variables), _VARIABLES)
    for i, axes in enumerate(grid[first:, 0]):
        _within(axes, domain.middle[i], domain.half_width[i])
    align("y", list(grid[:, 0]))


def _within(axes: Axes, middle: float, half_width: float) -> None:
    """Keep a range to the box and a little more: a wrong network may leave it by far."""
    low, high = axes.get_ylim()
    reach = (1.0 + _ROOM) * half_width
    axes.set_ylim(max(low, middle - reach), min(high, middle + reach))


def _errors(axes: Axes, found: TaskTrials, subject: FigureSubject) -> None:
    kept = _kept(len(found.t) - 1)
    t = found.t[1:][kept]
    curves = [(found.errors, BLUE, 1.3)]
    if found.draws:
        curves.append((np.median(found.wrong_errors, axis=0), ORANGE, 1.1))
        curves.append((found.worst_errors, VERMILION, 1.0))
    for errors, color, width in curves:
        axes.plot(t, np.where(errors > 0, errors, np.nan)[kept], color=color, lw=width)
    axes.set_yscale("log")
    _few_decades(axes, np.concatenate([errors for errors, _, _ in curves]))
    axes.set_xlim(found.t[0], found.t[-1])
    few_ticks(axes, 8, None)
    axes.set_xlabel(quantity("time", subject.time_unit))
    axes.set_ylabel("rms error")
    axes.set_title(f"root mean square error over {_all_trials(found)} and variables")
    _lost(axes, found)


def _few_decades(axes: Axes, errors: Array) -> None:
    positive = errors[errors > 0]
    if len(positive):
        high = float(positive.max())
        low = max(float(np.quantile(positive, 0.02)), high / 10**_DECADES)
        axes.set_ylim(0.6 * low, 1.6 * high)


def _lost(axes: Axes, found: TaskTrials) -> None:
    """In how many trials a network goes ten half-widths away from the target."""
    own, worst = found.lost
    texts = [f"{lost} of {found.count} lost by {who}" for lost, who in
             ((own, "the network"), (worst, "the worst draw")) if lost]  # fmt: skip
    if texts:
        axes.set_title(", ".join(texts), loc="right", color=VERMILION, fontsize=6.0, pad=1.5)


def _all_trials(found: TaskTrials) -> str:
    return f"all {counted(found.count, 'trial')}"


def _title(subject: FigureSubject, found: TaskTrials) -> str:
    has_task = subject.the_target().task is not None
    what = "test trials of its task" if has_task else "trajectories from all over its box"
    tuned = "" if subject.tuning is None else ", tuned in closed loop"
    wrong = ""
    if found.draws:
        places = " and ".join(found.weights.places)
        wrong = f"; errors of {100 * found.weights.weights:g} % in {places}"
    return written(f"{subject.name}, {subject.size}{tuned}: {what}{wrong}", 120)


def _handles(found: TaskTrials, inputs: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=BLUE, lw=1.3, label="network"),
        Line2D([], [], color=INK, ls=DASHED, lw=0.9, label="target"),
    ]
    if found.draws:
        of = f"of {counted(found.draws, 'network')} with wrong weights"
        handles += [
            Line2D([], [], color=ORANGE, lw=1.1, label=f"median {of}"),
            Line2D([], [], color=VERMILION, lw=1.0, label="the worst of them"),
        ]
    if inputs:
        handles.append(Line2D([], [], color=GREEN, lw=1.0, label="input"))
    return handles
