"""The bound over planes of the box, gathered while boxes are settled.

    bound(cell) = largest bound of any box that meets the cell, whatever its other coordinates are

Place in the flow: the boxes of branch and bound, settled or still open at the end, cover the
domain; each is forgotten after it has been entered here, so that the maps cost no memory. They
are as certain as the bounds are, and as coarse: a box is cut no further than the goal needs. With
two coordinates at most, the cells have bounds of their own, which are closer.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

CELLS = 64
"""Along each axis: a power of two, so that boxes, which are cut in halves, fit the cells."""
MOST = 3
_SLACK = 1e-6
"""Of a cell: rounding by which a border may miss the border of a cell."""


class BoundMap:
    """Maps of the bound over pairs of coordinates of a domain with corners lower, upper (n,)."""

    def __init__(self, lower: Array, upper: Array, dimension: int) -> None:
        self.lower, self.width = lower, upper - lower
        self.axes = planes(len(lower), dimension)
        rows = 1 if len(lower) == 1 else CELLS
        self.bound = np.zeros((len(self.axes), rows, CELLS))

    def enter(self, lower: Array, upper: Array, bound: Array) -> None:
        """Enter boxes with corners (n, B) and bounds (B,)."""
        first, last = self._cells(lower, upper)
        for map_, (i, j) in zip(self.bound, self.axes, strict=True):
            if len(map_) == 1:
                _raise(map_, (0 * first[i], first[i]), (0 * last[i], last[i]), bound)
            else:
                _raise(map_, (first[j], first[i]), (last[j], last[i]), bound)

    def sharpened(self, enclose: Callable[[Array, Array], Array]) -> Array:
        """The maps; `enclose` bounds (B,) the error over boxes with corners (n, B)."""
        n = len(self.lower)
        if n > 2:
            return self.bound
        ends = np.linspace(self.lower, self.lower + self.width, CELLS + 1, axis=1)
        corners = [np.meshgrid(*each) for each in (ends[:, :-1], ends[:, 1:])]
        low, high = (np.reshape(each, (n, -1)) for each in corners)
        return np.minimum(self.bound, enclose(low, high).reshape(self.bound.shape))

    def _cells(self, lower: Array, upper: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """First and last cell (n, B) that the boxes meet, along every axis."""
        low = (lower - self.lower[:, None]) / self.width[:, None] * CELLS
        high = (upper - self.lower[:, None]) / self.width[:, None] * CELLS
        first = np.clip(np.floor(low + _SLACK), 0, CELLS - 1).astype(np.intp)
        last = np.clip(np.ceil(high - _SLACK) - 1, 0, CELLS - 1).astype(np.intp)
        return first, np.maximum(first, last)


def planes(n: int, dimension: int) -> NDArray[np.int64]:
    """Pairs of coordinates (maps, 2): of the variables; of one variable and its inputs."""
    if n == 1:
        return np.zeros((1, 2), dtype=np.int64)
    count = n if dimension == 1 else dimension
    pairs = [pair for pair in combinations(range(count), 2) if dimension > 1 or pair[0] == 0]
    return np.array(pairs[:MOST], dtype=np.int64)


def _raise(
    cells: Array,
    first: tuple[NDArray[np.intp], NDArray[np.intp]],
    last: tuple[NDArray[np.intp], NDArray[np.intp]],
    bound: Array,
) -> None:
    """Raise cells (rows, columns) to the bounds (B,) of boxes, from first to last of each axis.

    Boxes that cover equally many cells are entered together.
    """
    spans = np.stack([last[0] - first[0], last[1] - first[1]], axis=1)
    for span in np.unique(spans, axis=0):
        these = np.flatnonzero(np.all(spans == span, axis=1))
        for down in range(span[0] + 1):
            for right in range(span[1] + 1):
                place = first[0][these] + down, first[1][these] + right
                np.maximum.at(cells, place, bound[these])
