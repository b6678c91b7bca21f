"""Populations of a network: loadings by population, how stable they are, and what is drawn anew.

Place in the flow: a `Populations`. Above, the neurons in the planes of two features in which
populations differ most, with ellipses of two standard deviations; below, the agreement of
subsamples by the number of populations, what networks do that are drawn from the mixtures, and
the gains of the populations in each context.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from lrfit.clustering.gains import Gains
from lrfit.clustering.resampling import Resampling
from lrfit.clustering.result import Populations
from lrfit.clustering.stability import STABLE, Stability
from lrfit.clustering.view import context_text
from lrfit.core.arrays import Array
from lrfit.plotting.style import (
    BLUE,
    CYCLE,
    FAINT,
    INK,
    ORANGE,
    PAGE,
    PAPER,
    few_ticks,
    legend_below,
    new_figure,
    quantity,
    written,
)

_PLANES = 3
_MOST = 3000
"""Neurons that are drawn."""
_SDS = 2.0
_MEASURES = {"right": "right trials (%)", "faithful": "faithful dynamics (%)"}


def draw(found: Populations) -> Figure:
    """Draw loadings, stability, drawn networks and gains, as far as they are known."""
    lower: list[Callable[[Axes], None]] = []
    if found.stability is not None:
        stability = found.stability
        lower.append(lambda axes: _stability(axes, stability, found.count))
    if found.resampling is not None:
        resampling = found.resampling
        lower.append(lambda axes: _resampling(axes, resampling))
    if found.gains is not None:
        gains = found.gains
        lower.append(lambda axes: _gains(axes, gains, found.domain.inputs))
    planes = planes_of(found)
    figure = new_figure(PAGE, 4.4 if lower else 2.5)
    rows = figure.add_gridspec(2 if lower else 1, 1)
    above = rows[0].subgridspec(1, len(planes))
    for k, plane in enumerate(planes):
        _loadings(figure.add_subplot(above[k]), found, plane)
    below = rows[1].subgridspec(1, len(lower)) if lower else above
    for k, part in enumerate(lower):
        part(figure.add_subplot(below[k]))
    legend_below(figure, _handles(found))
    return figure


def planes_of(found: Populations) -> list[tuple[int, int]]:
    """The pairs of features in which populations differ most, at most three."""
    mixture = found.mixture
    size = np.sqrt(
        np.einsum("p,pii->i", mixture.share, mixture.covariance)
        + np.einsum("p,pi->i", mixture.share, mixture.mean**2)
    )
    used = [int(i) for i in np.flatnonzero(size > 0.0)]
    unit = np.where(size > 0.0, size, 1.0)
    moment = mixture.covariance + mixture.mean[:, :, None] * mixture.mean[:, None, :]
    differ = np.std(moment / np.outer(unit, unit), axis=0)
    differ = differ + np.add.outer(*2 * [np.std(mixture.mean / unit, axis=0)])
    pairs = sorted(combinations(used, 2), key=lambda pair: -differ[pair])
    return sorted(pairs[:_PLANES]) or [(0, 1)]


def _loadings(axes: Axes, found: Populations, plane: tuple[int, int]) -> None:
    step = max(1, len(found.loadings) // _MOST)
    points, labels = found.loadings[::step, list(plane)], found.labels[::step]
    order = np.random.default_rng(0).permutation(len(points))
    colors = np.array([_color(p) for p in range(max(found.count, int(labels.max()) + 1))])
    across, up = points[order].T
    axes.scatter(across, up, s=2.0, c=colors[labels[order]], alpha=0.5, lw=0.0)
    for p in range(found.count):
        mean = found.mixture.mean[p][list(plane)]
        axes.add_patch(_ellipse(mean, found.mixture.covariance[p][np.ix_(plane, plane)], p))
    reach = np.quantile(np.abs(points), 0.998, axis=0)
    middle = np.median(points, axis=0)
    far = 1.1 * (reach + np.abs(middle))
    axes.set_xlim(float(middle[0] - far[0]), float(middle[0] + far[0]))
    axes.set_ylim(float(middle[1] - far[1]), float(middle[1] + far[1]))
    axes.set_xlabel(quantity(found.features[plane[0]]))
    axes.set_ylabel(quantity(found.features[plane[1]]))
    few_ticks(axes)


def _ellipse(mean: Array, covariance: Array, p: int) -> Ellipse:
    """Of two standard deviations."""
    values, vectors = np.linalg.eigh(covariance)
    width, height = 2.0 * _SDS * np.sqrt(np.maximum(values, 0.0))
    angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0]))
    look: dict[str, Any] = {"fill": False, "ec": _color(p), "lw": 1.4, "zorder": 3}
    return Ellipse((float(mean[0]), float(mean[1])), width, height, angle=float(angle), **look)


def _color(p: int) -> str:
    return CYCLE[p % len(CYCLE)]


def _handles(found: Populations) -> list[Line2D]:
    dot: dict[str, Any] = {"ls": "", "marker": "o", "ms": 4.0}
    return [
        Line2D(
            [],
            [],
            color=_color(p),
            label=f"population {p} ({100 * found.mixture.share[p]:.3g} %)",
            **dot,
        )
        for p in range(min(found.count, len(CYCLE)))
    ]


def _stability(axes: Axes, stability: Stability, chosen: int) -> None:
    median = stability.median
    ends = np.abs([median - stability.lowest, stability.highest - median])
    axes.errorbar(
        stability.count, median, ends, color=BLUE, marker="o", ms=3.5, lw=1.0, elinewidth=0.8
    )
    at = stability.count == chosen
    axes.plot(stability.count[at], median[at], ls="", marker="o", ms=7, mfc="none", mec=INK)
    axes.axhline(STABLE, color=FAINT, ls=":", lw=0.8)
    axes.set_xlabel("populations")
    axes.set_ylabel("agreement of subsamples (ARI)")
    axes.set_ylim(-0.1, 1.08)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _resampling(axes: Axes, found: Resampling) -> None:
    """A dot for each network that was drawn, a line at the median."""
    told = found.measure == "right"
    values = 100.0 * found.outcome if told else 100.0 * found.field_error
    counts = np.unique(found.count)
    for r in range(len(found.count)):
        place = float(np.searchsorted(counts, found.count[r]))
        place += 0.17 if found.refitted[r] else -0.17
        color = ORANGE if found.refitted[r] else BLUE
        spread = np.linspace(-0.08, 0.08, values.shape[1])
        axes.plot(
            place + spread, values[r], ls="", marker="o", ms=2.6, color=color, mec=PAPER, mew=0.2
        )
        axes.plot([place - 0.12, place + 0.12], 2 * [np.nanmedian(values[r])], color=color, lw=1.4)
    if told and np.isfinite(found.own):
        axes.axhline(100.0 * found.own, color=INK, ls="--", lw=0.8)
    axes.set_xticks(range(len(counts)), labels=[str(each) for each in counts])
    axes.set_xlabel("populations of the mixture")
    axes.set_ylabel(_MEASURES["right"] if told else "field error (%)")
    if told:
        axes.set_ylim(min(45.0, float(np.nanmin(values)) - 3.0), 103.0)
        few_ticks(axes, None, 4)
    else:
        axes.set_yscale("log")
    axes.set_title("drawn (blue), N fitted again (orange)")


def _gains(axes: Axes, gains: Gains, inputs: tuple[str, ...]) -> None:
    """Bars of the gains at the centre, a group for each context."""
    C, _, P = gains.gain.shape
    width = 0.8 / P
    for p in range(P):
        at = np.arange(C) + (p - 0.5 * (P - 1)) * width
        axes.bar(at, gains.gain[:, 0, p], 0.9 * width, color=_color(p))
    labels = [written(context_text(gains, inputs, c), 24).replace(", ", "\n") for c in range(C)]
    axes.set_xticks(range(C), labels=labels, rotation=30 if C > 3 else 0)
    axes.set_ylabel("gain at the centre")
    few_ticks(axes, None, 4)
