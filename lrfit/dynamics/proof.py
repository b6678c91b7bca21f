"""Proof that a list of fixed points is complete: branch and bound with Krawczyk's operator.

Place in the flow: `FieldBounds` over the box and the zeros that a numerical search has found
become a `Proof`. Around every known zero a box is found first in which it is the only one, so
that the rest of the box is what needs work: boxes are discarded where f or its mean value form
cannot vanish, and halved where nothing is decided. Zeros that were missed come out on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics.completeness import BOXES
from lrfit.dynamics.interval_flow import SAFE, FieldBounds
from lrfit.dynamics.krawczyk import RADII, Images, KnownZero, inverses, known_zero, krawczyk
from lrfit.fields.field import Domain

_CHUNK = 4096
_FIRST = 64
_WIDER = 1e-8
"""Half-widths by which the box is widened: a zero that rounding moves across the border counts."""
_NEAR = 1e-2
_SMALLEST, _NEAR_SINGULAR, _UNBOUNDED = 1e-10, 1e-5, 4e-3
"""Half-widths below which boxes are put aside: anywhere, within `_NEAR` of a degenerate zero, and
where there are no bounds (a pole, 0/0)."""
_TRIED = 4
_POLISHING = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Proof:
    """What branch and bound has shown.

    zeros (k, D), user's units: each the only zero within radii (k,) half-widths of the box, in
    every variable. aside (D, m): middles of boxes in which nothing was decided.
    remaining : boxes that the budget did not suffice for. boxes : examined.
    """

    zeros: Array
    radii: Array
    aside: Array
    remaining: int
    boxes: int

    @property
    def complete(self) -> bool:
        """Whether there are no zeros but these."""
        return not self.remaining and not self.aside.shape[1]


@dataclass(kw_only=True, eq=False)
class _Search:
    """Branch and bound on its way.

    lower, upper (D,): the box that is searched. scale (D, 1): its half-widths. singular (s, D):
    zeros that cannot be proved.
    """

    bounds: FieldBounds
    lower: Array
    upper: Array
    scale: Array
    singular: Array
    known: list[KnownZero]
    aside: list[Array] = field(default_factory=list)
    boxes: int = 0


def prove_zeros(bounds: FieldBounds, domain: Domain, zeros: Array, *, budget: int = BOXES) -> Proof:
    """Find all zeros of a field in its box, with proof.

    Parameters
    ----------
    bounds : FieldBounds
        Of the field, in the user's units.
    domain : Domain
        The box; D <= 3 is what a budget suffices for.
    zeros : (n, D)
        Those known from a numerical search, the user's units. Where one cannot be proved, as
        where the Jacobian is singular, small boxes around it are put aside.
    budget : int
        Boxes to examine.
    """
    scale = domain.half_width
    tried = [known_zero(bounds, zero, scale) for zero in zeros]
    unproved = np.array([known is None for known in tried], dtype=bool)
    low, high = _widened(bounds, domain)
    search = _Search(
        bounds=bounds,
        lower=low,
        upper=high,
        scale=scale[:, None],
        singular=zeros[unproved],
        known=[known for known in tried if known is not None],
        boxes=len(RADII) * len(zeros),
    )
    lower, upper = _grid(low, high)
    while lower.shape[1] and search.boxes < budget:
        # The newest first (depth first), so that the number of open boxes stays small.
        now = slice(max(lower.shape[1] - _CHUNK, 0), None)
        low, high = _examine(search, lower[:, now], upper[:, now])
        lower = np.hstack([lower[:, : now.start], low])
        upper = np.hstack([upper[:, : now.start], high])
    return _summary(search, lower.shape[1])


def _summary(search: _Search, remaining: int) -> Proof:
    D = len(search.scale)
    radii = [np.min(zero.reach / search.scale[:, 0]) for zero in search.known]
    return Proof(
        zeros=np.array([zero.point for zero in search.known]).reshape(-1, D),
        radii=np.array(radii),
        aside=np.hstack([np.empty((D, 0)), *search.aside]),
        remaining=remaining,
        boxes=search.boxes,
    )


def _widened(bounds: FieldBounds, domain: Domain) -> tuple[Array, Array]:
    """Lower and upper corner (D,), beyond every face where the field is defined there."""
    lower, upper = domain.lower.copy(), domain.upper.copy()
    for axis, margin in enumerate(_WIDER * domain.half_width):
        for side, sign in ((lower, -1.0), (upper, 1.0)):
            low, high = domain.lower.copy(), domain.upper.copy()
            moved = side[axis] + sign * margin
            low[axis], high[axis] = sorted((side[axis], moved))
            if np.all(np.isfinite(bounds.values(low[:, None], high[:, None])[1])):
                side[axis] = moved
    return lower, upper


def _grid(lower: Array, upper: Array) -> tuple[Array, Array]:
    """Cut a box into about `_FIRST` equal ones, (D, n)."""
    D = len(lower)
    count = round(_FIRST ** (1.0 / D))
    edges = np.linspace(lower, upper, count + 1)
    edges[-1] = upper
    cells = np.stack(np.meshgrid(*[np.arange(count)] * D, indexing="ij")).reshape(D, -1)
    axes = np.arange(D)[:, None]
    # Neighbours share their edge to the last bit, so that nothing lies between them.
    return edges[cells, axes], edges[cells + 1, axes]


def _examine(search: _Search, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Discard boxes (D, n) without zeros and those that are settled; cut the others."""
    settled = _inside_known(search.known, lower, upper)
    lower, upper = lower[:, ~settled], upper[:, ~settled]
    search.boxes += lower.shape[1]
    middle, radius = search.bounds.values(lower, upper)
    # Zero lies outside the range of some component: no zero in the box.
    possible = ~np.any(np.abs(middle) > radius * SAFE, axis=0)
    lower, upper = lower[:, possible], upper[:, possible]
    if not lower.shape[1]:
        return lower, upper
    boxes = krawczyk(search.bounds, lower, upper)
    small = _too_small(search, lower, upper, boxes.bounded)
    open_boxes = ~boxes.empty & ~_settle(search, boxes, lower, upper, small)
    search.aside.append(0.5 * (boxes.lower + boxes.upper)[:, open_boxes & small])
    cut, whole = open_boxes & ~small & ~boxes.shrunk, open_boxes & ~small & boxes.shrunk
    low, high = _halved(boxes.lower[:, cut], boxes.upper[:, cut], search.scale)
    return np.hstack([low, boxes.lower[:, whole]]), np.hstack([high, boxes.upper[:, whole]])


def _inside_known(known: list[KnownZero], lower: Array, upper: Array) -> NDArray[np.bool_]:
    """Which boxes (D, n) lie where a known zero is the only one."""
    inside = np.zeros(lower.shape[1], dtype=bool)
    for zero in known:
        low, high = zero.outer[..., None]
        inside |= np.all((lower >= low) & (upper <= high), axis=0)
    return inside


def _settle(
    search: _Search, boxes: Images, lower: Array, upper: Array, small: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Boxes (n,) all of whose zeros are known: there is one at most, and it is known.

    Zeros that are not known yet are looked for where there is one at most and Newton's step
    stays near: a zero on the border between two boxes lies inside neither.
    """
    width = upper - lower
    near = np.all((boxes.center > lower - width) & (boxes.center < upper + width), axis=0)
    single = boxes.unique | boxes.regular
    settled = single & _holds_known(search.known, lower, upper)
    wanted = near & single & ~boxes.empty & ~settled
    wanted &= ~_inside_known(search.known, boxes.center, boxes.center)
    # Each zero that is proved settles boxes around it: most others need not be tried. Small
    # boxes have no other chance.
    some = np.flatnonzero(wanted & ~small)
    some = some[np.argsort(~boxes.unique[some], kind="stable")][:_TRIED]
    for k in np.append(some, np.flatnonzero(wanted & small)):
        _look_for_zero(search, boxes.center[:, k])
    settled |= single & _holds_known(search.known, lower, upper)
    # A zero in a corner: the image shrinks to it at once, and is known although the box is not.
    return np.asarray(settled | _inside_known(search.known, boxes.lower, boxes.upper))


def _holds_known(known: list[KnownZero], lower: Array, upper: Array) -> NDArray[np.bool_]:
    """Which boxes (D, n) hold a known zero for certain."""
    holds = np.zeros(lower.shape[1], dtype=bool)
    for zero in known:
        low, high = zero.inner[..., None]
        holds |= np.all((lower <= low) & (high <= upper), axis=0)
    return holds


def _look_for_zero(search: _Search, start: Array) -> None:
    """Follow Newton's steps from a start (D,); a zero that is proved and new becomes known."""
    if _inside_known(search.known, start[:, None], start[:, None])[0]:
        return
    point = start
    for _ in range(_POLISHING):
        here = point[:, None]
        f = search.bounds.values(here, here)[0]
        inverse = inverses(search.bounds.slopes(here, here, here)[0])
        step = np.einsum("den,en->dn", inverse, f)[:, 0]
        # Written so that NaN, of a singular slope, ends the search as well.
        if not np.all(np.abs(step) <= search.scale[:, 0]):
            return
        point = point - step
        if np.all(np.abs(step) <= 2.0**-52 * np.abs(point)):
            break
    search.boxes += len(RADII)
    # Outside the box the allowances for rounding would not hold.
    inside = np.all((point >= search.lower) & (point <= search.upper))
    if not inside or _inside_known(search.known, point[:, None], point[:, None])[0]:
        return
    found = known_zero(search.bounds, point, search.scale[:, 0])
    if found is not None:
        search.known.append(found)


def _too_small(
    search: _Search, lower: Array, upper: Array, bounded: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which boxes (D, n) are too small to be decided by further cuts."""
    middle = 0.5 * (lower + upper)
    least = np.where(bounded, _SMALLEST, _UNBOUNDED)
    for zero in search.singular:
        near = np.all(np.abs(middle - zero[:, None]) <= _NEAR * search.scale, axis=0)
        least = np.where(near, np.maximum(least, _NEAR_SINGULAR), least)
    # Between neighbouring numbers there is no middle: such a box would be cut into itself.
    finest = 4.0 * np.finfo(float).eps * np.maximum(np.abs(lower), np.abs(upper))
    return np.asarray(np.all((upper - lower) <= np.maximum(least * search.scale, finest), axis=0))


def _halved(lower: Array, upper: Array, scale: Array) -> tuple[Array, Array]:
    """Cut every box (D, n) in two across its longest side, in half-widths of the domain."""
    boxes = np.arange(lower.shape[1])
    axis = np.argmax((upper - lower) / scale, axis=0)
    middle = (0.5 * (lower + upper))[axis, boxes]
    first, second = upper.copy(), lower.copy()
    first[axis, boxes] = second[axis, boxes] = middle
    return np.hstack([lower, second]), np.hstack([first, upper])
