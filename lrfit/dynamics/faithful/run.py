"""The declared simulation, target and network side by side.

Place in the flow: the system's initial state, signals and duration become two trajectories: the
target under the input itself, the network as it runs (its neurons see the input low-passed).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.dynamics import Flow
from lrfit.dynamics.cycles import returns
from lrfit.arrays import Array
from lrfit.integrate import Limits
from lrfit.network.lowrank import LowRankNetwork
from lrfit.network.simulate import simulate
from lrfit.targets.system import System

APART = 0.2
"""Half-widths at which two trajectories have parted."""
_POINTS = 501
_DURATION = 20.0
_REGULAR = 0.02
"""Scatter of the times between returns over their mean, up to which motion is periodic."""
_TURNS = 0.02
"""Half-widths by which a motion must vary, at least, to have a period."""
_MOVES = 1e-6
"""Half-widths (rms) from which a target moves at all."""
_STILL = 0.01
"""Speed over the rms speed in the box, below which the target has come to rest."""
_EXACTLY = 1e-9
"""The same for a start that lies in a state of rest."""
_GROWTH = 1e-3
"""Leading exponent times the natural time, from which a state of rest is unstable."""
_ASIDE = 0.5
"""Half-widths by which a run starts beside a state of rest that it would never leave."""


@dataclass(frozen=True, kw_only=True)
class RunComparison:
    """How a network follows its target from the declared start, box units.

    horizon : time until they are 0.2 half-widths apart; inf if never. error : rms distance
    relative to the rms of the target's own motion, NaN where it does not move. final : distance at
    the end. duration : of the run. at_rest : whether the target has come to rest by then, and not
    on an unstable state where no network could stay, so that the final states can be compared.
    period : relative change of the time between returns, None where the target does not return
    regularly. network_ending, target_ending : "done", or why not.
    """

    horizon: float
    error: float
    final: float
    duration: float
    at_rest: bool
    period: float | None
    network_ending: str
    target_ending: str

    @property
    def distance(self) -> str:
        """`error` in words."""
        if np.isnan(self.error):
            return "the target does not move"
        return f"rms distance {self.error:.2g} of the target's motion"


def compare_run(
    system: System, network: LowRankNetwork, target: Flow, *, seconds: float = 20.0
) -> RunComparison:
    """Run both from the declared initial state under the declared signals.

    target : the system at any tonic input, for its scales of time and speed. A run that would start
    in an unstable state of rest, as in the middle of an oscillator's box, starts beside it.
    """
    simulation, domain = system.simulation, system.domain
    signal = simulation.signal
    run = simulate(
        network,
        duration=float(simulation.duration or _DURATION * target.natural_time),
        initial=_start(system, target),
        signal=signal.level if signal.function is None else signal.function,
        breakpoints=signal.breakpoints,
        points=_POINTS,
        target=system.continuous,
        rtol=1e-6,
        atol=1e-8,
        limits=Limits(bound=10.0, seconds=seconds),
    )
    assert run.target is not None
    there, wanted = domain.state_to_box(run.z[0]), domain.state_to_box(run.target[0])
    both = np.isfinite(np.hstack([there, wanted])).all(axis=1)
    gap = np.linalg.norm(there - wanted, axis=1)
    parted = np.flatnonzero(~(gap <= APART))
    centered = wanted[both] - wanted[both].mean(axis=0)
    size = np.sqrt(np.mean(np.sum(centered**2, axis=1))) if np.any(both) else 1.0
    last, flow = wanted[-1], Flow(field=system.continuous, input=run.u[0, -1])
    still = _speed(flow, last) <= _STILL * target.speed
    at_rest = still and not _repels(flow, last, target.natural_time)
    return RunComparison(
        horizon=float(run.t[parted[0]]) if len(parted) else np.inf,
        error=float(np.sqrt(np.mean(gap[both] ** 2)) / size) if size > _MOVES else np.nan,
        final=float(gap[-1]) if np.isfinite(gap[-1]) else np.inf,
        duration=float(run.t[-1]),
        at_rest=at_rest,
        period=None if at_rest else _period_change(run.t, wanted, there),
        network_ending=str(run.endings[0]),
        target_ending=str(run.target_endings[0]),
    )


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


def _period_change(t: Array, wanted: Array, there: Array) -> float | None:
    """How much longer the network takes from return to return, in the second half of the run."""
    half = len(t) // 2
    if not np.all(np.isfinite(np.hstack([wanted[half:], there[half:]]))):
        return None
    first, second = (np.diff(returns(t[half:], states[half:])[1]) for states in (wanted, there))
    if (
        np.max(np.ptp(wanted[half:], axis=0)) <= _TURNS
        or len(first) < 2
        or not len(second)
        or first.std() > _REGULAR * first.mean()
    ):
        return None
    return float(second.mean() / first.mean() - 1.0)
