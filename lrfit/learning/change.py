"""What learning changed in the connectivity: dW = W - W0, taken apart.

    dW = sum_k s_k u_k v_k^T,      dW^(R): the first R terms
    relative loss(R) = loss(W0 + dW^(R)) / loss(W0), with the trained input and output weights
    functional rank: the first R from which on every relative loss is below 5 %
                                                     (Schuessler et al. 2020, section 4 and fig. 3)

The loss is not monotone in R: it can rise above 5 % again, and above that of W0. Both ranks are
told, the first below and the first from which all stay below.

Place in the flow: part of what `analyze` says of a trained network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.learning.gradient import Weights
from lrfit.learning.judge import Judge
from lrfit.learning.training import SINGULAR_VALUES

LARGEST_RANK = 25
BELOW = 0.05
"""A relative loss below this means: the truncated change does the task."""
SHUFFLES = 3
"""Networks with the entries of W0 in another order, over which the loss is averaged."""
DIRECTIONS = 10
"""Leading directions whose overlap with inputs and outputs is told."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ConnectivityChange:
    """The change of the connectivity that a network learned.

    Attributes
    ----------
    singular_values : (30,) the largest of dW. share : (30,) of |dW|^2 in the first k directions.
    rank : (R,) from 0 on. truncation_loss : (R,) of W0 + dW^(R). full_loss : of W0 + dW.
    untrained_loss : of the network before learning, also its input and output weights.
    shuffled_loss : of dW beside a W0 with its entries in another order, mean of three.
    left_outputs, left_inputs, right_outputs, right_inputs : (10,) lengths of the projections of the
        left and right singular vectors onto the spans of output and input weights; by chance
        about sqrt(K/n) and sqrt(U/n).
    chance_outputs, chance_inputs : those values.
    initial_norm, change_norm : of W0 and dW.
    """

    ENCODING: ClassVar = "lrfit-connectivity-change"

    singular_values: Annotated[Array, Axes("component")]
    share: Annotated[Array, Axes("component")]
    rank: Annotated[NDArray[np.int64], Axes("rank")]
    truncation_loss: Annotated[Array, Axes("rank")]
    full_loss: float
    untrained_loss: float
    shuffled_loss: float
    left_outputs: Annotated[Array, Axes("direction")]
    left_inputs: Annotated[Array, Axes("direction")]
    right_outputs: Annotated[Array, Axes("direction")]
    right_inputs: Annotated[Array, Axes("direction")]
    chance_outputs: float
    chance_inputs: float
    initial_norm: float
    change_norm: float

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)

    @property
    def relative_loss(self) -> Array:
        """Losses of the truncations as shares of that without any change of W; NaN of none."""
        first = self.truncation_loss[:1]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(self.truncation_loss / first)

    @property
    def shuffled_relative(self) -> float:
        """The loss beside a shuffled W0, as a share of that without any change of W."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return float(np.float64(self.shuffled_loss) / self.truncation_loss[0])

    @property
    def first_below(self) -> int | None:
        """The first rank with a relative loss below 5 %; None if there is none up to 25."""
        there = np.flatnonzero(self.relative_loss < BELOW)
        return int(self.rank[there[0]]) if len(there) else None

    @property
    def functional_rank(self) -> int | None:
        """The first rank from which on all relative losses are below 5 %; None if there is none."""
        above = np.flatnonzero(~(self.relative_loss < BELOW))
        first = 0 if not len(above) else int(above[-1]) + 1
        return int(self.rank[first]) if first < len(self.rank) else None

    def relative_at(self, rank: int) -> float:
        """The relative loss at a rank, or at the largest one that was looked at."""
        return float(self.relative_loss[min(rank, len(self.rank) - 1)])


def change_of(
    before: Weights, after: Weights, judge: Judge, generator: np.random.Generator
) -> ConnectivityChange:
    """Take the change between two networks apart, on the trials of a judge."""
    dW = after.J - before.J
    U, s, Vt = np.linalg.svd(dW)
    ranks = np.arange(min(LARGEST_RANK, len(s)) + 1)
    losses = [
        judge.loss(replace(after, J=before.J + _truncated(U, s, Vt, R))) for R in ranks.tolist()
    ]
    values = _padded(s)
    total = float(np.sum(s**2))
    left, right = U[:, :DIRECTIONS], Vt[:DIRECTIONS].T
    outputs, inputs = basis_of(after.outputs.T), basis_of(after.inputs)
    n = after.neurons
    return ConnectivityChange(
        singular_values=values,
        share=np.cumsum(values**2) / total if total else np.zeros_like(values),
        rank=ranks,
        truncation_loss=np.array(losses),
        full_loss=judge.loss(after),
        untrained_loss=judge.loss(before),
        shuffled_loss=_shuffled(before, after, judge, generator),
        left_outputs=_overlap(outputs, left),
        left_inputs=_overlap(inputs, left),
        right_outputs=_overlap(outputs, right),
        right_inputs=_overlap(inputs, right),
        chance_outputs=float(np.sqrt(outputs.shape[1] / n)),
        chance_inputs=float(np.sqrt(inputs.shape[1] / n)),
        initial_norm=float(np.linalg.norm(before.J)),
        change_norm=float(np.linalg.norm(dW)),
    )


def _truncated(U: Array, s: Array, Vt: Array, rank: int) -> Array:
    """The nearest matrix of a rank (Eckart and Young 1936)."""
    return np.asarray((U[:, :rank] * s[:rank]) @ Vt[:rank])


def _padded(s: Array) -> Array:
    values = np.zeros(SINGULAR_VALUES)
    values[: min(len(s), SINGULAR_VALUES)] = s[:SINGULAR_VALUES]
    return values


def basis_of(columns: Array, size: float = 0.0) -> Array:
    """An orthonormal basis (n, k) of the span of columns; k is their rank.

    size : of what the columns are a part of, to which their rounding errors are relative.
    """
    U, s, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(U[:, s > 1e-10 * max(float(s.max(initial=0.0)), size, 1e-300)])


def _overlap(basis: Array, vectors: Array) -> Array:
    """Lengths of the projections of unit vectors (n, k) onto a subspace."""
    return np.asarray(np.linalg.norm(basis.T @ vectors, axis=0))


def _shuffled(
    before: Weights, after: Weights, judge: Judge, generator: np.random.Generator
) -> float:
    losses = []
    for _ in range(SHUFFLES):
        other = generator.permutation(before.J.ravel()).reshape(before.J.shape)
        losses.append(judge.loss(replace(after, J=other + (after.J - before.J))))
    return float(np.mean(losses))
