"""What each neuron responds to: its rate phi over the latent box.

Place in the flow: 1-D: curves; 2-D: small multiples; more: the plane of the two variables that the
neurons' loadings weigh most, the others in the middle of the box.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.io.text import counted
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.plotting.order import sorted_neurons
from lrfit.plotting.style import (
    COLUMN,
    CYCLE,
    INK,
    PAGE,
    few_ticks,
    legend_below,
    magnitudes,
    new_figure,
    quantity,
    signed,
    written,
)
from lrfit.plotting.subject import FigureSubject

_NODES, _FINE = 48, 301
_MOST = 24


def draw(subject: FigureSubject, inputs: Sequence[Array]) -> Figure:
    """Draw every neuron (of more than 24 those with the largest weights) at the first input."""
    network, u = subject.the_network(), inputs[0]
    if subject.domain.dimension == 1:
        return _curves(subject, network, u)
    return _multiples(subject, network, u)


def shown_neurons(network: LowRankNetwork) -> NDArray[np.intp]:
    """The neurons that are shown, in the order of all figures."""
    order = sorted_neurons(network)
    weight = np.linalg.norm(network.N / network.domain.half_width, axis=1)
    kept = np.sort(np.argsort(-weight[order], kind="stable")[:_MOST])
    return order[kept]


def rates(network: LowRankNetwork, z: Array, u: Array) -> Array:
    """Phi (P, neurons) at states z (P, D) and a tonic input (U,)."""
    v = np.broadcast_to(u, (len(z), len(u)))
    return np.asarray(network.nonlinearity.phi(network.current(z, v)))


def _curves(subject: FigureSubject, network: LowRankNetwork, u: Array) -> Figure:
    domain = subject.domain
    z = np.linspace(domain.lower, domain.upper, _FINE)
    chosen = shown_neurons(network)
    values = rates(network, z, u)[:, chosen]
    figure = new_figure(COLUMN, 2.6)
    axes = figure.subplots()
    few = len(chosen) <= len(CYCLE)
    colors = CYCLE if few else matplotlib.colormaps["viridis"](np.linspace(0.05, 0.9, len(chosen)))
    for number, column in enumerate(values.T):
        axes.plot(z[:, 0], column, color=colors[number], lw=1.2)
    axes.set_xlim(domain.lower[0], domain.upper[0])
    axes.set_xlabel(quantity(domain.variables[0]))
    axes.set_ylabel(f"rate {network.nonlinearity.name}(x)")
    axes.set_title(written(_title(subject, u, chosen), 52))
    few_ticks(axes)
    if few:
        lines = [
            Line2D([], [], color=c, label=f"neuron {k + 1}")
            for k, c in zip(chosen, CYCLE, strict=False)
        ]
        legend_below(figure, lines, 3)
    return figure


def _multiples(subject: FigureSubject, network: LowRankNetwork, u: Array) -> Figure:
    domain = subject.domain
    i, j = heaviest(network)
    chosen = shown_neurons(network)
    zeta = (np.arange(_NODES) + 0.5) / _NODES * 2.0 - 1.0
    z = np.tile(domain.middle, (_NODES**2, 1))
    for axis, place in zip((i, j), np.meshgrid(zeta, zeta), strict=True):
        z[:, axis] += domain.half_width[axis] * place.ravel()
    values = rates(network, z, u)
    rows = -(-len(chosen) // (6 if len(chosen) <= 12 else 8))
    columns = -(-len(chosen) // rows)
    width = PAGE if columns > 3 else COLUMN
    figure = new_figure(width, 0.5 + rows * min((width - 0.9) / columns, 1.6))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    norm, colors = _scale(network, values[:, chosen])
    extent = (domain.lower[i], domain.upper[i], domain.lower[j], domain.upper[j])
    for axes, neuron in zip(grid.flat, chosen, strict=False):
        shown = axes.imshow(
            values[:, neuron].reshape(_NODES, _NODES), extent=extent, origin="lower",
            aspect="auto", cmap=colors, norm=norm, interpolation="nearest",
        )  # fmt: skip
        _note(axes, f"{neuron + 1}")
    _outer_labels(grid, len(chosen), quantity(domain.variables[i]), quantity(domain.variables[j]))
    bar = figure.colorbar(shown, ax=list(grid.flat), pad=0.01, aspect=20, shrink=0.9)
    bar.set_label(f"rate {network.nonlinearity.name}(x)")
    bar.outline.set_visible(False)
    figure.suptitle(written(_title(subject, u, chosen), 90), x=0.01, ha="left", fontsize=7.0)
    return figure


def heaviest(network: LowRankNetwork) -> tuple[int, int]:
    """The two variables that the loadings weigh most, in box units, in their own order."""
    weight = np.linalg.norm(network.M * network.domain.half_width, axis=0)
    first, second = sorted(np.argsort(-weight, kind="stable")[:2])
    return int(first), int(second)


def _scale(network: LowRankNetwork, values: Array) -> tuple[Normalize, matplotlib.colors.Colormap]:
    """Odd nonlinearities: symmetric about zero; others from their lowest to their highest."""
    if network.nonlinearity.parity == "odd":
        top = float(np.abs(values).max()) or 1.0
        return Normalize(-top, top), signed()
    return Normalize(float(values.min()), float(values.max())), magnitudes()


def _note(axes: Axes, text: str) -> None:
    axes.set_title(text, pad=1.5, fontsize=6.0, color=INK)


def _outer_labels(grid: np.ndarray, count: int, x: str, y: str) -> None:
    columns = grid.shape[1]
    for k, axes in enumerate(grid.flat):
        few_ticks(axes, 2, 2)
        if k >= count:
            axes.set_axis_off()
        elif k + columns >= count:  # nothing below it
            axes.set_xlabel(x)
            axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel(y)


def _title(subject: FigureSubject, u: Array, chosen: NDArray[np.intp]) -> str:
    count = subject.the_network().neurons
    of = (
        f"the {len(chosen)} of {counted(count, 'neuron')} with the largest weights"
        if len(chosen) < count
        else subject.size
    )
    at = f", {subject.input_text(u)}" if len(u) else ""
    return f"{subject.name}, {of}{at}"
