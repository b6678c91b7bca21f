"""What the user may choose about a score, each option declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrfit.options.declare import check, option
from lrfit.options.kinds import Choice, Number, Whole

if TYPE_CHECKING:
    from lrfit.simulation.field_trials import FixedSolver

TRIALS, PYTHON = "Trials", "In Python only"
"""Headings under which help lists the options; the last one has no flags of its own."""


@dataclass(frozen=True, kw_only=True)
class TrialOptions:
    """Options of `score`: how many trials, of which stream, and how they are run.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    trials: int = option(200, Whole(least=1), TRIALS, metavar="N", help="Fresh trials [200].")
    solver: FixedSolver = option(
        "rk4",
        Choice(words=("rk4", "euler")),
        TRIALS,
        help="Runge-Kutta, or Euler, which alone admits noise [rk4].",
    )
    dt: float | None = option(None, Number(above=0.0), TRIALS, metavar="DT", help="Step [tau/10].")
    rate_noise: float = option(
        0.0,
        Number(least=0.0),
        TRIALS,
        metavar="SIGMA",
        help="Noise on every rate, correlated over tau; solver euler [0].",
    )
    seed: int = option(0, Whole(), PYTHON, help="Of the trials [0].")

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
