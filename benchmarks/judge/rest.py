"""Rest states, stable or not: zeros of a flow at a constant input, and how far they have moved.

Trajectories find rest states that attract; the others, saddles between basins and foci inside of
cycles, are found by scipy's hybrid root finder from the starts.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.optimize import root

from benchmarks.judge.findings import Finding
from benchmarks.judge.flow import Flow
from lrfit.core.arrays import Array

PLACE = 0.05
"""Largest displacement of a rest state, half-widths."""
_RESIDUAL, _SAME = 1e-9, 1e-3
_AROUND = 1.1
"""Half-widths within which rest states of a network count: a target's may be on the border."""
_CONTINUUM = 20
"""More zeros than this are a continuum, of which drift is judged instead."""
_BESIDE = 0.02
"""Half-widths from a target's rest state at which the root finder starts again."""


def rest_states(flow: Flow, starts: Sequence[Array], *, within: float = 1.0) -> list[Array]:
    """States (D,) of rest, at most `within` half-widths from the middle of the box, that the root
    finder reaches from starts (D,) each.
    """
    begins = [flow.begin(start) for start in starts]
    speed = max((float(np.max(np.abs(flow.velocity(y, 0.0)))) for y in begins), default=1.0)
    found: list[Array] = []
    for begin, method in itertools.product(begins, ("hybr", "lm")):
        answer = root(lambda y: flow.velocity(y, 0.0), begin, tol=1e-13, method=method)
        if not np.max(np.abs(answer.fun)) <= _RESIDUAL * speed:
            continue
        place = flow.read(answer.x[None])[0]
        if np.max(np.abs(place)) <= within and not _is_near(place, found, _SAME):
            found.append(place)
    return found


def displaced(
    wanted: Sequence[Array], flow: Flow, starts: Sequence[Array], where: str
) -> list[Finding]:
    """How far each rest state of a target is from the nearest of a network."""
    if not wanted or len(wanted) > _CONTINUUM:
        return []
    found = rest_states(flow, [*wanted, *starts], within=_AROUND)
    findings = []
    for place in wanted:
        if not _is_near(place, found, PLACE):  # the finder may have jumped to another one
            steps = _BESIDE * np.eye(len(place))
            found += rest_states(flow, [*(place + steps), *(place - steps)], within=_AROUND)
        gaps = [float(np.max(np.abs(place - one))) for one in found]
        gap = min(gaps, default=np.inf)
        at = ", ".join(f"{value:.3g}" for value in place)
        text = f"the rest state ({at}){where} is {gap:.3g} from the nearest of the network"
        findings.append(Finding(aspect="rest state of any type", text=text, value=gap, limit=PLACE))
    return findings


def _is_near(place: Array, others: Sequence[Array], distance: float) -> bool:
    return any(float(np.max(np.abs(place - one))) <= distance for one in others)
