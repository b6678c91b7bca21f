"""The declared run of target and network, side by side.

Place in the flow: the declared initial state, signals and duration become two paths, the target
under u and the network under its low-passed v. Compared are extremes, excursions of every variable
(number and times), the distance when time may be shifted by 5 % of what has passed, and the end
where the target has come to rest there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.judge.findings import Finding
from benchmarks.judge.flow import Flow
from benchmarks.judge.path import Work, follow
from lrfit.core.arrays import Array

POINTS = 4001
EXTREME, APART, END = 0.1, 0.2, 0.1
"""Limits of extremes, of the distance with shifted times, and at the end, half-widths."""
SHIFT = 0.05
"""Share of the elapsed time by which the network may be early or late."""
_SLACK = 0.01
"""Share of the duration that is allowed besides, for what happens at the very beginning."""
_SPAN, _HYSTERESIS = 0.3, 0.15
"""Half-widths that a variable must span to have excursions; share of the span on either side."""
_STILL = 0.01
_COARSE = 4
_SHARE = 0.98
_LIMIT = 3_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """States z (POINTS, D) in half-widths at times t; after the end some more, `later`."""

    t: Array
    z: Array
    later: Array

    @property
    def whole(self) -> Array:
        """The states, those after the end too."""
        return np.concatenate([self.z, self.later])


def run(flow: Flow, zeta: Array, duration: float) -> Path:
    """The path from a state (D,), and on for as long as the other one may be late.

    The largest step is a thousandth of the duration, so that no pulse is missed.
    """
    step = duration / (POINTS - 1)
    t: Array = np.arange(POINTS + int(np.ceil((SHIFT + _SLACK) * POINTS))) * np.float64(step)
    y = follow(flow, flow.begin(zeta), t, Work(limit=_LIMIT), longest=duration / 1000.0)
    z = flow.read(y)
    return Path(t=t[:POINTS], z=z[:POINTS], later=z[POINTS:])


def differences(target: Path, network: Path) -> list[Finding]:
    """Everything that is compared of two paths; one finding for each aspect."""
    if not np.all(np.isfinite(network.whole)):
        text = "the declared run of the network cannot be integrated"
        return [Finding(aspect="declared run", text=text, value=np.inf, limit=0.0)]
    apart = _apart(target, network)
    found = [_extremes(target, network), *_excursions(target, network, apart.value), apart]
    if at_rest(target):
        gap = float(np.max(np.abs(target.z[-1] - network.z[-1])))
        text = f"the declared run ends {gap:.3g} away from where the target rests"
        found.append(Finding(aspect="declared end", text=text, value=gap, limit=END))
    return found


def at_rest(path: Path) -> bool:
    """Whether a path has come to rest: it hardly moves in its last twentieth."""
    late = path.z[-len(path.z) // 20 :]
    return bool(np.max(np.ptp(late, axis=0)) < _STILL)


def _extremes(target: Path, network: Path) -> Finding:
    off = np.maximum(
        np.abs(target.z.min(axis=0) - network.z.min(axis=0)),
        np.abs(target.z.max(axis=0) - network.z.max(axis=0)),
    )
    value = float(off.max())
    text = f"extremes of the declared run differ by {value:.3g}"
    return Finding(aspect="declared extremes", text=text, value=value, limit=EXTREME)


def _excursions(target: Path, network: Path, apart: float) -> list[Finding]:
    """Number and times of the crossings of every lively variable's middle, with hysteresis.

    Times count only where the paths are apart too: a slow passage is crossed early or late by much
    when it is hardly displaced.
    """
    worst_count, worst_time, texts = 0, 0.0, ["", ""]
    duration = float(target.t[-1])
    for d in range(target.z.shape[1]):
        low, high = target.z[:, d].min(), target.z[:, d].max()
        if high - low <= _SPAN:
            continue
        first, second = (_crossings(path.t, path.z[:, d], low, high) for path in (target, network))
        until = duration * (1.0 - SHIFT - _SLACK)  # later ones may be due after the end
        counts = [int(np.sum(times <= until)) for times in (first, second)]
        most = [min(len(times), max(counts)) for times in (first, second)]
        off = abs(most[0] - most[1])
        if off > worst_count:
            worst_count = off
            texts[0] = f"{len(second)} crossings instead of {len(first)} in the declared run"
        pairs = min(most)
        if pairs and apart > 0.5 * APART:
            late = np.abs(second[:pairs] - first[:pairs])
            share = float(np.max(late / (SHIFT * first[:pairs] + _SLACK * duration)))
            if share > worst_time:
                worst_time = share
                texts[1] = f"a crossing in the declared run is {late.max():.3g} early or late"
    return [
        Finding(aspect="declared count", text=texts[0], value=float(worst_count), limit=0.5),
        Finding(aspect="declared times", text=texts[1], value=worst_time, limit=1.0),
    ]


def _crossings(t: Array, x: Array, low: float, high: float) -> Array:
    """Times at which x changes sides of the middle, having gone beyond a band around it."""
    middle, band = 0.5 * (low + high), _HYSTERESIS * (high - low)
    side = np.where(x > middle + band, 1, np.where(x < middle - band, -1, 0))
    marked = np.flatnonzero(side)
    if not len(marked):
        return np.empty(0)
    changes = np.flatnonzero(np.diff(side[marked]))
    return np.asarray(t[marked[changes + 1]])


def _apart(target: Path, network: Path) -> Finding:
    """The distance that 98 % of the target's states have from the network's path, and back."""
    value = max(_one_way(target, network), _one_way(network, target))
    text = f"paths of the declared run are {value:.3g} apart"
    return Finding(aspect="declared distance", text=text, value=value, limit=APART)


def _one_way(first: Path, second: Path) -> float:
    """Largest distance but 2 % of states from the other path within the shifted times."""
    t, z = first.t[::_COARSE], first.z[::_COARSE]
    step, other = float(first.t[1]), second.whole
    count = len(other) - 2
    allowed = np.ceil((SHIFT * t + 0.5 * _SLACK * first.t[-1]) / step).astype(int)
    nearest = np.full(len(t), np.inf)
    centers = np.arange(len(t)) * _COARSE
    for offset in range(-int(allowed.max()), int(allowed.max()) + 1):
        at = np.clip(centers + offset, 0, count)
        gaps = _to_segments(z, other[at], other[at + 1])
        use = np.abs(offset) <= allowed
        nearest[use] = np.minimum(nearest[use], gaps[use])
    return float(np.quantile(nearest, _SHARE))


def _to_segments(points: Array, begin: Array, end: Array) -> Array:
    """Largest difference of any variable from the nearest point (2-norm) of each segment."""
    chord = end - begin
    length = np.maximum(np.sum(chord**2, axis=1), 1e-300)
    share = np.clip(np.sum((points - begin) * chord, axis=1) / length, 0.0, 1.0)
    return np.asarray(np.max(np.abs(begin + share[:, None] * chord - points), axis=1))


def fragile(findings: list[Finding], of_target: list[Finding]) -> list[Finding]:
    """The findings, marked where the target beside itself differs as much in that aspect."""
    alike = {one.aspect for one in of_target if one.differs}
    return [replace(one, fragile=one.aspect in alike) for one in findings]
