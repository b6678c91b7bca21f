"""Facts about cycles, exponents, chaotic sets and conserved quantities, against the claims.

Place in the flow: as in `rest`. Cycles that attract from one side or repel are claimed in the
plane alone, so that unstable cycles of flows with three variables and more are not judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.atlas.entries import Entry, Fact
from benchmarks.atlas.rest import (
    CONTRADICTED,
    FOUND,
    MISSED,
    NOT_JUDGED,
    Claims,
    half_widths,
    state_of,
)
from lrfit.core.arrays import Array

PERIOD = 1e-3
"""Largest relative difference of a period."""
RANGE = 0.01
"""Largest difference of an extreme, in half the range of the cycle's widest variable in the box."""
MULTIPLIER = 0.02
"""Largest difference of the leading multiplier's modulus, relative where that is above 1."""
_SAME_PLACE = 0.1
"""Distance of a listed point from a claimed cycle, in the cycle's size, that makes it the same."""
_SIGMAS = 3.0


def cycle(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """A closed orbit: period, range of every variable, stability, leading multiplier."""
    size = _size(entry, fact)
    near = [
        claimed
        for claimed in claims["cycles"]
        if _away(entry, fact, claimed) <= _SAME_PLACE * size
        and _range_off(entry, fact, claimed) <= 3.0 * _SAME_PLACE
    ]
    if not near:
        return _absent(entry, fact, claims, size)
    claimed = min(near, key=lambda one: _range_off(entry, fact, one))
    if _another(entry, fact, claimed):
        return NOT_JUDGED, "unstable, in more than two variables; a stable cycle beside it"
    problems = _differences(entry, fact, claimed)
    return (CONTRADICTED, "; ".join(problems)) if problems else (FOUND, "")


def _absent(entry: Entry, fact: Fact, claims: Claims, size: float) -> tuple[str, str]:
    family = [one for one in claims["orbits"] if _away(entry, fact, one) <= _SAME_PLACE * size]
    if family:
        return CONTRADICTED, "said to be one of a family of closed orbits"
    if not fact["stable"] and len(entry["variables"]) > 2:
        return NOT_JUDGED, "unstable, in more than two variables"
    said = f"{len(claims['cycles'])} other cycles" if claims["cycles"] else "no cycle"
    return MISSED, f"{said} claimed; fates {claims['fates']}"


def _another(entry: Entry, fact: Fact, claimed: Mapping[str, Any]) -> bool:
    """Whether a cycle that attracts lies beside the unstable one of a fact, in three variables.

    Cycles are born in pairs at saddle-nodes and resonances, with nearly the same period (Aizawa's:
    5.385587 and 5.385586); extremes that differ tell that they are two.
    """
    apart = _range_off(entry, fact, claimed) > RANGE
    return len(entry["variables"]) > 2 and not fact["stable"] and not claimed["repels"] and apart


def _differences(entry: Entry, fact: Fact, claimed: Mapping[str, Any]) -> list[str]:
    found = []
    if abs(claimed["period"] / fact["period"] - 1.0) > PERIOD:
        found.append(f"period {claimed['period']:.6g} instead of {fact['period']:.6g}")
    if (off := _range_off(entry, fact, claimed)) > RANGE:
        found.append(f"an extreme is off by {off:.2g} of the cycle's size")
    if claimed["repels"] == bool(fact["stable"]):
        found.append("said to repel" if claimed["repels"] else "said to attract")
    leading, wanted = _leading(claimed), fact.get("multiplier")
    if wanted is not None and leading is not None:
        off = abs(leading - wanted) / max(1.0, wanted)
        if off > MULTIPLIER:
            found.append(f"leading multiplier {leading:.4g} instead of {wanted:.4g}")
    return found


def _leading(claimed: Mapping[str, Any]) -> float | None:
    """Largest modulus but the trivial one; None where multipliers are not given."""
    values = np.array([complex(*pair) for pair in claimed["multipliers"]])
    if len(values) < 2 or not np.all(np.isfinite(values)):
        return None
    return float(np.max(np.abs(np.delete(values, int(np.argmin(np.abs(values - 1.0)))))))


def _box_of(entry: Entry, fact: Fact) -> tuple[Array, Array]:
    ranges = [fact["range"][name] for name in entry["variables"]]
    lower, upper = np.array(ranges, dtype=float).T
    return lower, upper


def _size(entry: Entry, fact: Fact) -> float:
    """Half the range of the widest variable, half-widths of the box."""
    lower, upper = _box_of(entry, fact)
    return float(np.max(0.5 * (upper - lower) / half_widths(entry)))


def _range_off(entry: Entry, fact: Fact, claimed: Mapping[str, Any]) -> float:
    lower, upper = _box_of(entry, fact)
    h = half_widths(entry)
    off = np.maximum(
        np.abs(np.array(claimed["lower"]) - lower), np.abs(np.array(claimed["upper"]) - upper)
    )
    return float(np.max(off / h) / _size(entry, fact))


def _away(entry: Entry, fact: Fact, claimed: Mapping[str, Any]) -> float:
    """Distance of the listed point from the chords between a cycle's points, half-widths."""
    h = half_widths(entry)
    points = np.asarray(claimed["points"], dtype=float) / h
    state = state_of(entry, fact["through"]) / h
    chords = np.roll(points, -1, axis=0) - points
    length = np.maximum(np.sum(chords**2, axis=1), 1e-300)
    share = np.clip(np.sum((state - points) * chords, axis=1) / length, 0.0, 1.0)
    return float(np.min(np.max(np.abs(points + share[:, None] * chords - state), axis=1)))


def lyapunov(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """The spectrum within 3 sqrt(err² + tol²), and whether the motion is said to be chaotic."""
    wanted = np.sort(np.array(fact["values"], dtype=float))[::-1]
    tolerance = np.broadcast_to(np.array(fact["tolerance"], dtype=float), wanted.shape)
    regular = wanted[0] <= tolerance[0]
    if claims["chaotic"] and regular:
        return CONTRADICTED, f"said to be chaotic; the largest exponent is {wanted[0]:.3g}"
    values, errors = claims["exponents"], claims["exponent_errors"]
    if values is None or not np.all(np.isfinite(values)):
        return _no_exponents(claims, regular=bool(regular))
    off = np.abs(np.array(values) - wanted)
    room = _SIGMAS * np.hypot(np.array(errors), tolerance)
    if np.any(off > room):
        said = ", ".join(f"{v:.4g} ± {e:.2g}" for v, e in zip(values, errors, strict=True))
        return CONTRADICTED, f"exponents {said} instead of {fact['values']}"
    if not claims["chaotic"] and not regular:
        return MISSED, "exponents agree, but the motion is not said to be chaotic"
    return FOUND, ""


def _no_exponents(claims: Claims, *, regular: bool) -> tuple[str, str]:
    decided = claims["starts"] - claims["fates"].get("undecided", 0)
    if decided == claims["starts"] and not regular:
        return CONTRADICTED, f"no irregular motion; fates {claims['fates']}"
    return MISSED, f"no exponents; fates {claims['fates']}"


def attractor(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """Range, mean and standard deviation of irregular motion, of one of the sets claimed.

    A set of states cannot contradict a range by not reaching its ends, which motion with rare
    excursions meets once in a long time; its mean and its standard deviation must agree.
    """
    if not claims["clouds"]:
        return MISSED, f"no states of irregular motion; fates {claims['fates']}"
    answers = [_one_attractor(entry, fact, cloud) for cloud in claims["clouds"]]
    return min(answers, key=lambda one: (FOUND, MISSED, CONTRADICTED).index(one[0]))


def _one_attractor(entry: Entry, fact: Fact, cloud: Mapping[str, Any]) -> tuple[str, str]:
    problems, short = [], []
    for index, name in enumerate(entry["variables"]):
        low, high = fact["range"][name]
        room = 2.0 * float(fact["range_tolerance"]) * (high - low)
        said = (cloud["lower"][index], cloud["upper"][index])
        if said[0] < low - room or said[1] > high + room:
            problems.append(f"{name} in [{said[0]:.4g}, {said[1]:.4g}], not [{low}, {high}]")
        elif said[0] > low + 2 * room or said[1] < high - 2 * room:
            short.append(f"{name} seen in [{said[0]:.4g}, {said[1]:.4g}] of [{low}, {high}]")
        deviation = float(fact["std"][name])
        allowed = _SIGMAS * float(fact["mean_tolerance"]) * deviation
        for what in ("mean", "std"):
            if abs(cloud[what][index] - float(fact[what][name])) > allowed:
                problems.append(
                    f"{what} of {name} {cloud[what][index]:.4g}, not {fact[what][name]}"
                )
    if problems:
        return CONTRADICTED, "; ".join(problems)
    return (MISSED, "; ".join(short)) if short else (FOUND, "")


def conserved(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """No isolated cycle where a quantity is conserved; a family of closed orbits may be claimed."""
    if claims["cycles"]:
        claimed = claims["cycles"][0]
        said = f"{len(claims['cycles'])} isolated cycles are claimed, the first of period"
        return CONTRADICTED, f"{said} {claimed['period']:.6g}, multiplier {_leading(claimed)}"
    if claims["chaotic"] and len(entry["variables"]) == 2:
        return CONTRADICTED, "said to be chaotic, in the plane"
    if claims["orbits"]:
        return FOUND, f"{len(claims['orbits'])} orbits of families"
    if len(entry["variables"]) > 2:
        return NOT_JUDGED, "nothing is claimed"
    return MISSED, f"no family of closed orbits is claimed; fates {claims['fates']}"
