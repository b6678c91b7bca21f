"""Size against error: what a decision for a network is taken on.

Place in the flow: the paths of all methods tried, the frontier where a file has one, tolerance and
chosen network; errors by the criterion of the fit.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from lrfit.core.errors import InputError
from lrfit.plotting.style import (
    COLUMN,
    CYCLE,
    INK,
    PAPER,
    TOLERANCE,
    legend_below,
    new_figure,
    written,
)
from lrfit.plotting.subject import FigureSubject

_WIDE = 6.0
"""Largest over smallest size from which the axis of sizes is logarithmic."""


def draw(subject: FigureSubject) -> Figure:
    """Draw every path.

    Raises
    ------
    InputError
        Nothing is known but one size.
    """
    network, report = subject.the_network(), subject.report
    curves = _curves(subject)
    if report is None or not curves:
        raise InputError(
            "holds no sizes but its own; use `lrfit minimize`, with --frontier for all networks",
            where=subject.name,
        )
    figure = new_figure(COLUMN, 2.75)
    axes = figure.subplots()
    for number, (label, sizes, errors) in enumerate(curves):
        is_frontier = label == "frontier"
        axes.plot(
            sizes, errors, label=written(label, 24),
            color=INK if is_frontier else CYCLE[number % 6], marker="o",
            ms=3.2 if len(sizes) < 60 else 0, lw=1.0, mec=PAPER, mew=0.4,
            ls="--" if is_frontier else "-",
        )  # fmt: skip
    label = f"this network: {network.neurons}, error {report.error:.2g}"
    axes.plot(
        network.neurons, report.error, label=label,
        ls="", marker="o", ms=8, mfc="none", mec=INK, mew=1.2, zorder=5, clip_on=False,
    )  # fmt: skip
    if subject.tol is not None:
        axes.axhline(
            subject.tol, color=TOLERANCE, ls="--", lw=1.0, label=f"tolerance {subject.tol:g}"
        )
    _scales(axes, np.concatenate([sizes for _, sizes, _ in curves]))
    axes.set_xlabel("neurons")
    axes.set_ylabel(f"error ({report.criterion})")
    axes.set_title(written(subject.name))
    legend_below(figure, axes.get_legend_handles_labels()[0], 2)
    return figure


def _curves(subject: FigureSubject) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Label, sizes and errors of every curve with more than one size; increasing sizes."""
    found = []
    for path in subject.paths:
        good = np.isfinite(path.validation) & (path.validation > 0)
        order = np.argsort(path.neurons[good], kind="stable")
        found.append((path.method, path.neurons[good][order], path.validation[good][order]))
    if subject.frontier:
        sizes = np.array(sorted(subject.frontier))
        found.append(("frontier", sizes, np.array([subject.frontier[int(n)] for n in sizes])))
    return [curve for curve in found if len(curve[1]) > 1]


def _scales(axes: Axes, sizes: np.ndarray) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=_subs(axes)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    if sizes.max() > 8 * _WIDE and sizes.max() / sizes.min() > _WIDE:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))


def _subs(axes: Axes) -> tuple[float, ...]:
    low, high = axes.get_ylim()
    return (1.0,) if high / low > 1e3 else (1.0, 3.0) if high / low > 20 else (1.0, 2.0, 5.0)
