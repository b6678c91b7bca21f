"""How linear networks learn: loss, output and singular values, with the theory drawn in.

Place in the flow: what a `LinearLearning` holds. Left, the loss against the epochs for every g, by
one learning rate; middle and right, output and singular values of the change of W against the time
of learning s, where all g begin alike. Dashed: docs/theory, eqs. 39 to 41, while the last term of
z, in s^3, is below a quarter of its first.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.io.text import counted
from lrfit.learning.linear_result import LearnedAt, LinearLearning
from lrfit.plotting.style import FAINT, INK, PAGE, new_figure

Color = tuple[float, float, float]
_DASHED = (0, (3, 2))
_TRUSTED = 0.25
_LOWEST = 1e-7
"""Of the singular values over the target: what is smaller is left out."""


def draw(found: LinearLearning) -> Figure:
    """Draw all g."""
    figure = new_figure(PAGE, 2.5)
    speed, output, change = figure.subplots(1, 3)
    colors = _colors(len(found.learned))
    for row, color in enumerate(colors):
        _draw_loss(speed, found, row, color)
        _draw_output(output, found, row, color)
        _draw_values(change, found, row, color)
    _label(speed, output, change)
    _name_values(change, found)
    draws = counted(found.epochs_by_draw.shape[1], "network")
    figure.suptitle(
        f"linear networks, {counted(found.neurons, 'neuron')}, target {found.target:g}; "
        f"means over {draws} for each g",
        x=0.01, ha="left", fontsize=7.0,
    )  # fmt: skip
    figure.legend(
        handles=_handles(found, colors), loc="outside lower center", ncols=7, borderaxespad=0.2
    )
    return figure


def _colors(count: int) -> list[Color]:
    """From g = 0, dark, to the largest."""
    rows = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, count))
    return [(float(red), float(green), float(blue)) for red, green, blue, _ in rows]


def _draw_loss(axes: Axes, found: LinearLearning, row: int, color: Color) -> None:
    """Loss against epochs, relative to its first value."""
    epochs = found.s / (found.learned[row].beta ** 2 * found.rate)
    first = found.target**2 / 2.0
    shown = _shown(found, row)
    axes.plot(epochs, found.loss[row] / first, color=color)
    theory = (found.target - found.theory_z[row]) ** 2 / 2.0 / first
    axes.plot(epochs[shown], theory[shown], color=color, ls=_DASHED, lw=0.9)


def _draw_output(axes: Axes, found: LinearLearning, row: int, color: Color) -> None:
    shown = _shown(found, row)
    axes.plot(found.s, found.z[row] / found.target, color=color)
    theory = found.theory_z[row] / found.target
    axes.plot(found.s[shown], theory[shown], color=color, ls=_DASHED, lw=0.9)


def _draw_values(axes: Axes, found: LinearLearning, row: int, color: Color) -> None:
    """The two largest singular values, from where both can be told from zero."""
    shown = _shown(found, row)
    for values, formula in (
        (found.values[row, :, 0], found.theory_first[row]),
        (found.values[row, :, 1], found.theory_second[row]),
    ):
        axes.plot(found.s, _large(values, found.target), color=color)
        theory = _large(formula, found.target)
        axes.plot(found.s[shown], theory[shown], color=color, ls=_DASHED, lw=0.9)


def _shown(found: LinearLearning, row: int) -> NDArray[np.bool_]:
    """Where the formula is drawn: where its last term is below a quarter of its first."""
    last = found.theory_z[row] / found.target - found.s + found.s**2 / 2.0
    return np.asarray(last <= _TRUSTED * found.s)


def _large(values: Array, target: float) -> Array:
    """NaN for what a logarithmic axis does not show."""
    return np.where(values > _LOWEST * target, values, np.nan)


def _label(speed: Axes, output: Axes, change: Axes) -> None:
    speed.set_yscale("log")
    speed.set_xlim(left=0.0)
    speed.set_ylim(0.008, 1.3)
    speed.axhline(0.01, color=FAINT, ls=":", lw=0.8)
    speed.set_xlabel("epochs")
    speed.set_title("loss / first loss")
    output.set_xlabel("s = beta² rate epochs")
    output.set_xlim(left=0.0)
    output.set_ylim(0.0, 1.02)
    output.set_title("output / target")
    change.set_xscale("log")
    change.set_yscale("log")
    change.set_xlabel("s = beta² rate epochs")
    change.set_title("singular values of the change of W")


def _name_values(axes: Axes, found: LinearLearning) -> None:
    """Say which singular value is which, above the curves of g = 0."""
    place = len(found.s) // 12
    for number, word in enumerate(("largest", "second")):
        at = found.s[place], found.values[0, place, number]
        if min(at) > 0.0:
            axes.annotate(word, at, (-2, 3), textcoords="offset points", ha="right", fontsize=6.5)


def _handles(found: LinearLearning, colors: Sequence[Color]) -> list[Line2D]:
    lines = [
        Line2D([], [], color=color, label=_named(each))
        for each, color in zip(found.learned, colors, strict=True)
    ]
    return [*lines, Line2D([], [], color=INK, ls=_DASHED, lw=0.9, label="theory")]


def _named(each: LearnedAt) -> str:
    times = "" if each.g == 0.0 else f": {each.speed_up:.3g} times as fast"
    return f"g = {each.g:g}{times}"
