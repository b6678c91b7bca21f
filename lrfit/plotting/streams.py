"""Stream lines and nullclines of a field in a plane.

Place in the flow: a two-dimensional `Flow`, in the user's units, on given axes. Stream lines are
coloured by speed relative to the target's rms; they are joined into few polylines, so that a
portrait in SVG stays small.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.plotting.stream_lines import interpolated, stream_lines
from lrfit.plotting.style import GREEN, VERMILION, speeds, written

IntArray = NDArray[np.intp]
_NODES, _FINE = 48, 160
_LEVELS = 8
_HEAD, _SHORT = 0.065, 16
"""Length of an arrow head, in half-widths; a line of so few segments has none."""
_BEND, _STRIDE = np.radians(5.0), 0.15
"""A stream line keeps a point wherever it has turned so far, or gone so many half-widths."""
NULLCLINES = (VERMILION, GREEN)
_DASHES: tuple[Any, Any] = ("-", (0, (4, 1.5)))
SLOW_TO_FAST = Normalize(0.0, 2.0, clip=True)
"""Speeds relative to the rms; beyond twice of that all are fast."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneField:
    """Velocities on a grid: x (columns,), y (rows,) in the user's units, velocity (rows, columns,
    2) in units of `half_width` (2,) per time.
    """

    x: Array
    y: Array
    velocity: Array
    half_width: Array


def plane(
    flow: Flow, nodes: int = _NODES, shown: tuple[int, int] = (0, 1), through: Array | None = None
) -> PlaneField:
    """The field in a plane of two variables, the others as in `through` (D,), box units."""
    zeta = np.linspace(-1.0, 1.0, nodes)
    states = np.tile(np.zeros(flow.dimension) if through is None else through, (nodes**2, 1))
    states[:, list(shown)] = np.stack(np.meshgrid(zeta, zeta), axis=-1).reshape(-1, 2)
    with np.errstate(all="ignore"):
        velocity = flow.velocity(states)[:, list(shown)].reshape(nodes, nodes, 2)
    x, y = (flow.domain.middle[i] + flow.domain.half_width[i] * zeta for i in shown)
    known = np.where(np.isfinite(velocity), velocity, np.nan)
    return PlaneField(x=x, y=y, velocity=known, half_width=flow.domain.half_width[list(shown)])


def draw_streams(axes: Axes, field: PlaneField, speed: float) -> None:
    """Draw stream lines; `speed` is the one that counts as 1."""
    h = field.half_width
    segments, values = _traced(field, speed)
    lines, levels = _joined(segments, values, h)
    heads, head_levels = _heads(segments, values, h)
    for level in range(_LEVELS):  # one path for everything of a colour
        color = speeds()((level + 0.5) / _LEVELS)
        _add(
            axes, [lines[k] for k in np.flatnonzero(levels == level)], fill=False, ec=color, lw=0.55
        )
        _add(axes, [heads[k] for k in np.flatnonzero(head_levels == level)], fc=color, lw=0)


def _traced(field: PlaneField, speed: float) -> tuple[Array, Array]:
    """Segments (n, 2, 2) of evenly spaced stream lines, and the speed on each."""
    lines = stream_lines(field.velocity)
    if not lines:
        return np.empty((0, 2, 2)), np.empty(0)
    size = np.linalg.norm(field.velocity, axis=2, keepdims=True) / speed
    values = np.concatenate([interpolated(size, line[:-1])[:, 0] for line in lines])
    segments = np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in lines])
    corner = np.array([field.x[0], field.y[0]])
    moving = np.any(segments[:, 0] != segments[:, 1], axis=1)
    return corner + 2.0 * field.half_width * segments[moving], np.nan_to_num(values[moving])


def _add(axes: Axes, curves: list[Array], **look: Any) -> None:
    if curves:
        path = Path.make_compound_path(*map(Path, curves))
        # Axes.add_patch would look for the extremes of every curve; the box is the limit.
        axes.add_artist(PathPatch(path, zorder=1, capstyle="round", **look))


def _heads(segments: Array, values: Array, h: Array) -> tuple[list[Array], IntArray]:
    """A triangle (4, 2) in the middle of every stream line, and its level of speed."""
    breaks = np.flatnonzero(np.any(segments[1:, 0] != segments[:-1, 1], axis=1)) + 1
    lines = [k for k in np.split(np.arange(len(segments)), breaks) if len(k) > _SHORT]
    middles = np.array([k[len(k) // 2] for k in lines], dtype=int)
    along = np.diff(segments[middles] / h, axis=1)[:, 0]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    tip = segments[middles, 0] / h + 0.5 * _HEAD * along
    left, right = (tip - _HEAD * along + s * 0.42 * _HEAD * across for s in (1.0, -1.0))
    return list(h * np.stack([tip, left, right, tip], axis=1)), _levels(values[middles])


def _levels(values: Array) -> IntArray:
    return np.minimum((SLOW_TO_FAST(values) * _LEVELS).astype(np.intp), _LEVELS - 1)


def _joined(segments: Array, values: Array, h: Array) -> tuple[list[Array], IntArray]:
    """Polylines of segments (n, 2, 2) that follow each other and have one level of speed."""
    levels = _levels(values)
    breaks = np.any(segments[1:, 0] != segments[:-1, 1], axis=1) | (levels[1:] != levels[:-1])
    starts = np.concatenate([[0], np.flatnonzero(breaks) + 1, [len(segments)]])
    lines = []
    for first, last in pairwise(starts):
        points = np.vstack([segments[first:last, 0], segments[last - 1 : last, 1]])
        lines.append(_thinned(points, h))
    return lines, levels[starts[:-1]]


def _thinned(points: Array, h: Array) -> Array:
    """Without the points (n, 2) that nobody would see."""
    steps = np.diff(points / h, axis=0)
    angle = np.arctan2(steps[:, 1], steps[:, 0])
    turn = np.abs((np.diff(angle) + np.pi) % (2 * np.pi) - np.pi)
    way = np.linalg.norm(steps, axis=1)[1:]
    passed = np.floor(np.cumsum(turn / _BEND + way / _STRIDE))
    inner = np.flatnonzero(np.diff(passed, prepend=0.0) > 0) + 1
    return np.asarray(points[np.concatenate([[0], inner, [len(points) - 1]])])


def draw_nullclines(axes: Axes, flow: Flow) -> None:
    """Draw where each variable stands still."""
    field = plane(flow, _FINE)
    for i in (0, 1):
        component = field.velocity[..., i]
        if np.nanmin(component) < 0.0 < np.nanmax(component):
            axes.contour(
                field.x, field.y, component, levels=[0.0], colors=[NULLCLINES[i]],
                linestyles=[_DASHES[i]], linewidths=0.9, zorder=2,
            )  # fmt: skip


def nullcline_handles(names: tuple[str, ...]) -> list[Line2D]:
    """Entries of a legend."""
    return [
        Line2D([], [], color=color, linestyle=dash, lw=0.9, label=f"d{written(name)}/dt = 0")
        for name, color, dash in zip(names, NULLCLINES, _DASHES, strict=True)
    ]


def speed_scale() -> ScalarMappable:
    """What a colour bar of speeds shows."""
    colors: Colormap = speeds()
    return ScalarMappable(norm=SLOW_TO_FAST, cmap=colors)
