"""Candidate activities, in memory or generated in blocks of samples: what selection reads.

Place in the flow: neurons and samples become something whose rows (samples) can be gone through
in blocks, one pass at a time, and whose columns (neurons) can be had one by one. Nothing larger
than one block, or than the columns asked for, is ever formed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lrfit.arrays import Array
from lrfit.errors import UsageError
from lrfit.neurons.basis import Neurons

BLOCK_BYTES = 1 << 24
Indices = NDArray[np.intp]
SHORTEST, LONGEST = 1e-200, 1e200
"""Squared lengths of usable columns: the squares of products stay within float64's range."""


class Features(Protocol):
    """A matrix Phi (P, K) of activities, read by blocks of rows or by columns."""

    @property
    def shape(self) -> tuple[int, int]:
        """(P, K): samples and candidates."""
        ...

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Go through all rows once: (rows, Phi[rows]) with blocks (n, K)."""
        ...

    def columns(self, indices: Indices) -> Array:
        """Return Phi[:, indices].T, (len(indices), P): vectors are rows wherever BLAS reads."""
        ...


def row_slices(samples: int, columns: int) -> Iterator[slice]:
    """Cut `samples` rows of `columns` float64 into blocks of about 16 MiB."""
    step = max(64, BLOCK_BYTES // (8 * max(columns, 1)))
    for start in range(0, samples, step):
        yield slice(start, min(start + step, samples))


@dataclass(frozen=True, eq=False)
class MatrixFeatures:
    """Activities that are already in memory; the matrix (P, K) is never copied."""

    matrix: Array

    def __post_init__(self) -> None:
        """Accept any real matrix; only one that is not float64 is converted."""
        matrix = np.asarray(self.matrix, dtype=np.float64)
        if matrix.ndim != 2:
            raise UsageError(f"activities have {matrix.ndim} axes; give (samples, neurons)")
        object.__setattr__(self, "matrix", matrix)

    @property
    def shape(self) -> tuple[int, int]:
        """(P, K)."""
        return self.matrix.shape[0], self.matrix.shape[1]

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Views of consecutive rows."""
        for rows in row_slices(*self.shape):
            yield rows, self.matrix[rows]

    def columns(self, indices: Indices) -> Array:
        """Gather columns, (len(indices), P)."""
        return np.ascontiguousarray(np.take(self.matrix, indices, axis=1).T)


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockFeatures:
    """Activities generated on the fly: for matrices larger than memory.

    neurons : the K candidates. state (P, D), input (P, U) : box coordinates of the samples.
    """

    neurons: Neurons
    state: Array
    input: Array

    @property
    def shape(self) -> tuple[int, int]:
        """(P, K)."""
        return len(self.state), self.neurons.count

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Activities of consecutive samples, computed when asked for."""
        yield from self._activities(self.neurons)

    def columns(self, indices: Indices) -> Array:
        """Activities of some neurons at all samples, (len(indices), P)."""
        out = np.empty((len(indices), len(self.state)))
        for rows, block in self._activities(self.neurons.subset(indices)):
            out[:, rows] = block.T
        return out

    def _activities(self, neurons: Neurons) -> Iterator[tuple[slice, Array]]:
        for rows in row_slices(len(self.state), neurons.count):
            yield rows, neurons.activity(self.state[rows], self.input[rows])


def is_live(squares: Array) -> NDArray[np.bool_]:
    """Which columns can be used, from their squared lengths: neither zero nor out of range."""
    return np.asarray((squares > SHORTEST) & (squares < LONGEST))


def products(features: Features, vectors: Array, root: Array) -> Array:
    """Return (vectors * root) @ Phi, (k, K), for vectors (k, P) and root (P,), in one pass."""
    total = np.zeros((len(vectors), features.shape[1]))
    for rows, block in features.blocks():
        total += (vectors[:, rows] * root[rows]) @ block
    return total


def survey(features: Features, vectors: Array, root: Array) -> tuple[Array, Array]:
    """Products as above, (k, K), and sum_p root_p² Phi_pi² (K,), in the same pass."""
    total, squares = np.zeros((len(vectors), features.shape[1])), np.zeros(features.shape[1])
    for rows, block in features.blocks():
        total += (vectors[:, rows] * root[rows]) @ block
        squares += weighted_squares(block, root[rows])
    return total, squares


def weighted_squares(block: Array, root: Array) -> Array:
    """Sum over rows of (root Phi)², (K,), without a copy of the block where root is all ones."""
    if np.all(root == 1.0):
        return np.asarray(np.einsum("pk,pk->k", block, block))
    return np.asarray(np.einsum("p,pk,pk->k", root * root, block, block))
