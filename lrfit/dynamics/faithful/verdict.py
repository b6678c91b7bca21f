"""Whether a network has the dynamics of its target: the verdict, and the quick check.

Place in the flow: a system and a network become comparisons at some tonic inputs and one of the
declared run, and from them `faithful: yes` or `no` with what differs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrfit.dynamics import Anatomy, Flow, anatomy, fixed_points
from lrfit.dynamics.faithful.comparison import PERIOD, POINT, Comparison, compare
from lrfit.dynamics.faithful.matching import PointMatch, pair_points
from lrfit.dynamics.faithful.run import RunComparison, compare_run
from lrfit.dynamics.faithful.tonic import tonic_inputs
from lrfit.arrays import Array
from lrfit.errors import UsageError
from lrfit.network.lowrank import LowRankNetwork
from lrfit.targets.system import System

_QUICK_STARTS = 128
_QUICK_SECONDS = 2.0
_ENDS = 0.25
"""Where the target comes to rest the network must be within so many half-widths at the end."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Faithfulness:
    """The verdict on a network, with all that it rests on.

    differences : one line each, those of every comparison and of the run; faithful if none.
    lyapunov_time : 1 / largest exponent of a chaotic target, else None.
    """

    comparisons: tuple[Comparison, ...]
    run: RunComparison
    differences: tuple[str, ...]
    lyapunov_time: float | None
    seconds: float

    @property
    def faithful(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def verdict(self) -> str:
        """One line: yes, or no and what differs."""
        return "yes" if self.faithful else f"no ({'; '.join(self.differences)})"


def target_anatomies(
    system: System, *, inputs: Array | None = None, seed: int = 0
) -> tuple[Anatomy, ...]:
    """The target's anatomy at tonic inputs (n, U): what `examine` compares networks with."""
    levels = tonic_inputs(system) if inputs is None else inputs
    target = system.continuous
    return tuple(
        anatomy(Flow(field=target, input=level), generator=np.random.default_rng([seed, 60]))
        for level in levels
    )


def examine(
    system: System,
    network: LowRankNetwork,
    *,
    target: Sequence[Anatomy] | None = None,
    inputs: Array | None = None,
    seed: int = 0,
) -> Faithfulness:
    """Set a network beside its target.

    Parameters
    ----------
    target : sequence of Anatomy, optional
        From `target_anatomies`, where it is known already.
    inputs : (n, U), optional
        Tonic inputs to look at; by default `tonic_inputs`.

    Raises
    ------
    UsageError
        The network's latent state is a shifted one (gated or copied inputs).
    """
    if network.output is not None:
        raise UsageError(
            "gated and copied inputs shift the network's latent state, whose anatomy is not the "
            "target's; analyze a network whose inputs are filtered or direct, or use lrfit score"
        )
    began = time.monotonic()
    wanted = target_anatomies(system, inputs=inputs, seed=seed) if target is None else target
    generator = np.random.default_rng([seed, 61])
    comparisons = []
    for one in wanted:
        flow = Flow(field=network, input=one.flow.input, dt=network.dt)
        found = anatomy(flow, generator=np.random.default_rng([seed, 60]), starts=one.starts)
        duration = float(system.simulation.duration or 20.0 * one.flow.natural_time)
        comparisons.append(compare(one, found, duration=duration, generator=generator))
    run = compare_run(system, network, wanted[0].flow)
    chaotic = [one.exponents for one in wanted if one.chaotic and one.exponents is not None]
    return Faithfulness(
        comparisons=tuple(comparisons),
        run=run,
        differences=(*_by_input(comparisons), *_of_run(run)),
        lyapunov_time=float(1.0 / chaotic[0].values[0]) if chaotic else None,
        seconds=time.monotonic() - began,
    )


def _by_input(comparisons: Sequence[Comparison]) -> list[str]:
    """All differences, each with its input where there is more than one."""
    found = []
    for comparison in comparisons:
        names = comparison.target.flow.domain.inputs
        level = ", ".join(f"{n} = {u:.3g}" for n, u in zip(names, comparison.input, strict=True))
        suffix = f" (at {level})" if len(comparisons) > 1 and level else ""
        found += [difference + suffix for difference in comparison.differences]
    return found


def _of_run(run: RunComparison) -> list[str]:
    # A run that a limit of time or steps ended says nothing about the network.
    if run.network_ending.startswith("diverged") and run.target_ending == "done":
        return [f"the declared run: {run.network_ending}"]
    if run.at_rest and run.final > _ENDS:
        return [f"the declared run ends {run.final:.2g} half-widths away from the target's"]
    if run.period is not None and abs(run.period) > PERIOD:
        return [f"in the declared run the period is {run.period:+.1%} off"]
    return []


def quick_check(system: System, network: LowRankNetwork, *, seed: int = 0) -> tuple[str, ...]:
    """What is wrong at a first look: rest states at the resting input, and the declared run.

    Cheap enough for every fit; `examine` looks at cycles, chaos, basins and drift as well.
    """
    level = tonic_inputs(system)[0]
    target = Flow(field=system.continuous, input=level)
    run = compare_run(system, network, target, seconds=_QUICK_SECONDS)
    if network.output is not None:  # its fixed points are those of a shifted state
        return tuple(_of_run(run))
    return (
        *_rest_states(target, Flow(field=network, input=level, dt=network.dt), seed),
        *_of_run(run),
    )


def _rest_states(target: Flow, network: Flow, seed: int) -> list[str]:
    wanted, found = (
        fixed_points(flow, generator=np.random.default_rng([seed, 62]), starts=_QUICK_STARTS)
        for flow in (target, network)
    )
    points, missing, extra = pair_points(wanted, found)
    differences = []
    if missing:
        differences.append(f"{len(missing)} of {len(wanted.points)} fixed points are missing")
    if extra:
        differences.append(f"there are {len(extra)} fixed points that the target does not have")
    return differences + _moved(points)


def _moved(points: Sequence[PointMatch]) -> list[str]:
    far = [p.distance for p in points if p.distance > POINT]
    other = sum(not p.same_kind for p in points)
    found = [f"a fixed point has moved by {max(far):.2g} half-widths"] if far else []
    return found + ([f"{other} fixed points have another stability"] if other else [])
