"""What may be chosen about learning in linear networks, each option declared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrfit.core.errors import UsageError
from lrfit.options.declare import check, option
from lrfit.options.kinds import Number, Numbers, Whole

LINEAR = "Linear network"
"""Heading under which help lists the options."""
LARGEST_G = 0.95
"""At larger g the eigenvalues of finite random matrices come too close to 1."""
_STEP = 0.005
"""By default s grows by so much in one epoch at the largest g (docs/theory, eq. 38)."""


@dataclass(frozen=True, kw_only=True)
class LinearOptions:
    """Options of `learn_linear`.

    Raises
    ------
    UsageError
        A value that makes no sense, or a rate at which learning diverges.
    """

    neurons: int = option(
        1024,
        Whole(least=16, most=4096),
        LINEAR,
        metavar="N",
        help="Neurons [1024].",
    )
    gs: Sequence[float] = option(
        (0.0, 0.3, 0.6, 0.8),
        Numbers(),
        LINEAR,
        flags="--g",
        metavar="G,G",
        help="Strengths g of the initial connectivity, from 0 to 0.95; 0 is always among them "
        "[0,0.3,0.6,0.8].",
    )
    target: float = option(
        0.5,
        Number(above=0.0, most=10.0),
        LINEAR,
        metavar="Z",
        help="What the output is to become [0.5].",
    )
    seeds: int = option(
        3,
        Whole(least=1, most=1000),
        LINEAR,
        metavar="COUNT",
        help="Networks drawn for each g [3].",
    )
    rate: float | None = option(
        None,
        Number(least=1e-5, most=1.0),
        LINEAR,
        metavar="RATE",
        help="Learning rate, one for all g; learning diverges unless it is far below (1 - g^2)^2 "
        "[0.005 (1 - g^2)^2 of the largest g].",
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense, and rates whose first step goes beyond the target."""
        check(self)
        for g in self.gs:
            if not 0.0 <= g <= LARGEST_G:
                raise UsageError(f"g is {g:g}; give numbers from 0 to {LARGEST_G:g}")
        if self.used_rate > self._limit:
            raise UsageError(
                f"rate is {self.used_rate:g}; at g = {max(self.gs):g} the first step goes beyond "
                f"the target with a rate above (1 - g^2)^2 = {self._limit:.3g}; give a smaller one"
            )

    @property
    def strengths(self) -> tuple[float, ...]:
        """All g, 0 and then increasing."""
        return tuple(sorted({0.0, *map(float, self.gs)}))

    @property
    def used_rate(self) -> float:
        """The learning rate."""
        return _STEP * self._limit if self.rate is None else self.rate

    @property
    def _limit(self) -> float:
        return float((1.0 - max(self.gs) ** 2) ** 2)
