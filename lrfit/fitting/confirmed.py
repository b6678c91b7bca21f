"""The networks that passed the final solve: the best of every size, judged on validation points.

Place in the flow: refined neurons become candidates here, and the smallest that holds is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from lrfit.core.arrays import Array
from lrfit.fitting.assemble import Candidate, settle
from lrfit.fitting.select import MARGIN
from lrfit.fitting.setting import FitProblem, neurons_from
from lrfit.systems.sampling import SampleSet


class Confirmed:
    """The best candidate of every size so far."""

    def __init__(self, setting: FitProblem, points: SampleSet, tol: float) -> None:
        self._setting, self._points, self._tol = setting, points, tol
        self._best: dict[int, Candidate] = {}

    @property
    def by_size(self) -> Mapping[int, Candidate]:
        """The candidates by their numbers of neurons."""
        return self._best

    def settled(self, theta: Array) -> Candidate:
        """Neurons theta (k, q) solved by QR on all refinement points, and judged."""
        return settle(self._setting, neurons_from(theta, self._setting), "refine", self._points)

    def judge(self, theta: Array) -> None:
        """Settle neurons theta (k, q); keep them if they are the best of their size."""
        candidate = self.settled(theta)
        known = self._best.get(candidate.size)
        if known is None or _rank(candidate) < _rank(known):
            self._best[candidate.size] = candidate

    def is_met(self, size: int) -> bool:
        """Whether the network of that size is sound and within the tolerance."""
        found = self._best.get(size)
        return found is not None and found.sound and found.error <= MARGIN * self._tol

    @property
    def smallest(self) -> int | None:
        """The smallest size with a sound network within the tolerance, if there is one."""
        return min((size for size in self._best if self.is_met(size)), default=None)


def _rank(candidate: Candidate) -> tuple[bool, float]:
    return not candidate.sound, candidate.error
