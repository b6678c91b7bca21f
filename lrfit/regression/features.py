"""Candidate activities, in memory or generated in blocks of samples: what selection reads.

Place in the flow: neurons and samples become something whose rows (samples) can be gone through
in blocks, one pass at a time, and whose columns (neurons) can be had one by one. Nothing larger
than one block, or than the columns asked for, is ever formed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.networks.basis import Neurons

BLOCK_BYTES = 1 << 24
Indices = NDArray[np.intp]
T = TypeVar("T")
SHORTEST, LONGEST = 1e-200, 1e200
"""Squared lengths of usable columns: the squares of products stay within float64's range."""


class Features(Protocol):
    """A matrix Phi (P, K) of activities, read by blocks of rows or by columns."""

    @property
    def shape(self) -> tuple[int, int]:
        """(P, K): samples and candidates."""
        ...

    def block(self, rows: slice) -> Array:
        """Phi[rows], (n, K); called from several threads at once."""
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

    def block(self, rows: slice) -> Array:
        """A view of consecutive rows."""
        return self.matrix[rows]

    def columns(self, indices: Indices) -> Array:
        """Gather columns, (len(indices), P)."""
        # Not np.take: along the second axis it copies all of a Fortran-ordered matrix first.
        return np.ascontiguousarray(self.matrix.T[indices])


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

    def block(self, rows: slice) -> Array:
        """Activities of consecutive samples, computed when asked for."""
        return self.neurons.activity(self.state[rows], self.input[rows])

    def columns(self, indices: Indices) -> Array:
        """Activities of some neurons at all samples, (len(indices), P)."""
        out, chosen = np.empty((len(indices), len(self.state))), self.neurons.subset(indices)
        for rows in row_slices(len(self.state), len(indices)):
            out[:, rows] = chosen.activity(self.state[rows], self.input[rows]).T
        return out


def is_live(squares: Array) -> NDArray[np.bool_]:
    """Which columns can be used, from their squared lengths: neither zero nor out of range."""
    return np.asarray((squares > SHORTEST) & (squares < LONGEST))


def products(features: Features, vectors: Array, root: Array, *, threads: int = 1) -> Array:
    """Return (vectors * root) @ Phi, (k, K), for vectors (k, P) and root (P,), in one pass."""

    def part(rows: slice) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):  # of dead candidates
            return np.asarray((vectors[:, rows] * root[rows]) @ features.block(rows))

    total = np.zeros((len(vectors), features.shape[1]))
    for result in _in_order(part, features.shape, threads):
        total += result
    return total


def survey(
    features: Features, vectors: Array, root: Array, *, threads: int = 1
) -> tuple[Array, Array]:
    """Products as above, (k, K), and sum_p root_p² Phi_pi² (K,), in the same pass."""

    def part(rows: slice) -> tuple[Array, Array]:
        block = features.block(rows)
        with np.errstate(over="ignore", invalid="ignore"):
            return (vectors[:, rows] * root[rows]) @ block, weighted_squares(block, root[rows])

    total, squares = np.zeros((len(vectors), features.shape[1])), np.zeros(features.shape[1])
    for result in _in_order(part, features.shape, threads):
        total += result[0]
        squares += result[1]
    return total, squares


def _in_order(task: Callable[[slice], T], shape: tuple[int, int], threads: int) -> Iterator[T]:
    """Results of a task for all blocks of rows, in the order of the rows.

    A thread takes the next block when it is done with one, so none waits for a slower one; sums in
    this order do not depend on how many threads there are.
    """
    if threads == 1:
        yield from map(task, row_slices(*shape))
        return
    waiting: deque[Future[T]] = deque()  # few: every result is as large as the sum
    with ThreadPoolExecutor(threads) as pool:
        for rows in row_slices(*shape):
            waiting.append(pool.submit(task, rows))
            if len(waiting) == 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def weighted_squares(block: Array, root: Array) -> Array:
    """Sum over rows of (root Phi)², (K,), without a copy of the block where root is all ones."""
    if np.all(root == 1.0):
        return np.asarray(np.einsum("pk,pk->k", block, block))
    return np.asarray(np.einsum("p,pk,pk->k", root * root, block, block))
