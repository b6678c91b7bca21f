"""The span of the columns taken so far, in coordinates: Gram-Schmidt that holds to rounding.

Place in the flow: greedy selection orthogonalises every column it takes against the earlier ones.
Columns live in coordinates of known directions (`lookahead`), so a step costs numbers by the
hundred, not by the sample. Before those coordinates come slots, one for the ridge row of every
neuron; the rows of [Phi; sqrt(lambda)] are then ordinary coordinates.

    x_j = sum_i triangle_ij q_i,        targets = sum_i q_i on_span_i + what is left

`triangle` is the R of the QR decomposition of the columns in the order they were taken, so every
prefix of them is solved by back-substitution.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array


class Span:
    """Orthonormal rows Q (k, slots + m) of at most `most` columns, for t targets."""

    def __init__(self, most: int, slots: int, capacity: int, targets: int) -> None:
        self.slots = slots
        self.count = 0
        self._Q = np.zeros((most, slots + capacity))
        self._triangle = np.zeros((most, most))
        self._on_span = np.zeros((most, targets))
        self._slot_targets = np.zeros((slots, targets))

    def directions(self, size: int) -> Array:
        """Q in the `size` known directions only, (k, size): what acts on samples."""
        return self._Q[: self.count, self.slots : self.slots + size]

    def prefix(self, count: int) -> tuple[Array, Array]:
        """Triangle (c, c) and targets on the span (c, t) of the first `count` columns."""
        return self._triangle[:count, :count], self._on_span[:count]

    def remainder(self, x: Array) -> tuple[Array, Array]:
        """What the span leaves of coordinates x (slots + m,), and the part taken out, (k,)."""
        Q = self._Q[: self.count, : len(x)]
        taken = Q @ x
        left = x - taken @ Q
        # Twice is enough (Giraud, Langou, Rozloznik & van den Eshof 2005).
        again = Q @ left  # one pass leaves a part of the size of its own cancellation
        return left - again @ Q, taken + again

    def append(self, left: Array, taken: Array, inside: Array) -> tuple[Array, Array]:
        """Take a column in, from its remainder; take its direction out of the targets.

        inside : (m, t), targets in the known directions; changed in place.

        Returns
        -------
        q (m,), r (t,)
            The new direction (its known part) and the targets' products with it.
        """
        # The ridge row of this neuron is in its slot, so that length² is n_j with its price.
        length = float(np.linalg.norm(left))
        q = left / length
        slot, known = q[: self.slots], q[self.slots :]
        # The targets are zero in the ridge rows at first; earlier directions have changed that.
        r = slot @ self._slot_targets + known @ inside
        self._slot_targets -= np.outer(slot, r)
        inside -= np.outer(known, r)
        k = self.count
        self._Q[k, : len(q)] = q
        self._triangle[:k, k], self._triangle[k, k] = taken, length
        self._on_span[k] = r
        self.count += 1
        return known, r

    def residual_rows(self, inside: Array) -> Array:
        """Rows (slots + m, t) that hold what is left of the targets in all coordinates."""
        return np.vstack([self._slot_targets, inside])

    def shrink(self, size: int) -> Array:
        """Change to the fewest known directions that hold the span; return them, (k, size)."""
        known = self.directions(size)
        basis, coordinates = np.linalg.qr(known.T)
        self._Q[: self.count, self.slots :] = 0.0
        self._Q[: self.count, self.slots : self.slots + basis.shape[1]] = coordinates.T
        return np.asarray(basis.T)
