"""What the user may choose about pushes, each option declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from lrfit.core.errors import UsageError
from lrfit.core.shapes import Axes, Named
from lrfit.options.declare import check, option
from lrfit.options.kinds import Number, Numbers, Several, Whole

Kind = Literal["state", "input"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FARTHEST = 100.0
"""Rms excursions of a push: networks answer far less, and larger ones only overflow."""
PUSHES, NOISE, PYTHON = "Pushes", "Noise", "In Python only"
"""Headings under which help lists the options; the last one has no flags of its own."""


@dataclass(frozen=True, kw_only=True)
class PushOptions:
    """Options of `perturb`.

    amplitudes : distances from the trajectory right after a push, in rms excursions.
    times : when; None for 10, 30 and 50 % of the duration. draw : so many random times and
    directions instead, from `seed`. kinds : which. width : of input pulses; None for a tenth of
    1/rate. window : after a push in which the return rate is fitted; None for 2/rate.
    noise : process noise, in rms excursions per square root of 1/rate. criterion : the d' at
    which two networks are told apart. duration : of the study; None for the shortest network's.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    amplitudes: Annotated[tuple[float, ...], Axes("amplitude"), Named("amplitude")] = option(
        (0.01, 0.03, 0.1, 0.2, 0.4),
        Numbers(above=0.0, metavar="A,A,..."),
        PUSHES,
        help="Distances right after a push, in rms excursions [0.01,0.03,0.1,0.2,0.4].",
    )
    times: tuple[float, ...] | None = option(
        None,
        Numbers(metavar="T,T,..."),
        PUSHES,
        help="When: along the trajectory and in every direction off it [10, 30, 50 % of it].",
    )
    draw: int = option(
        0,
        Whole(metavar="N"),
        PUSHES,
        help="Draw so many times and directions instead, by --seed.",
    )
    kinds: tuple[Kind, ...] = option(
        KINDS,
        Several(words=KINDS, metavar="state,input"),
        PUSHES,
        help="Jumps of the state, pulses of a further input through span(M) [both].",
    )
    width: float | None = option(
        None,
        Number(above=0.0, metavar="T"),
        PUSHES,
        help="Length of input pulses [a tenth of the trajectory's own time].",
    )
    window: float | None = option(
        None,
        Number(above=0.0, metavar="T"),
        PUSHES,
        help="Time after a push in which the return rate is fitted [twice its own time].",
    )
    duration: float | None = option(
        None,
        Number(above=0.0, metavar="T"),
        PUSHES,
        help="Of the study [the shortest of the networks'].",
    )
    noise: float = option(
        0.05,
        Number(above=0.0, metavar="S"),
        NOISE,
        flags="--process-noise",
        help="White noise on the state, in rms excursions per square root of the trajectory's own "
        "time [0.05].",
    )
    criterion: float = option(
        1.0,
        Number(above=0.0, metavar="D"),
        NOISE,
        flags="--dprime",
        help="The d' at which two networks are told apart [1].",
    )
    seed: int = option(0, Whole(), PYTHON, help="Of the pushes that are drawn [0].")

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
        sizes = self.amplitudes
        if list(sizes) != sorted(set(sizes)):
            raise UsageError("the amplitudes do not increase; sort them, each once")
        if sizes[-1] > FARTHEST:
            raise UsageError(
                f"an amplitude of {sizes[-1]:g} rms excursions is far from everything that a "
                f"network was fitted on; give at most {FARTHEST:g}"
            )
        if self.draw and self.times:
            raise UsageError("give times or a number of pushes to draw, not both")
