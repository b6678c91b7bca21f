"""An experiment in numbers, for one network or system: how its runs are integrated.

Place in the flow: `resolve` makes it; networks (`simulate`) and targets (`trajectory`) run it.
`follow` is error-controlled; `keep` and `times` say which of Euler's steps are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import IntegrationResult, Limits, Region, count_steps, solve_adaptive
from lrfit.integrate.adaptive import Velocity
from lrfit.integrate.solution import Observe
from lrfit.simulation.options import NetworkSpace, Solver
from lrfit.systems.signals.input_signal import InputSignal, SteppedInput

LARGEST = 2**30
"""Bytes of a trajectory in memory; more is a mistake in `points`, and is refused."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ResolvedExperiment:
    """What is done to a network or a system, in numbers, checked.

    domain : names and ranges of what is seen (D variables) and of the inputs. duration : time.
    initial : (runs, D) states, or (runs, n) currents where `from_currents` says so. signal : u(t).
    points : number of output times. solver, dt, rtol, atol, limits : how it is integrated; atol
    in half-widths of the domain. space : of a network; None for a target.
    """

    domain: Domain
    duration: float
    initial: Array
    from_currents: bool
    signal: InputSignal
    solver: Solver
    dt: float | None
    points: int
    rtol: float
    atol: float
    limits: Limits
    space: NetworkSpace | None = None

    def __post_init__(self) -> None:
        """Freeze the initial states; refuse what cannot be integrated."""
        freeze_fields(self, initial=np.shape(self.initial))
        if self.solver == "euler":
            count_steps(self.duration, self.step, self.limits)
        elif self.dt is not None:
            raise UsageError("dt belongs to the solver euler; the others choose their own steps")
        if not self.from_currents:
            for state in self.initial:
                if why := self.region.why_outside(state, self.limits.bound):
                    raise UsageError(f"initial state: {why}; start nearer to the domain")
        self.check_size(self.domain.dimension + 2 * self.domain.input_count)

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.initial)

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

    @property
    def notes(self) -> tuple[str, ...]:
        """One line each for what the solver does not see of the input as it is."""
        signal, inputs = self.signal, ", ".join(self.domain.inputs)
        if self.solver == "euler":
            if short := signal.shorter_than(self.step):
                return (
                    f"the input ({inputs}) has an event at t={short[0]:g} that lasts about "
                    f"{short[1]:.2g}, less than Euler's dt={self.step:g}: its area is kept and its "
                    f"shape is lost; give a dt below {short[1]:.2g}",
                )
        elif not signal.complete:
            return (
                f"the input ({inputs}) jumps or turns too often for every event to be found: what "
                f"is shorter than {signal.longest_step:.2g} may be missed; simulate a shorter "
                "duration",
            )
        return ()

    def stepped_input(self) -> SteppedInput:
        """U in each of Euler's steps."""
        return SteppedInput(self.signal, self.step, int(self.keep[-1]))

    @property
    def region(self) -> Region:
        """The box as the integrators need it."""
        domain = self.domain
        return Region(middle=domain.middle, scale=domain.half_width, names=domain.variables)

    def check_size(self, width: int) -> None:
        """Refuse to store `width` numbers per run and time if that is beyond reason."""
        size = 8 * width * self.points * self.runs
        if size > LARGEST:
            raise UsageError(
                f"{self.runs} trials x {self.points} times x {width} numbers take "
                f"{size / 2**30:.3g} GiB; ask for fewer points or trials"
            )

    def follow(
        self, velocity: Velocity, y0: Array, region: Region, observe: Observe | None = None
    ) -> IntegrationResult:
        """Integrate a velocity with error control, restarted at the events of u.

        An event of a Python function that is shorter than a hundredth of the duration and not
        announced by a breakpoint may be stepped over. DOP853 stands in for Euler, which has none.
        """
        longest = min(self.duration / 100, self.signal.longest_step)
        return solve_adaptive(
            velocity,
            y0,
            self.times,
            solver="dop853" if self.solver == "euler" else self.solver,
            region=region,
            breakpoints=self.signal.events,
            max_step=np.inf if self.signal.constant else longest,
            rtol=self.rtol,
            atol=self.atol,
            observe=observe,
            limits=self.limits,
        )
