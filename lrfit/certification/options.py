"""What the user may choose about a certificate, each option declared once."""

from __future__ import annotations

from dataclasses import dataclass

from lrfit.options.declare import check, option
from lrfit.options.kinds import Number, Whole

PROOF = "Proof"
"""Heading under which help lists the options."""
MOST_BOXES = 1_000_000
"""Boxes examined at most, by default: seconds to a minute."""


@dataclass(frozen=True, kw_only=True)
class ProofOptions:
    """Options of `certify`: what is to be proved, and how much work it may take.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    gap: float = option(
        0.01,
        Number(above=0.0),
        PROOF,
        metavar="SHARE",
        help="How far the bound may lie above an error that is really there [0.01].",
    )
    tol: float | None = option(
        None,
        Number(above=0.0),
        PROOF,
        metavar="ERR",
        help="Prove or refute that no error is above ERR, instead of reaching the gap.",
    )
    max_boxes: int = option(
        MOST_BOXES,
        Whole(least=1),
        PROOF,
        metavar="COUNT",
        help="Stop after examining so many parts of the box [1000000].",
    )
    time_limit: float | None = option(
        None,
        Number(above=0.0),
        PROOF,
        metavar="SECONDS",
        help="Stop after this time with what is certain by then [none].",
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
