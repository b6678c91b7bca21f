"""The list of fixed points: places, types, and what is known about its completeness.

Place in the flow: `fixed_points` fills a `FixedPoints`; a `Proof` may add to what it says, and
take away places at which |f| is small but does not vanish.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.dynamics.completeness import Completeness, stated, unfinished
from lrfit.dynamics.stability import unstable_count
from lrfit.fields.field import Domain
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.dynamics.proof import Proof

_MATCH = 1e-6
"""Half-widths between a point and a proved zero that are the same."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedPoints:
    """Isolated fixed points inside the box, and points of a continuum of them if there is one.

    Attributes
    ----------
    points : (n, D), box units. eigenvalues : (n, D) complex, the least stable first.
    eigenvalue_errors : (n, D), how far each can be from the true one.
    kinds : n names, such as "stable focus", "saddle", "stable, nonhyperbolic", "half-stable".
    residual : (n,), |f| / rms |f|.
    hits : (n,), starts that reached each: none for what a scan or a proof found. starts : how
        many there were.
    degree, index_sum : of f on the border, and the sum of all indices, in 1-D including those of
        poles; None where one is not known (D > 2, a continuum, a border where f vanishes).
    continuum : (m, D), points of a continuum; empty without one.
    unique_within : (n,) half-widths: proved to be the only zero at most so far away in every
        variable; 0 where that is not proved.
    proof : what the proof said; None where none was asked for.
    evaluations : of velocity or Jacobian, one for each state. notes : what was left out.
    """

    points: Array
    eigenvalues: NDArray[np.complex128]
    eigenvalue_errors: Array
    kinds: tuple[str, ...]
    residual: Array
    hits: NDArray[np.intp]
    starts: int
    degree: int | None
    index_sum: int | None
    continuum: Array
    unique_within: Array
    proof: Completeness | None = None
    evaluations: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(
            self,
            points=np.shape(self.points),
            eigenvalue_errors=np.shape(self.eigenvalues),
            residual=(-1,),
            continuum=np.shape(self.continuum),
            unique_within=(-1,),
        )

    @property
    def unstable(self) -> NDArray[np.intp]:
        """(n,) number of unstable directions of each, as far as the linearization decides."""
        pairs = zip(self.eigenvalues, self.eigenvalue_errors, strict=True)
        return np.array([unstable_count(rates, errors) for rates, errors in pairs], dtype=np.intp)

    @property
    def stable(self) -> NDArray[np.bool_]:
        """(n,) which are stable."""
        return np.array([kind.startswith("stable") for kind in self.kinds], dtype=bool)

    @property
    def complete(self) -> Completeness:
        """Whether these are all: proved, or by which evidence."""
        by_starts = f"{counted(self.starts, 'start')}, chance of one more {self.chance_of_more:.2g}"
        return stated(
            degree=self.degree, index_sum=self.index_sum, by_starts=by_starts, proof=self.proof
        )

    @property
    def chance_of_more(self) -> float:
        """About the chance that one more start would find a new point (Good and Turing)."""
        found = int(self.hits.sum())
        return float(np.sum(self.hits == 1) / found) if found else 0.0


def with_proof(found: FixedPoints, proof: Proof, domain: Domain) -> FixedPoints:
    """The list with proved radii, less points that the proof excludes."""
    same = same_zeros(found.points, proof, domain)
    proved: NDArray[np.bool_] = np.any(same, axis=1)
    radii = np.max(same * proof.radii, axis=1, initial=0.0)
    found = dataclasses.replace(found, unique_within=radii)
    open_points = found.points[~proved]
    if not proof.complete:
        aside = domain.state_to_box(proof.aside.T)
        statement = unfinished(proof.remaining, aside, open_points, domain)
        return dataclasses.replace(found, proof=statement)
    text = f"interval arithmetic over {counted(proof.boxes, 'box', 'boxes')} excludes any other"
    found = dataclasses.replace(found, proof=Completeness(status="proved", text=text))
    return _less(found, np.asarray(proved)) if len(open_points) else found


def _less(found: FixedPoints, rows: NDArray[np.bool_]) -> FixedPoints:
    """Only some of the points: |f| of the others is small, but proved not to vanish."""
    places = counted(int(np.sum(~rows)), "place")
    note = f"{places} with |f| near zero proved to hold no fixed point"
    return dataclasses.replace(
        found,
        points=found.points[rows],
        eigenvalues=found.eigenvalues[rows],
        eigenvalue_errors=found.eigenvalue_errors[rows],
        kinds=tuple(kind for kind, kept in zip(found.kinds, rows, strict=True) if kept),
        residual=found.residual[rows],
        hits=found.hits[rows],
        unique_within=found.unique_within[rows],
        index_sum=None,
        notes=(*found.notes, note),
    )


def same_zeros(points: Array, proof: Proof, domain: Domain) -> NDArray[np.bool_]:
    """(n, k) which point (n, D), box units, stands for which proved zero: the nearest, if any.

    No other zero lies within the proved radius: half of it tells neighbors apart.
    """
    zeros = domain.state_to_box(proof.zeros)
    gaps = np.max(np.abs(points[:, None, :] - zeros[None]), axis=2)
    nearest = np.arange(len(points))[:, None] == np.argmin(
        np.vstack([gaps, np.full(len(zeros), np.inf)]), axis=0
    )
    return np.asarray(nearest & (gaps <= np.minimum(_MATCH, 0.5 * proof.radii)))
