"""How far a network moves where its target would stay: along continua and in families of orbits.

Any error of the field makes states on a continuum drift, so that no equality is asked for, only
little motion within the declared duration. The orbits of a conservative target are compared the
same way: over the declared duration, from starts on them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.judge import declared
from benchmarks.judge.findings import Finding
from benchmarks.judge.flow import Flow
from benchmarks.judge.motion import Motion
from benchmarks.judge.path import Work, follow
from lrfit.core.arrays import Array

DRIFT = 0.1
"""Half-widths that a state on a continuum may move within the declared duration."""
_ORBITS = 12
_SHARE, _LEAST = 0.05, 1.5


def along_continuum(network: Flow, places: Sequence[Array], duration: float, where: str) -> Finding:
    """The worst displacement from rest states (D,) of the target's continuum."""
    t, worst = np.linspace(0.0, duration, 201), 0.0
    for place in places:
        y = follow(network, network.begin(place), t, Work(limit=1_000_000))
        moved = float(np.max(np.abs(network.read(y) - place)))
        worst = max(worst, moved) if np.isfinite(moved) else np.inf
    text = f"a state on the continuum{where} moves by {worst:.3g} within {duration:.4g}"
    return Finding(aspect="drift", text=text, value=worst, limit=DRIFT)


def in_family(
    target: Flow, network: Flow, orbits: Sequence[Motion], duration: float, where: str
) -> Finding:
    """How many of the target's closed orbits the network leaves within the duration."""
    chosen, changed, worst = list(orbits)[:_ORBITS], 0, 0.0
    for orbit in chosen:
        place = target.read(orbit.start[None])[0]
        long = max(duration, 2.0 * orbit.period)
        paths = [declared.run(flow, place, long) for flow in (target, network)]
        found = declared.differences(paths[0], paths[1])
        changed += any(one.differs for one in found)
        worst = max([worst, *(one.value for one in found if one.aspect == "declared extremes")])
    text = (
        f"{changed} of {len(chosen)} closed orbits of a family{where} differ within "
        f"{duration:.4g}; extremes by {worst:.3g} at most"
    )
    limit = max(_LEAST, _SHARE * len(chosen))
    return Finding(aspect="family", text=text, value=float(changed), limit=limit)
