"""Target and network at one tonic input, side by side, and what differs.

Place in the flow: two anatomies, from the same starts, become a `Comparison`. The limits below
decide the verdict; they are about what a user of the dynamics would call the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.dynamics import Anatomy, Cycle, name_of
from lrfit.dynamics.anatomy import CYCLE, IRREGULAR
from lrfit.dynamics.runs import CONTINUUM, ESCAPED, MOVING
from lrfit.dynamics.faithful.distances import (
    Drift,
    attracting,
    border_leak,
    cloud_distance,
    drift_along,
    split_distance,
)
from lrfit.dynamics.faithful.matching import Pairs, pair
from lrfit.arrays import Array

POINT = 0.05
"""Largest distance of a fixed point from the target's, half-widths."""
PERIOD, AMPLITUDE, SHAPE = 0.05, 0.05, 0.1
"""Largest relative change of a cycle's period and amplitude, and distance in half-widths."""
EXPONENT = 0.2
CLOUD = 0.1
"""Largest distance of chaotic sets beyond twice what two halves of the target's set show."""
FATES = 0.05
"""Largest share of starts that may end somewhere else."""
HELD = 0.1
"""How far a network may drift along a continuum within the declared duration, half-widths."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What was compared at one tonic input.

    Attributes
    ----------
    input : (U,). target, network : their anatomies. pairs : rest states and cycles, matched.
    cloud_distance, yardstick : between irregular sets, and between halves of the target's; None
        where the target has no irregular motion.
    drift : along the target's continuum of rest states; None without one.
    fate_changed : share of the starts that end elsewhere. border : share of the border where the
        target's field points inwards and the network's outwards.
    differences : one line each; empty where the network is faithful.
    """

    input: Array
    target: Anatomy
    network: Anatomy
    pairs: Pairs
    cloud_distance: float | None
    yardstick: float | None
    drift: Drift | None
    fate_changed: float
    border: float
    differences: tuple[str, ...]


def compare(
    target: Anatomy, network: Anatomy, *, duration: float, generator: np.random.Generator
) -> Comparison:
    """Compare two anatomies that were made from the same starts.

    duration : for which a continuum of rest states must hold a memory.
    """
    pairs = pair(target, network)
    continuum = attracting(target.flow, target.fixed.continuum)
    drift = drift_along(continuum, network.flow, duration) if len(continuum) else None
    between = yardstick = None
    if target.chaotic:
        yardstick = split_distance(target.cloud, generator)
        if len(network.cloud):
            between = cloud_distance(target.cloud, network.cloud, generator)
    changed = _fate_changed(target, network, pairs)
    found = [
        *_points(target, network, pairs),
        *_cycles(target, network, pairs),
        *_chaos(target, network, between, yardstick),
        *_held(drift),
    ]
    if changed > FATES:
        found.append(_fates(target, network, changed))
    return Comparison(
        input=target.flow.input,
        target=target,
        network=network,
        pairs=pairs,
        cloud_distance=between,
        yardstick=yardstick,
        drift=drift,
        fate_changed=changed,
        border=border_leak(target.flow, network.flow, generator),
        differences=tuple(found),
    )


def _place(anatomy: Anatomy, index: int) -> str:
    domain = anatomy.flow.domain
    z = domain.state_from_box(np.round(anatomy.fixed.points[index], 12) + 0.0)  # no 1e-26, no -0
    where = ", ".join(
        f"{name} {value:.3g}" for name, value in zip(domain.variables, z, strict=True)
    )
    return f"{anatomy.fixed.kinds[index]} at {where}"


def _points(target: Anatomy, network: Anatomy, pairs: Pairs) -> list[str]:
    found = [f"the {_place(target, i)} is missing" for i in pairs.missing_points]
    found += [f"there is a new {_place(network, j)}" for j in pairs.extra_points]
    for match in pairs.points:
        what = _place(target, match.target)
        if not match.same_kind:
            kind = network.fixed.kinds[match.network]
            found.append(f"the {what} has become a {kind}")
        elif match.distance > POINT:
            found.append(f"the {what} has moved by {match.distance:.2g} half-widths")
    return found


def _cycles(target: Anatomy, network: Anatomy, pairs: Pairs) -> list[str]:
    found = [f"the {_described(target.cycles[i])} is missing" for i in pairs.missing_cycles]
    found += [f"there is a new {_described(network.cycles[j])}" for j in pairs.extra_cycles]
    for match in pairs.cycles:
        name = f"the {_described(target.cycles[match.target])}"
        if abs(match.period) > PERIOD:
            found.append(f"{name} has a period {match.period:+.1%} off")
        if abs(match.amplitude) > AMPLITUDE:
            found.append(f"{name} has an amplitude {match.amplitude:+.1%} off")
        if match.shape > SHAPE:
            found.append(f"{name} is up to {match.shape:.2g} half-widths away")
    return found


def _described(cycle: Cycle) -> str:
    return f"{'unstable ' if cycle.repels else ''}cycle of period {cycle.period:.4g}"


def _chaos(
    target: Anatomy, network: Anatomy, between: float | None, yardstick: float | None
) -> list[str]:
    if not target.chaotic or target.exponents is None or yardstick is None:
        return ["there is new chaotic motion"] if network.chaotic else []
    if not network.chaotic or network.exponents is None or between is None:
        return ["the chaotic motion is lost"]
    first, second = target.exponents, network.exponents
    found = []
    error = 3.0 * float(np.hypot(first.errors[0], second.errors[0]))
    gap = float(second.values[0] - first.values[0])
    if abs(gap) > max(error, EXPONENT * float(first.values[0])):
        found.append(
            f"the largest Lyapunov exponent is {second.values[0]:.3g}, not {first.values[0]:.3g}"
        )
    if between > CLOUD + 2.0 * yardstick:
        found.append(f"the chaotic set is {between:.2g} standard deviations away")
    return found


def _held(drift: Drift | None) -> list[str]:
    if drift is None:
        return []
    if drift.lost > FATES:
        return [f"{drift.lost:.0%} of the continuum of rest states is lost"]
    if drift.moved > HELD:
        return [
            f"it drifts by {drift.moved:.2g} half-widths in {drift.duration:.3g} along the "
            "continuum of rest states"
        ]
    return []


def _fate_changed(target: Anatomy, network: Anatomy, pairs: Pairs) -> float:
    """Share of the starts whose attractor is not the one that stands for the target's."""
    stands_for: dict[int, int] = {m.network: m.target for m in pairs.points}
    stands_for |= {CYCLE + m.network: CYCLE + m.target for m in pairs.cycles}
    codes = (MOVING, ESCAPED, CONTINUUM, IRREGULAR)
    stands_for |= {code: code for code in codes}
    there = np.array([stands_for.get(int(code), -99) for code in network.fate])
    same = there == target.fate
    counts = (target.fate != MOVING) & (target.fate != CONTINUUM)  # the latter: see the drift
    return float(np.mean(~same[counts])) if np.any(counts) else 0.0


def _fates(target: Anatomy, network: Anatomy, changed: float) -> str:
    def shares(anatomy: Anatomy) -> str:
        codes, counts = np.unique(anatomy.fate, return_counts=True)
        shown = sorted(zip(counts, codes, strict=True), reverse=True)[:3]
        total = len(anatomy.fate)
        return ", ".join(f"{name_of(int(c))} {n / total:.0%}" for n, c in shown)

    return (
        f"{changed:.0%} of the starts end elsewhere (target: {shares(target)}; network: "
        f"{shares(network)})"
    )
