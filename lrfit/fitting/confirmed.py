"""The networks that passed the final solve: the best of every size, judged on validation points.

Place in the flow: refined neurons become candidates here, and the smallest that holds is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lrfit.fitting.assemble import Candidate, Refinement, settle
from lrfit.fitting.setting import FitProblem, neurons_from
from lrfit.regression.refine import Polished, Status
from lrfit.systems.sampling import SampleSet


class Confirmed:
    """The best candidate of every size so far."""

    def __init__(
        self, setting: FitProblem, points: SampleSet, tol: float | None, margin: float
    ) -> None:
        self._setting, self._points = setting, points
        self._goal = -np.inf if tol is None else margin * tol
        self._best: dict[int, Candidate] = {}

    @property
    def by_size(self) -> Mapping[int, Candidate]:
        """The candidates by their numbers of neurons."""
        return self._best

    def settled(self, polished: Polished, row: int) -> Candidate:
        """One of refined networks (S, k, q) solved by QR on all refinement points, and judged."""
        neurons = neurons_from(polished.theta[row], self._setting)
        kappa = self._leak(float(polished.at.kappa[row]))
        found = settle(self._setting, neurons, "refine", self._points, kappa)
        status, steps = Status(polished.status[row]), int(polished.steps[row])
        by = "compiled kernel" if polished.compiled[row] else "NumPy"
        return replace(found, refinement=Refinement(status=status.words, steps=steps, by=by))

    def _leak(self, found: float) -> float | None:
        """The leak with which to settle; None for one that is fitted with the readout.

        Under the criterion per-variable refinement finds the leak of the smallest power mean
        (docs/theory, eq. 18). With that of the smallest sum, which the readout comes with, the
        largest error of van der Pol's 13 neurons was 1.1 % larger. A leak at its bound is fitted,
        so that this is told.
        """
        low, high = self._setting.bounds.kappa
        kept = self._setting.options.criterion == "per-variable" and low < found < high
        return found if kept else None

    def judge(self, polished: Polished, row: int) -> None:
        """Settle one of refined networks; keep it if it is the best of its size."""
        candidate = self.settled(polished, row)
        known = self._best.get(candidate.size)
        if known is None or _rank(candidate) < _rank(known):
            self._best[candidate.size] = candidate

    def is_met(self, size: int) -> bool:
        """Whether the network of that size is sound and within the tolerance."""
        found = self._best.get(size)
        return found is not None and found.sound and found.error <= self._goal

    @property
    def smallest(self) -> int | None:
        """The smallest size with a sound network within the tolerance, if there is one."""
        return min((size for size in self._best if self.is_met(size)), default=None)


def _rank(candidate: Candidate) -> tuple[bool, float]:
    return not candidate.sound, candidate.error
