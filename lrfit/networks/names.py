"""Names of nonlinearities and of structures, known without loading anything that computes.

Help and the checks of options need them at once. `networks.nonlinearity` defines a nonlinearity
for each name, `regression.constraints` how a structure is kept.
"""

from __future__ import annotations

from typing import Literal

NONLINEARITY_NAMES = ("tanh", "erf", "sigmoid", "relu", "softplus", "sin")
Structure = Literal["symmetric", "shared_bias", "nonnegative_rates", "orthogonal"]
"""Structure that a network can be asked to have."""
PLACES = ("M", "N", "B", "b", "O")
"""Blocks of weights that can be wrong; O are those of an output that reads rates."""
