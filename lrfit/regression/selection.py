"""The state of a greedy selection: norms and products of all candidates, step by step.

Place in the flow: `greedy` prepares targets and leak, and reads the steps; here a neuron is taken.
The ridge of `least_squares` is a row sqrt(lambda_i) e_i below candidate i, so that the augmented
columns obey the plain recursion

    q = p_j / |p_j|,    n_i <- n_i - (Phi_i'q)²,    B_i <- B_i - (Phi_i'q) (q'T)

with p_i the remainder of Phi_i after the neurons taken, n_i = |p_i|², T the targets and B = Phi'T.
q comes from `span`, Phi_i'q from `lookahead`, the scores from `scores`. Beside the candidates this
takes memory for about (3 neurons + 100) (P + K) numbers. As many threads as BLAS is allowed, in
passes over the candidates; one for everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.regression.factor import triangular_factor
from lrfit.regression.features import Features, Indices, is_live, row_slices
from lrfit.regression.foresight import Known, foresee
from lrfit.regression.lookahead import ProductCache
from lrfit.regression.scores import Outputs, View, least_squares_gains, matching_scores
from lrfit.regression.span import Span

Rule = Literal["ols", "omp"]

BATCH = 32
"""Candidates in a later pass: their products then cost about as much as reading the matrix."""
DEPENDENT = 1e-14
"""A downdated n_i below this share of its starting value is rounding: nothing is left of it."""
IN_SPAN = 1e-26
"""The same for an n_i that was computed from the column itself."""
UNSURE = 1e-7
"""Relative uncertainty of a downdated n_i from which it is computed anew before it decides."""
WRONG = 1e-6
"""Relative error of a downdated n_i at which the choice is made again with the right one."""
EXACT = 1e-13
"""A residual below this share of its target is rounding: nothing is left to choose by."""


def rounding(samples: int) -> float:
    """Uncertainty of a downdated n_i, relative to its value when it was last computed from P terms.

    Rounding errors of a sum of P products add up as a random walk, to about sqrt(P) u (Higham &
    Mary 2019). Compared with extended precision, for columns 1e-6 apart, the largest error was
    0.6 sqrt(P) eps from 400 to 40,000 samples and no more beyond (sums are taken in blocks). Too
    small a bound lets the noise of cancelled norms choose the neuron.
    """
    return float(np.finfo(np.float64).eps) * max(8.0, float(np.sqrt(samples)))


@dataclass(frozen=True, kw_only=True)
class SelectionPlan:
    """How a selection is to be done.

    ridge, relative_ridge : lambda_i = ridge + relative_ridge |Phi_i|² (docs/theory, eqs. 12 and
    15). count : at most so many neurons.
    batch, start, cache_bytes : speed and memory only. Candidates in a later pass, and in the first
    one: directions enough for the first guesses to be right for a while. Directions that no neuron
    needs are forgotten rather than let all of them exceed `cache_bytes`.
    """

    rule: Rule
    count: int
    ridge: float = 0.0
    relative_ridge: float = 0.0
    batch: int = BATCH
    start: int = 64
    cache_bytes: int = 768 << 20

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        if not (0.0 <= self.ridge < np.inf and 0.0 <= self.relative_ridge < np.inf):
            raise UsageError("the noise is not a finite number; give zero or a positive one")
        if self.rule not in ("ols", "omp"):
            raise UsageError(f"unknown rule {self.rule!r}; choose ols or omp")
        if self.count < 1 or self.batch < 1:
            raise UsageError(f"{self.count} neurons in batches of {self.batch}; give at least 1")

    def capacity(self, samples: int, candidates: int, free: int) -> int:
        """How many directions to keep: generous, within `cache_bytes` if that is possible."""
        least = free + self.count + self.batch
        wanted = free + self.start + 3 * self.count + 2 * self.batch
        fitting = self.cache_bytes // (8 * (samples + candidates))
        return min(max(least, min(wanted, fitting)), free + candidates)


class Selection:
    """The state of one selection: what is known of every candidate, and the span taken.

    features : candidates (P, K). targets (t, P), free (F, P) : scaled by root (P,) already, and
    overwritten; `free` columns are taken first, without price. outputs : how targets are scored.
    """

    def __init__(
        self,
        features: Features,
        outputs: Outputs,
        targets: Array,
        free: Array,
        root: Array,
        plan: SelectionPlan,
    ) -> None:
        samples, candidates = features.shape
        plan = replace(plan, count=min(plan.count, candidates))
        capacity = plan.capacity(samples, candidates, len(free))
        self.plan, self.outputs, self.samples = plan, outputs, samples
        self.lengths = np.linalg.norm(targets, axis=1)
        self.support: list[int] = []
        self.cache = ProductCache(features, targets, root, capacity)
        self.span = Span(len(free) + plan.count, plan.count, capacity, len(targets))
        # Later passes need room for a batch and for the neurons still to be taken.
        start = min(plan.start, max(capacity - len(free) - plan.count - plan.batch, 0))
        with self.cache.threads.one():
            self._begin(free, _spread(candidates, start))

    @property
    def training(self) -> Array:
        """Root mean square of every output's residual, with the price of noise, (D,)."""
        return np.sqrt(self.view.squares / self.samples)

    def take(self) -> int | None:
        """Take the best candidate and return its index; None when none would help."""
        if len(self.support) == self.plan.count or self._is_exact():
            return None
        with self.cache.threads.one():
            return self._take()

    def _begin(self, free: Array, first: Indices) -> None:
        """Survey all candidates, and take the free columns."""
        taken, self.free, self.B, squares = self.cache.start(free, first)
        self._set_norms(squares)
        for row in taken:  # no price: their slots stay empty
            self._commit(*self.span.remainder(np.concatenate([np.zeros(self.plan.count), row])))
        self._outside = self._outside_factor()
        self.view = self._view()

    def _take(self) -> int | None:
        while True:
            scores = self._sure_scores()
            best = int(np.argmax(scores))
            if not scores[best] > 0.0:
                return None
            if self._accept(best):
                return best

    def _set_norms(self, squares: Array) -> None:
        """Norms with their ridge rows; infinite for dead candidates, which never score."""
        alive = is_live(squares)
        usable = np.where(alive, squares, 0.0)
        self.penalty = self.plan.ridge + self.plan.relative_ridge * usable
        self.whole = np.where(alive, usable + self.penalty, np.inf)
        self.norms, self.reference = self.whole.copy(), self.whole.copy()

    def _is_exact(self) -> bool:
        left, whole = np.sqrt(self.view.squares), self.lengths[-len(self.view.squares) :]
        return bool(np.all(left <= EXACT * whole))

    def _scores(self) -> Array:
        scores = self._score(self.view, self.B, self.norms)
        # Taken, dead or in the span: omp, which divides by |Phi_i|², would take some again.
        scores[np.isinf(self.norms)] = 0.0
        return scores

    def _score(self, view: View, B: Array, norms: Array) -> Array:
        if self.plan.rule == "ols":
            return least_squares_gains(view, B, norms)
        return matching_scores(view, B, self.whole)

    def _sure_scores(self) -> Array:
        """Scores, after computing anew the norms near the top that rounding makes unsure."""
        while True:
            scores = self._scores()
            unsure = self._unsure(scores) if self.plan.rule == "ols" else np.empty(0, np.intp)
            if len(unsure) == 0:
                return scores
            self._recompute(unsure[: self.plan.batch])

    def _unsure(self, scores: Array) -> Indices:
        """Candidates that may or may not be the best, within the rounding of their norms."""
        possible = np.isfinite(self.norms)
        doubt = np.divide(
            rounding(self.samples) * self.reference,
            self.norms,
            where=possible,
            out=np.zeros(len(scores)),
        )
        best = int(np.argmax(scores))
        # Only candidates whose intervals of scores overlap that of the best can change the choice.
        rivals = scores * (1.0 + doubt) >= scores[best] * (1.0 - doubt[best])
        if np.sum(rivals) <= 1 or not scores[best] > 0.0:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(rivals & (doubt > UNSURE))

    def _recompute(self, indices: Indices) -> None:
        """Norms and target products of some candidates from their columns, not by downdating."""
        inside, outside = self.cache.split(indices)
        targets = self.span.residual_rows(self.cache.inside[: self.cache.size])
        for index, row, beyond in zip(indices, inside, outside, strict=True):
            left, _ = self.span.remainder(np.concatenate([np.zeros(self.plan.count), row]))
            self._set_norm(index, float(left @ left + beyond @ beyond + self.penalty[index]))
            self.B[:, index] = left @ targets + self.cache.outside @ beyond

    def _set_norm(self, index: int, norm: float) -> None:
        in_span = norm <= IN_SPAN * self.whole[index]
        self.norms[index] = np.inf if in_span else norm
        self.reference[index] = norm

    def _accept(self, index: int) -> bool:
        """Take a candidate, unless its remainder turns out to be other than was thought."""
        if not self.cache.known[index]:
            self._fetch(index)
        ridge_row = np.zeros(self.plan.count)
        # sqrt(lambda) in a slot of its own makes the ridge an ordinary part of the column.
        ridge_row[len(self.support)] = np.sqrt(self.penalty[index])
        x = np.concatenate([ridge_row, self.cache.coordinates(index)])
        left, taken = self.span.remainder(x)
        norm, thought = float(left @ left), self.norms[index]
        self._set_norm(index, norm)
        # The remainder is exact now. A choice that rested on another norm is made again, with this
        # one put right: downdating loses all digits of columns that are nearly in the span.
        wrong = self.plan.rule == "ols" and abs(norm - thought) > WRONG * norm
        if wrong or not np.isfinite(self.norms[index]):
            return False
        self.support.append(index)
        self.norms[index] = np.inf
        self._commit(left, taken)
        self.view = self._view()
        return True

    def _commit(self, left: Array, taken: Array) -> None:
        """Take a column into the span, and its direction out of norms and products."""
        q, r = self.span.append(left, taken, self.cache.inside[: self.cache.size])
        along = q @ self.cache.products
        # n_i = |Phi_i|² - sum (Phi_i'q)²: errors stay absolute, so they are judged by `reference`.
        self.norms -= along * along
        self.norms[self.norms <= DEPENDENT * self.reference] = np.inf
        self.B -= np.outer(r, along)

    def _fetch(self, index: int) -> None:
        """Form the products of a candidate, and of those that will probably follow it."""
        size = self.cache.size
        known = Known(
            W=self.cache.products,
            Q=self.span.directions(size),
            B=self.B,
            norms=self.norms,
            rows=self._rows(),
        )
        wanted = foresee(
            known,
            self.outputs,
            self._score,
            first=index,
            fetched=self.cache.known,
            count=self.plan.batch,
            steps=min(self.plan.count - len(self.support), 4 * self.plan.batch),
        )
        if self.cache.room < len(wanted):
            self.cache.keep_only(self.span.shrink(size))
        self.cache.add(wanted)
        self._outside = self._outside_factor()

    def _outside_factor(self) -> Array:
        """Rows with the inner products of the targets beyond the known directions."""
        # Changes only with the known directions, which is why it is kept between neurons.
        outside = self.cache.outside
        blocks = (outside[:, at].T for at in row_slices(self.samples, len(outside)))
        return triangular_factor(blocks, len(outside))

    def _rows(self) -> Array:
        """Rows with the inner products of what is left of the targets."""
        inside = self.span.residual_rows(self.cache.inside[: self.cache.size])
        return np.vstack([inside, self._outside])

    def _view(self) -> View:
        return self.outputs.view(self._rows())


def _spread(candidates: int, count: int) -> Indices:
    """Up to `count` candidates spread over all: golden-ratio steps fall in with no pattern."""
    golden = 0.5 * (np.sqrt(5.0) - 1.0)
    return np.unique((np.arange(count) * golden % 1.0 * candidates).astype(np.intp))
