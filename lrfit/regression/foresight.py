"""Guess which neurons greedy selection will take next, from what is already known.

Place in the flow: `lookahead` asks which candidates to fetch together. The guess plays the
selection forward with the inner products Phi_i' Phi_j replaced by W_i' W_j, their part in the
known subspace. It only has to be quick and often right, so it runs in single precision; no
choice of a neuron ever depends on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.arrays import Array
from lrfit.regression.features import Indices

FLOOR = 1e-3
"""Smallest share of a norm that guessed steps may leave: guesses add up to more than the truth."""


def foresee(
    W: Array,
    Q: Array,
    correlation: Array,
    norms: Array,
    *,
    first: int,
    known: NDArray[np.bool_],
    count: int,
    steps: int,
    reference: Array | None = None,
) -> Indices:
    """Return up to `count` unknown candidates, `first` among them, likely to be taken soon.

    Parameters
    ----------
    W : (m, K)
        Coordinates of all candidates in the known subspace.
    Q : (k, m)
        Coordinates of the directions taken so far.
    correlation : (D, K)
        Candidates' products with the present residual of every output.
    norms : (K,)
        Squared norms of the candidates' remainders; infinite for those that cannot be taken.
    first : int
        The candidate that is certainly taken next; it is unknown.
    known : (K,)
        Candidates whose products are formed already.
    steps : int
        At most so many steps are played.
    reference : (K,), optional
        Squared norms that the rule divides by (OMP); by default the remainders' own (OLS).
    """
    scale = np.where(np.isfinite(norms), 1.0 / np.sqrt(norms), 0.0)
    finite = np.where(scale > 0.0, norms, 1.0)
    divisor = None if reference is None else reference / finite
    game = _Game(W, Q, correlation * scale, scale, divisor, steps)
    unknown = ~known
    wanted: list[int] = []
    index = first
    for _ in range(steps):
        if unknown[index]:
            wanted.append(index)
            unknown[index] = False
        if len(wanted) == count:
            break
        index = game.play(index)
        if index < 0:
            break
    return np.array(wanted, dtype=np.intp)


class _Game:
    """The selection, played forward in units in which every remainder has length one."""

    def __init__(
        self,
        W: Array,
        Q: Array,
        correlation: Array,
        scale: Array,
        divisor: Array | None,
        steps: int,
    ) -> None:
        self.W, self.Q, self.scale = W, Q, scale
        self.unit = (W * scale).astype(np.float32)
        largest = np.max(np.abs(correlation), initial=0.0)
        self.correlation = (correlation / (largest or 1.0)).astype(np.float32)
        self.left = np.where(scale > 0, np.float32(1.0), np.float32(np.inf))
        self.divisor = divisor
        self.taken = np.empty((steps, len(scale)), dtype=np.float32)
        self.played = 0

    def play(self, index: int) -> int:
        """Take a neuron, and return the one that then looks best; -1 when nothing is left."""
        along = self._direction(index)
        root = along[index]
        self.correlation -= np.outer(self.correlation[:, index] / root, along)
        np.maximum(self.left - along * along, np.float32(FLOOR), out=self.left)
        self.left[index] = np.inf
        self.taken[self.played] = along
        self.played += 1
        score = np.einsum("dk,dk->k", self.correlation, self.correlation)
        score /= self.left if self.divisor is None else self.divisor
        score[np.isinf(self.left)] = 0.0  # what is taken keeps a correlation of rounding size
        best = int(np.argmax(score))
        return best if score[best] > 0.0 else -1

    def _direction(self, index: int) -> Array:
        """Guessed products of all remainders with the direction that `index` adds, (K,)."""
        known = self.W[:, index]
        remainder = (known - self.Q.T @ (self.Q @ known)) * self.scale[index]
        along = remainder.astype(np.float32) @ self.unit
        earlier = self.taken[: self.played]
        along -= earlier[:, index] @ earlier
        longest = np.sqrt(self.left)
        along /= longest[index]
        np.clip(along, -longest, longest, out=along)
        along[index] = longest[index]
        return np.asarray(along)
