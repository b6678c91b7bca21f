"""Guess which neurons greedy selection will take next, from what is already known.

Place in the flow: `lookahead` asks which candidates to fetch together. The guess plays the
selection forward, leak and all, with the inner products Phi_i' Phi_j replaced by W_i' W_j, their
part in the known subspace. It only has to be quick and often right: no choice of a neuron ever
depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.regression.features import Indices
from lrfit.regression.scores import Outputs, View

FLOOR = 1e-3
"""Smallest share of a norm that guessed steps may leave: guesses add up to more than the truth."""

Score = Callable[[View, Array, Array], Array]


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What the selection knows when it asks.

    W : (m, K), coordinates of all candidates in the known subspace. Q : (k, m), of the directions
    taken. B : (t, K), candidates' products with what is left of the targets. norms : (K,), of the
    candidates' remainders; infinite for those that cannot be taken. rows : (r, t), with the inner
    products of what is left of the targets.
    """

    W: Array
    Q: Array
    B: Array
    norms: Array
    rows: Array


def foresee(
    known: Known,
    outputs: Outputs,
    score: Score,
    *,
    first: int,
    fetched: NDArray[np.bool_],
    count: int,
    steps: int,
) -> Indices:
    """Return up to `count` candidates that are not fetched, likely to be taken soon.

    Parameters
    ----------
    known : Known
        What to go by.
    outputs, score :
        How the selection scores: score(view, B, norms) -> (K,).
    first : int
        The candidate that is certainly taken next; it is among those returned.
    fetched : (K,)
        Candidates whose products are formed already.
    steps : int
        At most so many steps are played.
    """
    game = _Forecast(known, outputs, score, steps)
    wanted: list[int] = []
    index = first
    for _ in range(steps):
        if not fetched[index]:
            wanted.append(index)
        if len(wanted) == count:
            break
        index = game.play(index)
        if index < 0:
            break
    return np.array(wanted, dtype=np.intp)


class _Forecast:
    """The selection, played forward on guessed inner products."""

    def __init__(self, known: Known, outputs: Outputs, score: Score, steps: int) -> None:
        self.known, self.outputs, self.score = known, outputs, score
        self.B, self.norms = known.B.copy(), known.norms.copy()
        self.lowest = FLOOR * known.norms
        self.lengths = np.linalg.norm(known.rows, axis=0)
        self.lengths[self.lengths == 0.0] = 1.0
        # Unit targets: their Gram matrix stays near 1 however different the outputs' scales are.
        unit = known.rows / self.lengths
        self.gram = unit.T @ unit
        self.taken = np.empty((steps, len(known.norms)))
        self.played = 0

    def play(self, index: int) -> int:
        """Take a neuron, and return the one that then looks best; -1 when no guess is sensible."""
        along = self._direction(index)
        part = self.B[:, index] / along[index]
        self.B -= np.outer(part, along)
        self.gram -= np.outer(part / self.lengths, part / self.lengths)
        np.maximum(self.norms - along * along, self.lowest, out=self.norms)
        self.norms[index] = np.inf
        self.taken[self.played] = along
        self.played += 1
        view = self.outputs.view(self._rows())
        scores = self.score(view, self.B, self.norms)
        scores[np.isinf(self.norms)] = 0.0
        best = int(np.argmax(scores))
        # No neuron gains more than all that is left: where a guess does, it has lost its way.
        whole = np.sum(view.squares / self.outputs.scale**2)
        return best if 0.0 < scores[best] <= whole else -1

    def _direction(self, index: int) -> Array:
        """Guessed products of all remainders with the direction that `index` adds, (K,)."""
        W, Q = self.known.W, self.known.Q
        remainder = W[:, index] - Q.T @ (Q @ W[:, index])
        earlier = self.taken[: self.played]
        along = remainder @ W - earlier[:, index] @ earlier
        # |p_i' q| <= |p_i| holds of true products; guessed ones are made to.
        longest = np.sqrt(self.norms)
        along /= longest[index]
        np.clip(along, -longest, longest, out=along)
        along[index] = longest[index]
        return np.asarray(along)

    def _rows(self) -> Array:
        """Rows with the guessed inner products of the targets: a root of their Gram matrix."""
        values, vectors = np.linalg.eigh(self.gram)
        return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T * self.lengths)
