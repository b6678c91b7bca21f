"""Attractors and fates of target and network at one input, and what differs.

Place in the flow: two `Portrait`s from the same starts become findings. The network's counterpart
of an attractor is the nearest of the same kind, at most `NEAR` half-widths away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.judge.findings import Finding
from benchmarks.judge.level import FAMILY, Portrait
from benchmarks.judge.motion import CONTINUUM, CYCLE, IRREGULAR, REST, Motion
from lrfit.core.arrays import Array

PLACE, EXTREME, PERIOD, AMPLITUDE, EXPONENT = 0.05, 0.1, 0.05, 0.05, 0.3
"""Largest displacement of a rest state and of an extreme, half-widths; largest relative change of
a period, of an amplitude, and of the largest exponent beyond three standard errors."""
FATES, LEAST = 0.05, 2
"""Share of the starts that may end elsewhere, and how many must at least for a difference."""
NEAR = 0.3
INSIDE = 1.05
"""Starts count whose target trajectory stays within so many half-widths."""
_UNCOMPARED = {CONTINUUM, FAMILY}
Findings = list[Finding]


def compare(
    target: Portrait,
    network: Portrait,
    *,
    shared: Sequence[int],
    where: str,
    at_border: Callable[[int], bool],
) -> tuple[Findings, list[str]]:
    """Findings, and remarks on what could not be compared.

    shared : for each of the network's first starts the number of the target's start; further
    starts of the network lie on attractors of the target.
    where : the input, for the texts. at_border : whether one of the target's starts lies at the
    border of a basin.
    """
    partners = [_counterpart(one, network) for one in target.attractors]
    reached = {target.fates[k] for k in shared}  # others lie outside the box, or behind it
    findings: Findings = []
    for number, (attractor, partner) in enumerate(zip(target.attractors, partners, strict=True)):
        if attractor.kind in _UNCOMPARED or number not in reached:
            continue
        if partner is None:
            findings.append(_missing(attractor, network, where))
        else:
            findings += _pair(attractor, network.attractors[partner], where)
    fates, remarks = _fates(target, network, partners, shared, where, at_border)
    return findings + fates, remarks


def _counterpart(attractor: Motion, network: Portrait) -> int | None:
    gaps = [
        _gap(attractor, one) if one.kind == attractor.kind else np.inf for one in network.attractors
    ]
    return int(np.argmin(gaps)) if gaps and min(gaps) <= NEAR else None


def _gap(first: Motion, second: Motion) -> float:
    """Half-widths between rest states, or between the extremes of two sets."""
    if first.kind == IRREGULAR:
        return 0.0
    if first.kind == REST:
        return float(np.max(np.abs(first.place - second.place)))
    return _extremes_off(first, second)


def _extremes_off(first: Motion, second: Motion) -> float:
    off = np.maximum(np.abs(first.lower - second.lower), np.abs(first.upper - second.upper))
    return float(off.max())


def named(motion: Motion) -> str:
    """A motion in words."""
    if motion.kind == REST:
        return f"rest state {_numbers(motion.place)}"
    if motion.kind == CYCLE:
        return (
            f"cycle of period {motion.period:.4g} from {_numbers(motion.lower)} "
            f"to {_numbers(motion.upper)}"
        )
    if motion.kind == IRREGULAR:
        return f"irregular motion, exponent {motion.exponent:.3g} ± {motion.error:.1g}"
    return motion.kind


def _numbers(values: Array) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in values) + ")"


def _missing(attractor: Motion, network: Portrait, where: str) -> Finding:
    """A target's attractor that no start of the network reaches."""
    ends = Counter(named(one) for one in network.attractors)
    text = f"{named(attractor)}{where} is missing; the network has {'; '.join(ends) or 'none'}"
    return Finding(aspect=f"missing {attractor.kind}", text=text, value=np.inf, limit=0.0)


def _pair(attractor: Motion, partner: Motion, where: str) -> Findings:
    if attractor.kind == REST:
        gap = _gap(attractor, partner)
        text = f"{named(attractor)}{where} is displaced by {gap:.3g}"
        return [Finding(aspect="rest state", text=text, value=gap, limit=PLACE)]
    off = _extremes_off(attractor, partner)
    text = f"extremes of the {attractor.kind} motion{where} differ by {off:.3g}"
    found = [Finding(aspect="extremes", text=text, value=off, limit=EXTREME)]
    if attractor.kind == CYCLE:
        change = partner.period / attractor.period - 1.0
        text = f"period{where} {partner.period:.5g} instead of {attractor.period:.5g}"
        found.append(Finding(aspect="period", text=text, value=abs(change), limit=PERIOD))
        widths = attractor.upper - attractor.lower
        off = float(np.max(np.abs(partner.upper - partner.lower - widths)) / np.max(widths))
        text = f"amplitude{where} off by {off:.2%}"
        found.append(Finding(aspect="amplitude", text=text, value=off, limit=AMPLITUDE))
    if attractor.kind == IRREGULAR:
        found.append(_exponents(attractor, partner, where))
    return found


def _exponents(attractor: Motion, partner: Motion, where: str) -> Finding:
    change = abs(partner.exponent - attractor.exponent)
    limit = EXPONENT * attractor.exponent + 3.0 * float(np.hypot(attractor.error, partner.error))
    text = f"largest exponent{where} {partner.exponent:.3g} instead of {attractor.exponent:.3g}"
    return Finding(aspect="exponent", text=text, value=change, limit=limit)


def _fates(
    target: Portrait,
    network: Portrait,
    partners: Sequence[int | None],
    shared: Sequence[int],
    where: str,
    at_border: Callable[[int], bool],
) -> tuple[Findings, list[str]]:
    """How many starts end elsewhere: at no counterpart of what the target's start reaches."""
    judged, changed, open_ = 0, Counter[str](), 0
    for row, number in enumerate(shared):
        fate, reached = target.fates[number], network.fates[row]
        if fate < 0 or target.attractors[fate].kind in _UNCOMPARED:
            continue
        judged += 1
        if reached == -2:
            open_ += not _is_near(network.motions[row], target.attractors[fate])
        elif (reached == -1 or reached != partners[fate]) and not at_border(number):
            end = "out of reach" if reached == -1 else named(network.attractors[reached])
            changed[f"{named(target.attractors[fate])} -> {end}"] += 1
    remarks = [f"{open_} runs of the network{where} are undecided"] if open_ else []
    total = sum(changed.values())
    limit = max(float(LEAST) - 0.5, FATES * judged)
    listed = "; ".join(f"{count}: {text}" for text, count in changed.most_common(3))
    text = f"{total} of {judged} starts{where} end elsewhere ({listed})"
    return [Finding(aspect="fates", text=text, value=float(total), limit=limit)], remarks


def _is_near(motion: Motion, attractor: Motion) -> bool:
    """Whether an undecided run spends its end within the target's attractor, roughly."""
    low, high = attractor.lower - NEAR, attractor.upper + NEAR
    return bool(np.all(motion.lower >= low) and np.all(motion.upper <= high))
