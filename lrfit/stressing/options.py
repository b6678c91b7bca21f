"""What the user may choose about a stress test, each option declared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrfit.options.declare import check, option
from lrfit.options.kinds import Numbers, Whole

MOST_DRAWS = 10_000
ERRORS = "Errors"
"""Heading under which help lists the options."""


@dataclass(frozen=True, kw_only=True)
class StressOptions:
    """Options of `stress` beside its experiment.

    relative : standard deviations of the relative errors. draws : networks for each.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    relative: Sequence[float] = option(
        (1e-3, 1e-2),
        Numbers(above=0.0, repeated=True),
        ERRORS,
        metavar="SIZE",
        help="Standard deviation of the relative errors; repeatable [0.001 and 0.01].",
    )
    draws: int = option(
        100,
        Whole(least=1, most=MOST_DRAWS),
        ERRORS,
        metavar="COUNT",
        help="Networks drawn for every kind and size of error [100].",
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
