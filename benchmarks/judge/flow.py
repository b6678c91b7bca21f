"""A right-hand side in box units, with the reading of the state it carries.

Place in the flow: targets and networks become flows, which all the rest integrates. Beyond
`BOUND` half-widths the right-hand side is zero, so that what escapes stops there instead of
growing beyond all numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array

BOUND = 4.0
"""Half-widths at which a trajectory is stopped."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Flow:
    """dy/dt = velocity(y, t), with y (L,) in half-widths of its own box.

    read : states y (n, L) -> the target's variables (n, D), half-widths of the target's box.
    begin : the target's variables (D,) at t = 0 -> y (L,). jumps : times at which an input jumps.
    watched : how many leading entries of y are bounded by `BOUND`.
    """

    velocity: Callable[[Array, float], list[float]]
    read: Callable[[Array], Array]
    begin: Callable[[Array], Array]
    jumps: tuple[float, ...] = ()
    watched: int = 0

    def escaped(self, y: Array) -> bool:
        """Whether a state is where trajectories are stopped, or not finite."""
        return not bool(np.all(np.abs(y[: self.watched]) < 0.999 * BOUND))

    def jacobian(self, y: Array) -> Array:
        """(L, L) by central differences, at t = 0: for flows at a constant input."""
        found = np.empty((len(y), len(y)))
        for j in range(len(y)):
            step = np.zeros(len(y))
            step[j] = 1e-6
            ahead, behind = self.velocity(y + step, 0.0), self.velocity(y - step, 0.0)
            found[:, j] = (np.array(ahead) - np.array(behind)) / 2e-6
        return found


def guarded(names: list[str], body: list[str], rates: list[str]) -> str:
    """Source of `velocity(y, t)`: unpack, stop outside, compute; zero where arithmetic fails."""
    outside = " or ".join(f"not -{BOUND} < {name} < {BOUND}" for name in names)
    zeros = f"[0.0]*{len(rates)}"
    lines = [
        "def velocity(y, t):",
        f" {', '.join(names)}, *rest = y.tolist()",
        f" if {outside}: return {zeros}",
        " try:",
        *(f"  {line}" for line in body),
        f"  return [{', '.join(rates)}]",
        f" except (ArithmeticError, ValueError, TypeError): return {zeros}",
    ]
    return "\n".join(lines)
