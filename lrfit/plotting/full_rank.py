"""The connectivity of a full-rank network: J as an image, its eigenvalues and singular values.

Place in the flow: a `FullRankNetwork`, such as an imported one. Where the connectivity before
training is known, the eigenvalues of both and the singular values of the change J - J0 are drawn:
of trained networks the change has few large ones (Schuessler et al. 2020).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.io.text import counted
from lrfit.networks.connectivity import Connectivity
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.plotting.connectivity import show_matrix
from lrfit.plotting.style import BLUE, FAINT, ORANGE, PAGE, few_ticks, legend_below, new_figure

_MOST = 2000
"""Neurons of which all eigenvalues are computed: some ten seconds."""
_VALUES = 30
"""Singular values that are drawn."""


def draw(network: FullRankNetwork) -> Figure:
    """Draw J, eigenvalues and singular values.

    Raises
    ------
    UsageError
        There are more neurons than eigenvalues can be computed of in reasonable time.
    """
    if network.neurons > _MOST:
        raise UsageError(
            f"the network has {counted(network.neurons, 'neuron')}; eigenvalues are drawn of at "
            f"most {_MOST}; `lrfit show --verbose` tells those outside of the bulk"
        )
    J, initial = _dense(network.J), network.initial
    before = None if initial is None else _dense(initial)
    figure = new_figure(PAGE, 2.5)
    image, plane, sizes = figure.subplots(1, 3, width_ratios=[1.0, 1.0, 0.8])
    show_matrix(image, J)
    image.set_title(counted(network.neurons, "neuron"))
    _eigenvalues(plane, network, J, before)
    _singular_values(sizes, J, before)
    if before is not None:
        legend_below(figure, plane.get_legend_handles_labels()[0])
    return figure


def _dense(J: Connectivity) -> Array:
    matrix: Any = J
    return np.asarray(matrix if isinstance(matrix, np.ndarray) else matrix.toarray())


def _eigenvalues(axes: Axes, network: FullRankNetwork, J: Array, before: Array | None) -> None:
    """Eigenvalues of J, of the connectivity before training, and the ellipse of the bulk."""
    found = network.statistics
    g, rho = found.bulk_radius, found.bulk_symmetry
    wide, high = 2 * g * (1 + rho), 2 * g * (1 - rho)
    axes.add_patch(Ellipse((0.0, 0.0), wide, high, fill=False, ec=FAINT, lw=0.8))
    axes.axvline(1.0, color=FAINT, lw=0.5, ls=":")
    for matrix, color, label in ((before, ORANGE, "before training"), (J, BLUE, "trained")):
        if matrix is not None:
            values = np.linalg.eigvals(matrix)
            axes.scatter(values.real, values.imag, s=5, lw=0, alpha=0.7, color=color, label=label)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("real part of eigenvalue")
    axes.set_ylabel("imaginary part")
    few_ticks(axes)


def _singular_values(axes: Axes, J: Array, before: Array | None) -> None:
    """Singular values of the change by training, where it is known, else of J."""
    change = J if before is None else J - before
    values = np.linalg.svd(change, compute_uv=False)[:_VALUES]
    axes.plot(np.arange(1, len(values) + 1), values, "o-", color=BLUE, ms=2.5, lw=0.7)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("rank")
    axes.set_ylabel(f"singular value of {'J' if before is None else 'the change of J'}")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    few_ticks(axes, x=None)
