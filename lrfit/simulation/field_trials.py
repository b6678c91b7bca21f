"""A target, or anything with a velocity, through many trials at once, each with its own input.

    y_{k+1} = y_k + dt f(y_k, u_k)        "euler"
    classical Runge-Kutta                 "rk4"

u_k is the input of a trial in step k: its value at the start of the step, or its mean over the
step where it jumps or turns in it, so that signals that are constant between jumps lose nothing.

Place in the flow: trials drawn by a `Task` become states at even times (`scoring`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import VectorField
from lrfit.integrate import IntegrationResult, Limits, Region, count_steps, march, rk4
from lrfit.integrate.fixed_step import Advance
from lrfit.systems.signals.input_signal import InputSignal, SteppedTrials

FixedSolver = Literal["rk4", "euler"]
_LARGEST = 2**30
"""Bytes of the states that are kept."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TrialPlan:
    """How trials are run. keep : numbers of steps after which states are kept."""

    signals: Sequence[InputSignal]
    dt: float
    keep: NDArray[np.intp]
    limits: Limits

    def inputs(self) -> SteppedTrials:
        """The inputs of all trials, step by step; every run needs its own."""
        return SteppedTrials(self.signals, self.dt, int(self.keep[-1]))


def plan_trials(
    signals: Sequence[InputSignal],
    *,
    duration: float,
    dt: float,
    dimension: int,
    points: int = 1001,
    limits: Limits | None = None,
) -> TrialPlan:
    """Settle steps and output times.

    Raises
    ------
    UsageError
        dt is not positive, the steps pass their limit, or the states would not fit in memory.
    """
    limits = limits or Limits()
    steps = count_steps(duration, dt, limits)
    keep = np.unique(np.rint(np.linspace(0, steps, points)).astype(np.intp))
    size = 8 * len(signals) * len(keep) * dimension
    if size > _LARGEST:
        raise UsageError(
            f"{len(signals)} trials x {len(keep)} times x {dimension} variables take "
            f"{size / 2**30:.3g} GiB; ask for fewer trials"
        )
    signals = [signal.within(duration) for signal in signals]
    return TrialPlan(signals=signals, dt=dt, keep=keep, limits=limits)


def run_target(field: VectorField, initial: Array, plan: TrialPlan) -> IntegrationResult:
    """Follow a target from initial (trials, D) through all trials, by Runge-Kutta."""
    inputs, domain = plan.inputs(), field.domain
    region = Region(middle=domain.middle, scale=domain.half_width, names=domain.variables)
    velocity = driven_velocity(field.velocity, inputs)
    return run(rk4(velocity, plan.dt), initial, plan, region, inputs)


def driven_velocity(
    velocity: Callable[[Array, Array], Array], inputs: SteppedTrials
) -> Callable[[int, Array], Array]:
    """Velocity (k, y) of (y, u) with each trial's own input in step k."""

    def of_step(k: int, y: Array) -> Array:
        return velocity(y, inputs[k])

    return of_step


def run(
    advance: Advance,
    y0: Array,
    plan: TrialPlan,
    region: Region,
    inputs: SteppedTrials,
    observe: Callable[[Array], Array] | None = None,
) -> IntegrationResult:
    """March through all trials, the inputs dropping those that ended."""
    return march(
        advance,
        y0,
        dt=plan.dt,
        keep=plan.keep,
        region=region,
        observe=observe,
        limits=plan.limits,
        dropped=inputs.keep,
    )
