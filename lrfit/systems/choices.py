"""Words that a system file and the options of a fit share."""

from typing import Literal

Drive = Literal["auto", "filtered", "direct", "gated", "copied"]
"""How an input reaches the network."""
Sampling = Literal["sobol", "grid", "trajectory", "mixed"]
"""Where samples of a target lie (see `lrfit.systems.sampling`)."""
