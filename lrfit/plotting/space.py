"""The portrait of a system of three or more variables: its attractor in three projections.

Place in the flow: long trajectories from three places; what they settle on is drawn strongly, the
way there faintly. The projections are those in which the target's motion fills most area. Beside
them a slice: the field in the plane of the first projection, the other variables held at the mean
of the target's motion, and, for three variables, where that motion passes through the plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.plotting import landmarks as marking
from lrfit.plotting import streams
from lrfit.plotting.style import (
    FAINT,
    NETWORK,
    PAGE,
    PAPER,
    TARGET,
    VERMILION,
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
_RESTS = 1e-5
"""Half-widths between two times: a run that moves less rests."""
_PASSAGE: dict[str, Any] = {"ls": "", "marker": "o", "mec": VERMILION, "mew": 0.6}


def draw(subject: FigureSubject, inputs: Sequence[Array]) -> Figure:
    """Draw the projections, a row for target and network at each tonic input (U,)."""
    rows = [(u, title, flow) for u in inputs for title, flow in subject.flows(u)]
    starts = _starts(subject)
    runs = [marking.trajectories(flow, starts, times=_TIMES, points=4000) for _, _, flow in rows]
    pairs = projections(subject, runs[0])
    through = middle_of(runs[0])
    figure = new_figure(PAGE, 1.85 * len(rows) + 0.4)
    grid = figure.subplots(len(rows), len(pairs) + 1, squeeze=False, sharex="col", sharey="col")
    marks = [marking.landmarks(flow, subject.anatomies) for _, _, flow in rows]
    for line, (u, title, flow), states, found in zip(grid, rows, runs, marks, strict=True):
        color = TARGET if flow.field is subject.target else NETWORK
        for axes, pair in zip(line, pairs, strict=False):
            _panel(axes, states, found, pair, color)
            _frame(axes, subject, pair)
        _slice(line[-1], flow, states, pairs[0], through, rows[0][2].speed)
        _frame(line[-1], subject, pairs[0])
        note = f", {subject.input_text(u)}" if len(u) else ""
        line[0].set_title(written(title + note, 48))
    grid[0, -1].set_title(slice_title(subject, pairs[0], through))
    bar = figure.colorbar(streams.speed_scale(), ax=list(grid[:, -1]), pad=0.02, aspect=30)
    bar.set_label("speed / rms of the target" if subject.target else "speed / rms")
    bar.set_ticks([0, 1, 2], labels=["0", "1", "2+"])
    bar.outline.set_visible(False)
    legend_below(figure, _handles(subject, marks))
    return figure


def _panel(
    axes: Axes, states: Array, marks: marking.Landmarks, pair: tuple[int, int], color: str
) -> None:
    # Where cycles are known, what runs settle on is drawn by them, and not by what may still be
    # on its way: coupled oscillators take long to find their common phase.
    begin = states.shape[1] if marks.cycles else int(_SETTLED * states.shape[1])
    for run in states:
        axes.plot(*run[: begin + 1, list(pair)].T, color=FAINT, lw=0.35, zorder=1)
    for run in states:
        axes.plot(*run[begin:, list(pair)].T, color=color, lw=0.5, zorder=2)
    for cycle in marks.cycles:
        axes.plot(*cycle[:, list(pair)].T, color=color, lw=1.5, zorder=3)
    marking.mark_points(axes, marks, pair)


def middle_of(runs: Array) -> Array:
    """The mean (D,) of what runs (S, T, D) settle on, the user's units."""
    settled = runs[:, int(_SETTLED * runs.shape[1]) :].reshape(-1, runs.shape[2])
    known = settled[np.isfinite(settled).all(axis=1)]
    return np.asarray(known.mean(axis=0) if len(known) else runs[0, 0])


def slice_title(subject: FigureSubject, pair: tuple[int, int], through: Array) -> str:
    """Where the slice is."""
    names = subject.domain.variables
    others = [k for k in range(len(names)) if k not in pair]
    if len(others) > 1:
        return "slice through the mean"
    return written(f"slice at {names[others[0]]} = {through[others[0]]:.3g}", 28)


def _slice(
    axes: Axes, flow: Flow, states: Array, pair: tuple[int, int], through: Array, speed: float
) -> None:
    """The field in a plane, and where settled runs pass through it: open dots on the way down."""
    zeta = flow.domain.state_to_box(through[None])[0]
    streams.draw_streams(axes, streams.plane(flow, shown=pair, through=zeta), speed)
    if len(through) == 3:
        settled = states[:, int(_SETTLED * states.shape[1]) :]
        dot = {**_PASSAGE, "ms": 2.6, "zorder": 4}
        upwards, downwards = passages(
            settled, pair, through, _RESTS * float(flow.domain.half_width.min())
        )
        axes.plot(*upwards[:, list(pair)].T, mfc=VERMILION, **dot)
        axes.plot(*downwards[:, list(pair)].T, mfc=PAPER, **dot)


def passages(
    runs: Array, pair: tuple[int, int], through: Array, least: float = 0.0
) -> tuple[Array, Array]:
    """Where runs (S, T, 3) pass through a plane, upwards (n, 3) and downwards.

    least : of the way between two times, or else a run at rest passes by its rounding.
    """
    (k,) = {0, 1, 2} - set(pair)
    height = runs[..., k] - through[k]
    before, after = height[:, :-1], height[:, 1:]
    moves = np.abs(after - before) > least

    def places(crosses: NDArray[np.bool_]) -> Array:
        start, end = before[crosses & moves], after[crosses & moves]
        share = (start / (start - end))[:, None]
        first, second = runs[:, :-1][crosses & moves], runs[:, 1:][crosses & moves]
        return np.asarray(first + share * (second - first))

    return places((before < 0) & (after >= 0)), places((before > 0) & (after <= 0))


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
    if subject.domain.dimension == 3:
        dot = {**_PASSAGE, "ms": 3.2}
        found.append(Line2D([], [], mfc=VERMILION, label="upwards through the slice", **dot))
        found.append(Line2D([], [], mfc=PAPER, label="downwards", **dot))
    cycles = [h for h in marking.handles(marks) if h.get_label() != "limit cycle"]
    return [*found, *cycles]
