"""What a field may know of itself beyond its values, and how it is asked for.

A field offers any of these as attributes of its own; where one is missing or None, nothing is
known, so that it is measured, or refused by name. Nobody asks for a field's class: a field of
another package counts as much as those of this one.

    affine_inputs(domain)   names of the inputs in which it is affine with constant coefficients
    parity(domain)          `FieldParity` about z = 0, u = 0
    term_kinds(direct)      for every variable the kinds of the terms of its right-hand side:
                            "constant", "linear", "odd", "even", "" for any other; no term but a
                            linear one may hold an input of `direct`
    enclosures              `Enclosures`: bounds over boxes, for proofs
    data, interpolation     its measured points (`SampledData`), and what lies between them
    symmetry                `Symmetry`: a group under which it is equivariant, and about where
    continuous              the field whose flow map it is
    steady(u, middle, scale)   its velocity at a constant input, in units of a box, as one function

Place in the flow: `System` forwards what its field offers; certification, checks, floors and
proofs of fixed points ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.data import SampledData
from lrfit.fields.field import Domain, Velocities
from lrfit.fields.parity import FieldParity, sampled_parity

if TYPE_CHECKING:  # few fields say that they are symmetric
    from lrfit.fields.point_groups import Symmetry


@dataclass(frozen=True, kw_only=True, eq=False)
class Enclosure:
    """Bounds of R functions over n boxes: lower and upper (R, n), finite or both NaN.

    NaN: unbounded or undefined somewhere in that box, or too wide for the arithmetic to tell.
    smooth : (n,) no jump of the functions (the kink of a field, in its derivatives) can lie in
    that box.
    """

    lower: Array
    upper: Array
    smooth: NDArray[np.bool_]


class Enclosing(Protocol):
    """Functions with bounds over boxes, in exact arithmetic."""

    @property
    def steps(self) -> int:
        """Operations for one set of boxes, for an estimate of memory."""
        ...

    def enclose(self, lower: Array, upper: Array) -> Enclosure:
        """Bounds over n boxes [lower, upper], (D + U, n), variables before inputs."""
        ...


class Enclosures(Protocol):
    """Bounds on a field of D variables and U inputs and on its derivatives, the user's units."""

    @property
    def values(self) -> Enclosing:
        """The velocity: D rows."""
        ...

    @property
    def slopes_by_state(self) -> Enclosing:
        """dg_d/dz_e: D² rows, row by row."""
        ...

    @property
    def slopes(self) -> Enclosing:
        """dg_d/d(z, u)_j: D (D + U) rows, row by row."""
        ...

    @property
    def slopes_and_curvatures(self) -> Enclosing:
        """The slopes, then d²g_d/d(z, u)_j d(z, u)_k for every d and j <= k (np.triu_indices)."""
        ...


def enclosures_of(field: object) -> Enclosures | None:
    """The bounds that a field offers."""
    found: Enclosures | None = getattr(field, "enclosures", None)
    return found


def term_kinds_of(field: object, direct: frozenset[str]) -> tuple[frozenset[str], ...] | None:
    """Kinds of the terms of every right-hand side, where a field knows them."""
    ask = getattr(field, "term_kinds", None)
    found: tuple[frozenset[str], ...] | None = ask(direct) if ask else None
    return found


def parity_of(field: Velocities, domain: Domain) -> FieldParity:
    """What a field knows of its parity; else measured at random points."""
    ask = getattr(field, "parity", None)
    found: FieldParity | None = ask(domain) if ask else None
    return found or sampled_parity(field.velocity, domain, generator=np.random.default_rng(0))


def affine_inputs_of(field: object, domain: Domain) -> tuple[str, ...]:
    """The inputs in which a field knows that it is affine."""
    ask = getattr(field, "affine_inputs", None)
    return tuple(ask(domain)) if ask else ()


def symmetry_of(field: object) -> Symmetry | None:
    """The symmetry that a field says it has."""
    found: Symmetry | None = getattr(field, "symmetry", None)
    return found


def data_of(field: object) -> SampledData | None:
    """The measured points of a field."""
    found: SampledData | None = getattr(field, "data", None)
    return found
