"""Stream lines that fill a box evenly: one in every cell, none too near to another.

Place in the flow: velocities on a grid become polylines, which `streams` draws. Lines grow from
the middles of cells, both ways, a length at a time in the direction of the field; a line ends
where it comes to a cell that another has passed, or itself (Jobard & Lefer 1997, with cells in
place of distances). All lines of a round grow together in numpy; rounds start from ever more
cells, so that long lines are placed before short ones.

Lengths are in box widths: the box is [0, 1]².
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

_CELLS = 22
_STRIDES = (7, 3, 1)
"""Starts of a round: the middle of every so many cells, as far as they are free."""
_STEP, _STEPS = 0.01, 200
_SHORTEST = 0.1


def stream_lines(velocity: Array) -> list[Array]:
    """Polylines (n, 2) along velocities (nodes, nodes, 2), rows along the second variable.

    Velocities are in box widths per time, or half-widths; where they are NaN lines end.
    """
    with np.errstate(all="ignore"):
        unit = velocity / np.linalg.norm(velocity, axis=2, keepdims=True)
    taken = np.zeros(_CELLS * _CELLS, dtype=bool)
    found: list[Array] = []
    for stride in _STRIDES:
        starts = _starts(stride, taken)
        if len(starts):
            _place(_grown(unit, starts, taken), taken, found)
    return found


def _starts(stride: int, taken: NDArray[np.bool_]) -> Array:
    """Middles (S, 2) of free cells, every so many."""
    numbers = np.arange(stride // 2, _CELLS, stride)
    x, y = (each.ravel() for each in np.meshgrid(numbers, numbers))
    free = ~taken[y * _CELLS + x]
    return np.asarray((np.stack([x, y], axis=1)[free] + 0.5) / _CELLS)


def _grown(unit: Array, starts: Array, taken: NDArray[np.bool_]) -> Array:
    """Points (S, 2, n, 2) of lines from starts (S, 2): backward and forward, NaN after their end.

    Midpoint steps of one length; the last one of a line ends on the border of the box.
    """
    count = len(starts)
    sign = np.repeat([-1.0, 1.0], count)[:, None]
    path = np.full((_STEPS + 1, 2 * count, 2), np.nan)
    path[0] = np.concatenate([starts, starts])
    first = cell_of(path[0])
    going = np.arange(2 * count)
    with np.errstate(all="ignore"):
        for k in range(_STEPS):
            here, step = path[k, going], _STEP * sign[going]
            middle = here + 0.5 * step * interpolated(unit, here)
            move = step * interpolated(unit, middle)
            there = _up_to_border(here, move)
            good = np.isfinite(there).all(axis=1)
            going, here, move, there = going[good], here[good], move[good], there[good]
            path[k + 1, going] = there
            cells = cell_of(there)
            ends = (taken[cells] & (cells != first[going])) | np.any(there != here + move, axis=1)
            going = going[~ends]
            if not len(going):
                break
    return np.swapaxes(path.reshape(-1, 2, count, 2), 0, 2)


def _up_to_border(here: Array, move: Array) -> Array:
    """Where steps (S, 2) from points in the box lead to, at most to its border."""
    room = np.where(move > 0.0, 1.0 - here, here)
    with np.errstate(all="ignore"):
        share = np.min(np.where(move == 0.0, np.inf, room / np.abs(move)), axis=1)
    on_border = np.clip(here + share[:, None] * move, 0.0, 1.0)
    return np.where(share[:, None] >= 1.0, here + move, on_border)


def _place(lines: Array, taken: NDArray[np.bool_], found: list[Array]) -> None:
    """Add lines (S, 2, n, 2) as far as their cells are free, the longest first."""
    lengths = np.isfinite(lines[..., 0]).sum(axis=(1, 2))
    for number in np.argsort(-lengths, kind="stable"):
        back, forth = lines[number]
        start = int(cell_of(back[:1])[0])
        if taken[start]:
            continue
        own = {start}
        parts = [_free_part(part, taken, own) for part in (back, forth)]
        line = np.concatenate([parts[0][::-1], parts[1][1:]])
        if (len(line) - 1) * _STEP >= _SHORTEST:
            taken[list(own)] = True
            found.append(line)


def _free_part(points: Array, taken: NDArray[np.bool_], own: set[int]) -> Array:
    """The first of the points (n, 2), up to a cell that is taken or own; their cells become own."""
    points = points[np.isfinite(points[:, 0])]
    cells = cell_of(points)
    for k in np.flatnonzero(np.diff(cells)) + 1:
        cell = int(cells[k])
        if taken[cell] or cell in own:
            return points[:k]
        own.add(cell)
    return points


def cell_of(points: Array) -> NDArray[np.intp]:
    """Numbers (S,) of the cells in which points (S, 2) of the box lie."""
    column, row = np.minimum((points * _CELLS).astype(np.intp), _CELLS - 1).T
    return np.asarray(row * _CELLS + column)


def interpolated(nodes: Array, points: Array) -> Array:
    """Values (S, k) between those at nodes (n, n, k) of the box, linear in each variable."""
    n, values = len(nodes), nodes.reshape(-1, nodes.shape[2])
    place = np.clip(points, 0.0, 1.0) * (n - 1)
    # NaN stays in the share of the way to the next node, and so in the value.
    corner = np.minimum(np.nan_to_num(place).astype(np.intp), n - 2)
    t = place - corner
    across, up = t[:, :1], t[:, 1:]
    k = corner[:, 1] * n + corner[:, 0]
    low = values[k] + across * (values[k + 1] - values[k])
    high = values[k + n] + across * (values[k + n + 1] - values[k + n])
    return np.asarray(low + up * (high - low))
