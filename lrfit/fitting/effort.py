"""How much work a search may do, and what it did: counted in operations, not in seconds.

Place in the flow: `explore` asks here before it goes on, and writes down here what it tried;
that is the evidence for the size it reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much work a search may do: sweeps, starts in each, and multiply-adds below the best.

    `stall`: work spent at one size without success before the size is taken to stand.
    """

    sweeps: int
    starts: int
    total: float
    stall: float


def effort(name: str, dimension: int, seen: int) -> Effort:
    """Work allowed for D state variables and so many inputs that neurons see.

    Measured to take at most about 5, 12 and 20 seconds on two quiet cores for D up to 2, 3 and
    more with `normal`, and half of that where the size soon stands; every input adds a fifth.
    `quick` is a quarter, `exhaustive` ten times that.
    """
    units = {1: 4e10, 2: 8e10, 3: 2.5e11}.get(dimension, 3.5e11) * (1.0 + 0.2 * seen)
    factor, sweeps = {"quick": (0.25, 2), "normal": (1.0, 2), "exhaustive": (10.0, 8)}[name]
    return Effort(sweeps=sweeps, starts=8, total=2.4 * factor * units, stall=0.35 * factor * units)


@dataclass(kw_only=True, eq=False)
class Log:
    """What the search did: evidence for the size that it reports."""

    work: float = 0.0
    spent: dict[int, float] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)
    tried: dict[int, int] = field(default_factory=dict)
    stopped: str = "no smaller network is found within the effort"
