"""What a report says of the dynamics: target and network side by side.

Place in the flow: an `Analysis` becomes parts of a page. Needs matplotlib, since pages do.
"""

from __future__ import annotations

import math

import numpy as np

from lrfit.dynamics import Anatomy
from lrfit.dynamics.analyze import Analysis
from lrfit.dynamics.faithful import Comparison, Faithfulness, RunComparison
from lrfit.reporting.page import Facts, Grid, Part
from lrfit.reporting.text import named

_MOST_POINTS = 20
_AT_ZERO = 1e-5
"""Half-widths: a coordinate nearer to zero is written as zero."""


def dynamics(analysis: Analysis | None) -> list[Part]:
    """The verdict and, for every tonic input, what target and network do; nothing without one."""
    if analysis is None or analysis.faithfulness is None:
        return []
    faithful = analysis.faithfulness
    parts: list[Part] = [_sentence(faithful)]
    for comparison in faithful.comparisons:
        domain = analysis.system.domain
        at = named(domain.inputs, comparison.input)
        parts.append(
            Grid(
                header=(f"at {at}" if at else "", "target", "network"),
                rows=_compared(comparison),
            )
        )
    run = faithful.run
    if run is not None and run.followed:
        parts.append(Facts(rows=[("declared run", _run(run))]))
    return parts


def _sentence(faithful: Faithfulness) -> str:
    """The verdict as a paragraph."""
    if faithful.faithful is None:
        why = "; ".join(faithful.unjudged)
        return f"Whether the network does what its target does was not judged: {why}."
    if faithful.faithful:
        return "The network does what its target does, in the declared run and in the long run."
    return f"The network does not do what its target does: {'; '.join(faithful.differences)}."


def _run(run: RunComparison) -> str:
    together = "at all times" if math.isinf(run.horizon) else f"until {run.horizon:.3g}"
    return f"within 0.2 half-widths of the target {together} of {run.duration:g}; {run.distance}"


def _compared(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Rows: what, target, network."""
    both = (comparison.target, comparison.network)
    target, network = both
    rows = [
        ("fixed points", _points(target), _points(network)),
        ("are these all?", str(target.fixed.complete), str(network.fixed.complete)),
    ]
    if any(len(anatomy.fixed.continuum) for anatomy in both):
        first, second = ("yes" if len(each.fixed.continuum) else "no" for each in both)
        rows.append(("continuum of rest states", first, second))
    if any(anatomy.cycles for anatomy in both):
        rows.append(("limit cycles", _cycles(target), _cycles(network)))
    if any(anatomy.orbits is not None for anatomy in both):
        rows.append(("closed orbits", _orbits(target), _orbits(network)))
    if any(anatomy.exponents is not None for anatomy in both):
        rows.append(("Lyapunov exponents", _exponents(target), _exponents(network)))
    rows.append(("starts go to", _fates(target), _fates(network)))
    return rows


def _points(anatomy: Anatomy) -> str:
    domain, fixed = anatomy.flow.domain, anatomy.fixed
    places = domain.state_from_box(fixed.points)
    places = np.where(np.abs(places) < _AT_ZERO * domain.half_width, 0.0, places)
    texts = [
        f"{k} ({named(domain.variables, z)})" for k, z in zip(fixed.kinds, places, strict=True)
    ]
    more = f"; {len(texts) - _MOST_POINTS} more" if len(texts) > _MOST_POINTS else ""
    return "; ".join(texts[:_MOST_POINTS]) + more or "none"


def _cycles(anatomy: Anatomy) -> str:
    shown = [
        f"{'unstable, ' if cycle.repels else ''}period {cycle.period:.5g}"
        for cycle in anatomy.cycles
    ]
    return "; ".join(shown) or "none"


def _orbits(anatomy: Anatomy) -> str:
    if anatomy.orbits is None:
        return "-"
    periods = anatomy.orbits.periods
    return f"a continuum, periods {periods.min():.5g} to {periods.max():.5g}"


def _exponents(anatomy: Anatomy) -> str:
    if anatomy.exponents is None:
        return "-"
    pairs = zip(anatomy.exponents.values, anatomy.exponents.errors, strict=True)
    return ", ".join(f"{value:.3g} ± {error:.1g}" for value, error in pairs)


def _fates(anatomy: Anatomy) -> str:
    return ", ".join(f"{name}: {share:.0%}" for name, share in anatomy.basins.items())
