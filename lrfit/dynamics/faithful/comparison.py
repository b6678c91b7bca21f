"""Target and network at one tonic input, side by side: what differs, and what cannot be told.

Place in the flow: two anatomies, from the same starts, become a `Comparison`. The limits below
decide the verdict; they are about what a user of the dynamics would call the same. What the
target does outside its box, or where it was not measured, no network was asked to do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics.anatomies import EDGE, Anatomy, Known, name_of
from lrfit.dynamics.cycles import Cycle
from lrfit.dynamics.faithful.clouds_apart import CloudGap, clouds_apart
from lrfit.dynamics.faithful.distances import (
    Drift,
    attracting,
    border_leak,
    drift_along,
)
from lrfit.dynamics.faithful.matching import (
    CycleMatch,
    Pairs,
    PointMatch,
    is_known,
    mostly_known,
    moved_far,
    pair,
)
from lrfit.dynamics.faithful.shifted import apart
from lrfit.dynamics.runs import follow
from lrfit.dynamics.search import CLOSED, CONTINUUM, CYCLE, ESCAPED, IRREGULAR, MOVING

POINT = 0.05
"""Largest distance of a fixed point from the target's, half-widths."""
PERIOD, AMPLITUDE, SHAPE = 0.05, 0.05, 0.1
"""Largest relative change of a cycle's period and amplitude, and distance in half-widths."""
EXPONENT = 0.2
REACHED = 0.2
"""Largest change of an extreme of a chaotic set, half-widths, beyond what its halves show."""
FATES = 0.05
"""Largest share of starts that may end somewhere else, or that may be undecided."""
UNKNOWN = 0.5
"""Largest share of starts that may come to where the target is not known."""
HELD = 0.1
"""How far a network may drift along a continuum within the declared duration, half-widths."""
ORBIT = 0.2
"""How far it may depart from closed orbits in that time, with shifts allowed, half-widths."""
_ORBITS, _ORBIT_POINTS = 6, 1001


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What was compared at one tonic input.

    Attributes
    ----------
    input : (U,). target, network : their anatomies. pairs : rest states and cycles, matched.
    cloud_distance, yardstick : between irregular sets, and between halves of the target's; None
        where either has no irregular motion.
    drift : along the target's continuum of rest states; None without one.
    orbits : second largest distance from the target's closed orbits within the declared duration;
        None without any.
    fate_changed : share of the starts that end elsewhere, among those whose trajectory stays in the
        box. judged : how many those are. border : share of the border where the target's field
        points inwards and the network's outwards.
    differences : one line each. unjudged : what could not be told, one line each.
    """

    input: Array
    target: Anatomy
    network: Anatomy
    pairs: Pairs
    cloud_distance: float | None
    yardstick: float | None
    drift: Drift | None
    orbits: float | None
    fate_changed: float
    judged: int
    border: float
    differences: tuple[str, ...]
    unjudged: tuple[str, ...]


def compare(
    target: Anatomy,
    network: Anatomy,
    *,
    duration: float,
    generator: np.random.Generator,
    known: Known | None = None,
) -> Comparison:
    """Compare two anatomies; the network's starts are the target's, and then any others.

    duration : for which a continuum of rest states must hold a memory. known : where the target is
    known at all, (P, D) -> (P,); everywhere if None.
    """
    pairs = pair(target, network, known)
    continuum = attracting(target.flow, target.fixed.continuum)
    drift = None
    if len(continuum):
        time = target.flow.natural_time if target.flow.at_rest else np.inf
        drift = drift_along(continuum, network.flow, duration, natural_time=time)
    gap = clouds_apart(target, network, generator) if _both_irregular(target, network) else None
    changed, judged = _fate_changed(target, network, pairs)
    orbits = _orbit_distance(target, network, duration)
    found = [
        *_points(target, network, pairs, known),
        *_cycles(target, network, pairs, known),
        *_chaos(target, network, gap),
        *_held(drift),
        *_orbits(orbits, duration),
    ]
    if changed > max(FATES, 1.0 / max(judged, 1) + 1e-9):
        found.append(_fates(target, network, changed))
    return Comparison(
        input=target.flow.input,
        target=target,
        network=network,
        pairs=pairs,
        cloud_distance=None if gap is None else gap.distance,
        yardstick=None if gap is None else gap.yardstick,
        drift=drift,
        orbits=orbits,
        fate_changed=changed,
        judged=judged,
        border=border_leak(target.flow, network.flow, generator),
        differences=tuple(found),
        unjudged=(*_unjudged(target, network, pairs), *_unknown(target, known)),
    )


def _place(anatomy: Anatomy, index: int) -> str:
    return f"{anatomy.fixed.kinds[index]} at {_where(anatomy, index)}"


def _where(anatomy: Anatomy, index: int) -> str:
    domain = anatomy.flow.domain
    z = domain.state_from_box(np.round(anatomy.fixed.points[index], 12) + 0.0)  # no 1e-26, no -0
    return ", ".join(f"{name} {value:.3g}" for name, value in zip(domain.variables, z, strict=True))


def _points(target: Anatomy, network: Anatomy, pairs: Pairs, known: Known | None) -> list[str]:
    far = moved_far(target.fixed, network.fixed, pairs)
    gone, came = {m.target for m in far}, {m.network for m in far}
    found = [f"the {_place(target, i)} is missing" for i in pairs.missing_points if i not in gone]
    found += [f"there is a new {_place(network, j)}" for j in pairs.extra_points if j not in came]
    found += [_moved(target, network, match) for match in far]
    for match in pairs.points:
        if not is_known(known, target.fixed.points[match.target]):
            continue
        what = _place(target, match.target)
        if not match.same_kind:
            kind = network.fixed.kinds[match.network]
            article = "an" if kind[0] in "aeiou" else "a"
            found.append(f"the {what} has become {article} {kind}")
        elif match.distance > POINT:
            found.append(_moved(target, network, match))
    return found


def _moved(target: Anatomy, network: Anatomy, match: PointMatch) -> str:
    """That a fixed point has moved, by how much, and where to."""
    where = _where(network, match.network)
    what = _place(target, match.target)
    return f"the {what} has moved by {match.distance:.2g} half-widths, to {where}"


def _leaves(cycle: Cycle) -> bool:
    """Whether a cycle leaves the box, on which alone the network was fitted."""
    return bool(max(np.max(cycle.upper), -np.min(cycle.lower)) > EDGE)


def _cycles(target: Anatomy, network: Anatomy, pairs: Pairs, known: Known | None) -> list[str]:
    judged = {
        i
        for i, cycle in enumerate(target.cycles)
        if not _leaves(cycle) and mostly_known(known, cycle.curve)
    }
    missing = [target.cycles[i] for i in pairs.missing_cycles if i in judged]
    found = [f"the {_described(c)} is missing" for c in missing]
    extra = [network.cycles[j] for j in pairs.extra_cycles]
    found += [f"there is a new {_described(c)}" for c in extra if not _leaves(c)]
    for match in pairs.cycles:
        if match.target in judged:
            found += _cycle_differs(target.cycles[match.target], match)
    return found


def _cycle_differs(cycle: Cycle, match: CycleMatch) -> list[str]:
    name, found = f"the {_described(cycle)}", []
    if abs(match.period) > PERIOD:
        found.append(f"{name} has a period {match.period:+.1%} off")
    if abs(match.amplitude) > AMPLITUDE:
        found.append(f"{name} has an amplitude {match.amplitude:+.1%} off")
    if match.shape > SHAPE:
        found.append(f"{name} is up to {match.shape:.2g} half-widths away")
    return found


def _described(cycle: Cycle) -> str:
    return f"{'unstable ' if cycle.repels else ''}cycle of period {cycle.period:.4g}"


def _both_irregular(target: Anatomy, network: Anatomy) -> bool:
    return bool(len(target.cloud)) and bool(len(network.cloud))


def _chaos(target: Anatomy, network: Anatomy, gap: CloudGap | None) -> list[str]:
    wanted = target.share(IRREGULAR)
    if not wanted:
        return ["there is new chaotic motion"] if network.chaotic else []
    what = "chaotic" if target.chaotic else "irregular"
    if not network.share(IRREGULAR) or (target.chaotic and not network.chaotic):
        return [f"the {what} motion is lost"]
    found = _exponent_differs(target, network) if target.chaotic else []
    if gap is not None and gap.differs:
        found.append(f"the {what} set is {gap.distance:.2g} standard deviations away")
    return [*found, *_extremes_differ(target, network, what)]


def _exponent_differs(target: Anatomy, network: Anatomy) -> list[str]:
    first, second = target.exponents, network.exponents
    if first is None or second is None:
        return []
    error = 3.0 * float(np.hypot(first.errors[0], second.errors[0]))
    gap = float(second.values[0] - first.values[0])
    if abs(gap) <= max(error, EXPONENT * float(first.values[0])):
        return []
    return [f"the largest Lyapunov exponent is {second.values[0]:.3g}, not {first.values[0]:.3g}"]


def _extremes_differ(target: Anatomy, network: Anatomy, what: str) -> list[str]:
    """Extremes (the outermost 0.3 %) of irregular sets, beyond what halves of one show."""
    ends = (0.003, 0.997)
    wanted, found = (np.quantile(one.cloud, ends, axis=0) for one in (target, network))
    half = len(target.cloud) // 2
    halves = (
        np.quantile(target.cloud[:half], ends, axis=0),
        np.quantile(target.cloud[half:], ends, axis=0),
    )
    allowed = REACHED + 2.0 * np.abs(halves[0] - halves[1])
    over = np.abs(found - wanted) - allowed
    if not np.max(over) > 0.0:
        return []
    end, d = np.unravel_index(int(np.argmax(over)), over.shape)
    domain = target.flow.domain
    values = [domain.middle[d] + domain.half_width[d] * x[end, d] for x in (found, wanted)]
    name = domain.variables[int(d)]
    return [f"in the {what} motion {name} reaches {values[0]:.3g}, not {values[1]:.3g}"]


def _held(drift: Drift | None) -> list[str]:
    if drift is None:
        return []
    if drift.lost > FATES:
        return [f"{drift.lost:.0%} of the continuum of rest states is lost"]
    if drift.moved > HELD:
        return [
            f"it drifts by up to {drift.moved:.2g} half-widths in {drift.duration:.3g} along the "
            "continuum of rest states"
        ]
    return []


def _orbit_distance(target: Anatomy, network: Anatomy, duration: float) -> float | None:
    """How far a network departs from the target's closed orbits that stay in the box.

    The second largest distance of all: one orbit may lie beside a separatrix, where the least error
    of any network leads to the other side.
    """
    if target.orbits is None:
        return None
    rows = [int(i) for i in target.orbits.starts if target.inside[int(i)]][:_ORBITS]
    if not rows:
        return None
    begin = target.starts[rows]
    wanted, found = (
        follow(flow, begin, duration, kept=_ORBIT_POINTS) for flow in (target.flow, network.flow)
    )
    gaps = [
        apart(wanted.t, wanted.states[k], found.states[k]).distance
        if np.isfinite(found.states[k]).all() and len(found.t) == len(wanted.t)
        else np.inf
        for k in range(len(rows))
        if np.isfinite(wanted.states[k]).all()
    ]
    return float(sorted(gaps)[-2:][0]) if gaps else None


def _orbits(distance: float | None, duration: float) -> list[str]:
    if distance is None or distance <= ORBIT:
        return []
    return [f"it leaves the target's closed orbits by {distance:.2g} half-widths in {duration:.3g}"]


def _fate_changed(target: Anatomy, network: Anatomy, pairs: Pairs) -> tuple[float, int]:
    """Share of the starts whose attractor is not the one that stands for the target's.

    Counted are starts whose trajectory stays in the box in the target, and those that leave it
    there while the network's stays. What is undecided is told apart, and so is drift along a
    continuum and around a centre.
    """
    count = len(target.starts)
    stands_for: dict[int, int] = {m.network: m.target for m in pairs.points}
    stands_for |= {j: i for i, j in pairs.split_points}
    stands_for |= {m.network: m.target for m in moved_far(target.fixed, network.fixed, pairs)}
    stands_for |= {CYCLE + m.network: CYCLE + m.target for m in pairs.cycles}
    stands_for |= {code: code for code in (ESCAPED, IRREGULAR)}
    fate = network.fate[:count]
    there = np.array([stands_for.get(int(code), -99) for code in fate])
    stays = target.inside & ~np.isin(target.fate, (MOVING, CONTINUUM, CLOSED, ESCAPED))
    leaves = (target.fate == ESCAPED) & target.known & network.inside[:count]
    counts = (stays | leaves) & (fate != MOVING)
    if not np.any(counts):
        return 0.0, 0
    return float(np.mean(there[counts] != target.fate[counts])), int(np.sum(counts))


def _fates(target: Anatomy, network: Anatomy, changed: float) -> str:
    def shares(fate: NDArray[np.intp]) -> str:
        codes, counts = np.unique(fate, return_counts=True)
        shown = sorted(zip(counts, codes, strict=True), reverse=True)[:3]
        return ", ".join(f"{name_of(int(c))} {n / len(fate):.0%}" for n, c in shown)

    return (
        f"{changed:.0%} of the starts end elsewhere (target: {shares(target.fate)}; network: "
        f"{shares(network.fate[: len(target.fate)])})"
    )


def _unjudged(target: Anatomy, network: Anatomy, pairs: Pairs) -> list[str]:
    """What the anatomies leave open, one line each."""
    found = []
    inside = target.inside
    undecided = (target.fate == MOVING) & inside
    if np.mean(undecided) > FATES:
        found.append(
            f"{np.mean(undecided):.0%} of the target's starts had not arrived anywhere after "
            f"{target.duration:.3g}"
        )
    else:
        settled = inside & (target.fate != CONTINUUM) & (target.fate != CLOSED)
        open_ends = (network.fate[: len(inside)] == MOVING) & settled
        if np.mean(open_ends) > FATES:
            found.append(
                f"{np.mean(open_ends):.0%} of the network's starts had not arrived anywhere after "
                f"{network.duration:.3g}"
            )
    agree = {m.target for m in pairs.cycles if not _cycle_differs(target.cycles[m.target], m)}
    for i, cycle in enumerate(target.cycles):
        if _leaves(cycle) and not cycle.repels and i not in agree:
            found.append(
                f"the {_described(cycle)} leaves the box, outside of which no network is fitted"
            )
    exponents = target.exponents
    if exponents is not None and not (exponents.chaotic or exponents.regular):
        found.append("whether the target's irregular motion is chaotic was not established")
    return found


def _unknown(target: Anatomy, known: Known | None) -> list[str]:
    """What the target does where it was not measured, one line each."""
    if known is None:
        return []
    found = [
        f"the {_described(cycle)} leaves the region in which the target is known"
        for cycle in target.cycles
        if not cycle.repels and not mostly_known(known, cycle.curve)
    ]
    lost = float(np.mean(~target.known))
    if lost > UNKNOWN:
        found.append(f"{lost:.0%} of the target's starts leave the region in which it is known")
    return found
