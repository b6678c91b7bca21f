"""What the user may choose about reduction, each option declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrfit.options.declare import check, option
from lrfit.options.kinds import Choice, Number, Whole

LATENT, SIZE, TRIALS = "Latent space", "Size", "Trials"
"""Headings under which help lists the options."""
By = Literal["auto", "projection", "lint"]


@dataclass(frozen=True, kw_only=True)
class ReduceOptions:
    """Options of `reduce`.

    rank : of the latent space, None for the smallest that suffices, at least the number of outputs.
    by : how its field is found. neurons : of the network, None for as few as suffice. tol : of the
    relative loss. trials : for training, and for the test; twice as many for validation. starts :
    different starts of every size at most. iterations : rounds of tuning in closed loop. tau, dt :
    of recorded activity, which has no weights; None for a network.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    rank: int | None = option(
        None,
        Whole(least=1, most=64),
        LATENT,
        metavar="R",
        help="Rank of the network [the smallest at which trials are right].",
    )
    by: By = option(
        "auto",
        Choice(words=("auto", "projection", "lint")),
        LATENT,
        help="Project the network on principal components of its recurrent activity, or train one "
        "of low rank on its rates (lint) [project; train where too many trials go wrong].",
    )
    neurons: int | None = option(
        None,
        Whole(least=1, most=1024),
        SIZE,
        metavar="N",
        help="Neurons of the network [as few as suffice].",
    )
    tol: float = option(
        0.05,
        Number(above=0.0),
        SIZE,
        metavar="LOSS",
        help="Largest loss of the task, relative to that with the connectivity before training "
        "[0.05].",
    )
    starts: int = option(
        3, Whole(least=1, most=100), SIZE, metavar="S", help="Starts of every size, at most [3]."
    )
    trials: int = option(
        512,
        Whole(least=8, most=100_000),
        TRIALS,
        metavar="P",
        help="Trials for training, as many for the test [512].",
    )
    tau: float | None = option(
        None,
        Number(above=0.0),
        TRIALS,
        metavar="T",
        help="Time constant, where TRAINED is a file of recorded activity [that of the network].",
    )
    dt: float | None = option(
        None,
        Number(above=0.0),
        TRIALS,
        metavar="DT",
        help="Time step of recorded activity [that of the network].",
    )
    iterations: int = option(
        200,
        Whole(least=0, most=10_000),
        TRIALS,
        metavar="K",
        help="Rounds of tuning in closed loop, at most [200].",
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
