"""All fixed points in the box: where they are, of what type, and whether any is missing.

Place in the flow: a `Flow` becomes its rest states, with eigenvalues, their errors, and types.
`zero_search` follows damped Newton steps from scrambled Sobol starts and merges what is one zero;
`stability` names what it finds. Where a whole curve of rest states exists (a continuous
attractor) the points are as many as the starts: that is recognised by a singular value near
zero, and they are kept apart from the isolated ones.

Completeness, from strong to weak: a proof by interval arithmetic (`proof`); in 1-D and 2-D the
indices of the points, which must add up to the degree of f on the border (`completeness`); in any
dimension, how many starts reached each point. By Good and Turing's rule the share of the starts
whose point was found only once is about the chance that one more start finds a new one.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.completeness import (
    BOXES,
    border_degree,
    index_of,
    unproved,
)
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.point_list import FixedPoints, same_zeros, with_proof
from lrfit.dynamics.stability import (
    NEUTRAL,
    Linearization,
    kind_by_index,
    kind_of,
    linearize,
    uncertainties,
)
from lrfit.dynamics.zero_search import (
    NOISE,
    Distinct,
    Ends,
    Meter,
    merged,
    no_ends,
    search,
    sign_changes,
    singularity,
    thinned,
)
from lrfit.io.text import counted
from lrfit.systems.places import sobol_points

__all__ = [
    "BOXES",
    "BUDGET",
    "NEUTRAL",
    "STARTS",
    "FixedPoints",
    "fixed_points",
    "kind_of",
]

STARTS = 512
BUDGET = 1_000_000
"""Evaluations of the velocity or the Jacobian at one state, at most, by default."""
_EDGE = 1e-9
_FLAT = 1e-6
"""Smallest over largest singular value of J below which a point may be one of a continuum."""
_CURVE, _SPACING, _EXTENT = 12, 1e-3, 0.02
"""A continuum is met at so many places so far apart, and is at least so long (half-widths)."""
_ROUNDS = 8
_PROVABLE = 3
"""Largest dimension in which a proof is tried."""


def fixed_points(
    flow: Flow,
    *,
    generator: np.random.Generator,
    starts: int = STARTS,
    budget: int = BUDGET,
    prove: bool = False,
    boxes: int = BOXES,
) -> FixedPoints:
    """Find the fixed points of a flow in its box.

    Parameters
    ----------
    flow : Flow
        Any field at a tonic input.
    starts : int
        Sobol starts in each round (rounded up to a power of two), over the box widened by 5 %.
        Rounds follow, up to eight, while a point was found only once or the indices do not add
        up. In one dimension all changes of sign between 4097 points are followed as well.
    budget : int
        Evaluations of velocity or Jacobian at one state after which the search ends.
    prove : bool
        Whether to prove the list complete (at most three variables, a field of expressions or a
        network); zeros that the search missed are added.
    boxes : int
        Boxes that the proof may examine.

    Returns
    -------
    FixedPoints
        In box units; none at all where the flow has none.
    """
    finder = _Finder(flow, budget)
    for _ in range(_ROUNDS):
        finder.more(1.05 * sobol_points(flow.dimension, starts, generator))
        found = finder.result()
        # Good & Turing: no point was found only once, so that one more start hardly finds a new
        # one.
        done = found.chance_of_more == 0.0 and found.complete.status != "unknown"
        if done or finder.meter.exhausted:
            break
    return finder.proved(found, boxes) if prove else found


class _Finder:
    """A search on its way: the ends so far, and what does not depend on them."""

    def __init__(self, flow: Flow, budget: int) -> None:
        self.meter = Meter(flow, budget)
        self.begun = 0
        self.ends, self.poles = no_ends(flow.dimension), 0
        if flow.dimension == 1:
            self.ends, self.poles = sign_changes(self.meter, _EDGE)
        self.degree = border_degree(self.meter)

    def more(self, begins: Array) -> None:
        """Follow more starts (P, D)."""
        self.ends = self.ends.joined(search(self.meter, begins, _EDGE))
        self.begun += len(begins)

    def result(self) -> FixedPoints:
        """Distinct points and the continuum among the ends."""
        isolated, continuum = _without_continuum(self.meter, self.ends)
        return self._described(isolated, merged(self.meter, isolated), continuum)

    def _described(self, isolated: Ends, distinct: Distinct, continuum: Array) -> FixedPoints:
        points = isolated.points[distinct.rows]
        linear = _linearization(self.meter, isolated, distinct)
        indices = [self._index(linear, points, continuum, i) for i in range(len(points))]
        degree = None if len(continuum) else self.degree
        known = [index for index in indices if index is not None]
        summed = degree is not None and len(known) == len(points)
        return FixedPoints(
            points=points,
            eigenvalues=linear.rates,
            eigenvalue_errors=linear.errors,
            kinds=tuple(_kind(linear, indices[i], i) for i in range(len(points))),
            residual=isolated.residual[distinct.rows] / self.meter.speed,
            hits=distinct.hits,
            starts=self.begun,
            degree=degree,
            index_sum=sum(known) + self.poles if summed else None,
            continuum=continuum,
            unique_within=np.zeros(len(points)),
            evaluations=self.meter.spent,
            notes=self._notes(),
        )

    def _index(self, linear: Linearization, points: Array, continuum: Array, i: int) -> int | None:
        if not linear.singular[i]:
            return int(linear.orientation[i])
        return index_of(self.meter, points[i], np.concatenate([points, continuum]))

    def _notes(self) -> tuple[str, ...]:
        if not self.meter.exhausted:
            return ()
        return (
            f"the search for fixed points ended at its budget of {self.meter.budget:,} "
            f"evaluations, with {counted(self.begun, 'start')}",
        )

    def proved(self, found: FixedPoints, boxes: int) -> FixedPoints:
        """The result with what a proof says of it, and what the proof adds to it."""
        from lrfit.dynamics.interval_flow import field_bounds  # noqa: PLC0415 - when used
        from lrfit.dynamics.proof import prove_zeros  # noqa: PLC0415 - when used

        flow = self.meter.flow
        bounds = field_bounds(flow)
        reason = _unprovable(found, flow, known=bounds is not None)
        if bounds is None or reason:
            return dataclasses.replace(found, proof=unproved(reason))
        places = flow.domain.state_from_box(found.points)
        proof = prove_zeros(bounds, flow.domain, places, budget=boxes)
        zeros = flow.domain.state_to_box(proof.zeros)
        inside = np.all(np.abs(zeros) <= 1.0 + _EDGE, axis=1)
        if len(new := zeros[inside & ~same_zeros(found.points, proof, flow.domain).any(axis=0)]):
            found = self._with(found, new)
        return with_proof(found, proof, flow.domain)

    def _with(self, found: FixedPoints, new: Array) -> FixedPoints:
        """The list and proved zeros (m, D), which are not merged however near they are."""
        points = np.concatenate([found.points, new])
        hits = np.append(found.hits, np.zeros(len(new), dtype=np.intp))
        size = np.linalg.norm(self.meter.velocity(points), axis=1)
        rows = np.lexsort(points.T[::-1])
        distinct = Distinct(rows=rows, hits=hits[rows], spread=np.zeros(len(rows)))
        ends = Ends(points=points, residual=size, hits=hits)
        return self._described(ends, distinct, found.continuum)


def _unprovable(found: FixedPoints, flow: Flow, *, known: bool) -> str:
    """Why no proof is tried; empty where one is."""
    if not known:
        return "the field is not given by expressions"
    if flow.dimension > _PROVABLE:
        return f"there are more than {_PROVABLE} variables"
    return "there is a continuum of fixed points" if len(found.continuum) else ""


def _without_continuum(meter: Meter, ends: Ends) -> tuple[Ends, Array]:
    """Ends that are isolated zeros, and points (m, D) of a continuum of them."""
    # Along a curve of zeros J has a zero eigenvalue, in the direction of the curve.
    flat = singularity(meter, ends.points) <= _FLAT
    continuum = thinned(ends.points[flat], _SPACING)
    extent = np.max(np.ptp(continuum, axis=0)) if len(continuum) else 0.0
    if len(continuum) < _CURVE or extent < _EXTENT:  # a degenerate point, not a curve of them
        return ends, continuum[:0]
    return ends.at(~flat), continuum


def _linearization(meter: Meter, ends: Ends, distinct: Distinct) -> Linearization:
    points = ends.points[distinct.rows]
    reach = uncertainties(
        meter.jacobian(points), ends.residual[distinct.rows], NOISE * meter.speed, distinct.spread
    )
    return linearize(meter, points, reach, dt=meter.flow.dt)


def _kind(linear: Linearization, index: int | None, i: int) -> str:
    rates, errors = linear.rates[i], linear.errors[i]
    decided = kind_by_index(rates, errors, index) if linear.singular[i] else None
    return decided or kind_of(rates, errors)
