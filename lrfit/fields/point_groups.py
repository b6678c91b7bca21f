"""Groups of orthogonal matrices, by the names that files use.

    C6, D6       D = 2        rotations of a hexagon; these and its reflections
    SO2, O2      D = 2        all rotations of the plane; these and its reflections
    cube         D = 2, 3, 4  signed permutations of the axes: the symmetry of a square or a cube
    tetrahedron, icosahedron  D = 3; with reflections
    SO3, O3      D = 3        all rotations of space; these and its reflections
    inversion    any D        z -> -z

A field is equivariant about c where F(c + R (z - c)) = c + R F(z) for every R of the group; of the
infinite groups some matrices stand for all, since products of these come near every other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain, Velocities
from lrfit.fields.names import did_you_mean

_MOST = 1000
"""Largest number of corners of a polygon."""
_STAND_FOR_ALL = 16
"""Matrices of an infinite group."""
_POLYGON = re.compile(r"([CD])([1-9][0-9]{0,3})")
INFINITE = ("SO2", "O2", "SO3", "O3")
KNOWN = ("C6", "D6", "SO2", "O2", "cube", "tetrahedron", "icosahedron", "SO3", "O3", "inversion")


@dataclass(frozen=True, kw_only=True, eq=False)
class PointGroup:
    """A group of orthogonal matrices of D dimensions.

    matrices : (order, D, D), the first of which is 1; some of them where `is_infinite`.
    """

    name: str
    matrices: Array
    is_infinite: bool = False


def point_group(name: str, dimension: int) -> PointGroup:
    """The group of a name that acts on D dimensions.

    Raises
    ------
    UsageError
        There is none of this name, or it does not act on so many dimensions.

    Examples
    --------
    >>> from lrfit.fields.point_groups import point_group
    >>> len(point_group("D6", 2).matrices), len(point_group("cube", 3).matrices)
    (12, 48)
    """
    if match := _POLYGON.fullmatch(name):
        return _polygon(name, int(match[2]), dimension, mirrored=match[1] == "D")
    if name not in _MAKERS:
        raise UsageError(f"the symmetry {name!r} is unknown; {did_you_mean(name, KNOWN)}")
    acts_on, make = _MAKERS[name]
    if dimension not in acts_on:
        raise _misfit(name, acts_on, dimension)
    matrices = np.array(list(make(dimension)))
    return PointGroup(name=name, matrices=matrices, is_infinite=name in INFINITE)


def _misfit(name: str, acts_on: tuple[int, ...] | range, dimension: int) -> UsageError:
    needed = " or ".join(map(str, acts_on))
    return UsageError(
        f"the symmetry {name} acts on {needed} latent variables, and there are {dimension}; "
        "choose another one"
    )


def _polygon(name: str, corners: int, dimension: int, *, mirrored: bool) -> PointGroup:
    if dimension != 2:
        raise _misfit(name, (2,), dimension)
    if corners > _MOST:
        raise UsageError(f"the symmetry {name} has more than {_MOST} corners; choose fewer")
    turns = _rotations(2.0 * np.pi * np.arange(corners) / corners)
    if mirrored:
        turns = np.concatenate([turns, turns @ np.diag([1.0, -1.0])])
    return PointGroup(name=name, matrices=turns)


def _rotations(angles: Array) -> Array:
    """Rotations (K, 2, 2) of the plane."""
    cos, sin = np.cos(angles), np.sin(angles)
    return np.asarray(np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1))


def _signed_permutations(dimension: int) -> Iterator[Array]:
    for signs in product((1.0, -1.0), repeat=dimension):
        for order in permutations(range(dimension)):
            yield np.diag(signs)[list(order)]


def _tetrahedron(_: int) -> Iterator[Array]:
    """Signed permutations that keep the product of the signs of a corner: those of (1, 1, 1)."""
    for matrix in _signed_permutations(3):
        if np.prod(matrix @ np.ones(3)) > 0.0:
            yield matrix


def _icosahedron(_: int) -> Iterator[Array]:
    """Products of a fivefold and a threefold rotation, and their negatives: 120 matrices."""
    golden = (1.0 + np.sqrt(5.0)) / 2.0
    five = _about(np.array([0.0, 1.0, golden]), 2.0 * np.pi / 5.0)
    three = np.roll(np.eye(3), 1, axis=0)
    found = [np.eye(3)]
    for matrix in found:  # grows while it is read
        for factor in (five, three):
            new = _orthogonal(factor @ matrix)
            if not any(np.allclose(new, old, atol=1e-6) for old in found):
                found.append(new)
    yield from found
    yield from (-matrix for matrix in found)


def _about(axis: Array, angle: float) -> Array:
    """The rotation about an axis (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turned = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return np.asarray(turned)


def _orthogonal(matrix: Array) -> Array:
    """The orthogonal matrix next to a product of such, without its rounding errors."""
    left, _, right = np.linalg.svd(matrix)
    return np.asarray(left @ right)


def _random(*, mirrored: bool) -> Callable[[int], Iterator[Array]]:
    def make(dimension: int) -> Iterator[Array]:
        generator = np.random.default_rng(0)
        yield np.eye(dimension)
        for i in range(1, _STAND_FOR_ALL):
            matrix = np.linalg.qr(generator.standard_normal((dimension, dimension)))[0]
            wanted = -1.0 if mirrored and i % 2 else 1.0
            matrix[:, 0] *= wanted * np.sign(np.linalg.det(matrix))
            yield matrix

    return make


def _inversion(dimension: int) -> Iterator[Array]:
    yield np.eye(dimension)
    yield -np.eye(dimension)


_MAKERS: dict[str, tuple[tuple[int, ...] | range, Callable[[int], Iterator[Array]]]] = {
    "SO2": ((2,), _random(mirrored=False)),
    "O2": ((2,), _random(mirrored=True)),
    "SO3": ((3,), _random(mirrored=False)),
    "O3": ((3,), _random(mirrored=True)),
    "cube": ((2, 3, 4), _signed_permutations),
    "tetrahedron": ((3,), _tetrahedron),
    "icosahedron": ((3,), _icosahedron),
    "inversion": (range(1, 101), _inversion),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Symmetry:
    """That a field is equivariant under a group about a center (D,)."""

    group: PointGroup
    center: Array

    @property
    def name(self) -> str:
        """That of the group."""
        return self.group.name


def equivariance_error(
    field: Velocities, symmetry: Symmetry, domain: Domain, *, points: int = 64
) -> float:
    """max_R |F(c + R (z - c)) - R F(z)| over |F(z)|, each an rms over states and inputs.

    At random points of the box of states and inputs, which are the same in every call; images may
    lie outside of it.
    """
    generator, center = np.random.default_rng(0), symmetry.center
    D, U = domain.dimension, domain.input_count
    z, u = domain.from_box(generator.uniform(-1.0, 1.0, (points, D + U)))
    here = field.velocity(z, u)
    worst = 0.0
    for matrix in symmetry.group.matrices[1:]:
        there = field.velocity(center + (z - center) @ matrix.T, u)
        worst = max(worst, float(np.mean((there - here @ matrix.T) ** 2)))
    return float(np.sqrt(worst / (np.mean(here**2) or 1.0)))
