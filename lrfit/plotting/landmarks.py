"""Fixed points, cycles and trajectories of a flow, and how they are marked in every figure.

Place in the flow: a `Flow` becomes `Landmarks` in the user's units, by the same analysis for
target and network. Filled: stable; open: unstable; half filled: saddle. Cycles that repel are
dashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.dynamics import Anatomy, Cycle, Flow, anatomy
from lrfit.dynamics.budget import SKETCH
from lrfit.dynamics.runs import follow
from lrfit.fields.field import Domain
from lrfit.plotting.style import INK, PAPER, PURPLE

_SEED = 7
_MARK = 4.6
_REPELLING = (0, (3.0, 2.0))
"""Dashes of a cycle that repels."""
STABLE, UNSTABLE, SADDLE, NEUTRAL = "stable", "unstable", "saddle", "neutral"


@dataclass(frozen=True, kw_only=True, eq=False)
class Landmarks:
    """What there is to mark, in the user's units.

    points (n, D), kinds (n,): fixed points; kinds are stable, unstable, saddle or neutral.
    cycles, repelling : closed curves (T, D) that attract, or repel. continuum (m, D): points of a
    curve of rest states.
    """

    points: Array
    kinds: tuple[str, ...]
    cycles: tuple[Array, ...]
    repelling: tuple[Array, ...]
    continuum: Array


def landmarks(flow: Flow, known: Sequence[Anatomy] = ()) -> Landmarks:
    """Find them, or take them from what is known; none in a field that is zero everywhere."""
    domain = flow.domain
    try:
        found = next((each for each in known if _same(each.flow, flow)), None)
        if found is None:
            found = anatomy(flow, generator=np.random.default_rng(_SEED), budget=SKETCH)
    except NumericalError:
        none = np.empty((0, flow.dimension))
        return Landmarks(points=none, kinds=(), cycles=(), repelling=(), continuum=none)
    return Landmarks(
        points=domain.state_from_box(found.fixed.points),
        kinds=tuple(map(short, found.fixed.kinds)),
        cycles=_closed(domain, [cycle for cycle in found.cycles if not cycle.repels]),
        repelling=_closed(domain, [cycle for cycle in found.cycles if cycle.repels]),
        continuum=domain.state_from_box(found.fixed.continuum),
    )


def _closed(domain: Domain, cycles: Sequence[Cycle]) -> tuple[Array, ...]:
    rounds = [np.vstack([cycle.points, cycle.points[:1]]) for cycle in cycles]
    return tuple(domain.state_from_box(points) for points in rounds)


def _same(first: Flow, second: Flow) -> bool:
    return first.field is second.field and np.array_equal(first.input, second.input)


def short(kind: str) -> str:
    """The first word of a kind of fixed point that has a mark of its own."""
    for word in (UNSTABLE, SADDLE, STABLE):
        if kind.startswith(word):
            return word
    return NEUTRAL


def trajectories(flow: Flow, starts: Array, *, times: float, points: int = 1500) -> Array:
    """Trajectories (S, T, D) from starts (S, D), both in the user's units, for so many natural
    times of the flow; NaN after they have left the box for good.
    """
    domain = flow.domain
    duration = times * flow.natural_time
    chunk = follow(flow, domain.state_to_box(starts), duration, kept=points)
    return domain.state_from_box(chunk.states)


def mark_points(axes: Axes, marks: Landmarks, shown: Sequence[int] = (0, 1)) -> None:
    """Mark fixed points and continua in a projection onto two variables."""
    i, j = shown
    if len(marks.continuum):
        axes.plot(
            *marks.continuum[:, [i, j]].T, ls="", marker=".", ms=2.2, mew=0, color=INK, zorder=4
        )
    # Where projections coincide, what attracts is seen.
    order = sorted(range(len(marks.kinds)), key=lambda k: marks.kinds[k] == STABLE)
    for point, kind in ((marks.points[k], marks.kinds[k]) for k in order):
        axes.plot(point[i], point[j], zorder=6, clip_on=False, **marker(kind))


def mark_cycles(axes: Axes, marks: Landmarks, shown: Sequence[int] = (0, 1)) -> None:
    """Draw the cycles in a projection onto two variables."""
    for cycle in marks.cycles:
        axes.plot(*cycle[:, list(shown)].T, color=INK, lw=1.6, zorder=3, solid_joinstyle="round")
    for cycle in marks.repelling:
        axes.plot(*cycle[:, list(shown)].T, color=INK, lw=1.3, ls=_REPELLING, zorder=3)


def marker(kind: str) -> dict[str, Any]:
    """How a fixed point of a kind looks, as keywords of `plot`."""
    look: dict[str, Any] = {"ls": "", "marker": "o", "ms": _MARK, "mew": 0.9, "mec": INK}
    face = {STABLE: INK, NEUTRAL: "#8b949e"}.get(kind, PAPER)
    half = {"fillstyle": "left", "mfc": INK, "markerfacecoloralt": PAPER} if kind == SADDLE else {}
    return {**look, "mfc": face, **half}


def handles(all_marks: Sequence[Landmarks]) -> list[Line2D]:
    """Entries of a legend, for what really occurs."""
    kinds = {kind for marks in all_marks for kind in marks.kinds}
    found = [
        Line2D([], [], label=f"{kind} point", **marker(kind))
        for kind in (STABLE, UNSTABLE, SADDLE, NEUTRAL)
        if kind in kinds
    ]
    if any(len(marks.continuum) for marks in all_marks):
        found.append(Line2D([], [], ls=":", lw=1.6, color=INK, label="line of rest states"))
    if any(marks.cycles for marks in all_marks):
        found.append(Line2D([], [], lw=1.6, color=INK, label="limit cycle"))
    if any(marks.repelling for marks in all_marks):
        found.append(Line2D([], [], lw=1.3, ls=_REPELLING, color=INK, label="unstable cycle"))
    return found


def trajectory_handle() -> Line2D:
    """The entry of a trajectory."""
    return Line2D([], [], lw=0.8, color=PURPLE, label="trajectories")
