"""Whether a network has the dynamics of its target: the verdict, in full or at a quick look.

Place in the flow: a system and a network become comparisons at tonic inputs and one of the
declared run, and from them "yes", "no" with what differs, or "not judged" with why. The quick look
that every fit gets is the same with a smaller budget, so that the two agree; budgets count steps,
so that neither depends on how busy the machine is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.anatomies import Anatomy, Known, anatomy
from lrfit.dynamics.budget import FULL, QUICK, Budget
from lrfit.dynamics.cycles import Cycle
from lrfit.dynamics.faithful.comparison import PERIOD, Comparison, compare
from lrfit.dynamics.faithful.matching import MOSTLY
from lrfit.dynamics.faithful.run import APART, RunComparison, compare_run
from lrfit.dynamics.faithful.tonic import tonic_inputs
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.search import IRREGULAR
from lrfit.dynamics.support import reliable, support_of
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.read_field import field_of
from lrfit.systems.system import System

_DURATION = 20.0
"""Natural times for which a memory must hold where no duration is declared."""
_ON_CYCLE, _IN_CLOUD = 2, 4
"""Starts of the network on each cycle of the target, and in its irregular set."""
_BESIDE = 0.03


@dataclass(frozen=True, kw_only=True, eq=False)
class Faithfulness:
    """The verdict on a network, with all that it rests on.

    differences : one line each, those of every comparison and of the run. unjudged : what could not
    be told and prevents a yes, one line each. run : None where the target is not judged at all.
    lyapunov_time : 1 / largest exponent of a chaotic target, else None.
    """

    comparisons: tuple[Comparison, ...]
    run: RunComparison | None
    differences: tuple[str, ...]
    unjudged: tuple[str, ...] = ()
    lyapunov_time: float | None = None

    @property
    def faithful(self) -> bool | None:
        """Whether nothing differs; None where that could not be told."""
        if self.differences:
            return False
        return None if self.unjudged else True

    @property
    def verdict(self) -> str:
        """One line: "yes", "no" and what differs, or "not judged" and why."""
        if self.differences:
            return f"no ({'; '.join(self.differences)})"
        return f"not judged: {'; '.join(self.unjudged)}" if self.unjudged else "yes"


def target_anatomies(
    system: System,
    *,
    inputs: Array | None = None,
    seed: int = 0,
    budget: Budget = FULL,
) -> tuple[Anatomy, ...]:
    """The target's anatomy at tonic inputs (n, U): what `examine` compares networks with."""
    levels = tonic_inputs(system) if inputs is None else inputs
    target = system.continuous
    return tuple(
        anatomy(
            Flow(field=target, input=level),
            generator=np.random.default_rng([seed, 60]),
            known=_known(system, level),
            budget=budget,
        )
        for level in levels
    )


def _known(system: System, level: Array) -> Known | None:
    """Where the target is known at a tonic input; None where it is everywhere."""
    support = support_of(system.continuous)
    return None if support is None else lambda zeta: support.known(zeta, level)


def quick_look(
    system: System,
    network: LowRankNetwork,
    *,
    target: Sequence[Anatomy] | None = None,
    seed: int = 0,
) -> Faithfulness:
    """The verdict within a small budget, for every fit: see `examine`."""
    return examine(system, network, target=target, seed=seed, budget=QUICK)


def examine(
    system: System,
    network: LowRankNetwork,
    *,
    target: Sequence[Anatomy] | None = None,
    inputs: Array | None = None,
    seed: int = 0,
    budget: Budget = FULL,
) -> Faithfulness:
    """Set a network beside its target.

    Parameters
    ----------
    target : sequence of Anatomy, optional
        From `target_anatomies`, where it is known already.
    inputs : (n, U), optional
        Tonic inputs to look at; by default `tonic_inputs`.
    budget : Budget
        How much work each anatomy may do.

    Raises
    ------
    NumericalError
        The field of either is zero or not finite in the whole box.
    """
    if doubt := reliable(system.continuous):
        return Faithfulness(comparisons=(), run=None, differences=(), unjudged=(doubt,))
    if target is None:
        target = target_anatomies(system, inputs=inputs, seed=seed, budget=budget)
    run = compare_run(system, network, target[0].flow, anatomies=target)
    lyapunov_time = _lyapunov_time(target)
    comparisons = [_at(system, network, one, seed, budget) for one in target]
    return Faithfulness(
        comparisons=tuple(comparisons),
        run=run,
        differences=(*_by_input(comparisons, "differences"), *_of_run(run, lyapunov_time)),
        unjudged=(*_by_input(comparisons, "unjudged"), *_run_unjudged(run, lyapunov_time)),
        lyapunov_time=lyapunov_time,
    )


def run_differences(
    system: System, network: LowRankNetwork, target: Sequence[Anatomy]
) -> tuple[str, ...]:
    """What differs in the declared run alone, which is enough for a no and takes the least time."""
    run = compare_run(system, network, target[0].flow, anatomies=target)
    return tuple(_of_run(run, _lyapunov_time(target)))


def _lyapunov_time(target: Sequence[Anatomy]) -> float | None:
    chaotic = [one.exponents for one in target if one.chaotic and one.exponents is not None]
    return float(1.0 / chaotic[0].values[0]) if chaotic else None


def _at(
    system: System, network: LowRankNetwork, target: Anatomy, seed: int, budget: Budget
) -> Comparison:
    """Target and network at one tonic input; the network starts where the target does, and on
    the target's attractors.
    """
    flow = Flow(field=field_of(network), input=target.flow.input, dt=network.dt)
    repelling = [cycle for cycle in target.cycles if cycle.repels]
    found = anatomy(
        flow,
        generator=np.random.default_rng([seed, 60]),
        starts=np.concatenate([target.starts, _on_attractors(target)]),
        beside=_on_cycles(repelling) if repelling else None,
        budget=budget,
    )
    duration = float(system.simulation.duration or _DURATION * target.flow.natural_time)
    return compare(
        target,
        found,
        duration=duration,
        generator=np.random.default_rng([seed, 61]),
        known=_known(system, target.flow.input),
    )


def _on_attractors(target: Anatomy) -> Array:
    """States (n, D) on the cycles and in the irregular set of a target, and beside its points."""
    cycles = [cycle for cycle in target.cycles if not cycle.repels]
    places = [_on_cycles(cycles), target.fixed.points[target.fixed.stable] + _BESIDE]
    if np.any(target.fate == IRREGULAR) and len(target.cloud):
        places.append(target.cloud[:: max(1, len(target.cloud) // _IN_CLOUD)][:_IN_CLOUD])
    return np.concatenate([place.reshape(-1, target.flow.dimension) for place in places])


def _on_cycles(cycles: Sequence[Cycle]) -> Array:
    if not cycles:
        return np.empty((0, 0))
    return np.concatenate(
        [c.curve[:: max(1, len(c.curve) // _ON_CYCLE)][:_ON_CYCLE] for c in cycles]
    )


def _by_input(comparisons: Sequence[Comparison], kind: str) -> list[str]:
    """All lines of a kind, each with its input where there is more than one."""
    found = []
    for comparison in comparisons:
        names = comparison.target.flow.domain.inputs
        level = ", ".join(f"{n} = {u:.3g}" for n, u in zip(names, comparison.input, strict=True))
        suffix = f" (at {level})" if len(comparisons) > 1 and level else ""
        found += [line + suffix for line in getattr(comparison, kind)]
    return found


def _of_run(run: RunComparison, lyapunov_time: float | None) -> list[str]:
    """What differs in the declared run, as far as the target is known there."""
    diverged = run.network_ending.startswith("diverged") and run.target_ending == "done"
    if diverged and run.known >= MOSTLY:
        return [f"the declared run: {run.network_ending}"]
    # Where the target is chaotic two exact runs part as well: the sets are compared instead.
    if run.known < MOSTLY or lyapunov_time is not None or run.sensitive:
        return []
    if not run.apart <= APART and np.isfinite(run.apart):
        where = f"{run.apart:.2g} half-widths from the target's at {run.apart_time:.4g}"
        return [f"the declared run is {where}{_details(run)}"]
    if run.period is not None and abs(run.period) > PERIOD:
        return [f"in the declared run the period is {run.period:+.1%} off"]
    return []


def _details(run: RunComparison) -> str:
    """What the largest distance is about: other counts of rises, or another extreme."""
    for one in run.excursions:
        return f": {one.variable} rises {_times(one.network)}, the target's {_times(one.target)}"
    ends = [
        (each.variable, each.target, each.network, word)
        for each, word in ((run.lowest, "down"), (run.highest, "up"))
    ]
    name, wanted, found, word = max(ends, key=lambda end: abs(end[1] - end[2]))
    return f"; {name} goes {word} to {found:.3g}, the target's to {wanted:.3g}"


def _times(times: Sequence[float]) -> str:
    if not times:
        return "never"
    shown = ", ".join(f"{t:.4g}" for t in times[:4])
    count = "once" if len(times) == 1 else f"{len(times)} times"
    return f"{count} (at {shown}{', ...' if len(times) > 4 else ''})"


def _run_unjudged(run: RunComparison, lyapunov_time: float | None) -> list[str]:
    """Why the declared run was not compared to its end, if it was not."""
    if run.known < MOSTLY:
        share = f"{1.0 - run.known:.0%}"
        return [f"{share} of the declared run lies where the target is not known"]
    diverged = run.network_ending.startswith("diverged") and run.target_ending == "done"
    if run.sensitive and lyapunov_time is None:
        return [
            f"the declared run departs from the target's by {run.apart:.2g} half-widths, and so "
            "does the target's own from a start 0.01 half-widths aside"
        ]
    if run.followed or diverged:
        return []
    who = "target" if run.target_ending != "done" else "network"
    ending = run.target_ending if run.target_ending != "done" else run.network_ending
    return [f"the declared run of the {who} was not followed to its end: {ending}"]
