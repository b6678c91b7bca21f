"""The connectivity: J as an image, its singular values, and the loadings against each other.

Place in the flow: the arrays of the network file, in the user's units; only the singular values
are those of J = M Nᵀ in box units, where they do not depend on units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.plotting.order import sorted_neurons
from lrfit.plotting.sheet import align
from lrfit.plotting.style import (
    BLUE,
    FAINT,
    PAGE,
    few_ticks,
    new_figure,
    signed,
    written,
)
from lrfit.plotting.subject import FigureSubject

_TRIANGLE = 6
"""Most loadings for which every pair is shown; beyond, every m against everything else."""
_MOST = 6
_MANY = 100
_WITHIN, _STANDS_OUT = 0.99, 0.5
"""Share of the weights within the colours, where they are below this share of the largest."""
_NOTHING = 1e-9
"""Relative to the loadings m, in box units: what is smaller is rounding."""


def draw(subject: FigureSubject) -> Figure:
    """Draw J, its singular values and pairs of loadings."""
    network = subject.the_network()
    columns, rows = _pairs(network)
    size = max(0.78, min(1.15, 4.6 / len(columns)))
    height = max(2.9, 0.35 + size * len(rows))
    figure = new_figure(PAGE, height)
    parts: Any = figure.subfigures(1, 2, width_ratios=[1.0, 2.0])
    left, right = parts
    J, spectrum = left.subplots(2, 1, height_ratios=[1.55, 1.0])
    _image(J, network)
    _singular_values(spectrum, network)
    J.set_title(f"{written(subject.name, 34)}\n{subject.size}")
    _scatters(right, network, columns, rows)
    return figure


def singular_values(network: LowRankNetwork) -> Array:
    """(D,) of J without forming it: those of R_M R_Nᵀ."""
    h = network.domain.half_width
    R_M: Array = np.asarray(np.linalg.qr(network.M * h, mode="r"))
    R_N: Array = np.asarray(np.linalg.qr(network.N / h, mode="r"))
    return np.asarray(np.linalg.svd(R_M @ R_N.T, compute_uv=False))


def loadings(network: LowRankNetwork) -> dict[str, Array]:
    """(neurons,) each: m and n of every variable, B of every input, b; without those of no weight,
    such as B of an input that drives the latent state directly. The axis of m of a variable V is
    called m_V: "m V" would be millivolts.
    """
    domain = network.domain
    found = {f"m_{name}": network.M[:, i] for i, name in enumerate(domain.variables)}
    found |= {f"n_{name}": network.N[:, i] for i, name in enumerate(domain.variables)}
    top = _NOTHING * np.abs(network.M * domain.half_width).max(initial=0.0)
    B = network.input_weights * domain.input_half_width
    for i, name in enumerate(domain.inputs):
        if np.abs(B[:, i]).max(initial=0.0) > top:
            found[f"B_{name}"] = network.input_weights[:, i]
    if np.abs(network.bias).max(initial=0.0) > top:
        found["b"] = network.bias
    return found


def _pairs(network: LowRankNetwork) -> tuple[list[str], list[str]]:
    """Names along the columns and down the rows of the scatter plots."""
    names = list(loadings(network))
    if len(names) <= _TRIANGLE:
        return names[:-1], names[1:]
    D = network.domain.dimension
    m, n, rest = names[:D][:_MOST], names[D : 2 * D][:_MOST], names[2 * D :][: _MOST // 2]
    return m, [*n, *rest]


def _image(axes: Axes, network: LowRankNetwork) -> None:
    order = sorted_neurons(network)
    show_matrix(axes, network.J[np.ix_(order, order)])
    axes.set_xlabel("from neuron (sorted)")


def show_matrix(axes: Axes, J: Array) -> None:
    """J (n, n) as an image, with its colours beside it."""
    top, cut = strongest(J)
    # Many neurons share a pixel: "auto" averages them, "nearest" would show one of them.
    smooth: Any = "auto" if len(J) > _MANY else "nearest"
    shown = axes.imshow(J, cmap=signed(), vmin=-top, vmax=top, interpolation=smooth)
    beside = axes.inset_axes((1.04, 0.0, 0.06, 1.0))  # as high as the image is
    bar = axes.figure.colorbar(shown, cax=beside, extend="both" if cut else "neither")
    bar.set_label("J, 1 % beyond" if cut else "J")
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("from neuron")
    axes.set_ylabel("to neuron")
    _numbered(axes, len(J))


def strongest(J: Array) -> tuple[float, bool]:
    """|J| at the ends of the colours, and whether stronger ones are left out.

    A few strong weights of a large network would make all others white: then 99 % are within.
    """
    size = np.abs(J)
    top = float(size.max(initial=0.0)) or 1.0
    most = float(np.quantile(size, _WITHIN)) if size.size else 0.0
    cut = 0.0 < most < _STANDS_OUT * top
    return (most, True) if cut else (top, False)


def _numbered(axes: Axes, count: int) -> None:
    """Ticks at the first and the last neuron, counted from 1."""
    places = sorted({0, count - 1})
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(places, labels=[str(k + 1) for k in places])


def _singular_values(axes: Axes, network: LowRankNetwork) -> None:
    values = singular_values(network)
    rank = np.arange(1, len(values) + 1)
    axes.bar(rank, values, width=0.6, color=BLUE)
    axes.set_xlim(0.4, max(len(values), 3) + 0.6)
    axes.set_xlabel("rank")
    axes.set_ylabel("singular value of J")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    few_ticks(axes, x=None)


def _dots(count: int) -> dict[str, float]:
    """Size and opacity of dots: smaller and fainter where there are many."""
    return {"s": 9.0, "alpha": 0.85} if count <= _MANY else {"s": 4.0, "alpha": 0.4}


def _scatters(
    figure: SubFigure, network: LowRankNetwork, columns: list[str], rows: list[str]
) -> None:
    values = loadings(network)
    triangle = columns[1:] == rows[:-1]
    grid = figure.subplots(len(rows), len(columns), squeeze=False, sharex="col", sharey="row")
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            axes = grid[i, j]
            if triangle and j > i:
                axes.set_axis_off()
                continue
            axes.axhline(0.0, color=FAINT, lw=0.4, zorder=0)
            axes.axvline(0.0, color=FAINT, lw=0.4, zorder=0)
            axes.scatter(values[column], values[row], color=BLUE, lw=0, **_dots(network.neurons))
            axes.margins(0.12)
            few_ticks(axes, 2, 2)
            axes.label_outer()
    for axes, name in zip(grid[-1], columns, strict=True):
        axes.set_xlabel(written(name, 14))
    for axes, name in zip(grid[:, 0], rows, strict=True):
        axes.set_ylabel(written(name, 14))
    align("x", list(grid[-1]))
    align("y", list(grid[:, 0]))
