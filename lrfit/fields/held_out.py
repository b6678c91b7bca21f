"""Held-out parts of measured points: whole blocks, never single neighbors.

Place in the flow: between sampled data and its three sets. A point next to a training point
says nothing that training did not: a neuron's step that hides between two nodes would pass.
So the points are cut into boxes at medians (a k-d tree's leaves), and boxes are held out.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

Indices = NDArray[np.intp]

HELD_OUT = 0.15
"""Share of the points in each of the validation and test sets."""
BLOCKS = (16, 256)
"""Fewest and most blocks: fewer leave no choice, more leave blocks one node wide."""
WIDTH = 4
"""Nodes along each side of a block, where there are enough."""


def split_blocks(
    points: Array, generator: np.random.Generator
) -> tuple[Indices, Indices, Indices] | None:
    """Indices of training, validation and test points (P, n), box units; disjoint, all used.

    Equal points stay together. None when fewer than three points differ.
    """
    fewest, most = BLOCKS
    wanted = int(np.clip(len(points) / WIDTH ** points.shape[1], fewest, most))
    blocks = _cut(points, wanted)
    if len(blocks) < 3:
        return None
    blocks = [blocks[index] for index in generator.permutation(len(blocks))]
    share = max(1, round(HELD_OUT * len(points)))
    test = _take(blocks, share, leave=2)
    validation = _take(blocks, share, leave=1)
    return np.sort(np.concatenate(blocks)), validation, test


def _take(blocks: list[Indices], share: int, *, leave: int) -> Indices:
    """Remove blocks from the list's end until `share` points are had or `leave` blocks left."""
    taken: list[Indices] = []
    while len(blocks) > leave and sum(map(len, taken)) < share:
        taken.append(blocks.pop())
    return np.sort(np.concatenate(taken))


def _cut(points: Array, wanted: int) -> list[Indices]:
    """Cut the largest block in two until there are `wanted`, or none can be cut."""
    done: list[Indices] = []
    heap = [(-len(points), 0, np.arange(len(points)))]
    made = 1
    while heap and len(heap) + len(done) < wanted:
        _, _, block = heapq.heappop(heap)
        halves = _halves(points, block)
        if halves is None:
            done.append(block)
            continue
        for half in halves:
            heapq.heappush(heap, (-len(half), made, half))
            made += 1
    return done + [block for _, _, block in heap]


def _halves(points: Array, block: Indices) -> tuple[Indices, Indices] | None:
    """Cut at the median of the widest axis, between different values; None for equal points."""
    inside = points[block]
    axis = int(np.argmax(np.ptp(inside, axis=0)))
    values = inside[:, axis]
    median = np.median(values)
    cuts = [values < median, values <= median]
    low = min(cuts, key=lambda cut: abs(2 * int(cut.sum()) - len(block)))
    if low.all() or not low.any():
        return None
    return block[low], block[~low]
