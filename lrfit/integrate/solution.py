"""What an integration is bounded by, and what it returns.

Every run ends in one of four ways, with the time it reached and a reason; what was not reached
is NaN, and `reached` counts what was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.shapes import Axes, Named
from lrfit.options.kinds import Number, Whole

EndingKind = Literal["done", "diverged", "step limit", "time limit"]

Observe = Callable[[Array], Array]
"""(P, n) -> (P, m): what is kept of the state, by default all of it."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When an integration is stopped.

    bound : largest distance |y_i - middle_i| / scale_i; farther out a run has diverged.
    steps : Euler steps, or velocity evaluations of an adaptive solver, per run.
    seconds : wall-clock time of the whole call.
    """

    bound: float = 1e3
    steps: int = 10_000_000
    seconds: float = 600.0

    def __post_init__(self) -> None:
        """Refuse limits that stop nothing or everything."""
        Number(above=0.0).check("the bound", self.bound)
        Number(above=0.0).check("the time limit", self.seconds)
        Whole(least=1).check("the step limit", self.steps)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How one run ended, at which time, and why."""

    kind: Annotated[EndingKind, Named("status"), Axes(about="how the run ended")]
    t: Annotated[float, Named("end_time"), Axes(about="time at which the run ended")]
    reason: Annotated[str, Axes(about="why it ended early")] = ""

    def __str__(self) -> str:
        """One line: "done", or "diverged at t=3.2: x = 3001 is beyond its bound 3000"."""
        if self.kind == "done":
            return self.kind
        return f"{self.kind} at t={self.t:.6g}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """Where y may be: |y - middle| <= bound * scale; `scale` also sets absolute tolerances.

    middle, scale : (n,). names : n labels for messages; y0, y1, ... where none are given.
    """

    middle: Array
    scale: Array
    names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, middle=(-1,), scale=np.shape(self.middle))

    @classmethod
    def unit(cls, n: int) -> Region:
        """Centered on zero, scale one."""
        return cls(middle=np.zeros(n), scale=np.ones(n))

    def why_outside(self, y: Array, bound: float) -> str:
        """Say which component of a state y (n,) is beyond the bound."""
        far = ~(np.abs(y - self.middle) <= bound * self.scale)
        if not far.any():
            return ""
        i = int(np.argmax(far))
        name = self.names[i] if self.names else f"y{i}"
        if not np.isfinite(y[i]):
            return f"{name} is not finite"
        edge = self.middle[i] + np.copysign(bound * self.scale[i], y[i] - self.middle[i])
        return f"{name} = {y[i]:.6g} is beyond its bound {edge:.6g}"


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegrationResult:
    """States at the requested times, and how every run ended.

    t : (T,). y : (trials, T, m), NaN from each run's end on. reached : (trials,), how many
    times of t each run reached. endings : one per run. evaluations : of the velocity, in all.
    """

    t: Array
    y: Array
    reached: NDArray[np.intp]
    endings: tuple[Ending, ...]
    evaluations: int


class Clock:
    """Wall-clock limit of one call."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def expired(self) -> bool:
        """Whether the time is used up."""
        return time.monotonic() > self._end

    @property
    def reason(self) -> str:
        """What to tell the user."""
        return f"{self.seconds:g} s of wall-clock time are used up"
