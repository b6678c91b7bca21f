"""How far the network's field is from its target's, relative to the target's rms speed.

    e(z, u) = |f_network(z, u) - f_target(z, u)| / rms |f_target|        box units

Place in the flow: numbers and maps for the error figure and the portrait's last panel. A network
of Euler steps is compared with the flow map that it was fitted to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lrfit.core.arrays import Array
from lrfit.plotting.style import PAPER, VERMILION, magnitudes
from lrfit.plotting.subject import FigureSubject
from lrfit.systems.places import sobol_points

_NODES = 96
_POINTS = 4096
_SEED = 11
WORST: dict[str, Any] = {
    "ls": "",
    "marker": "X",
    "ms": 6,
    "mfc": VERMILION,
    "mec": PAPER,
    "mew": 0.7,
}
"""How the worst point is marked, as keywords of `plot`."""
LABEL = "|network \N{MINUS SIGN} target| / rms"


def velocities(subject: FigureSubject, z: Array, u: Array) -> tuple[Array, Array]:
    """Of network and target (P, D), box units, at z (P, D), u (P, U) in the user's units."""
    h = subject.domain.half_width
    with np.errstate(all="ignore"):
        return subject.the_network().velocity(z, u) / h, subject.compared.velocity(z, u) / h


def rms_speed(subject: FigureSubject) -> float:
    """Of the target over box and input ranges, in box units."""
    _, target = velocities(subject, *_everywhere(subject))
    return float(np.sqrt(np.nanmean(np.sum(target**2, axis=1))))


def difference(subject: FigureSubject, z: Array, u: Array) -> Array:
    """E (P,) at states z (P, D) and inputs u (P, U), the user's units."""
    network, target = velocities(subject, z, u)
    return np.asarray(np.linalg.norm(network - target, axis=1) / rms_speed(subject))


def everywhere(subject: FigureSubject) -> Array:
    """E at 4,096 points spread evenly over box and input ranges."""
    return difference(subject, *_everywhere(subject))


def _everywhere(subject: FigureSubject) -> tuple[Array, Array]:
    domain = subject.domain
    places = sobol_points(
        domain.dimension + domain.input_count, _POINTS, np.random.default_rng(_SEED)
    )
    z, u = np.split(places, [domain.dimension], axis=1)
    return domain.state_from_box(z), domain.input_from_box(u)


def slice_of(
    subject: FigureSubject, shown: tuple[int, int], through: Array, u: Array, nodes: int = _NODES
) -> Array:
    """E (n, n) in a plane of two variables, the others as in `through` (D,); rows run along the
    second variable.
    """
    domain = subject.domain
    i, j = shown
    zeta = (np.arange(nodes) + 0.5) / nodes * 2.0 - 1.0
    z = np.tile(through, (nodes * nodes, 1))
    first, second = np.meshgrid(zeta, zeta)
    z[:, i] = domain.middle[i] + domain.half_width[i] * first.ravel()
    z[:, j] = domain.middle[j] + domain.half_width[j] * second.ravel()
    inputs = np.broadcast_to(u, (len(z), len(u)))
    return difference(subject, z, inputs).reshape(nodes, nodes)


def draw_map(
    axes: Axes,
    subject: FigureSubject,
    u: Array,
    *,
    shown: tuple[int, int] = (0, 1),
    through: Array | None = None,
    norm: LogNorm | None = None,
) -> AxesImage:
    """Draw e over two variables of the box, on a logarithmic scale."""
    domain = subject.domain
    values = slice_of(subject, shown, domain.middle if through is None else through, u)
    i, j = shown
    return axes.imshow(
        values,
        extent=(domain.lower[i], domain.upper[i], domain.lower[j], domain.upper[j]),
        origin="lower",
        aspect="auto",
        cmap=magnitudes(),
        norm=norm or scale_of(values),
        interpolation="nearest",
        zorder=1,
    )


def scale_of(values: Array) -> LogNorm:
    """A logarithmic scale over the upper three decades of what occurs."""
    known = values[np.isfinite(values) & (values > 0)]
    top = float(known.max()) if len(known) else 1.0
    bottom = float(np.quantile(known, 0.02)) if len(known) else 1e-3
    return LogNorm(max(min(bottom, 0.1 * top), 1e-3 * top), top, clip=True)


def quiet_ticks(bar: Colorbar, label: str) -> None:
    """A logarithmic bar with labels at decades alone, and at 3 where one decade is all there is."""
    low, high = bar.norm.vmin or 1e-3, bar.norm.vmax or 1.0
    few = np.log10(high / low) < 1.7
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if few else (1.0,)))
    bar.ax.yaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: f"{value:.0e}".replace("e-0", "e-") if value < 1e-3 else f"{value:g}"
        )
    )
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.set_label(label)
    bar.outline.set_visible(False)
