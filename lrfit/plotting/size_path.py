"""Size against error: what a decision for a network is taken on.

Place in the flow: the paths of all methods tried, the frontier where a file has one, tolerance and
chosen network; errors by the criterion of the fit. How sure they are: a bar at every size of the
frontier spans its errors on fresh sets of points; a cross is the best of all starts that were
tried with a neuron less; a line is the error that no network of the kind can go below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from lrfit.core.errors import InputError
from lrfit.fitting.field_error import field_report
from lrfit.fitting.result import Fit
from lrfit.io.text import counted
from lrfit.plotting.style import (
    COLUMN,
    CYCLE,
    FAINT,
    INK,
    PAPER,
    PURPLE,
    TOLERANCE,
    legend_below,
    new_figure,
    written,
)
from lrfit.plotting.subject import FigureSubject
from lrfit.systems.choices import Sampling
from lrfit.systems.sampling import SampleSet, draw_set

_SETS, _SEED, _MOST_SIZES = 8, 31, 24
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
    _bars(axes, subject)
    _limits(axes, subject)
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


def _bars(axes: Axes, subject: FigureSubject) -> None:
    """The smallest and largest error of every network of the frontier on fresh points."""
    spans = error_spans(subject)
    if spans:
        low, high = np.array([spans[n] for n in spans]).T
        spread = 50.0 * float(np.max((high - low) / (high + low) * 2.0))
        label = f"on {_SETS} other sets: ± {spread:.2g} %"
        axes.vlines(list(spans), low, high, color=INK, lw=2.4, alpha=0.45, zorder=4, label=label)


def error_spans(subject: FigureSubject) -> dict[int, tuple[float, float]]:
    """By size, the smallest and largest error on sets of points that nothing has seen.

    As many points as the report's; none where the target is not known or only measured.
    """
    fits = subject.fits[:_MOST_SIZES]
    if not fits or subject.target is None or subject.target.data is not None:
        return {}
    target, points = subject.compared, fits[0].report.points
    sets = [draw_set(target, points, _SEED + k, kind=_sampling(fits[0])) for k in range(_SETS)]
    return {each.network.neurons: _span(each, sets) for each in fits}


def _sampling(fit: Fit) -> Sampling:
    kind = fit.options.sampling
    return kind if kind in ("trajectory", "mixed") else "sobol"


def _span(fit: Fit, sets: Sequence[SampleSet]) -> tuple[float, float]:
    asked = fit.report
    prices = {"noise": asked.noise, "weight_noise": asked.weight_noise}
    errors = [
        field_report(fit.network, one, criterion=asked.criterion, **prices).error for one in sets
    ]
    return min(errors), max(errors)


def _limits(axes: Axes, subject: FigureSubject) -> None:
    """What is known of smaller networks, and of all of the kind."""
    if subject.below:
        label = f"best of {counted(subject.tries, 'try', 'tries')} with one less"
        look: dict[str, Any] = {"ls": "", "marker": "x", "ms": 5, "mew": 1.2, "color": PURPLE}
        axes.plot(subject.the_network().neurons - 1, subject.below, label=label, zorder=5, **look)
    if subject.floor:
        label = f"no network can be below {subject.floor:.2g}"
        axes.axhline(subject.floor, color=FAINT, ls=":", lw=1.0, label=label)


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
