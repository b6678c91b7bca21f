"""What the user may choose about a fit: flags, then the file, then these defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lrfit.errors import UsageError
from lrfit.neurons.nonlinearity import nonlinearity

Criterion = Literal["per-variable", "overall", "worst"]
Method = Literal["refine", "ols", "omp", "lstsq"]
Drive = Literal["auto", "filtered", "direct", "gated", "copied"]
Sampling = Literal["sobol", "grid", "trajectory", "mixed"]
Effort = Literal["quick", "normal", "exhaustive"]


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """Options of `fit` and `minimize`; None means: chosen by a rule that the docs state.

    tau : "auto" (fitted), "natural" (rms(zeta)/rms(gamma)) or a number in the system's time.
    center : "auto" (fitted), "middle" (of the box) or a number for every variable.
    noise : standard deviation of each rate (theory section 2). weight_noise : relative, on N.
    scale : range of slopes of random neurons, in box units. samples : training points.
    drive : per input "auto", "direct", "filtered", "gated" or
        "copied"; by default as the system says.
    """

    nonlinearity: str = "tanh"
    bias: bool = True
    tau: float | Literal["auto", "natural"] = "auto"
    center: Mapping[str, float] | Literal["auto", "middle"] = "auto"
    noise: float = 1e-4
    weight_noise: float = 0.0
    criterion: Criterion = "per-variable"
    drive: Mapping[str, Drive] = field(default_factory=dict)
    scale: tuple[float, float] = (0.2, 4.0)
    candidates: int = 3000
    samples: int | None = None
    sampling: Sampling = "sobol"
    max_neurons: int = 512
    seed: int = 0
    effort: Effort = "normal"
    time_limit: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no fit could use."""
        nonlinearity(self.nonlinearity)
        positive = {"tau": self.tau, "time limit": self.time_limit}
        for name, value in positive.items():
            if isinstance(value, (int, float)) and not 0 < value < float("inf"):
                raise UsageError(f"{name} is {value:g}; give a positive number")
        for name, value in {"noise": self.noise, "weight noise": self.weight_noise}.items():
            if not 0 <= value < float("inf"):
                raise UsageError(f"{name} is {value:g}; give zero or a positive number")
        low, high = self.scale
        if not 0 < low <= high < float("inf"):
            raise UsageError(f"scale is {low:g}..{high:g}; give two positive slopes, lowest first")
        counts = {"candidates": self.candidates, "max neurons": self.max_neurons}
        for name, count in counts.items():
            if count < 1:
                raise UsageError(f"{name} is {count}; give at least 1")
        if self.samples is not None and self.samples < 2:
            raise UsageError(f"samples is {self.samples}; give at least 2")
        if self.seed < 0:
            raise UsageError(f"seed is {self.seed}; give zero or a positive whole number")
