"""What a search did: evidence for the size that it reports.

Place in the flow: `Explorer` writes here what it tried; `minimize` puts it into the `Fit`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lrfit.regression.refine import Status


@dataclass(kw_only=True, eq=False)
class Log:
    """Work (multiply-adds) and tries of a search so far.

    spent, seconds : of moves below the best size, by size. tried, reached : tasks that worked at a
    size, and those whose network was within the tolerance. refined : how the refinements of the
    networks found ended. stopped : why the search ended.
    """

    work: float = 0.0
    spent: dict[int, float] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)
    tried: dict[int, int] = field(default_factory=dict)
    refined: Counter[Status] = field(default_factory=Counter)
    stopped: str = "no smaller network is found within the effort"
