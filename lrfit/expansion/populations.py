"""Populations of equal neurons that keep a field when weights are wrong: refined at their price.

    error² = [ <w |r|²> + sum_p (sigma² + delta² <w phi_p²>) |A_p|² / q_p ] / <w |g|²>

p are k populations of q_p equal neurons, n in all. Quotas q_p in proportion to |A_p| phi_p make the
price of wrong weights least, delta² (sum_p |A_p| phi_p)² / n; steps of refinement at fixed quotas
and new quotas follow in turn (docs/theory, eqs. 49 and 50).

Place in the flow: weighted samples become neurons, their readout and quotas for `robust`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.sample_set import SampleSet
from lrfit.fitting.moves import MoveContext, from_above, greedy_starts
from lrfit.fitting.policy import BASE
from lrfit.fitting.problem import refinement_problem
from lrfit.fitting.setting import FitProblem, neurons_from
from lrfit.networks.basis import Neurons
from lrfit.networks.clones import equal_quotas, quotas
from lrfit.regression.least_squares import solve_readout
from lrfit.regression.problem import RefinementProblem, first_points
from lrfit.regression.readout import Readout
from lrfit.regression.refine import refine, weighted_rates

STARTS = 24
"""Starts at equal quotas: at 12 populations of van der Pol the best of 6 was 20 % worse."""
KEPT = 2
"""Starts that go on to quotas of their own: these change the order of few."""
POINTS = 1024
"""Points of the starts; those that go on see all."""
STEPS = 40
ROUNDS = 12
"""Rounds of quotas: the error changed by less than 1 % after the eighth."""
ROUND_STEPS = 10
_STREAM = 92


@dataclass(frozen=True, kw_only=True, eq=False)
class Populations:
    """k populations: their neurons and readout (box units), and neurons of each (k,)."""

    neurons: Neurons
    readout: Readout
    copies: NDArray[np.int64]


class PopulationSearch:
    """The search for k populations that share n neurons.

    setting : its options have the price of wrong weights. points : weighted samples. equal :
    whether all populations get as many neurons.
    """

    def __init__(
        self, setting: FitProblem, points: SampleSet, neurons: int, *, equal: bool = False
    ) -> None:
        self.setting, self.points = setting, points
        self.neurons, self.equal = neurons, equal
        self.problem = replace(refinement_problem(setting, points), power=1.0)

    def found(self, count: int) -> Populations:
        """The best `count` populations found."""
        best = None
        for start in self._starts(count):
            theta, copies, value = self._settled(start)
            if best is None or value < best[2]:
                best = theta, copies, value
        if best is None:
            raise AssertionError("a search has starts")
        return self._solved(*best[:2])

    def _starts(self, count: int) -> Array:
        """Starts (KEPT, count, q), refined at equal quotas; the best first."""
        problem = first_points(self._priced(None, count / self.neurons), POINTS)
        options = self.setting.options
        low, high = options.scale
        context = MoveContext(
            problem=problem,
            parents={},
            size=count,
            count=STARTS // 2,
            generator=np.random.default_rng([options.seed, _STREAM, count]),
            scale=(low, BASE.moves.steeper * high),
            bias=options.bias,
            policy=BASE,
        )
        greedy, pruned = greedy_starts(context, count, STARTS // 2), from_above(context).theta
        return refine(problem, np.concatenate([greedy, pruned]), STEPS).theta[:KEPT]

    def _priced(self, copies: Array | None, share: float = 1.0) -> RefinementProblem:
        """The problem at quotas (k,), or with prices lower by a factor for all neurons."""
        problem = self.problem
        # Below the safe price steps would need QR: a price of 1e-11 of all copies together is
        # far below the residual of any network.
        most = 1.0 if copies is None else float(np.max(copies))
        return replace(
            problem,
            price=max(problem.price * share, problem.safe_price * most),
            weight_price=problem.weight_price * share,
            copies=copies,
        )

    def _settled(self, theta: Array) -> tuple[Array, Array, float]:
        """Refinement and quotas in turn: theta (k, q), quotas (k,), and the objective there."""
        count = len(theta)
        copies = equal_quotas(count, self.neurons).astype(np.float64)
        at = refine(self._priced(copies), theta[None], ROUND_STEPS)
        for _ in range(0 if self.equal else ROUNDS):
            copies = self._quotas(at.theta[0], at.at.A[0])
            at = refine(self._priced(copies), at.theta, ROUND_STEPS)
        return at.theta[0], copies, float(at.at.value[0])

    def _quotas(self, theta: Array, A: Array) -> Array:
        sizes = np.linalg.norm(weighted_rates(self.problem, theta), axis=1)
        return quotas(np.linalg.norm(A, axis=1) * sizes, self.neurons).astype(np.float64)

    def _solved(self, theta: Array, copies: Array) -> Populations:
        """The exact readout at the quotas found, by QR."""
        setting, points = self.setting, self.points
        neurons = neurons_from(theta, setting)
        problem = replace(setting.regression(points), copies=copies)
        readout = solve_readout(problem, neurons.activity(points.state, points.input))
        return Populations(
            neurons=neurons,
            readout=setting.completed(readout),
            copies=copies.astype(np.int64),
        )
