"""All weights of a network as one vector, and what keeps the structure that they have.

    theta = (M, N, B, b, C, c, offset, S, K, O)     of which the last four belong to an `Output`

Place in the flow: `closed_loop` differentiates trajectories by theta, `levenberg` changes it.
Structure is kept in two ways: weights that must be equal, or stay zero, are moved by one number,
or by none; and the columns of M are made orthogonal again after every step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.names import Structure
from lrfit.networks.wrong_weights import OF_NETWORK, OF_OUTPUT, blocks_of

SMALLEST = 0.1
"""Of its unit: a block of weights that are all zero may be moved as if it were this large."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where each block of weights stands in theta.

    like : a network of the same shapes. structures : what its weights keep.
    """

    like: LowRankNetwork
    structures: tuple[Structure, ...] = ()

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Shapes of the blocks by name, in their order."""
        return {name: np.shape(block) for name, block in blocks_of(self.like).items()}

    @cached_property
    def places(self) -> Mapping[str, slice]:
        """Where each block stands, row by row."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes.values()])
        starts = [0, *ends[:-1]]
        return {
            name: slice(int(first), int(last))
            for name, first, last in zip(self.shapes, starts, ends, strict=True)
        }

    @property
    def size(self) -> int:
        """Numbers in theta."""
        return sum(int(np.prod(shape)) for shape in self.shapes.values())

    @cached_property
    def units(self) -> Array:
        """Usual sizes of the weights (size,): of order one per half-width of what they multiply."""
        domain, n = self.like.domain, max(self.like.neurons, 1)
        h, h_u = domain.half_width, domain.input_half_width
        pull = h / np.sqrt(n)
        of = {"M": 1.0 / h, "N": pull, "B": 1.0 / h_u, "b": np.ones(()), "c": h}
        of["C"] = h[:, None] / h_u
        if self.like.output is not None:
            read = self.like.state_domain.half_width[:, None]
            of |= {"offset": read[:, 0], "S": read / h, "K": read / h_u, "O": read / np.sqrt(n)}
        return np.concatenate(
            [np.broadcast_to(of[name], shape).ravel() for name, shape in self.shapes.items()]
        )

    def scales(self, theta: Array) -> Array:
        """Sizes (F,) of the free numbers: the rms of their block, or a tenth of its unit."""
        relative = theta / self.units
        for place in self.places.values():
            size = np.sqrt(np.mean(relative[place] ** 2)) if place.stop > place.start else 1.0
            relative[place] = max(float(size), SMALLEST)
        sizes = np.asarray(relative * self.units)
        if self.moves is None:
            return sizes
        return np.asarray(np.max(np.abs(self.moves) * sizes[:, None], axis=0))

    def vector(self, network: LowRankNetwork) -> Array:
        """Theta (size,) of a network."""
        return np.concatenate([np.ravel(block) for block in blocks_of(network).values()])

    def blocks(self, theta: Array) -> dict[str, Array]:
        """The blocks of theta (size,), as views."""
        return {
            name: theta[place].reshape(self.shapes[name]) for name, place in self.places.items()
        }

    def network(self, theta: Array) -> LowRankNetwork:
        """The network with these weights."""
        blocks = self.blocks(theta)
        output = self.like.output
        if output is not None:
            read: dict[str, Any] = {field: blocks[name] for name, field in OF_OUTPUT.items()}
            output = replace(output, **read)
        own: dict[str, Any] = {field: blocks[name] for name, field in OF_NETWORK.items()}
        return replace(self.like, output=output, **own)

    @cached_property
    def moves(self) -> Array | None:
        """Directions (size, F) in which theta may be moved, one for each free number.

        None where every weight is free.
        """
        moved, bias = np.eye(self.size), self.places["b"]
        others = np.delete(moved, np.arange(bias.start, bias.stop), axis=1)
        if "symmetric" in self.structures:  # phi is odd, so that biases of zero keep the field odd
            return others
        if "shared_bias" in self.structures:
            return np.hstack([others, moved[:, bias].sum(axis=1, keepdims=True)])
        return None

    @property
    def free(self) -> int:
        """How many numbers are tuned."""
        return self.size if self.moves is None else int(self.moves.shape[1])

    def reduced(self, sums: Array) -> Array:
        """J^T J (size, size), or J^T r (size,), for the free numbers."""
        if self.moves is None:
            return sums
        sums = self.moves.T @ sums
        return np.asarray(sums @ self.moves if sums.ndim == 2 else sums)

    def spread(self, change: Array) -> Array:
        """The change of theta (size,) that one of the free numbers (F,) makes."""
        return change if self.moves is None else np.asarray(self.moves @ change)

    def kept(self, theta: Array) -> Array:
        """Theta with the nearest M of orthogonal columns of the same lengths, where that is asked.

        M = Q S, S the lengths: the nearest orthonormal Q is the polar factor of M / S.
        """
        if "orthogonal" not in self.structures:
            return theta
        theta = theta.copy()
        M = self.blocks(theta)["M"]
        lengths = np.linalg.norm(M, axis=0)
        left, _, right = np.linalg.svd(M / lengths, full_matrices=False)
        M[...] = (left @ right) * lengths
        return theta


def layout_of(network: LowRankNetwork, structures: Sequence[Structure] = ()) -> Layout:
    """The layout of a network's weights."""
    return Layout(like=network, structures=tuple(structures))
