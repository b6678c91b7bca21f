"""What the user may choose about a fit: flags, then the file, then these defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from lrfit.core.errors import UsageError
from lrfit.expressivity.structure import Structure
from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity

Criterion = Literal["per-variable", "overall", "worst"]
Method = Literal["refine", "ols", "omp", "lstsq"]
Drive = Literal["auto", "filtered", "direct", "gated", "copied"]
Sampling = Literal["sobol", "grid", "trajectory", "mixed"]
Effort = Literal["quick", "normal", "exhaustive"]
Update = Literal["continuous", "euler"]
LARGEST_NOISE = 1e100
"""Of every rate: the squares of more leave float64."""


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """Options of `fit` and `minimize`; None means: chosen by a rule that the docs state.

    tau : "auto" (fitted), "natural" (rms(zeta)/rms(gamma)) or a number in the system's time.
    center : "auto" (fitted), "middle" (of the box) or a number for every variable.
    noise : standard deviation of each rate (theory section 2). weight_noise : relative, on N.
    update, dt : "euler" fits the target's flow map over a step dt, a number in the system's time,
        or "tau/K": K steps to a tau that is fixed ("auto" is then "natural").
    scale : range of slopes of random neurons, in box units. samples : training points.
    drive : per input "auto", "direct", "filtered", "gated" or
        "copied"; by default as the system says.
    symmetric : exactly odd about the centre, as the target is. shared_bias : one bias for all
    neurons. nonnegative_rates : only nonlinearities that are never negative. orthogonal :
    columns of M are orthogonal.
    """

    nonlinearity: str = "tanh"
    bias: bool = True
    tau: float | Literal["auto", "natural"] = "auto"
    center: Mapping[str, float] | Literal["auto", "middle"] = "auto"
    noise: float = 1e-4
    weight_noise: float = 0.0
    criterion: Criterion = "per-variable"
    drive: Mapping[str, Drive] = field(default_factory=dict)
    update: Update = "continuous"
    dt: float | str | None = None
    scale: tuple[float, float] = (0.2, 3.0)
    candidates: int = 3000
    samples: int | None = None
    sampling: Sampling = "sobol"
    max_neurons: int = 512
    seed: int = 0
    effort: Effort = "normal"
    time_limit: float | None = None
    symmetric: bool = False
    shared_bias: bool = False
    nonnegative_rates: bool = False
    orthogonal: bool = False

    def __post_init__(self) -> None:
        """Refuse what no fit could use."""
        nonlinearity(self.nonlinearity)
        self._check_update()
        positive = {"tau": self.tau, "time limit": self.time_limit, "dt": self.dt}
        for name, value in positive.items():
            if isinstance(value, (int, float)) and not 0 < value < float("inf"):
                raise UsageError(f"{name} is {value:g}; give a positive number")
        for name, value in {"noise": self.noise, "weight noise": self.weight_noise}.items():
            if not 0 <= value <= LARGEST_NOISE:
                raise UsageError(f"{name} is {value:g}; give a number from 0 to {LARGEST_NOISE:g}")
        low, high = self.scale
        if not 0 < low <= high < float("inf"):
            raise UsageError(f"scale is {low:g}..{high:g}; give two positive slopes, lowest first")
        counts = {"candidates": self.candidates, "max neurons": self.max_neurons}
        for name, count in counts.items():
            if count < 1:
                raise UsageError(f"{name} is {count}; give at least 1")
        self._check_structure()
        if self.samples is not None and self.samples < 2:
            raise UsageError(f"samples is {self.samples}; give at least 2")
        if self.seed < 0:
            raise UsageError(f"seed is {self.seed}; give zero or a positive whole number")

    def _check_structure(self) -> None:
        phi = nonlinearity(self.nonlinearity)
        if self.symmetric and phi.parity != "odd":
            raise UsageError(
                f"symmetric networks need odd neurons, and {phi.name} is not odd; choose "
                f"{', '.join(n.name for n in NONLINEARITIES.values() if n.parity == 'odd')}"
            )
        if self.nonnegative_rates and not phi.nonnegative:
            raise UsageError(
                f"rates of {phi.name} are negative at times; choose "
                f"{', '.join(n.name for n in NONLINEARITIES.values() if n.nonnegative)}"
            )
        if self.shared_bias and self.symmetric:
            raise UsageError("a symmetric network has no bias at all; leave out shared bias")

    @property
    def structures(self) -> tuple[Structure, ...]:
        """What the network must have, to be measured when it is finished."""
        return tuple(name for name in get_args(Structure) if getattr(self, name))

    def _check_update(self) -> None:
        if self.update not in get_args(Update):
            raise UsageError(f"unknown update {self.update!r}; choose continuous or euler")
        if (self.update == "euler") != (self.dt is not None):
            raise UsageError(
                "the update euler needs its step; give --dt, a number or tau/10"
                if self.dt is None
                else "dt is the step of the update euler; give --update euler with it"
            )
        if isinstance(self.dt, str):
            steps_per_tau(self.dt)


def steps_per_tau(text: str) -> float:
    """K of a step written as tau/K.

    Raises
    ------
    UsageError
        It is not written so, or K is below one: no network follows so coarse a step.
    """
    name, _, number = text.partition("/")
    try:
        steps = float(number) if name.strip() == "tau" else float("nan")
    except ValueError:
        steps = float("nan")
    if not 1.0 <= steps < float("inf"):
        raise UsageError(f"dt is {text!r}; give a positive number, or tau/10 (tau/1 at most)")
    return steps


def require_refinement(options: FitOptions, method: str) -> None:
    """Refuse structure that random neurons do not have, and only refinement can give."""
    if options.orthogonal and method != "refine":
        raise UsageError(f"orthogonal columns of M need the method refine, not {method}")
