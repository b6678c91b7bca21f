"""A fan of trajectories: what random errors in the weights do to a run.

Place in the flow: the quantiles that a `Stress` holds. A column for each kind of weights, rows for
the variables and the sizes of the errors; bands hold 50 and 90 % of the draws. Below, where a file
holds them, the shares of the neurons in the mean square to first order, the largest first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.io.text import counted
from lrfit.plotting.sheet import align
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
from lrfit.stressing.result import PLACES, Stress
from lrfit.systems.about import title_with

_VARIABLES, _SIZES, _TIMES = 3, 3, 161
_HEIGHT = 0.85
_BARS = 6
_DASHED = (0, (3, 2))
_OUTER, _INNER = 0.2, 0.4


def draw(found: Stress) -> Figure:
    """Draw the fans.

    Raises
    ------
    InputError
        The file holds no trajectories, as those of version 0.1.0.
    """
    if found.fan is None or found.domain is None:
        raise InputError("holds no trajectories; run `lrfit stress` again", where=found.system)
    variables = found.domain.variables[:_VARIABLES]
    sizes = sorted({effect.relative for effect in found.effects})[-_SIZES:]
    places = [place for place in PLACES if any(e.where == place for e in found.effects)]
    rows = [(size, i) for size in sizes for i in range(len(variables))]
    below = 1 if found.shares else 0
    figure = new_figure(PAGE, _HEIGHT * len(rows) + 0.85 + (_HEIGHT + 0.3) * below)
    everything = figure.subplots(len(rows) + below, len(places), squeeze=False)
    grid = everything[: len(rows)]
    for line, (size, i) in zip(grid, rows, strict=True):
        for axes, place in zip(line, places, strict=True):
            _panel(axes, found, _number(found, place, size), i)
            if i == 0:
                _lost(axes, found, _number(found, place, size))
        _one_scale(line, found, i)
        line[0].set_ylabel(f"{quantity(variables[i])}\n{percent(size)}")
    _label(grid, found, places)
    if below:
        _draw_shares(everything[-1], found, places)
    align("y", list(everything[:, 0]))
    legend_below(figure, _handles(found))
    return figure


def percent(size: float) -> str:
    """A relative error in words."""
    return f"errors {100 * size:.3g} %"


def _number(found: Stress, place: str, size: float) -> int | None:
    """Which effect that is."""
    which = (k for k, e in enumerate(found.effects) if (e.where, e.relative) == (place, size))
    return next(which, None)


def _panel(axes: Axes, found: Stress, effect: int | None, variable: int) -> None:
    if effect is None or found.fan is None or found.t is None:
        axes.set_axis_off()
        return
    assert found.unperturbed is not None
    kept = np.unique(np.linspace(0, len(found.t) - 1, _TIMES).astype(np.intp))
    t = found.t[kept]
    low, lower, middle, upper, high = found.fan[effect][:, kept, variable]
    axes.fill_between(t, low, high, color=BLUE, alpha=_OUTER, lw=0, zorder=1)
    axes.fill_between(t, lower, upper, color=BLUE, alpha=_INNER, lw=0, zorder=2)
    axes.plot(t, middle, color=BLUE, lw=1.0, zorder=3)
    axes.plot(t, found.unperturbed[kept, variable], color=INK, ls=_DASHED, lw=0.8, zorder=4)


def _lost(axes: Axes, found: Stress, effect: int | None) -> None:
    """How many draws have lost the behaviour."""
    if effect is not None and (lost := found.effects[effect].lost):
        text = f"{lost} of {found.draws} lost"
        axes.set_title(text, loc="right", color=VERMILION, fontsize=6.0, pad=1.5)


def _one_scale(line: Array, found: Stress, variable: int) -> None:
    """One range for all panels of a variable: that of the fans, within 1.5 boxes."""
    assert found.fan is not None
    assert found.domain is not None
    values = found.fan[..., variable]
    values = values[np.isfinite(values)]
    middle, reach = found.domain.middle[variable], 1.5 * found.domain.half_width[variable]
    low = max(float(values.min()), middle - reach)
    high = min(float(values.max()), middle + reach)
    room = 0.06 * (high - low) or 1.0
    for axes in line:
        axes.set_ylim(low - room, high + room)
        few_ticks(axes, 3, 2)
        axes.label_outer()


def _label(grid: np.ndarray, found: Stress, places: Sequence[str]) -> None:
    assert found.t is not None
    for axes, place in zip(grid[0], places, strict=True):
        axes.set_title(place)
    for axes in grid.flat:
        axes.set_xlim(found.t[0], found.t[-1])
    for axes in grid[-1]:
        axes.set_xlabel(quantity("time", found.time_unit))
        axes.tick_params(labelbottom=True)
    name = written(title_with(found.system or "network", found.overrides), 40)
    grid[0][0].figure.suptitle(
        f"{name}, {counted(found.neurons, 'neuron')}, {counted(found.draws, 'draw')} with "
        "random errors in:",
        x=0.01, ha="left", fontsize=7.0,
    )  # fmt: skip


def _draw_shares(line: Array, found: Stress, places: Sequence[str]) -> None:
    """Bars of the neurons with the largest shares, each column in an order of its own."""
    for axes, place in zip(line, places, strict=True):
        shares = np.array([getattr(each, place, None) for each in found.shares], dtype=np.float64)
        if not np.all(np.isfinite(shares)):
            axes.set_axis_off()
            continue
        largest = np.argsort(-shares, kind="stable")[:_BARS]
        axes.bar(range(len(largest)), 100.0 * shares[largest], color=BLUE, width=0.8)
        axes.set_xticks(range(len(largest)), [str(neuron) for neuron in largest], fontsize=6.0)
        axes.set_ylim(0.0, 100.0)
        axes.set_yticks([0.0, 50.0, 100.0])
        axes.set_xlabel("neuron")
        axes.label_outer()
    line[0].set_ylabel("share in the\nerror (%)")  # two lines, as the labels it is aligned with


def _handles(found: Stress) -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=INK, ls=_DASHED, lw=0.8, label="without errors"),
        Line2D([], [], color=BLUE, lw=1.0, label="median of the draws"),
        Patch(facecolor=BLUE, alpha=_OUTER + _INNER, lw=0, label="50 % of them"),
        Patch(facecolor=BLUE, alpha=_OUTER, lw=0, label="90 %"),
    ]
