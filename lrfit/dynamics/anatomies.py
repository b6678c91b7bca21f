"""The whole anatomy of a flow: rest states, cycles, chaotic sets, and who goes where.

Place in the flow: a `Flow` becomes an `Anatomy`. Starts from all over the box are followed until
each has arrived somewhere (`search`); what still moves is asked for its Lyapunov exponents, and
looked at once more afterwards, since chaos may be a long transient. In the plane, where nothing
can be irregular (Poincare & Bendixson) and cycles that repel bound basins, those are found as
cycles that attract with time reversed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.dynamics.budget import FULL, Budget
from lrfit.dynamics.clouds import cloud_of
from lrfit.dynamics.cycles import Cycle, forward
from lrfit.dynamics.exponents import NO_GROWTH, Exponents, lyapunov_exponents
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.orbits import ClosedOrbits
from lrfit.dynamics.points import FixedPoints, fixed_points
from lrfit.dynamics.rest import points_at_rest
from lrfit.dynamics.search import (
    CLOSED,
    CONTINUUM,
    CYCLE,
    ESCAPED,
    IRREGULAR,
    MOVING,
    Search,
    same,
)
from lrfit.dynamics.variation import growth
from lrfit.integrate.tracks import Track
from lrfit.io.text import counted
from lrfit.systems.places import sobol_points

Known = Callable[[Array], NDArray[np.bool_]]
"""(P, D) -> (P,): where a field is known."""
_DOUBLINGS = 2
_BESIDE = 0.05
"""Half-widths from a stable point or cycle at which trajectories start back in time."""
_LEAST_TRIED = 4
_CHECKED = 64
"""States of a trajectory of which it is asked whether the field is known there."""
_STAYS = 0.25
"""Share of its time at rest from which on a trajectory is not irregular."""
_STILL = 1e-6
"""Speed over the rms speed in the box at which a trajectory is at rest."""
EDGE = 1.05
"""Half-widths: a little beyond the border is still the box."""
_NEXT_TO, _PROBED = 1e-3, 8
"""Half-widths from an unstable point at which a probe starts, and most points that are probed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Anatomy:
    """What the trajectories of a flow do, box units.

    Attributes
    ----------
    flow : what was analyzed. fixed : its fixed points. cycles : stable cycles in the order in which
    they were found, then those that repel (in the plane, in continuous time).
    orbits : a family of closed orbits around a centre, None where starts lie on none.
    exponents : of the irregular motion, None where there is none.
    cloud : (n, D) states of the irregular motion; empty where there is none.
    cloud_sets : (n,) to which of several sets side by side each of them belongs, from 0.
    starts : (S, D) of the long runs. fate : (S,) where each went: index of a fixed point, 1000 +
        number of a cycle, or -1 undecided, -2 left the box, -3 continuum, -4 irregular, -5 on a
        closed orbit of a family.
    ends : (S, D) where each was last. duration : how long the longest run was.
    inside : (S,) whether each trajectory stayed in the box, and where the field is known.
    known : (S,) whether the field is known wherever in the box each trajectory went.
    notes : one line each for what the budget left out.
    stiff : whether the motion was followed by implicit steps.
    """

    flow: Flow
    fixed: FixedPoints
    cycles: tuple[Cycle, ...]
    exponents: Exponents | None
    cloud: Array
    starts: Array
    fate: NDArray[np.intp]
    ends: Array
    duration: float
    orbits: ClosedOrbits | None = None
    cloud_sets: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    inside: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    known: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    notes: tuple[str, ...] = ()
    stiff: bool = False

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(
            self,
            cloud=np.shape(self.cloud),
            starts=np.shape(self.starts),
            ends=np.shape(self.ends),
        )

    @property
    def basins(self) -> Mapping[str, float]:
        """Share of the starts that went to each attractor, by its name, the largest first."""
        codes, counts = np.unique(self.fate, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {name_of(int(codes[i])): float(counts[i] / len(self.fate)) for i in order}

    @property
    def chaotic(self) -> bool:
        """Whether there is irregular motion with a positive exponent."""
        return self.exponents is not None and self.exponents.chaotic

    @property
    def irregular_sets(self) -> int:
        """How many sets of irregular motion lie side by side; 0 where there is none."""
        return len(np.unique(self.cloud_sets))

    def share(self, code: int) -> float:
        """Share of the starts with this fate."""
        return float(np.mean(self.fate == code)) if len(self.fate) else 0.0


def name_of(code: int) -> str:
    """A fate in words."""
    words = {
        MOVING: "undecided",
        ESCAPED: "left the box",
        CONTINUUM: "continuum",
        IRREGULAR: "irregular motion",
        CLOSED: "closed orbits",
    }
    if code in words:
        return words[code]
    return f"cycle {code - CYCLE}" if code >= CYCLE else f"fixed point {code}"


def anatomy(
    flow: Flow,
    *,
    generator: np.random.Generator,
    starts: Array | None = None,
    beside: Array | None = None,
    known: Known | None = None,
    budget: Budget = FULL,
) -> Anatomy:
    """Analyze a flow.

    Parameters
    ----------
    flow : Flow
        A target or a network at a tonic input.
    generator : Generator
        Of the starts.
    starts : (S, D), optional
        Of the long runs, box units; by default Sobol points, as many as the budget says. Two
        flows can be compared start by start when both get the same.
    beside : (B, D), optional
        More starts for the search back in time, in the plane: where a cycle that repels may be.
    known : callable, optional
        (P, D) -> (P,): where the field is known at all, for measured fields.
    budget : Budget
        How much work each part may do.

    Raises
    ------
    NumericalError
        The field is not finite anywhere in the box.
    """
    if flow.at_rest:
        return _at_rest(flow, sobol_points(flow.dimension, budget.starts, generator))
    fixed = fixed_points(flow, generator=generator, starts=budget.point_starts, prove=budget.prove)
    if starts is None:
        starts = sobol_points(flow.dimension, budget.starts, generator)
    count = len(starts)
    everywhere = np.concatenate([starts, _probes(flow, fixed)])
    runs = Search(flow, fixed, everywhere, budget, steps=budget.steps)
    runs.go()
    exponents, cloud, cloud_sets = _irregular(runs)
    repelling = _repelling(runs, beside)
    _probe_cycles(runs, repelling)
    inside, on_known = _inside(runs, known)
    return Anatomy(
        flow=flow,
        fixed=fixed,
        cycles=(*runs.cycles, *repelling),
        orbits=runs.orbits_of(count),
        exponents=exponents,
        cloud=cloud,
        cloud_sets=cloud_sets,
        starts=starts,
        fate=runs.fate[:count],
        ends=runs.ends[:count],
        duration=runs.duration,
        inside=inside[:count],
        known=on_known[:count],
        notes=(*fixed.notes, *_notes(runs, count)),
        stiff=runs.stiff,
    )


def _at_rest(flow: Flow, starts: Array) -> Anatomy:
    """The anatomy of a flow in which every state rests: each start is a fixed point."""
    everyone = np.ones(len(starts), dtype=bool)
    return Anatomy(
        flow=flow,
        fixed=points_at_rest(flow, starts),
        cycles=(),
        exponents=None,
        cloud=np.empty((0, flow.dimension)),
        starts=starts,
        fate=np.full(len(starts), CONTINUUM, dtype=np.intp),
        ends=starts,
        duration=0.0,
        inside=everyone,
        known=everyone,
    )


def _notes(runs: Search, count: int) -> list[str]:
    undecided = int(np.sum(runs.fate[:count] == MOVING))
    if not undecided:
        return []
    return [
        f"{undecided} of {counted(count, 'start')} had not arrived anywhere after "
        f"{counted(runs.done, 'step')}, at most {runs.duration:.4g} units of time: where they "
        "go is "
        "not known"
    ]


def _inside(runs: Search, known: Known | None) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which trajectories (S,) stayed in the box, where the field is known; and which (S,) met
    nothing unknown in the box.
    """
    inside, met = np.zeros(len(runs.starts), dtype=bool), np.ones(len(runs.starts), dtype=bool)
    for index, track in enumerate(runs.tracks):
        states = runs.starts[index][None] if track is None else track.y
        some = states[:: max(1, len(states) // _CHECKED)]
        within = np.max(np.abs(some), axis=1) <= 1.0
        met[index] = known is None or bool(np.all(known(some[within])))
        inside[index] = bool(np.max(np.abs(states)) <= EDGE) and met[index]
    return inside, met


def _repelling(runs: Search, beside: Array | None) -> list[Cycle]:
    """Cycles of a flow in the plane that repel; closed orbits side by side (a centre) do not.

    Only those inside the box: what leads into it from further out decides nothing in it.
    """
    flow = runs.flow
    if flow.dimension != 2 or flow.dt is not None or len(runs.fixed.continuum):
        return []
    back = flow.backward
    starts = _beside(runs)
    if beside is not None:
        starts = np.concatenate([starts, beside])
    if not len(starts):
        return []
    reverse = Search(
        back, _reversed_points(runs.fixed), starts, runs.budget, steps=runs.budget.backward_steps
    )
    reverse.go()
    found = [forward(cycle) for cycle in reverse.cycles]
    return [
        cycle
        for cycle in found
        if cycle.repels
        and np.max(np.abs(cycle.points)) <= 1.0
        and not any(same(known, cycle) for known in runs.cycles)
    ]


def _probes(flow: Flow, fixed: FixedPoints) -> Array:
    """Starts (n, D) beside unstable points, from where attractors with small basins are reached.

    Starts over the box miss a basin smaller than the box over their number; in the plane its
    border is a cycle that repels, or it lies around an unstable point.
    """
    places = []
    for index in np.flatnonzero(fixed.unstable > 0)[:_PROBED]:
        values, vectors = np.linalg.eig(flow.jacobian(fixed.points[index][None])[0])
        direction = vectors[:, int(np.argmax(values.real))].real
        size = float(np.linalg.norm(direction))
        if size > 0.0:
            step = _NEXT_TO * direction / size
            places += [fixed.points[index] + step, fixed.points[index] - step]
    return np.array(places).reshape(-1, flow.dimension)


def _probe_cycles(runs: Search, repelling: Sequence[Cycle]) -> None:
    """Look where trajectories go from both sides of cycles that repel; new cycles join `runs`."""
    if not repelling:
        return
    places = np.array([place for cycle in repelling for place in _sides(cycle)])
    probes = Search(runs.flow, runs.fixed, places, runs.budget, steps=runs.budget.steps // 2)
    probes.cycles, probes.stiff = runs.cycles, runs.stiff
    probes.go()


def _sides(cycle: Cycle) -> list[Array]:
    """A state on either side of a cycle in the plane."""
    step = cycle.curve[1] - cycle.curve[0]
    normal = np.array([-step[1], step[0]]) / max(float(np.linalg.norm(step)), 1e-300)
    away = min(_BESIDE, 0.1 * cycle.size)
    return [cycle.curve[0] + away * normal, cycle.curve[0] - away * normal]


def _beside(runs: Search) -> Array:
    """Starts (S, 2) beside everything that attracts, on both sides, and a few over the box.

    Back in time they leave the attractor for the border of its basin: a cycle that repels.
    """
    places = [runs.fixed.points[i] + [_BESIDE, 0.0] for i in np.flatnonzero(runs.fixed.stable)]
    for cycle in runs.cycles:
        places += _sides(cycle)
    return np.concatenate(
        [np.array(places).reshape(-1, 2), runs.starts[: max(_LEAST_TRIED, len(runs.starts) // 4)]]
    )


def _reversed_points(fixed: FixedPoints) -> FixedPoints:
    """The same points with time reversed: eigenvalues change sign, and stable ones repel."""
    swapped = {"stable": "unstable", "unstable": "stable"}
    kinds = []
    for kind in fixed.kinds:
        first = kind.split(" ")[0].rstrip(",")
        kinds.append(kind.replace(first, swapped[first], 1) if first in swapped else kind)
    return replace(
        fixed,
        eigenvalues=-fixed.eigenvalues[:, ::-1],
        eigenvalue_errors=fixed.eigenvalue_errors[:, ::-1],
        kinds=tuple(kinds),
    )


def _irregular(runs: Search) -> tuple[Exponents | None, Array, NDArray[np.intp]]:
    """Exponents, states and their sets, of what moves without end; slow arrivals stay undecided.

    In one and two dimensions there is nothing irregular to look for. Motion that is not chaotic
    counts where there is nothing else to arrive at: on a torus.
    """
    flow, budget = runs.flow, runs.budget
    nothing = (None, *cloud_of([], flow.dimension))
    moving = np.flatnonzero(runs.fate == MOVING)
    if not len(moving) or not budget.exponent_steps:
        return nothing
    if flow.dimension < 3 and flow.dt is None:
        return nothing
    some = moving[: budget.exponent_runs]
    found, ends = _exponents(flow, runs.ends[some], budget, stiff=runs.stiff)
    if not found.runs:
        return nothing
    # The second look, later: what has come to rest or onto a cycle by then was a transient.
    runs.move(some, ends)
    runs.look(budget.second_look)
    moving = np.array(
        [i for i in np.flatnonzero(runs.fate == MOVING) if not _rests(flow, runs.late(int(i)))],
        dtype=np.intp,
    )
    if found.chaotic:  # what does not stretch beside chaos is something else, and undecided
        stretches = [growth(flow, runs.late(int(i))) > NO_GROWTH for i in moving]
        moving = moving[np.array(stretches, dtype=bool)]
    settles = bool(runs.cycles) or bool(np.any(runs.fixed.unstable == 0))
    if not len(moving) or (not found.chaotic and (settles or not found.regular)):
        return nothing
    runs.fate[moving] = IRREGULAR
    return found, *cloud_of([runs.late(int(index)) for index in moving], flow.dimension)


def _rests(flow: Flow, track: Track) -> bool:
    """Whether a trajectory stands still for a quarter of its time, though not at a stable point.

    A start in an invariant plane (a population that is zero) that holds the stable manifold of a
    saddle arrives there: its neighbours separate, and it does not move until rounding, 1e-16 of
    the plane, has grown. What it does then is a transient of any motion beside it.
    """
    if len(track.t) < 2:
        return False
    states = track.at(np.linspace(track.t[0], track.t[-1], _CHECKED))
    speed = np.linalg.norm(flow.velocity(states), axis=1)
    return bool(np.mean(speed <= _STILL * flow.speed) >= _STAYS)


def _exponents(
    flow: Flow, starts: Array, budget: Budget, *, stiff: bool
) -> tuple[Exponents, Array]:
    """Exponents from a run that doubles until it tells chaos from regular motion, and its ends."""
    steps = budget.exponent_steps
    for _ in range(_DOUBLINGS + 1):
        found, ends = lyapunov_exponents(flow, starts, steps, stiff=stiff)
        going = np.isfinite(ends).all(axis=1)
        if found.chaotic or found.regular or not going.all():
            break
        starts, steps = ends, 2 * steps
    return found, ends
