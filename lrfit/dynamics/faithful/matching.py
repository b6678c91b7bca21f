"""Which rest state and which cycle of a network stands for which of its target.

Place in the flow: two anatomies become pairs, what is missing, and what is too much. Pairs are
those of least total distance (Kuhn 1955), as far as they lie within `REACH`. What lies near the
border of the box may be in or out by the smallest error of the field: it is never missing, and
never too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics import Anatomy, Cycle, FixedPoints, shape_distance
from lrfit.dynamics.anatomies import Known

REACH = 0.25
"""Half-widths: farther apart, two points are not the same thing moved."""
SPLIT = 0.1
"""Half-widths from a degenerate point within which its parts stand for it."""
MOSTLY = 0.9
"""Share of a cycle, or of a run, that must be known for it to be judged."""
_BORDER = 0.1
_CYCLE_REACH = 0.5
_OTHER_KIND = 1e6
"""Half-widths that count between points of different kinds, which are never one that moved."""
_FEW = 3
"""Of so few points, and twice as many others, all assignments are tried: importing scipy.optimize
takes longer."""


@dataclass(frozen=True, kw_only=True)
class PointMatch:
    """A fixed point of the target (index) and that of the network which stands for it.

    distance : half-widths. same_kind : as many unstable directions, where those of the target that
    are neutral may have become stable or unstable. eigenvalue_error : largest
    difference of eigenvalues, relative to the target's largest; inf where all of those are zero.
    None in files of version 0.1.0.
    """

    target: int
    network: int
    distance: float
    eigenvalue_error: float
    same_kind: bool | None = None


@dataclass(frozen=True, kw_only=True)
class CycleMatch:
    """A cycle of the target and one of the network.

    period, amplitude : the network's relative to the target's, less 1 (the worst variable of
    amplitude, relative to the largest amplitude). shape : largest distance, box units.
    """

    target: int
    network: int
    period: float
    amplitude: float
    shape: float


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pairs of rest states or cycles, and what found no partner.

    split_points : (target, network) of those that stand beside a target's point which the linear
    part does not decide: under any error such a point splits, or moves a little.
    """

    points: tuple[PointMatch, ...]
    missing_points: tuple[int, ...]
    extra_points: tuple[int, ...]
    cycles: tuple[CycleMatch, ...]
    missing_cycles: tuple[int, ...]
    extra_cycles: tuple[int, ...]
    split_points: tuple[tuple[int, int], ...] = ()


def pair(target: Anatomy, network: Anatomy, known: Known | None = None) -> Pairs:
    """Pair the rest states and cycles of two anatomies, as far as the target is known."""
    points, missing, extra = pair_points(target.fixed, network.fixed)
    split = _split(target.fixed, network.fixed, extra)
    beside = {j for _, j in split}
    missing = tuple(i for i in missing if is_known(known, target.fixed.points[i]))
    extra = tuple(j for j in extra if j not in beside and is_known(known, network.fixed.points[j]))
    gaps = np.array([[_cycle_gap(a, b) for b in network.cycles] for a in target.cycles])
    cycles = _pairs(gaps.reshape(len(target.cycles), len(network.cycles)), _CYCLE_REACH)
    return Pairs(
        points=points,
        missing_points=missing,
        extra_points=extra,
        cycles=tuple(_cycle_match(target.cycles[i], network.cycles[j], i, j) for i, j in cycles),
        missing_cycles=tuple(set(range(len(target.cycles))) - {i for i, _ in cycles}),
        extra_cycles=tuple(
            j
            for j in sorted(set(range(len(network.cycles))) - {j for _, j in cycles})
            if mostly_known(known, network.cycles[j].curve) and not _in_family(target, network, j)
        ),
        split_points=split,
    )


def moved_far(wanted: FixedPoints, found: FixedPoints, pairs: Pairs) -> tuple[PointMatch, ...]:
    """Pairs of points without a partner that are of one kind: each has moved, beyond `REACH`."""
    missing, extra = pairs.missing_points, pairs.extra_points
    if not missing or not extra:
        return ()
    gaps = _gaps(wanted.points[list(missing)], found.points[list(extra)])
    same = np.array([[wanted.kinds[i] == found.kinds[j] for j in extra] for i in missing])
    chosen = assigned(np.where(same, gaps, _OTHER_KIND))
    return tuple(_point_match(wanted, found, missing[i], extra[j]) for i, j in chosen if same[i, j])


def _in_family(target: Anatomy, network: Anatomy, j: int) -> bool:
    """A continuum of closed orbits breaks into a few cycles under any error: those are not new."""
    if target.orbits is None:
        return False
    cycle = network.cycles[j]
    orbits = target.orbits.points.reshape(-1, target.flow.dimension)
    gaps = np.linalg.norm(cycle.curve[::16, None] - orbits[None], axis=2)
    return bool(np.max(gaps.min(axis=1)) <= REACH)


def is_known(known: Known | None, place: Array) -> bool:
    """Whether the target is known at a state (D,)."""
    return known is None or bool(known(place[None])[0])


def mostly_known(known: Known | None, curve: Array) -> bool:
    """Whether the target is known along nearly all of a curve (n, D)."""
    return known is None or bool(np.mean(known(curve)) >= MOSTLY)


def _split(
    wanted: FixedPoints, found: FixedPoints, extra: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """Points of the network beside one of the target's that its linear part does not decide."""
    pairs = []
    for j in extra:
        gaps = np.linalg.norm(wanted.points - found.points[j], axis=1)
        for i in np.flatnonzero(gaps <= SPLIT):
            if _neutral(wanted, int(i)):
                pairs.append((int(i), int(j)))
                break
    return tuple(pairs)


def pair_points(
    wanted: FixedPoints, found: FixedPoints
) -> tuple[tuple[PointMatch, ...], tuple[int, ...], tuple[int, ...]]:
    """Pairs of rest states, those of the target that are missing, and those that are too many."""
    points = _pairs(_gaps(wanted.points, found.points), REACH)
    taken, given = {i for i, _ in points}, {j for _, j in points}
    rest = [i for i in range(len(wanted.points)) if i not in taken]
    others = [j for j in range(len(found.points)) if j not in given]
    return (
        tuple(_point_match(wanted, found, i, j) for i, j in points),
        tuple(i for i in rest if _deep(wanted.points[i])),
        tuple(
            j
            for j in others
            if _deep(found.points[j]) and not _on_continuum(wanted, found.points[j])
        ),
    )


def _pairs(gaps: Array, reach: float) -> list[tuple[int, int]]:
    if not gaps.size:
        return []
    return [(i, j) for i, j in assigned(np.minimum(gaps, 10.0 * reach)) if gaps[i, j] <= reach]


def assigned(costs: Array) -> list[tuple[int, int]]:
    """Pairs of rows and columns, as many as there can be, whose costs (m, n) have the least sum."""
    if min(costs.shape) > _FEW or max(costs.shape) > 2 * _FEW:
        from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - a slow import

        rows, columns = linear_sum_assignment(costs)
        return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True)]
    turned = costs.shape[0] > costs.shape[1]
    table = (costs.T if turned else costs).tolist()
    choices = permutations(range(len(table[0])), len(table))
    best = min(
        choices, key=lambda chosen: sum(row[j] for row, j in zip(table, chosen, strict=True))
    )
    pairs = enumerate(best)
    return sorted((j, i) for i, j in pairs) if turned else list(pairs)


def _gaps(first: Array, second: Array) -> Array:
    return np.asarray(np.linalg.norm(first[:, None, :] - second[None, :, :], axis=2))


def _deep(point: Array) -> bool:
    return bool(np.max(np.abs(point)) <= 1.0 - _BORDER)


def _on_continuum(wanted: FixedPoints, point: Array) -> bool:
    """A curve of rest states breaks into a few under any error: those are no extra ones."""
    if not len(wanted.continuum):
        return False
    return bool(np.min(np.linalg.norm(wanted.continuum - point, axis=1)) <= REACH)


def _point_match(wanted: FixedPoints, found: FixedPoints, i: int, j: int) -> PointMatch:
    rates, others = wanted.eigenvalues[i], found.eigenvalues[j]
    gaps = np.abs(rates[:, None] - others[None, :])
    paired = max(gaps[a, b] for a, b in _pairs(gaps, np.inf))
    size = np.max(np.abs(rates))
    return PointMatch(
        target=i,
        network=j,
        distance=float(np.linalg.norm(wanted.points[i] - found.points[j])),
        same_kind=_same_kind(wanted, i, int(found.unstable[j])),
        eigenvalue_error=float(paired / size) if size > 0.0 else np.inf,
    )


def _same_kind(wanted: FixedPoints, i: int, unstable: int) -> bool:
    """Whether a point with so many unstable directions can stand for point i of the target."""
    fewest = int(wanted.unstable[i])
    return fewest <= unstable <= fewest + _neutral(wanted, i)


def _neutral(wanted: FixedPoints, i: int) -> int:
    """Directions of point i that its linear part does not decide."""
    return int(np.sum(np.abs(wanted.eigenvalues[i].real) <= wanted.eigenvalue_errors[i]))


def _cycle_gap(wanted: Cycle, found: Cycle) -> float:
    """Half-widths between two cycles; one that repels cannot stand for one that attracts."""
    return shape_distance(wanted, found) if wanted.repels == found.repels else np.inf


def _cycle_match(wanted: Cycle, found: Cycle, i: int, j: int) -> CycleMatch:
    largest = np.max(wanted.amplitude)
    change = (found.amplitude - wanted.amplitude) / largest
    return CycleMatch(
        target=i,
        network=j,
        period=float(found.period / wanted.period - 1.0),
        amplitude=float(change[np.argmax(np.abs(change))]),
        shape=shape_distance(wanted, found),
    )
