"""Which inputs a field is affine in: these can drive a network directly, without neurons.

    g(z, u) = g_0(z, u_rest) + E u_affine,    E constant (D, affine inputs)

dg/du_j constant for every j of a set is the same as g affine in that set jointly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.fields.field import Domain

_EQUAL = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class AffineInputs:
    """For every input: whether the field is affine in it, and whether that is proved.

    `matrix` (D, U) is E, NaN in the columns of other inputs. What is not proved from the tree
    was measured: it holds at random points of the box.
    """

    affine: tuple[bool, ...]
    proved: tuple[bool, ...]
    matrix: Array

    def __post_init__(self) -> None:
        """Freeze the matrix."""
        freeze_fields(self, matrix=np.shape(self.matrix))

    def names(self, domain: Domain) -> tuple[str, ...]:
        """The inputs in which the field is affine."""
        return tuple(n for n, is_so in zip(domain.inputs, self.affine, strict=True) if is_so)


class Differentiable(Protocol):
    """Anything with a Jacobian."""

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives by state (P, D, D) and by input (P, D, U)."""
        ...


def measured_affine_inputs(
    field: Differentiable, domain: Domain, *, generator: np.random.Generator, points: int = 512
) -> AffineInputs:
    """Find the inputs in which a field without expressions is affine, as far as points tell."""
    matrix = constant_slopes(field, domain, generator, points)
    constant = np.asarray(~np.isnan(matrix).any(axis=0))
    affine = tuple(bool(is_so) for is_so in constant)
    return AffineInputs(affine=affine, proved=(False,) * len(affine), matrix=matrix)


def constant_slopes(
    field: Differentiable, domain: Domain, generator: np.random.Generator, points: int
) -> Array:
    """Columns of dg/du (D, U) that do not vary over the box; NaN in the others."""
    z = generator.uniform(domain.lower, domain.upper, (points, domain.dimension))
    u = generator.uniform(domain.input_lower, domain.input_upper, (points, domain.input_count))
    slopes = field.jacobian(z, u)[1]
    slopes = slopes[np.isfinite(slopes).all(axis=(1, 2))]
    if not len(slopes):
        return np.full(slopes.shape[1:], np.nan)
    middle = np.asarray(np.median(slopes, axis=0))
    constant = np.ptp(slopes, axis=0) <= _EQUAL * np.max(np.abs(slopes), axis=0)
    return np.where(constant.all(axis=0), middle, np.nan)
