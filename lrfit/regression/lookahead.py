"""Products with all candidates, kept for a growing subspace: a pass over them serves many steps.

Place in the flow: greedy selection needs q' Phi for the direction q of every neuron it takes. One
pass over the candidates (P x K numbers) costs more than everything else in a step together. Here
an orthonormal set Z (m, P) of directions and W = Z Phi (m, K) are kept, and the coordinates of
the candidates that lie in span(Z). If the neuron to take is one of them, q = Z' c and

    q' Phi = c' W        exactly, without a pass.

If it is not, it is added together with the neurons that are likely to follow (`foresight`), in
one pass for all of them. What was foreseen decides only how many passes there are.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.threads import BlasThreads
from lrfit.regression.factor import triangular_factor
from lrfit.regression.features import Features, Indices, is_live, products, row_slices, survey

DEPENDENT = 1e-13
"""A vector of which less than this share is left after projection adds no direction."""
NEARLY = 1e-3
"""Vectors with inner products this close to those of orthonormal ones need one more pass."""
WITHIN = 1e-12
"""Share of a column beyond span(Z) that is rounding: its coordinates are all of it."""


class ProductCache:
    """Orthonormal directions, their products with all candidates, and candidates' coordinates.

    Everything is in the space of rows scaled by `root` (P,), the square roots of the weights.

    Attributes
    ----------
    size : int
        m, the number of directions so far; at most `capacity`.
    known : (K,)
        Candidates whose coordinates are known: they are in span(Z).
    inside, outside : (capacity, t), (t, P)
        What is left of the targets, in coordinates of Z and beyond span(Z). Selection takes the
        directions of its neurons out of `inside`.
    threads : BlasThreads
        Passes use as many threads as BLAS was allowed.
    passes, fetched : int
        Passes over all candidates so far, and directions for which products were formed.
    """

    def __init__(self, features: Features, targets: Array, root: Array, capacity: int) -> None:
        samples, candidates = features.shape
        self.threads = BlasThreads()
        self.features, self.root, self.capacity = features, root, capacity
        # Rows are written when they are needed: memory that is not touched is not occupied.
        self.Z = np.empty((capacity, samples))
        self.W = np.empty((capacity, candidates))
        self._coordinates: dict[int, Array] = {}
        self._alive = np.ones(candidates, dtype=bool)
        self.known = np.zeros(candidates, dtype=bool)
        self.inside, self.outside = np.zeros((capacity, len(targets))), targets
        self.size = self.passes = self.fetched = 0

    @property
    def products(self) -> Array:
        """W (m, K), a view."""
        return self.W[: self.size]

    def start(self, vectors: Array, indices: Indices) -> tuple[Array, Indices, Array, Array]:
        """First pass: take in directions of `vectors` and of some candidates, survey them all.

        Returns
        -------
        coordinates (v, m), kept (v,), target products (t, K), squared norms (K,)
            Coordinates of the vectors that added a direction, and which these are. The products
            of dead candidates (zero or not finite) are 0.
        """
        coordinates, kept = self._absorb(vectors)
        # Free columns first: selection takes them first, and their directions are never forgotten.
        with np.errstate(over="ignore", invalid="ignore"):
            columns = self._columns(indices)
            usable = is_live(np.sum(columns**2, axis=1))
        self._remember(columns[usable], indices[usable])
        directions = np.vstack([self.Z[: self.size], self.outside])
        threads = self.threads.count
        total, squares = survey(self.features, directions, self.root, threads=threads)
        self._alive = is_live(squares)
        total[:, ~self._alive] = 0.0
        self._count_pass(total[: self.size], 0)
        # Targets have a part in span(Z), in coordinates, and one beyond, in samples.
        padding = np.zeros((len(coordinates), self.size - coordinates.shape[1]))
        whole = total[self.size :] + self.inside[: self.size].T @ self.products
        return np.hstack([coordinates, padding]), kept, whole, squares

    def add(self, indices: Indices) -> None:
        """One pass: let span(Z) contain these candidates."""
        before = self.size
        self._remember(self._columns(indices), indices)
        if self.size > before:
            directions, threads = self.Z[before : self.size], self.threads.count
            new = products(self.features, directions, self.root, threads=threads)
            new[:, ~self._alive] = 0.0
            self._count_pass(new, before)

    @property
    def room(self) -> int:
        """How many more directions fit."""
        return self.capacity - self.size

    def coordinates(self, index: int) -> Array:
        """Coordinates (m,) of a known candidate."""
        coordinates = np.zeros(self.size)  # directions that came later have none of it
        coordinates[: len(self._coordinates[index])] = self._coordinates[index]
        return coordinates

    def split(self, indices: Indices) -> tuple[Array, Array]:
        """Any candidates as coordinates (c, m) and what lies beyond span(Z), (c, P)."""
        left = self._columns(indices)
        inside = self._project(left)
        inside += self._project(left)  # the second pass restores what rounding took
        return inside, left

    def keep_only(self, basis: Array) -> None:
        """Forget all directions except those of the orthonormal rows `basis` (k, m)."""
        size, before = len(basis), self.size
        # What the forgotten directions held of the targets goes back beyond the span. W and Z turn
        # with the basis, so that W = Z Phi holds without a pass.
        kept = basis @ self.inside[:before]
        forgotten = self.inside[:before] - basis.T @ kept
        for at in row_slices(self.Z.shape[1], 2 * before):
            self.outside[:, at] += forgotten.T @ self.Z[:before, at]
            self.Z[:size, at] = basis @ self.Z[:before, at]
        self.W[:size] = basis @ self.W[:before]
        self.inside[:size] = kept
        self.size = size
        # Most known candidates have left the span, and the coordinates of the others have changed.
        self.known[:] = False
        self._coordinates.clear()

    def _columns(self, indices: Indices) -> Array:
        columns = self.features.columns(indices)
        columns *= self.root
        return columns

    def _count_pass(self, products: Array, before: int) -> None:
        self.W[before : self.size] = products
        self.passes += 1
        self.fetched += len(products)

    def _remember(self, columns: Array, indices: Indices) -> None:
        """Absorb candidates' columns and note their coordinates, of the dependent ones as well."""
        lengths = np.linalg.norm(columns, axis=1)
        coordinates, kept = self._absorb(columns)
        self._note(indices[kept], coordinates)
        # Dependent columns add no direction, yet lie in the span, mostly: then they are known too.
        rest = np.delete(np.arange(len(indices)), kept)
        if len(rest):
            inside, left = self.split(indices[rest])
            within = np.linalg.norm(left, axis=1) <= WITHIN * lengths[rest]
            self._note(indices[rest[within]], inside[within])

    def _note(self, indices: Indices, coordinates: Array) -> None:
        self._coordinates.update(zip(indices.tolist(), coordinates, strict=True))
        self.known[indices] = True

    def _project(self, vectors: Array) -> Array:
        """Take the part in span(Z) out of `vectors` (b, P), in place; return it, (b, m)."""
        Z = self.Z[: self.size]
        # In blocks: the product of all samples would be as large as the vectors.
        inside = vectors @ Z.T
        for at in row_slices(Z.shape[1], len(Z) + len(vectors)):
            vectors[:, at] -= inside @ Z[:, at]
        return np.asarray(inside)

    def _absorb(self, vectors: Array) -> tuple[Array, Indices]:
        """Extend Z by the directions of `vectors` (b, P), which are overwritten.

        Block Gram-Schmidt: project, divide by the triangular factor, and again, until the factor
        is the identity (twice, unless the vectors were nearly dependent). Their coordinates are
        collected on the way, so that they hold to rounding however small the remainder is.

        Returns
        -------
        coordinates (b', m + b'), kept (b',)
            Of the vectors that are not dependent on Z and on those before them.
        """
        lengths = np.linalg.norm(vectors, axis=1)
        inside = self._project(vectors)
        factor = _factor(vectors)
        # |R_jj| is the length of what column j adds to the ones before it.
        kept = np.flatnonzero(np.abs(np.diag(factor)) > DEPENDENT * lengths)[: self.room]
        # R of a subset of columns is not a part of R.
        if len(kept) < len(vectors):
            vectors, inside = vectors[kept], inside[kept]
            factor = _factor(vectors)
        triangle = factor
        for _ in range(3):
            _divide(vectors, factor)
            inside += triangle.T @ self._project(vectors)
            gram = vectors @ vectors.T
            orthogonal = bool(np.all(np.abs(gram - np.eye(len(kept))) < NEARLY))
            # Normal equations are safe, and quick, where there is hardly anything to correct.
            factor = np.asarray(np.linalg.cholesky(gram).T) if orthogonal else _factor(vectors)
            triangle = factor @ triangle
            if orthogonal:
                break
        _divide(vectors, factor)
        self._extend(vectors)
        return np.hstack([inside, triangle.T]), kept

    def _extend(self, directions: Array) -> None:
        """Append orthonormal rows; what they take of the targets moves inside."""
        new = slice(self.size, self.size + len(directions))
        self.Z[new] = directions
        self.inside[new] = directions @ self.outside.T
        for at in row_slices(self.Z.shape[1], 2 * len(directions)):
            self.outside[:, at] -= self.inside[new].T @ directions[:, at]
        self.size = new.stop


def _factor(vectors: Array) -> Array:
    """Triangular factor of the columns vectors.T, block by block."""
    count = len(vectors)
    blocks = (vectors[:, at].T for at in row_slices(vectors.shape[1], 2 * count) if count)
    return triangular_factor(blocks, count)


def _divide(vectors: Array, factor: Array) -> None:
    """Turn the columns vectors.T = Q factor into Q, in place."""
    # An explicit inverse is good enough: Q is orthogonalised again afterwards.
    inverse = np.linalg.inv(factor).T
    for at in row_slices(vectors.shape[1], 2 * len(vectors)):
        vectors[:, at] = inverse @ vectors[:, at]
