"""What a network is tuned on: initial states, the input of every step, the target's states.

Place in the flow: trials of the system's task, or trajectories from all over its box, become a
`TrialSet` of arrays. Training, validation and test trials are drawn from random streams of their
own, so that none is in two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError, NumericalError, UsageError
from lrfit.integrate import Limits
from lrfit.simulation.field_trials import TrialPlan, plan_trials, run_target
from lrfit.systems.places import sobol_points
from lrfit.systems.signals.input_signal import InputSignal, resting_input
from lrfit.systems.system import System

LEVELS = 4
"""Values that a random input takes one after the other in a trajectory without a task."""
_LARGEST = 2**30
"""Bytes of the states of a set of trials."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TrialSet:
    """Trials, step by step.

    Parameters
    ----------
    start : (P, D)
        States at the beginning, the user's units.
    inputs : (T, P, U)
        Of every step.
    states : (P, T, D)
        Of the target, after every step.
    dt : float
        Of the steps.
    streams : (P,)
        Numbers from which random errors of each trial are drawn, whichever trials it is computed
        with.
    latent : (P, L) or None
        Latent states of the network to start from in place of `start`; they depend on no weight.
    weights : (P, T, D) or None
        Factors of the errors; 1 where None. Where they are 0, nothing is asked.

    Raises
    ------
    InputError
        Arrays that do not fit together, or numbers that are not finite.

    Examples
    --------
    Three trials of four steps, at rest, of a system with one variable and no input:

    >>> import numpy as np
    >>> import lrfit
    >>> rest = lrfit.TrialSet(
    ...     start=np.zeros((3, 1)),
    ...     inputs=np.empty((4, 3, 0)),
    ...     states=np.zeros((3, 4, 1)),
    ...     dt=0.1,
    ...     streams=np.arange(3),
    ... )
    >>> rest.count, rest.steps
    (3, 4)
    """

    start: Array
    inputs: Array
    states: Array
    dt: float
    streams: NDArray[np.int64]
    latent: Array | None = None
    weights: Array | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays; those of a set and of its parts share their memory."""
        if np.ndim(self.start) != 2 or np.ndim(self.inputs) != 3 or not self.dt > 0:
            raise InputError(
                "trials need start (P, D), inputs (T, P, U), states (P, T, D) and a positive dt"
            )
        (P, D), (T, _, U) = np.shape(self.start), np.shape(self.inputs)
        freeze_fields(self, start=(P, D), inputs=(T, P, U), states=(P, T, D))
        if np.shape(self.streams) != (P,):
            raise InputError(f"streams needs a number for each of {P} trials")
        if not all(np.all(np.isfinite(each)) for each in (self.start, self.inputs, self.states)):
            raise InputError("trials hold a number that is not finite")

    @property
    def count(self) -> int:
        """How many trials."""
        return len(self.start)

    @property
    def steps(self) -> int:
        """How many steps each trial has."""
        return len(self.inputs)

    def part(self, first: int, last: int) -> TrialSet:
        """Trials from `first` to before `last`."""
        return TrialSet(
            start=self.start[first:last],
            inputs=self.inputs[:, first:last],
            states=self.states[first:last],
            dt=self.dt,
            streams=self.streams[first:last],
            latent=None if self.latent is None else self.latent[first:last],
            weights=None if self.weights is None else self.weights[first:last],
        )


def trials_of(
    system: System, count: int, stream: np.random.SeedSequence, *, dt: float, duration: float
) -> TrialSet:
    """Trials of the system's task, or trajectories from all over its box where it has none.

    duration : of trajectories; a task says its own. Trials whose target does not reach the end
    are left out.

    Raises
    ------
    NumericalError
        The target reaches the end of no trial.
    UsageError
        The states would not fit into memory.
    """
    if system.task is not None:
        drawn = system.task.draw(count, stream)
        return _followed(system, drawn.initial, drawn.signals, dt, system.task.duration)
    generator = np.random.default_rng(stream)
    box = sobol_points(system.domain.dimension, count, generator)[:count]
    signals = [_steps(system, duration, generator) for _ in range(count)]
    return _followed(system, system.domain.state_from_box(box), signals, dt, duration)


def _steps(system: System, duration: float, generator: np.random.Generator) -> InputSignal:
    """An input that jumps between random values of its range, from rest or not."""
    domain = system.domain
    levels = domain.input_from_box(generator.uniform(-1.0, 1.0, (LEVELS, domain.input_count)))
    edges = np.sort(generator.uniform(0.0, duration, LEVELS - 1))

    def value(t: Array) -> Array:
        return np.asarray(levels[np.searchsorted(edges, t, side="right")])

    return InputSignal(
        level=resting_input(domain),
        function=value if domain.inputs else None,
        breakpoints=edges if domain.inputs else np.empty(0),
        names=domain.inputs,
    )


def _followed(
    system: System, start: Array, signals: Sequence[InputSignal], dt: float, duration: float
) -> TrialSet:
    """The target's states after every step, by Runge-Kutta; trials that ended early are gone."""
    plan = plan_trials(
        signals, duration=duration, dt=dt, dimension=system.domain.dimension, limits=Limits()
    )
    steps = int(plan.keep[-1])
    size = 8 * steps * len(start) * (system.domain.dimension + system.domain.input_count)
    if size > _LARGEST:
        raise UsageError(
            f"{len(start)} trials of {steps:,} steps take {size / 2**30:.3g} GiB; ask for fewer "
            "trials, or for a longer --dt"
        )
    every = TrialPlan(
        signals=plan.signals, dt=plan.dt, keep=np.arange(steps + 1), limits=plan.limits
    )
    found = run_target(system.continuous, start, every)
    there = np.array([ending.kind == "done" for ending in found.endings])
    if not np.any(there):
        raise NumericalError(
            f"the target reaches the end of no trial: {found.endings[0]}; give a shorter --duration"
        )
    inputs = every.inputs()
    u = np.stack([inputs[k] for k in range(steps)])
    return TrialSet(
        start=start[there],
        inputs=u[:, there],
        states=found.y[there, 1:],
        dt=plan.dt,
        streams=np.flatnonzero(there),
    )
