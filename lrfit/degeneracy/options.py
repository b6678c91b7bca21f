"""What the user may choose about degenerate solutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lrfit.fitting.options import NETWORK, RUN, SEARCH, FitOptions
from lrfit.options.declare import check, option, options_of
from lrfit.options.kinds import Number, Several

Kind = Literal["autonomous", "clock", "driven", "unstable"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CLOCK, WEAK, UNSTABLE = 3.0, 0.2, -1.0
"""Contraction rates that are built unless others are asked for, in units of the trajectory's own
rate: they lie far enough apart to differ by more than 20 % of the speed in the tube."""
SOLUTIONS = "Solutions"
"""Heading under which help lists the options."""
_OF_FIT = options_of(FitOptions)


@dataclass(frozen=True, kw_only=True)
class DegenerateOptions:
    """Options of `degenerate`.

    kinds : which solutions. tol : largest deviation from the trajectory, in its rms excursions.
    tube : rms radius of the tube, same units. clock_rate, weak_rate, unstable_rate : contraction
    rates lambda of the kinds clock, driven and unstable (negative: neighbours leave), per unit
    of time; None for the program's choice. samples : training points. noise : of every rate,
    prices the weights.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    kinds: tuple[Kind, ...] = option(
        KINDS,
        Several(words=KINDS, metavar="KIND,KIND"),
        SOLUTIONS,
        help="Of autonomous, clock, driven, unstable [all four].",
    )
    tol: float = option(
        0.01,
        Number(above=0.0, below=1.0),
        SOLUTIONS,
        metavar="ERR",
        help="Largest distance from the trajectory at any time, in its rms excursions [0.01].",
    )
    tube: float = option(
        0.2,
        Number(above=0.0, most=1.0),
        SOLUTIONS,
        metavar="RADIUS",
        help="Rms radius of the tube where fields are fitted and compared, same units [0.2].",
    )
    clock_rate: float | None = option(
        None,
        Number(above=0.0),
        SOLUTIONS,
        metavar="RATE",
        help="Contraction rate of the clock solution [3 times the trajectory's own rate].",
    )
    weak_rate: float | None = option(
        None,
        Number(above=0.0),
        SOLUTIONS,
        metavar="RATE",
        help="Contraction rate of the driven solution [0.2 times].",
    )
    unstable_rate: float | None = option(
        None,
        Number(below=0.0),
        SOLUTIONS,
        metavar="RATE",
        help="Contraction rate, negative, of the unstable solution [-1 times].",
    )
    nonlinearity: str = option(
        "tanh", _OF_FIT["nonlinearity"].kind, NETWORK, help="phi of every neuron [tanh]."
    )
    noise: float = option(
        1e-6,
        _OF_FIT["noise"].kind,
        NETWORK,
        metavar="SIGMA",
        help="Standard deviation of the noise on every rate, which prices the weights [1e-6].",
    )
    candidates: int = option(
        2000,
        _OF_FIT["candidates"].kind,
        SEARCH,
        metavar="K",
        help="Random neurons to select from [2000].",
    )
    samples: int = option(
        4096, _OF_FIT["samples"].kind, SEARCH, metavar="P", help="Training points [4096]."
    )
    max_neurons: int = option(
        128,
        _OF_FIT["max_neurons"].kind,
        SEARCH,
        metavar="N",
        help="Largest network to try [128].",
    )
    seed: int = option(
        0, _OF_FIT["seed"].kind, RUN, metavar="SEED", help="Seed of all random numbers [0]."
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
