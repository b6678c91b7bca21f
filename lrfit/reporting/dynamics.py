"""What a report says of the dynamics: target and network side by side.

Place in the flow: an `Analysis` becomes parts of a page. Needs matplotlib, since pages do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from lrfit.dynamics import Analysis, Dynamics
from lrfit.dynamics.faithful import RunComparison
from lrfit.reporting.page import Facts, Grid, Part
from lrfit.reporting.text import named

_MOST_POINTS = 20
_AT_ZERO = 1e-5
"""Half-widths: a coordinate nearer to zero is written as zero."""


def dynamics(analysis: Analysis | None) -> list[Part]:
    """The verdict, and what target and network do at every constant input; nothing without one."""
    if analysis is None or not analysis.compared:
        return []
    parts: list[Part] = [_sentence(analysis)]
    for one in analysis.at:
        if one.network is not None:
            at = named(analysis.inputs, one.input)
            rows = list(_compared(analysis, one.target, one.network))
            parts.append(Grid(header=(f"at {at}" if at else "", "target", "network"), rows=rows))
    if analysis.run is not None and analysis.run.followed:
        parts.append(Facts(rows=[("declared run", _run(analysis.run))]))
    return parts


def _sentence(analysis: Analysis) -> str:
    """The verdict as a paragraph."""
    if analysis.faithful is None:
        why = "; ".join(analysis.unjudged)
        return f"Whether the network does what its target does was not judged: {why}."
    if analysis.faithful:
        return "The network does what its target does, in the declared run and in the long run."
    return f"The network does not do what its target does: {'; '.join(analysis.differences)}."


def _run(run: RunComparison) -> str:
    together = "at all times" if math.isinf(run.horizon) else f"until {run.horizon:.3g}"
    return f"within 0.2 half-widths of the target {together} of {run.duration:g}; {run.distance}"


def _compared(
    analysis: Analysis, target: Dynamics, network: Dynamics
) -> Iterator[tuple[str, str, str]]:
    """Rows: what, target, network."""
    both = (target, network)
    yield "fixed points", _points(analysis, target), _points(analysis, network)
    yield "are these all?", str(target.complete), str(network.complete)
    if any(len(each.continuum) for each in both):
        first, second = ("yes" if len(each.continuum) else "no" for each in both)
        yield "continuum of rest states", first, second
    if any(each.cycles for each in both):
        yield "limit cycles", _cycles(target), _cycles(network)
    if any(each.orbits is not None for each in both):
        yield "closed orbits", _orbits(target), _orbits(network)
    if any(each.exponents is not None for each in both):
        yield "Lyapunov exponents", _exponents(target), _exponents(network)
    yield "starts go to", _fates(target), _fates(network)


def _points(analysis: Analysis, there: Dynamics) -> str:
    places = there.points
    if analysis.domain is not None:
        near = _AT_ZERO * analysis.domain.half_width
        places = np.where(np.abs(places) < near, 0.0, places)
    texts = [
        f"{i}: {there.kinds[i]} ({named(analysis.variables, places[i])})"
        for i in there.listed(_MOST_POINTS)
    ]
    if left := len(places) - len(texts):
        texts.append(f"{left} more, which no start goes to")
    return "; ".join(texts) or "none"


def _cycles(there: Dynamics) -> str:
    shown = [
        f"{'' if cycle.stable else 'unstable, '}period {cycle.period:.5g}" for cycle in there.cycles
    ]
    return "; ".join(shown) or "none"


def _orbits(there: Dynamics) -> str:
    if there.orbits is None:
        return "-"
    periods = there.orbits.periods
    return f"a continuum, periods {periods.min():.5g} to {periods.max():.5g}"


def _exponents(there: Dynamics) -> str:
    if there.exponents is None:
        return "-"
    pairs = zip(there.exponents.values, there.exponents.errors, strict=True)
    return ", ".join(f"{value:.3g} ± {error:.1g}" for value, error in pairs)


def _fates(there: Dynamics) -> str:
    return ", ".join(f"{name}: {share:.0%}" for name, share in there.basins.items())
