"""What a search is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WithinTolerance:
    """The smallest network whose error, by the criterion of the options, is at most `tol`.

    every_size : seek the best network of every size too, down to the smallest (a frontier).
    """

    tol: float
    every_size: bool = False


@dataclass(frozen=True)
class OfSize:
    """The network of `neurons` neurons with the least error."""

    neurons: int


Goal = WithinTolerance | OfSize
