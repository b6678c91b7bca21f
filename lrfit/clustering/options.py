"""What the user may choose about populations, each option declared once."""

from __future__ import annotations

from dataclasses import dataclass

from lrfit.core.errors import UsageError
from lrfit.options.declare import check, option
from lrfit.options.kinds import Switch, Whole

POPULATIONS, RESAMPLING, PYTHON = "Populations", "Resampling", "In Python only"
"""Headings under which help lists the options; the last one has no flags of its own."""
MOST = 64
"""Populations."""


@dataclass(frozen=True, kw_only=True)
class PopulationOptions:
    """Options of `populations`.

    populations : how many; None for the most stable number up to `max_populations`.
    zero_mean : whether all means are 0; None for yes in networks without bias. subsamples : of
    80 % of the neurons, whose mixtures are compared. resample : neurons of drawn networks; None for
    as many as the network has. draws : of them for each mixture. trials : of the task for each.
    rank : of the change of a full-rank connectivity; None for all of a matrix of low rank, else
    the functional rank.

    Raises
    ------
    UsageError
        A value that makes no sense.

    Examples
    --------
    >>> import lrfit
    >>> lrfit.PopulationOptions(populations=9).max_populations
    9
    """

    populations: int | None = option(
        None,
        Whole(least=1, most=MOST),
        POPULATIONS,
        metavar="P",
        help="How many populations [the most stable number].",
    )
    max_populations: int = option(
        6,
        Whole(least=1, most=MOST),
        POPULATIONS,
        metavar="P",
        help="The largest number that is tried [6].",
    )
    zero_mean: bool | None = option(
        None,
        Switch(),
        POPULATIONS,
        flags="--zero-mean/--means",
        help="All means at 0, or free [at 0 in networks without bias].",
    )
    subsamples: int = option(
        20,
        Whole(least=2, most=1000),
        POPULATIONS,
        metavar="S",
        help="Subsamples of 80 % of the neurons whose mixtures are compared [20].",
    )
    rank: int | None = option(
        None,
        Whole(least=1),
        POPULATIONS,
        metavar="R",
        help="Singular vectors of the (change of the) connectivity of a full-rank network [all of "
        "a matrix of low rank, else the functional rank].",
    )
    resample: int | None = option(
        None,
        Whole(least=2),
        RESAMPLING,
        metavar="N",
        help="Neurons of the networks that are drawn [as many as the network has].",
    )
    draws: int = option(
        10,
        Whole(least=0, most=10_000),
        RESAMPLING,
        metavar="COUNT",
        help="Networks drawn of each mixture; 0 for none [10].",
    )
    trials: int = option(
        100,
        Whole(least=1),
        RESAMPLING,
        metavar="N",
        help="Trials of the task for each [100].",
    )
    seed: int = option(0, Whole(), PYTHON, help="Of all random numbers [0].")

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
        if self.populations is not None and self.populations > self.max_populations:
            object.__setattr__(self, "max_populations", self.populations)

    def require_enough(self, neurons: int) -> None:
        """Refuse more populations than so many neurons can tell apart."""
        if self.max_populations > neurons // 8:
            raise UsageError(
                f"max populations is {self.max_populations}; {neurons} neurons can tell "
                f"{neurons // 8} populations apart at most"
            )
