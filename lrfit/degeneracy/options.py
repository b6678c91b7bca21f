"""What the user may choose about degenerate solutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lrfit.core.errors import UsageError
from lrfit.networks.nonlinearity import nonlinearity

Kind = Literal["autonomous", "clock", "driven", "unstable"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CLOCK, WEAK, UNSTABLE = 3.0, 0.2, -1.0
"""Contraction rates that are built unless others are asked for, in units of the trajectory's own
rate: they lie far enough apart to differ by more than 20 % of the speed in the tube."""


@dataclass(frozen=True, kw_only=True)
class DegenerateOptions:
    """Options of `degenerate`.

    kinds : which solutions. tol : largest deviation from the trajectory, in its rms excursions.
    tube : rms radius of the tube, same units. clock_rate, weak_rate, unstable_rate : contraction
    rates lambda of the kinds clock, driven and unstable (negative: neighbours leave), per unit
    of time; None for the program's choice. horizon : time over which the unstable one is to
    hold; None for as long as it does. samples : training points. noise : of every rate, prices
    the weights.
    """

    kinds: tuple[Kind, ...] = KINDS
    tol: float = 0.01
    tube: float = 0.2
    clock_rate: float | None = None
    weak_rate: float | None = None
    unstable_rate: float | None = None
    nonlinearity: str = "tanh"
    noise: float = 1e-6
    candidates: int = 2000
    samples: int = 4096
    max_neurons: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        nonlinearity(self.nonlinearity)
        for kind in self.kinds:
            if kind not in KINDS:
                raise UsageError(f"unknown kind {kind!r}; choose from {', '.join(KINDS)}")
        if not self.kinds or len(set(self.kinds)) < len(self.kinds):
            raise UsageError("give at least one kind, and each kind once")
        if not 0.0 < self.tol < 1.0:
            raise UsageError(f"the tolerance is {self.tol:g}; give a number between 0 and 1")
        if not 0.0 < self.tube <= 1.0:
            raise UsageError(f"the tube is {self.tube:g}; give a radius above 0, at most 1")
        self._check_rates()

    def _check_rates(self) -> None:
        for name, rate in {"clock": self.clock_rate, "weak": self.weak_rate}.items():
            if rate is not None and not 0.0 < rate < float("inf"):
                raise UsageError(f"the {name} rate is {rate:g}; give a positive number")
        if self.unstable_rate is not None and not -float("inf") < self.unstable_rate < 0.0:
            raise UsageError(f"the unstable rate is {self.unstable_rate:g}; give a negative number")
