"""A trained network and the small one that does the same, in the latent space that they share.

Place in the flow: trajectories of the same test trials in both, projected; fixed points at rest;
the small network's field. With one latent variable, it is drawn against time.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.fitting.reduction_report import Reduction
from lrfit.io.text import counted
from lrfit.plotting import landmarks as marking
from lrfit.plotting import streams
from lrfit.plotting.style import INK, PURPLE, few_ticks, legend_below, new_figure, quantity
from lrfit.plotting.subject import FigureSubject
from lrfit.systems.signals.input_signal import resting_input

_WIDTH, _HEIGHT = 2.6, 2.5


def draw(subject: FigureSubject) -> Figure:
    """Draw both portraits side by side."""
    reduction = subject.the_reduction()
    figure = new_figure(2 * _WIDTH, _HEIGHT + 0.45)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    texts = (f"trained, {counted(reduction.trained_neurons, 'neuron')}", f"reduced, {subject.size}")
    for axes, text in zip(panels, texts, strict=True):
        axes.set_title(text)
    if reduction.rank == 1:
        return _over_time(figure, panels, subject, reduction)
    return _portraits(figure, panels, subject, reduction)


def _portraits(
    figure: Figure, panels: NDArray[np.object_], subject: FigureSubject, reduction: Reduction
) -> Figure:
    network = subject.the_network()
    flow = Flow(field=network, input=resting_input(network.domain), dt=network.dt)
    plane = streams.plane(flow)
    streams.draw_streams(panels[1], plane, flow.speed)
    marks = []
    for axes, paths, points, unstable in _of_both(panels, reduction):
        for path in paths:
            axes.plot(path[:, 0], path[:, 1], color=PURPLE, lw=0.7, zorder=2.5)
        marks.append(_marks(points, unstable))
        marking.mark_points(axes, marks[-1])
        axes.set_xlabel(quantity("latent1"))
        few_ticks(axes)
    panels[0].set_ylabel(quantity("latent2"))
    lowest, highest = _extent(reduction)
    panels[0].set_xlim(lowest[0], highest[0])
    panels[0].set_ylim(lowest[1], highest[1])
    legend_below(figure, [*marking.handles(marks), marking.trajectory_handle()])
    return figure


def _over_time(
    figure: Figure, panels: NDArray[np.object_], subject: FigureSubject, reduction: Reduction
) -> Figure:
    dt = subject.the_network().dt or 1.0
    times = dt * np.arange(1, reduction.path.shape[1] + 1)
    for axes, paths, points, unstable in _of_both(panels, reduction):
        axes.plot(times, paths[:, :, 0].T, color=PURPLE, lw=0.7)
        for value, k in zip(points[:, 0], unstable, strict=True):
            axes.axhline(value, color=INK, lw=0.8, ls="-" if k == 0 else "--", zorder=1)
        axes.set_xlabel(quantity("t", subject.time_unit))
        few_ticks(axes)
    panels[0].set_ylabel(quantity("latent1"))
    handles = [
        Line2D([], [], color=INK, lw=0.8, ls="-", label="stable at rest"),
        Line2D([], [], color=INK, lw=0.8, ls="--", label="unstable at rest"),
        marking.trajectory_handle(),
    ]
    legend_below(figure, handles)
    return figure


def _of_both(
    panels: NDArray[np.object_], reduction: Reduction
) -> list[tuple[Axes, Array, Array, NDArray[np.int64]]]:
    """Axes, trajectories, fixed points and their unstable directions: trained, then reduced."""
    r = reduction
    return [
        (panels[0], r.trained_path, r.trained_points, r.trained_unstable),
        (panels[1], r.path, r.points, r.unstable),
    ]


def _marks(points: Array, unstable: NDArray[np.int64]) -> marking.Landmarks:
    """Marks of fixed points: a repeller has as many unstable directions as there are axes."""
    L = points.shape[1]
    kinds = tuple(
        marking.STABLE if k == 0 else marking.UNSTABLE if k >= L else marking.SADDLE
        for k in unstable.tolist()
    )
    none = np.empty((0, L))
    return marking.Landmarks(points=points, kinds=kinds, cycles=(), repelling=(), continuum=none)


def _extent(reduction: Reduction) -> tuple[Array, Array]:
    """Lowest and highest latent values of the trajectories, with a margin."""
    both = np.vstack([reduction.trained_path, reduction.path]).reshape(-1, reduction.rank)
    lowest, highest = both.min(axis=0), both.max(axis=0)
    margin = 0.08 * np.maximum(highest - lowest, 1e-9)
    return lowest - margin, highest + margin
