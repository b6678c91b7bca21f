"""What is done to a system in a simulation, checked once: start, drive, duration, solver.

Place in the flow: the same experiment is done to a target and to the network that stands in
for it; `follow` is error-controlled, `keep` and `times` say which Euler steps are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import IntegrationResult, Limits, Region, count_steps, solve_adaptive
from lrfit.integrate.adaptive import Velocity
from lrfit.integrate.solution import Observe
from lrfit.systems.signals.input_signal import InputSignal, SteppedInput

Solver = Literal["dop853", "lsoda", "rk45", "euler"]

LARGEST = 2**30
"""Bytes of a trajectory in memory; more is a mistake in `points`, and is refused."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment:
    """What is done to a system, checked.

    duration : time. initial : (trials, D). signal : u(t). points : number of output times.
    solver, dt, rtol, atol : how it is integrated; atol in half-widths of the box.
    """

    domain: Domain
    duration: float
    initial: Array
    signal: InputSignal
    solver: Solver
    dt: float | None
    points: int
    rtol: float
    atol: float
    limits: Limits

    def __post_init__(self) -> None:
        """Freeze the initial states, one row each; refuse what cannot be integrated."""
        shape = np.shape(self.initial)
        D = self.domain.dimension
        if shape not in {(D,), (*shape[:1], D)} or 0 in shape:
            raise UsageError(
                f"the initial state has shape {shape}; give {D} numbers "
                f"({', '.join(self.domain.variables)}), or several rows of them"
            )
        freeze_fields(self, initial=(-1, D))
        _check_numbers(self)

    @property
    def step(self) -> float:
        """Euler's dt."""
        if self.dt is None:
            raise UsageError("Euler needs a step; give dt")
        return self.dt

    @property
    def keep(self) -> NDArray[np.intp]:
        """Euler: numbers of steps after which the state is kept, nearest to even spacing."""
        steps = count_steps(self.duration, self.step, self.limits)
        return np.unique(np.rint(np.linspace(0, steps, self.points)).astype(np.intp))

    @property
    def times(self) -> Array:
        """(T,) output times; with Euler whole numbers of steps."""
        if self.solver == "euler":
            return np.asarray(self.keep * self.step)
        return np.linspace(0.0, self.duration, self.points)

    def stepped_input(self) -> SteppedInput:
        """U in each of Euler's steps."""
        return SteppedInput(self.signal, self.step, int(self.keep[-1]))

    @property
    def region(self) -> Region:
        """The box as the integrators need it."""
        domain = self.domain
        return Region(middle=domain.middle, scale=domain.half_width, names=domain.variables)

    def check_size(self, width: int) -> None:
        """Refuse to store `width` numbers per trial and time if that is beyond reason."""
        size = 8 * width * self.points * len(self.initial)
        if size > LARGEST:
            raise UsageError(
                f"{len(self.initial)} trials x {self.points} times x {width} numbers take "
                f"{size / 2**30:.3g} GiB; ask for fewer points or trials"
            )

    def follow(
        self, velocity: Velocity, y0: Array, region: Region, observe: Observe | None = None
    ) -> IntegrationResult:
        """Integrate a velocity with error control, restarted where u jumps.

        A smooth event of u that is shorter than a hundredth of the duration and not announced
        by a breakpoint may be stepped over. DOP853 stands in for Euler, which has none.
        """
        return solve_adaptive(
            velocity,
            y0,
            self.times,
            solver="dop853" if self.solver == "euler" else self.solver,
            region=region,
            breakpoints=self.signal.breakpoints,
            max_step=np.inf if self.signal.constant else self.duration / 100,
            rtol=self.rtol,
            atol=self.atol,
            observe=observe,
            limits=self.limits,
        )


def _check_numbers(plan: Experiment) -> None:
    if not 0 < plan.duration < np.inf:
        raise UsageError(f"the duration is {plan.duration:g}; give a positive number")
    if plan.points < 2:
        raise UsageError(f"{plan.points} output times; give at least 2")
    if plan.solver not in get_args(Solver):
        raise UsageError(
            f"unknown solver {plan.solver!r}; choose one of {', '.join(get_args(Solver))}"
        )
    if plan.solver == "euler":
        count_steps(plan.duration, plan.step, plan.limits)
    elif plan.dt is not None:
        raise UsageError("dt belongs to the solver euler; the others choose their own steps")
    far = plan.region.why_outside
    for state in plan.initial:
        if why := far(state, plan.limits.bound):
            raise UsageError(f"initial state: {why}; start nearer to the domain")
    plan.check_size(plan.domain.dimension + 2 * plan.domain.input_count)
