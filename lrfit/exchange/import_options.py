"""What a user says of a file of weights: the conventions that no file tells."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lrfit.core.errors import UsageError
from lrfit.io.text import shown
from lrfit.networks.names import NONLINEARITY_NAMES
from lrfit.options.declare import check, option
from lrfit.options.document_values import described
from lrfit.options.kinds import ByName, Choice, Kind, NumberOr, Switch
from lrfit.options.python_values import is_number, told

CONVENTIONS = "Conventions"
"""Heading under which help lists the options."""
CONTINUOUS = "continuous"
_PART = re.compile(r"1/(N|sqrt\(N\))")


@dataclass(frozen=True, kw_only=True, eq=False)
class Text(Kind):
    """Any text."""

    def from_text(self, text: str) -> str:
        """The text itself."""
        return text

    def from_document(self, value: object) -> str:
        """A text."""
        if not isinstance(value, str):
            raise ValueError(f"give a text, not {described(value)}")
        return value

    def check(self, name: str, value: Any) -> None:
        """Refuse what is no text."""
        if not isinstance(value, str):
            raise UsageError(f"{name} is {told(value)}; give a text")


@dataclass(frozen=True, kw_only=True, eq=False)
class Factor(Text):
    """A number, 1/N or 1/sqrt(N), N being the number of neurons."""

    def check(self, name: str, value: Any) -> None:
        """Refuse everything else."""
        factor_of(value, 1)


def factor_of(given: float | str, neurons: int) -> float:
    """The number that a factor of the connectivity is for so many neurons.

    Raises
    ------
    UsageError
        It is neither a number other than zero nor 1/N nor 1/sqrt(N).

    Examples
    --------
    >>> from lrfit.exchange.import_options import factor_of
    >>> factor_of("1/N", 200), factor_of("1/sqrt(N)", 100), factor_of("0.5", 10)
    (0.005, 0.1, 0.5)
    """
    text = "".join(given.split()) if isinstance(given, str) else given
    part = _PART.fullmatch(text) if isinstance(text, str) else None
    if part:
        return 1.0 / (neurons if part[1] == "N" else math.sqrt(neurons))
    try:
        value = float(text) if isinstance(text, str) or is_number(text) else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value == 0.0:
        raise UsageError(f"factor is {shown(given, 60)!r}; give a number, 1/N or 1/sqrt(N)")
    return value


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """Options of `import_network`, which says what they mean.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    tau: float | None = option(
        None,
        NumberOr(words=(), metavar="T"),
        CONVENTIONS,
        help="Time constant of the neurons [as the file says; else it must be given].",
    )
    dt: float | Literal["continuous"] | None = option(
        None,
        NumberOr(words=(CONTINUOUS,), metavar="DT"),
        CONVENTIONS,
        help="Step that the network was trained with, or continuous [as the file says; tau for "
        "torch.nn.RNN and SimpleRNN, which have no leak; else it must be given].",
    )
    nonlinearity: str | None = option(
        None,
        Choice(words=NONLINEARITY_NAMES),
        CONVENTIONS,
        help="Of all neurons [as the file says, else tanh].",
    )
    form: Literal["current", "rate"] | None = option(
        None,
        Choice(words=("current", "rate")),
        CONVENTIONS,
        help="tau dx/dt = -x + J phi(x) + B u + b, or tau dr/dt = -r + phi(J r + B u + b) [rate "
        "for torch.nn.RNN and SimpleRNN, else current].",
    )
    map: Mapping[str, str] | None = option(
        None,
        ByName(values=Text()),
        CONVENTIONS,
        metavar="J=NAME,B=NAME",
        help="Arrays by role: J, or M and N of J = M N^T; B inputs, b bias, O outputs, o their "
        "offset; b=x+y adds two, B=none leaves it out [guessed from common names].",
    )
    transposed: bool | None = option(
        None,
        Switch(),
        CONVENTIONS,
        help="Weights act from the right, r W, columns receive [as in Keras; else rows receive].",
        flags="--transposed/--not-transposed",
    )
    factor: float | str | None = option(
        None,
        Factor(metavar="F"),
        CONVENTIONS,
        help="Multiplies the connectivity: a number, 1/N or 1/sqrt(N) [1].",
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
