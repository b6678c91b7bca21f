"""How a network was learned, and learning against g: loss by epoch, singular values by epoch.

Place in the flow: a `TrainedNetwork` or a `LearningStudy`.
"""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.io.text import counted
from lrfit.learning.result import SMOOTH, TENTH, TrainedNetwork
from lrfit.learning.study import LearningStudy
from lrfit.plotting.style import (
    BLUE,
    CYCLE,
    FAINT,
    INK,
    PAGE,
    TOLERANCE,
    few_ticks,
    legend_below,
    new_figure,
    written,
)

_SHOWN = 10
"""Singular values whose course is drawn."""
_POINTS = 2000


def draw(trained: TrainedNetwork) -> Figure:
    """The loss of every epoch, and the singular values of the change at checkpoints."""
    figure = new_figure(PAGE, 2.4)
    left, right = figure.subplots(1, 2)
    _loss(left, trained)
    _values(right, trained)
    return figure


def _loss(axes: Axes, trained: TrainedNetwork) -> None:
    loss = trained.training.loss
    axes.plot(*_thinned(loss), color=FAINT, lw=0.6, label="a batch")
    axes.plot(*_thinned(smoothed(loss)), color=BLUE, lw=1.2, label=f"mean of {SMOOTH}")
    axes.axhline(TENTH * loss[0], color=TOLERANCE, ls="--", lw=0.8, label="a tenth of the first")
    axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    options = trained.options
    title = f"{trained.task}, {counted(options.neurons, 'neuron')}, g {options.g:g}"
    axes.set_title(written(title))
    axes.legend()
    few_ticks(axes, 4, None)


def _values(axes: Axes, trained: TrainedNetwork) -> None:
    training = trained.training
    colors = matplotlib.colormaps["viridis"](np.linspace(0.0, 0.85, _SHOWN))
    for k in range(min(_SHOWN, training.singular_values.shape[1])):
        axes.plot(
            training.checkpoint, training.singular_values[:, k], color=colors[k], lw=1.0,
            marker="o", ms=1.8,
        )  # fmt: skip
    axes.plot(training.checkpoint, training.change_norm, color=INK, lw=1.2, ls="--", label="norm")
    axes.set_xscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("norm, singular values of W - W0")
    axes.set_title(f"the change: norm, {_SHOWN} largest singular values")
    axes.legend()


def smoothed(loss: Array) -> Array:
    """Running means of the losses over the last ten epochs; of fewer at the beginning."""
    sums = np.cumsum(np.concatenate([[0.0], loss]))
    ends = np.arange(1, len(loss) + 1)
    starts = np.maximum(ends - SMOOTH, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))


def _thinned(loss: Array) -> tuple[NDArray[np.intp], Array]:
    """Epochs and losses of a curve, at most so many points."""
    kept = np.unique(np.linspace(0, len(loss) - 1, _POINTS).astype(np.intp))
    return kept, loss[kept]


def draw_study(study: LearningStudy) -> Figure:
    """Learning curves by g; epochs to a tenth, norm of the change and functional rank against g."""
    figure = new_figure(PAGE, 2.5)
    curves, *columns = figure.subplots(1, 4, width_ratios=[1.7, 1, 1, 1])
    colors = _colors(study)
    for each, loss in zip(study.networks, study.losses, strict=True):
        curves.plot(*_thinned(smoothed(loss)), color=colors[each.g], lw=0.9, alpha=0.85)
    curves.set_yscale("log")
    curves.set_xlabel("epoch")
    curves.set_ylabel(f"loss (mean of {SMOOTH})")
    options = study.options
    curves.set_title(written(f"{study.task}, {counted(options.neurons, 'neuron')}"))
    few_ticks(curves, 4, None)
    shown = (
        ("epochs_to_tenth", "epochs to a tenth"),
        ("change_norm", "norm of W - W0"),
        ("functional_rank", "functional rank"),
    )
    for axes, (name, label) in zip(columns, shown, strict=True):
        _column(axes, study, name, label)
    handles = [Line2D([], [], color=colors[g], label=f"g = {g:g}") for g in study.strengths]
    legend_below(figure, handles, min(len(handles), 8))
    return figure


def _colors(study: LearningStudy) -> dict[float, str]:
    strengths = study.strengths
    if len(strengths) <= len(CYCLE):
        return dict(zip(strengths, CYCLE, strict=False))
    shades = matplotlib.colormaps["viridis"](np.linspace(0.0, 0.9, len(strengths)))
    return {g: matplotlib.colors.to_hex(c) for g, c in zip(strengths, shades, strict=True)}


def _column(axes: Axes, study: LearningStudy, name: str, label: str) -> None:
    colors = _colors(study)
    for each in study.networks:
        axes.plot(each.g, getattr(each, name), ls="", marker="o", ms=3, color=colors[each.g])
    medians = np.array([study.median(g, name) for g in study.strengths])
    there = np.isfinite(medians)
    axes.plot(np.array(study.strengths)[there], medians[there], color=FAINT, lw=0.8, zorder=0)
    axes.set_xlabel("g")
    axes.set_title(label)
    axes.margins(x=0.12, y=0.12)
    axes.set_ylim(bottom=0.0)
    few_ticks(axes, 3, 4)
