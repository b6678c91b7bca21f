"""The portrait of a system of three or more variables: its attractor in three projections.

Place in the flow: long trajectories from three places; what they settle on is drawn strongly, the
way there faintly. The projections are those in which the target's motion fills most area.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrfit.core.arrays import Array
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
from lrfit.plotting.subject import FigureSubject
from lrfit.systems.places import sobol_points

_PANELS = 3
_TIMES = 80.0
_SETTLED = 0.35
"""Share of a run after which it counts as settled."""
_SEED = 3


def draw(subject: FigureSubject, inputs: Sequence[Array]) -> Figure:
    """Draw the projections, a row for target and network at each tonic input (U,)."""
    rows = [(u, title, flow) for u in inputs for title, flow in subject.flows(u)]
    starts = _starts(subject)
    runs = [marking.trajectories(flow, starts, times=_TIMES, points=4000) for _, _, flow in rows]
    pairs = projections(subject, runs[0])
    figure = new_figure(PAGE if len(pairs) > 1 else 3.4, 2.05 * len(rows) + 0.4)
    grid = figure.subplots(len(rows), len(pairs), squeeze=False, sharex="col", sharey="col")
    marks = [marking.landmarks(flow, subject.anatomies) for _, _, flow in rows]
    for line, (u, title, flow), states, found in zip(grid, rows, runs, marks, strict=True):
        color = TARGET if flow.field is subject.target else NETWORK
        for axes, pair in zip(line, pairs, strict=True):
            _panel(axes, states, found, pair, color)
            _frame(axes, subject, pair)
        note = f", {subject.input_text(u)}" if len(u) else ""
        line[0].set_title(written(title + note, 48))
    legend_below(figure, _handles(subject, marks))
    return figure


def _panel(
    axes: Axes, states: Array, marks: marking.Landmarks, pair: tuple[int, int], color: str
) -> None:
    begin = int(_SETTLED * states.shape[1])
    for run in states:
        axes.plot(*run[: begin + 1, list(pair)].T, color=FAINT, lw=0.35, zorder=1)
    for run in states:
        axes.plot(*run[begin:, list(pair)].T, color=color, lw=0.5, zorder=2)
    for cycle in marks.cycles:
        axes.plot(*cycle[:, list(pair)].T, color=color, lw=1.5, zorder=3)
    marking.mark_points(axes, marks, pair)


def _frame(axes: Axes, subject: FigureSubject, pair: tuple[int, int]) -> None:
    domain = subject.domain
    i, j = pair
    axes.set_xlim(domain.lower[i], domain.upper[i])
    axes.set_ylim(domain.lower[j], domain.upper[j])
    if axes.get_subplotspec().is_last_row():  # type: ignore[union-attr]
        axes.set_xlabel(quantity(domain.variables[i]))
    axes.set_ylabel(quantity(domain.variables[j]))
    few_ticks(axes)


def _starts(subject: FigureSubject) -> Array:
    """Three starts: the one of the system's own simulation, and two Sobol points nearer by."""
    domain = subject.domain
    places = 0.7 * sobol_points(domain.dimension, 2, np.random.default_rng(_SEED))
    starts = domain.state_from_box(places)
    if subject.target is None:
        return starts
    return np.vstack([subject.target.simulation.initial, starts])


def projections(subject: FigureSubject, runs: Array) -> list[tuple[int, int]]:
    """The pairs of variables to show: those whose motion fills most area, at most three."""
    domain = subject.domain
    begin = int(0.1 * runs.shape[1])
    zeta = domain.state_to_box(runs[:, begin:]).reshape(-1, domain.dimension)
    zeta = zeta[np.isfinite(zeta).all(axis=1)]
    pairs = list(combinations(range(domain.dimension), 2))
    if len(zeta) < 2:
        return pairs[:_PANELS]
    spread = np.cov(zeta.T)
    areas = [spread[i, i] * spread[j, j] - spread[i, j] ** 2 for i, j in pairs]
    best = np.argsort(-np.array(areas), kind="stable")[:_PANELS]
    return [pairs[k] for k in sorted(best)]


def _handles(subject: FigureSubject, marks: list[marking.Landmarks]) -> list[Line2D]:
    found = []
    if subject.target is not None:
        found.append(Line2D([], [], color=TARGET, lw=1.2, label="target, settled"))
    if subject.network is not None:
        found.append(Line2D([], [], color=NETWORK, lw=1.2, label="network, settled"))
    found.append(Line2D([], [], color=FAINT, lw=0.8, label="on the way"))
    cycles = [h for h in marking.handles(marks) if h.get_label() != "limit cycle"]
    return [*found, *cycles]
