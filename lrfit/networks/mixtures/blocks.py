"""Means and covariances of loadings, written block by block: {m.m: [[1]], nu.m: [[1.2]]}.

A block a.b has a row for every entry of the part a of a loading and a column for every one of b.
Of a block and its transpose one is given; others are 0, but nu.nu, which is by default the
smallest that the other blocks allow. A number stands for its multiple of 1, a list for a diagonal,
and for the only row or column of a block that has one.

Place in the flow: files give blocks, and `mixture` has whole matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.fields.names import did_you_mean
from lrfit.networks.mixtures.covariances import covariance_problem, smallest_variance
from lrfit.networks.mixtures.loadings import PARTS, Layout

_ARGUMENT = ("m", "B", "b")
BLOCKS = ("m.m", "nu.m", "nu.B", "nu.b", "nu.nu", "m.B", "m.b", "B.B", "B.b", "b.b")
"""Every block or its transpose, as they are usually written."""
_TRANSPOSED = {".".join(reversed(key.split("."))): key for key in BLOCKS}


class BlockError(InputError):
    """A block that cannot be used; `key` is its name, "" where several are meant."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def mean_of_blocks(parts: Mapping[str, ArrayLike], layout: Layout) -> Array:
    """The mean (L,) of a loading, 0 where nothing is given.

    Raises
    ------
    BlockError
        An unknown part, or another number of entries than it has.
    """
    mean = np.zeros(layout.length)
    for part, given in parts.items():
        if part not in PARTS:
            raise BlockError(f"{part!r} is no part of a loading; {did_you_mean(part, PARTS)}", part)
        where = layout.slices[part]
        numbers = np.ravel(given)
        if len(numbers) != len(mean[where]):
            needed = ", ".join(_entries(layout, part)) or "none, since there are no inputs"
            raise BlockError(
                f"has {len(numbers)} numbers; needed is one for each of {needed}", part
            )
        mean[where] = numbers
    return mean


def _entries(layout: Layout, part: str) -> tuple[str, ...]:
    return layout.features[layout.slices[part]]


def covariance_of_blocks(blocks: Mapping[str, Any], layout: Layout) -> Array:
    """The covariance (L, L) of a loading.

    Raises
    ------
    BlockError
        An unknown block, one of another shape, one that is given twice, or one with which the
        matrix is not positive semidefinite.
    """
    covariance = np.zeros((layout.length, layout.length))
    for key, given in blocks.items():
        rows, columns = _place(key, blocks, layout)
        covariance[rows, columns] = _matrix(given, covariance[rows, columns].shape, key)
        if rows != columns:
            covariance[columns, rows] = covariance[rows, columns].T
    _check_argument(covariance, layout)
    if "nu.nu" not in blocks:
        _fill_readout(covariance, layout)
    else:
        _check_readout(covariance, layout)
    return covariance


def _place(key: str, blocks: Mapping[str, Any], layout: Layout) -> tuple[slice, slice]:
    if key not in BLOCKS and key not in _TRANSPOSED:
        raise BlockError(f"{key!r} is no block; {did_you_mean(key, BLOCKS)}", key)
    if (other := _TRANSPOSED.get(key, key)) != key and other in blocks:
        raise BlockError(f"{key} and {other} are transposes of each other; give one of them", key)
    rows, columns = (layout.slices[part] for part in key.split("."))
    return rows, columns


def _matrix(given: ArrayLike, shape: tuple[int, ...], key: str) -> Array:
    """A block of a shape: as it is, a multiple of 1, a diagonal, or the only row or column."""
    numbers = np.asarray(given, dtype=np.float64)
    square = shape[0] == shape[1]
    if numbers.ndim == 0 and square:
        return np.asarray(numbers * np.eye(shape[0]))
    if numbers.ndim == 1 and square and len(numbers) == shape[0]:
        return np.diag(numbers)
    if numbers.ndim < 2 and 1 in shape and numbers.size == max(shape):
        return numbers.reshape(shape)
    if numbers.shape != shape:
        found = " x ".join(map(str, numbers.shape)) or "one number"
        raise BlockError(f"is {found}; needed is a matrix of {shape[0]} x {shape[1]}", key)
    return numbers


def _check_argument(covariance: Array, layout: Layout) -> None:
    """Blocks of (m, B, b): each by itself, in pairs, and all together."""
    for count in range(1, len(_ARGUMENT) + 1):
        for parts in combinations(_ARGUMENT, count):
            where = np.concatenate([np.arange(layout.length)[layout.slices[p]] for p in parts])
            if len(where) and (why := covariance_problem(covariance[np.ix_(where, where)])):
                names = parts if count > 1 else parts * 2
                key = ".".join(names) if len(names) == 2 else ""
                raise BlockError(f"the covariance of {' and '.join(parts)} {why}", key)


def _fill_readout(covariance: Array, layout: Layout) -> None:
    """The smallest nu.nu, where the others have one."""
    smallest = _smallest(covariance, layout)
    covariance[layout.slices["nu"], layout.slices["nu"]] = smallest


def _check_readout(covariance: Array, layout: Layout) -> None:
    where = layout.slices["nu"]
    own = covariance[where, where]
    if why := covariance_problem(own):
        raise BlockError(f"the covariance of nu {why}", "nu.nu")
    smallest = _smallest(covariance, layout)
    if covariance_problem(covariance):
        least = np.array2string(smallest, precision=6, separator=", ").replace("\n", "")
        raise BlockError(
            f"is too small for the covariances of nu with m, B and b: the matrix of all is not "
            f"positive semidefinite; leave nu.nu out, or give at least {least}",
            "nu.nu",
        )


def _smallest(covariance: Array, layout: Layout) -> Array:
    """`smallest_variance` of nu; BlockError where nu is correlated with what has no variance."""
    theta, nu = layout.argument, layout.readout
    cross = covariance[np.ix_(nu, theta)]
    smallest, beyond = smallest_variance(cross, covariance[np.ix_(theta, theta)])
    scale = np.max(np.abs(cross), initial=0.0)
    for part in _ARGUMENT:
        chosen = np.isin(theta, np.arange(layout.length)[layout.slices[part]])
        if np.any(np.abs(beyond[:, chosen]) > 1e-7 * scale):
            raise BlockError(
                f"nu is correlated with {part} where that has no variance, so that the matrix of "
                f"all is not positive semidefinite; give {part}.{part} more variance",
                f"nu.{part}",
            )
    return smallest
