"""Branch and bound: cut boxes until the largest error anywhere is known to the gap asked for.

    lower = largest error found,   upper = largest bound of any box,   upper <= (1 + gap) lower

Place in the flow: from the first boxes and points to certain bounds (Land & Doig 1960; Moore
1966 for intervals). Boxes whose bounds are within their goals are settled and forgotten; of the
others the worst are cut in two, many at once. Whenever it ends, `upper` is true.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrfit.certification.bound_map import BoundMap
from lrfit.certification.climb import Found, improve
from lrfit.certification.cover import halves
from lrfit.certification.error_model import ErrorModel
from lrfit.core.arrays import Array
from lrfit.io.text import counted

Goals = Callable[[Array], Array]
"""From the largest errors found (K,) to what bounds must come down to (K,)."""

_MEMORY = 2**25  # numbers held for boxes that are open: 256 MB
_ROUND = 16  # batches, at most, between two looks at the clock


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """B boxes: corners (n, B), bounds (K, B) on their errors, and the axes (B,) to cut."""

    lower: Array
    upper: Array
    bounds: Array
    axis: NDArray[np.intp]

    @property
    def count(self) -> int:
        """B."""
        return len(self.axis)

    def at(self, which: NDArray[np.bool_]) -> Boxes:
        """Some of the boxes."""
        return Boxes(**{name: values[..., which] for name, values in vars(self).items()})

    def joined(self, other: Boxes) -> Boxes:
        """These boxes and others."""
        return Boxes(
            **{
                name: np.concatenate([values, getattr(other, name)], axis=-1)
                for name, values in vars(self).items()
            }
        )


@dataclass(frozen=True, kw_only=True)
class Work:
    """When to stop short of the goal: boxes examined, and seconds (None: no limit)."""

    boxes: int
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class BranchResult:
    """Bounds (K,) from above and below, the box (n,) of the largest |e| bound, and the work.

    stopped : why it ended before the goal, "" if it did not. maps : the bound over planes, and
    map_axes which coordinates they are over; see `BoundMap`.
    """

    found: Found
    upper: Array
    box_lower: Array
    box_upper: Array
    boxes: int
    stopped: str
    maps: Array
    map_axes: NDArray[np.int64]


def branch_and_bound(
    error: ErrorModel,
    cover: tuple[Array, Array],
    found: Found,
    *,
    goals: Goals,
    work: Work,
    enough: Callable[[Array], bool] = lambda _: False,
) -> BranchResult:
    """Bound the largest error over the boxes of `cover`.

    `enough` (of the largest errors found) ends the search when bounds matter no longer.
    """
    started = time.monotonic()
    open_boxes = _examined(error, *cover, np.inf)
    settled = open_boxes.at(np.zeros(open_boxes.count, dtype=np.bool_))
    boxes, maps = open_boxes.count, BoundMap(error.lower, error.upper, error.domain.dimension)
    while True:
        open_boxes, settled = _settle(open_boxes, settled, goals(found.lower), maps)
        done = not open_boxes.count or enough(found.lower)
        stopped = "" if done else _stop(open_boxes, boxes, work, time.monotonic() - started)
        if done or stopped:
            _enter(maps, open_boxes)
            sharp = maps.sharpened(lambda low, high: _examined(error, low, high, np.inf).bounds[0])
            drawn = {"maps": sharp, "map_axes": maps.axes}
            return _outcome(found, settled.joined(open_boxes), boxes, stopped, **drawn)
        chosen = _worst(open_boxes, goals(found.lower), error.batch)
        parents = open_boxes.at(chosen)
        children = _cut(error, parents)
        found = _look(error, found, children)
        open_boxes = open_boxes.at(~chosen).joined(children)
        boxes += children.count


def _examined(error: ErrorModel, lower: Array, upper: Array, known: Array | float) -> Boxes:
    """Bound boxes, batch by batch; `known` are bounds that hold already."""
    parts = [
        error.enclose(lower[:, k : k + error.batch], upper[:, k : k + error.batch])
        for k in range(0, lower.shape[1], error.batch)
    ]
    # A parent's bound holds in its children, whose own may be worse by rounding.
    bounds = np.minimum(np.hstack([part.upper for part in parts]), known)
    axis = np.concatenate([part.axis for part in parts])
    return Boxes(lower=lower, upper=upper, bounds=bounds, axis=axis)


def _cut(error: ErrorModel, parents: Boxes) -> Boxes:
    lower, upper = halves(parents.lower, parents.upper, parents.axis)
    return _examined(error, lower, upper, np.tile(parents.bounds, 2))


def _settle(open_boxes: Boxes, settled: Boxes, goals: Array, maps: BoundMap) -> tuple[Boxes, Boxes]:
    """Forget boxes that are within every goal, but for the K with the largest bounds."""
    # Goals only rise, with the largest error found: what was settled stays settled.
    within = np.asarray((open_boxes.bounds <= goals[:, None]).all(axis=0))
    _enter(maps, open_boxes.at(within))
    done = settled.joined(open_boxes.at(within))
    if done.count:
        worst = np.zeros(done.count, dtype=np.bool_)
        worst[np.argmax(done.bounds, axis=1)] = True
        done = done.at(worst)
    return open_boxes.at(~within), done


def _enter(maps: BoundMap, boxes: Boxes) -> None:
    maps.enter(boxes.lower, boxes.upper, boxes.bounds[0])


def _worst(boxes: Boxes, goals: Array, batch: int) -> NDArray[np.bool_]:
    """The boxes furthest from their goals: a quarter, or at least what makes one batch."""
    # Worst first in bulk: a strict order would evaluate one box at a time, in Python.
    count = min(max(batch // 2, boxes.count // 4), _ROUND * batch)
    chosen = np.ones(boxes.count, dtype=np.bool_)
    if boxes.count > count:
        # A box without bounds comes first, also where there is no goal: inf / inf is NaN.
        with np.errstate(invalid="ignore"):
            excess = np.max(boxes.bounds / goals[:, None], axis=0)
        chosen[np.argpartition(excess, -count)[:-count]] = False
    return chosen


def _look(error: ErrorModel, found: Found, boxes: Boxes) -> Found:
    """Climb from the middles of the boxes with the largest bounds, if one beats what is known."""
    worst = np.argmax(boxes.bounds, axis=1)
    lower, upper = boxes.lower[:, worst].T, boxes.upper[:, worst].T
    middles = 0.5 * (lower + upper)
    if np.all(np.diagonal(error.evaluate(middles)) <= found.lower):
        return found
    return improve(error, found, middles, float(np.max((upper - lower) / error.width)))


def _stop(boxes: Boxes, examined: int, work: Work, seconds: float) -> str:
    if examined >= work.boxes:
        return f"the limit of {counted(work.boxes, 'box', 'boxes')}"
    if boxes.count * (2 * len(boxes.lower) + len(boxes.bounds) + 1) > _MEMORY:
        return f"{boxes.count} boxes open at once"
    if work.seconds is not None and seconds > work.seconds:
        return f"the time limit of {work.seconds:g} s"
    return ""


def _outcome(found: Found, boxes: Boxes, count: int, stopped: str, **maps: Any) -> BranchResult:
    worst = int(np.argmax(boxes.bounds[0]))
    return BranchResult(
        found=found,
        upper=np.max(boxes.bounds, axis=1),
        box_lower=boxes.lower[:, worst],
        box_upper=boxes.upper[:, worst],
        boxes=count,
        stopped=stopped,
        **maps,
    )
