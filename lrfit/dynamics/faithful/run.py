"""The declared simulation, target and network side by side, transients included.

Place in the flow: the system's initial state, signals and duration become two trajectories: the
target under the input itself, the network as it runs (its neurons see the input low-passed). What
decides is their largest distance when shifts of up to five percent of the time so far are allowed
(`shifted`): a missing spike, a switch that does not come, a drift.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.shapes import Inline, prefixed
from lrfit.dynamics.anatomies import Anatomy
from lrfit.dynamics.budget import QUICK
from lrfit.dynamics.faithful.shifted import gaps, rises, rises_through
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.search import CYCLE, Search
from lrfit.dynamics.support import support_of
from lrfit.integrate import Limits
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.options import Solver
from lrfit.simulation.simulate import simulate
from lrfit.simulation.trajectory import Trajectory, simulate_target
from lrfit.systems.system import System

APART = 0.2
"""Half-widths at which two trajectories have parted."""
_POINTS = 4001
_DURATION = 20.0
_PERIODS, _ARRIVALS = 4.0, 1.5
"""A run of no declared length: so many periods, or times that its start needs to arrive."""
_REGULAR = 0.02
"""Scatter of the times between returns over their mean, up to which motion is periodic."""
_TURNS = 0.02
"""Half-widths by which a motion must vary, at least, to have a period."""
_EXCURSION = 0.3
"""Half-widths by which a variable must vary for its rises to be counted."""
_MOVES = 1e-6
"""Half-widths (rms) from which a target moves at all."""
_STILL = 0.01
"""Speed over the rms speed in the box, below which the target has come to rest."""
_STAYS = 0.02
"""Half-widths within which it must stay for the last tenth of the run: a slow phase is no rest."""
_EXACTLY = 1e-9
"""The same for a start that lies in a state of rest."""
_GROWTH = 1e-3
"""Leading exponent times the natural time, from which a state of rest is unstable."""
_ASIDE = 0.5
"""Half-widths by which a run starts beside a state of rest that it would never leave."""
_EVALUATIONS = (60_000, 600_000)
"""Velocities that each run may ask for: explicit steps first, LSODA if they do not suffice."""
_NUDGE, _AS_SOON = 0.01, 2.0
"""Half-widths by which a start is moved to see whether its run is sensitive, and how much later
than the network's, whose error acts all the time, the moved run may part."""
_RTOL, _ATOL, _BOUND = 1e-6, 1e-8, 100.0
"""Of both runs; half-widths beyond which one has diverged."""
_EXTREME = ("variable", "target", "network")
_LONG = 1e9
"""Seconds: no clock decides here."""


@dataclass(frozen=True, kw_only=True)
class Excursions:
    """Times at which one variable rises through its middle, in the target and in the network."""

    variable: str
    target: tuple[float, ...]
    network: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Extreme:
    """The lowest or highest value of the variable whose extremes differ most; its own unit."""

    variable: str
    target: float
    network: float


_NONE = Extreme(variable="", target=np.nan, network=np.nan)


@dataclass(frozen=True, kw_only=True)
class RunComparison:
    """How a network follows its target from the declared start; lengths in half-widths.

    horizon : time until they are 0.2 half-widths apart; inf if never. error : rms distance
    relative to the rms of the target's own motion, NaN where it does not move. final : distance at
    the end. duration : of the run. at_rest : whether the target has come to rest by then, and not
    on an unstable state where no network could stay, so that the final states can be compared.
    period : relative change of the time between returns, None where the target does not return
    regularly. network_ending, target_ending : "done", or why not.
    apart, apart_time : largest distance when shifts are allowed, and when; NaN where unknown.
    sensitive : whether the target's own run from a start 0.01 half-widths aside is as far as that,
    and no later: then the distance says nothing about the network.
    lowest, highest : extremes that differ most. excursions : of variables whose counts differ.
    known : share of the target's run that lies where it is known; 1 but for measured targets.
    liveliest : the variable that moves most, in half-widths; "" where none does. target_rises,
    network_rises : how often each rises through its middle: spikes, or rounds of an oscillation.
    """

    ENCODING: ClassVar = "lrfit-run"

    horizon: float
    error: float
    final: float
    duration: float
    at_rest: bool
    period: float | None = None
    network_ending: str
    target_ending: str
    apart: float = np.nan
    apart_time: float = np.nan
    sensitive: bool = False
    lowest: Annotated[Extreme, Inline(), prefixed("lowest", *_EXTREME)] = _NONE
    highest: Annotated[Extreme, Inline(), prefixed("highest", *_EXTREME)] = _NONE
    excursions: tuple[Excursions, ...] = ()
    known: float = 1.0
    liveliest: str = ""
    target_rises: int = 0
    network_rises: int = 0

    @property
    def followed(self) -> bool:
        """Whether both runs were followed to their ends."""
        return self.network_ending == self.target_ending == "done"

    @property
    def distance(self) -> str:
        """`error` in words."""
        if np.isnan(self.error):
            return "the target does not move"
        return f"rms distance {self.error:.2g} of the target's motion"


def compare_run(
    system: System,
    network: LowRankNetwork,
    target: Flow,
    *,
    anatomies: Sequence[Anatomy] = (),
) -> RunComparison:
    """Run both from the declared initial state under the declared signals.

    target : the system at any tonic input, for its scales of time and speed. A run that would start
    in an unstable state of rest, as in the middle of an oscillator's box, starts beside it.
    anatomies : of the target, which say how long a run must be where no duration is declared.
    """
    domain = system.domain
    initial = _start(system, target)
    duration = system.simulation.duration or _long_enough(system, target, initial, anatomies)
    run = _both(system, network, initial, float(duration))
    assert run.target is not None
    there, wanted = domain.state_to_box(run.z[0]), domain.state_to_box(run.target[0])
    both = np.isfinite(np.hstack([there, wanted])).all(axis=1)
    gap = np.linalg.norm(there - wanted, axis=1)
    parted = np.flatnonzero(~(gap <= APART))
    centered = wanted[both] - wanted[both].mean(axis=0) if np.any(both) else wanted[:0]
    size = np.sqrt(np.mean(np.sum(centered**2, axis=1))) if np.any(both) else 1.0
    last, flow = wanted[-1], Flow(field=system.continuous, input=run.u[0, -1])
    late = wanted[-len(wanted) // 10 :]
    still = _speed(flow, last) <= _STILL * target.speed and np.ptp(late, axis=0).max() <= _STAYS
    at_rest = bool(still and not _repels(flow, last, target.natural_time))
    far = np.full(len(run.t), np.nan)
    if both.all():
        far = gaps(run.t, wanted, there, ended=at_rest, below=APART)
    worst = int(np.argmax(far))
    return RunComparison(
        horizon=float(run.t[parted[0]]) if len(parted) else np.inf,
        error=float(np.sqrt(np.mean(gap[both] ** 2)) / size) if size > _MOVES else np.nan,
        final=float(gap[-1]) if np.isfinite(gap[-1]) else np.inf,
        duration=float(run.t[-1]),
        at_rest=at_rest,
        period=None if at_rest else _period_change(run.t, wanted, there),
        network_ending=str(run.endings[0]),
        target_ending=str(run.target_endings[0]),
        apart=float(far[worst]),
        apart_time=float(run.t[worst]) if both.all() else np.nan,
        sensitive=bool(far[worst] > APART)
        and _sensitive(system, network, run, wanted, float(run.t[far > APART][0])),
        lowest=_extreme(run, there, wanted, np.min),
        highest=_extreme(run, there, wanted, np.max),
        excursions=_excursions(run, there, wanted) if both.all() else (),
        known=_known_share(system, run, wanted),
        **(_rises_of_liveliest(run, there, wanted) if both.all() else {}),
    )


def _sensitive(
    system: System, network: LowRankNetwork, run: Trajectory, wanted: Array, parted: float
) -> bool:
    """Whether the target's runs from either side of its start part as soon as the network did.

    At a separatrix or in transient chaos no network, however good, follows the declared run.
    """
    initial, t = run.z[0, 0], run.t
    step = _NUDGE * system.domain.half_width / np.sqrt(len(initial))
    nudged = np.stack([initial + step, initial - step])
    for beside in system.domain.state_to_box(_targets(system, network, nudged, float(t[-1]))):
        if len(beside) == len(wanted) and np.isfinite(beside).all():
            far = t[gaps(t, wanted, beside, below=APART) > APART]
            if len(far) and far[0] <= _AS_SOON * parted:
                return True
    return False


def _targets(system: System, network: LowRankNetwork, initial: Array, duration: float) -> Array:
    """(trials, T, D) the target alone from several states, at the times of `_both`."""
    if network.dt is not None:  # times are the network's steps
        both = _both(system, network, initial, duration).target
        assert both is not None
        return both
    signal = system.simulation.signal
    return _within_limits(
        lambda solver, evaluations: simulate_target(
            system.continuous,
            duration=duration,
            initial=initial,
            signal=signal.level if signal.function is None else signal.function,
            breakpoints=signal.breakpoints,
            solver=solver,
            points=_POINTS,
            rtol=_RTOL,
            atol=_ATOL,
            limits=Limits(bound=_BOUND, steps=evaluations, seconds=_LONG),
        )
    ).z


def _known_share(system: System, run: Trajectory, wanted: Array) -> float:
    """Share of the target's states (T, D), box units, at which it is known at their inputs."""
    support = support_of(system.continuous)
    if support is None:
        return 1.0
    places = np.hstack([wanted, system.domain.input_to_box(run.u[0])])
    return float(np.mean(support.holds(places)))


def _both(system: System, network: LowRankNetwork, initial: Array, duration: float) -> Trajectory:
    """Both trajectories."""
    signal = system.simulation.signal

    def run(solver: Solver | None, evaluations: int) -> Trajectory:
        return simulate(
            network,
            duration=duration,
            initial=initial,
            signal=signal.level if signal.function is None else signal.function,
            breakpoints=signal.breakpoints,
            solver=solver,
            points=_POINTS,
            target=system.continuous,
            rtol=_RTOL,
            atol=_ATOL,
            limits=Limits(bound=_BOUND, steps=evaluations, seconds=_LONG),
        )

    if network.dt is not None:
        return run(None, max(_EVALUATIONS[1], int(np.ceil(duration / network.dt)) + 1))
    return _within_limits(run)


def _within_limits(run: Callable[[Solver, int], Trajectory]) -> Trajectory:
    """A run by explicit steps; by LSODA where those are too many."""
    found = run("dop853", _EVALUATIONS[0])
    endings = (*found.endings, *found.target_endings)
    if any(ending.kind == "step limit" for ending in endings):
        found = run("lsoda", _EVALUATIONS[1])
    return found


def _long_enough(
    system: System, target: Flow, initial: Array, anatomies: Sequence[Anatomy]
) -> float:
    """A duration for a system that declares none: its slowest motion is seen, by steps."""
    shortest = _DURATION * target.natural_time
    periods = [c.period for one in anatomies for c in one.cycles if not c.repels]
    longest = max([shortest, *(_PERIODS * period for period in periods)])
    if not anatomies:
        return longest
    start = system.domain.state_to_box(initial)[None]
    search = Search(target, anatomies[0].fixed, start, QUICK, steps=QUICK.steps)
    search.cycles = [c for c in anatomies[0].cycles if not c.repels]
    search.go()
    if search.fate[0] >= CYCLE or search.fate[0] >= 0:
        longest = max(longest, _ARRIVALS * search.duration)
    return longest


def _start(system: System, target: Flow) -> Array:
    """The declared initial state, or one beside it if the target would stay there unstably."""
    simulation = system.simulation
    initial, signal = simulation.initial, simulation.signal
    if signal.function is not None:
        return initial
    flow, domain = Flow(field=system.continuous, input=signal.level), system.domain
    zeta = domain.state_to_box(initial)
    if _speed(flow, zeta) > _EXACTLY * target.speed or not _repels(flow, zeta, target.natural_time):
        return initial
    return np.asarray(domain.state_from_box(zeta + _ASIDE))


def _speed(flow: Flow, zeta: Array) -> float:
    """Half-widths per time at one state (D,)."""
    return float(np.linalg.norm(flow.velocity(zeta[None])))


def _repels(flow: Flow, zeta: Array, natural_time: float) -> bool:
    """Whether a state of rest (D,) is unstable; one that is not finite is not."""
    by_state = flow.jacobian(zeta[None])[0]
    if not np.all(np.isfinite(by_state)):
        return False
    return bool(np.max(np.linalg.eigvals(by_state).real) * natural_time > _GROWTH)


def _extreme(run: Trajectory, there: Array, wanted: Array, of: Callable[..., Array]) -> Extreme:
    """The extreme that differs most."""
    if not (np.isfinite(there).any() and np.isfinite(wanted).any()):
        return _NONE
    first, second = (of(x, axis=0) for x in (wanted, there))
    gaps = np.abs(first - second)
    worst = int(np.argmax(np.nan_to_num(gaps, nan=np.inf)))
    domain = run.domain
    values = domain.middle[worst] + domain.half_width[worst] * np.array(
        [first[worst], second[worst]]
    )
    return Extreme(
        variable=domain.variables[worst], target=float(values[0]), network=float(values[1])
    )


def _rises_of_liveliest(run: Trajectory, there: Array, wanted: Array) -> dict[str, Any]:
    """How often target and network rise through the middle of the variable that moves most."""
    found = _rises_of(run, there, wanted, int(np.argmax(np.ptp(wanted, axis=0))))
    if found is None:
        return {}
    return {
        "liveliest": found.variable,
        "target_rises": len(found.target),
        "network_rises": len(found.network),
    }


def _excursions(run: Trajectory, there: Array, wanted: Array) -> tuple[Excursions, ...]:
    """Variables that rise through the target's middle another number of times than it does."""
    every = (_rises_of(run, there, wanted, d) for d in range(wanted.shape[1]))
    return tuple(each for each in every if each and len(each.target) != len(each.network))


def _rises_of(run: Trajectory, there: Array, wanted: Array, d: int) -> Excursions | None:
    """When each rises through the target's middle of variable d; None where that hardly moves."""
    low, high = wanted[:, d].min(), wanted[:, d].max()
    if not high - low >= _EXCURSION:
        return None
    levels = low + 0.4 * (high - low), low + 0.6 * (high - low)
    return Excursions(
        variable=run.domain.variables[d],
        target=tuple(rises(run.t, wanted[:, d], least=_EXCURSION)),
        network=tuple(rises_through(run.t, there[:, d], *levels)),
    )


def _period_change(t: Array, wanted: Array, there: Array) -> float | None:
    """How much longer the network takes from rise to rise, in the second half of the run."""
    half = len(t) // 2
    if not np.all(np.isfinite(np.hstack([wanted[half:], there[half:]]))):
        return None
    if np.max(np.ptp(wanted[half:], axis=0)) <= _TURNS:
        return None
    liveliest = int(np.argmax(np.std(wanted[half:], axis=0)))
    first, second = (
        np.diff(rises(t[half:], states[half:, liveliest], least=_TURNS))
        for states in (wanted, there)
    )
    if len(first) < 2 or not len(second) or first.std() > _REGULAR * first.mean():
        return None
    return float(second.mean() / first.mean() - 1.0)
