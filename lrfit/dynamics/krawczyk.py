"""Krawczyk's operator: which boxes hold no zero, exactly one, or at most one.

    K(X) = m - Y f(m) + (I - Y J(X)) (X - m),    Y about J(m)^-1, m in X

All zeros in X lie in K(X). K(X) inside X: there is exactly one. K(X) apart from X: there is none.
|I - Y J(X)| r < r for the radii r of X: there is at most one, since every matrix in J(X) is
regular (Krawczyk 1969; Neumaier 1990, chapter 5; Moore, Kearfott & Cloud 2009, chapter 8).

Place in the flow: `FieldBounds` and boxes become verdicts, for `proof`. Y is computed in floating
point: any matrix serves. All the rest is rounded outwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.dynamics.interval_flow import SAFE, FieldBounds

RADII = 2.0 ** -np.arange(1.0, 46.0)
"""Half-widths of the boxes that are tried around a zero."""
_ROUNDING = 16 * 2.0**-53
_SINGULAR, _TINY = 1e-14, 1e-300
_NARROWED = 1e-3
"""Share of its width that a box keeps at least when it is cut down to its image."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Images:
    """Krawczyk's operator on n boxes.

    lower, upper (D, n): what of each box can hold zeros. empty: nothing. unique: exactly one zero
    lies in the box. regular: at most one does. center (D, n): the middle of the image. bounded:
    f and its slopes have bounds. shrunk: the image is so much smaller that no cut is needed.
    """

    lower: Array
    upper: Array
    center: Array
    empty: NDArray[np.bool_]
    unique: NDArray[np.bool_]
    regular: NDArray[np.bool_]
    bounded: NDArray[np.bool_]
    shrunk: NDArray[np.bool_]


def krawczyk(bounds: FieldBounds, lower: Array, upper: Array) -> Images:
    """Apply the operator to boxes [lower, upper], (D, n), each about its middle."""
    middle = 0.5 * (lower + upper)
    radius = np.maximum(upper - middle, middle - lower) * SAFE
    f, doubt = bounds.values(middle, middle)
    slope, spread = bounds.slopes(lower, upper, middle)
    # Mean value form: |f(x) - f(m)| <= |J(X)| r for all x in X; where |f(m)| is larger, no zero.
    reach = np.einsum("den,en->dn", np.abs(slope) + spread, radius) * SAFE
    empty = np.any(np.abs(f) > (doubt + reach) * SAFE, axis=0)
    with np.errstate(all="ignore"):
        inverse = inverses(slope)
        contraction = _contraction(inverse, slope, spread)
        center, moved = _newton_image(inverse, middle, f, doubt)
        shrunk = np.einsum("den,en->dn", contraction, radius) * SAFE
        image = moved + shrunk
    known = np.isfinite(center + image).all(axis=0)
    center, image = np.where(known, center, middle), np.where(known, image, np.inf)
    # Strictly inside: on the border the fixed-point theorem gives no uniqueness.
    inside = np.all((center - image > lower) & (center + image < upper), axis=0)
    apart = np.any((center - image > upper) | (center + image < lower), axis=0)
    # A box of no width along one axis could never hold its image inside.
    image = np.maximum(image, _NARROWED * radius)
    # All zeros in X lie in K(X): the box may be cut down to the part that both share.
    low, high = np.maximum(lower, center - image), np.minimum(upper, center + image)
    share = (high - low) / np.maximum(upper - lower, np.finfo(float).tiny)
    return Images(
        lower=low,
        upper=high,
        center=center,
        empty=empty | apart,
        unique=inside,
        regular=np.all(shrunk < radius, axis=0) & known,
        bounded=np.asarray(np.isfinite(doubt).all(axis=0) & np.isfinite(spread).all(axis=(0, 1))),
        shrunk=np.all(share < 0.6, axis=0),
    )


def inverses(slope: Array) -> Array:
    """Approximate inverses (D, D, n); any matrix serves the proof, so a singular one is NaN."""
    matrices = np.moveaxis(slope, -1, 0)
    # Rows and columns of size one: whether a matrix is singular must not depend on units.
    rows = np.maximum(np.abs(matrices).max(axis=2, keepdims=True), _TINY)
    columns = np.maximum(np.abs(matrices / rows).max(axis=1, keepdims=True), _TINY)
    scaled = matrices / rows / columns
    regular = (np.abs(np.linalg.det(scaled)) > _SINGULAR)[:, None, None]
    inverse = np.linalg.inv(np.where(regular, scaled, np.eye(len(slope))))
    inverse = inverse / np.swapaxes(columns, 1, 2) / np.swapaxes(rows, 1, 2)
    return np.moveaxis(np.where(regular, inverse, np.nan), 0, -1)


def _contraction(inverse: Array, slope: Array, spread: Array) -> Array:
    """|I - Y J| (D, D, n) for every J within spread of slope, with its rounding."""
    D = len(slope)
    product = np.einsum("den,efn->dfn", inverse, slope)
    size = np.abs(inverse)
    identity = np.eye(D)[:, :, None]
    # Only where the 1 is subtracted does that round: an allowance elsewhere would have units.
    rounding = (np.einsum("den,efn->dfn", size, np.abs(slope)) + identity) * _ROUNDING
    unspread = np.einsum("den,efn->dfn", size, spread)
    return np.asarray((np.abs(identity - product) + unspread) * SAFE + rounding)


def _newton_image(inverse: Array, middle: Array, f: Array, doubt: Array) -> tuple[Array, Array]:
    """Middle m - Y f(m): where it is, (D, n), and how far it can be from there."""
    size = np.abs(inverse)
    step = np.einsum("den,en->dn", inverse, f)
    rounding = np.einsum("den,en->dn", size, np.abs(f)) + np.abs(middle)
    moved = np.einsum("den,en->dn", size, doubt) * SAFE + _ROUNDING * rounding
    return middle - step, moved


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownZero:
    """A zero near `point` (D,), the user's units.

    It lies in the box inner (2, D) of lower and upper bounds, and no other lies in outer (2, D).
    """

    point: Array
    inner: Array
    outer: Array

    @property
    def reach(self) -> Array:
        """(D,) distance from the point within which there is no other zero."""
        return np.asarray(np.min(np.abs(self.outer - self.point), axis=0))


def known_zero(bounds: FieldBounds, point: Array, scale: Array) -> KnownZero | None:
    """Prove that a zero lies at a point (D,), in boxes of many sizes; None where it fails.

    scale : (D,), the half-widths that `RADII` are relative to.
    """
    if not np.all(np.isfinite(point)):
        return None
    middle = np.repeat(point[:, None], len(RADII), axis=1)
    lower, upper = middle - scale[:, None] * RADII, middle + scale[:, None] * RADII
    radius = np.maximum(upper - middle, middle - lower) * SAFE
    f, doubt = bounds.values(middle, middle)
    slope, spread = bounds.slopes(lower, upper, middle)
    with np.errstate(all="ignore"):
        # The slopes of the narrowest box serve all: they are those at the point itself.
        inverse = np.repeat(inverses(slope[..., -1:]), len(RADII), axis=2)
        shrunk = np.einsum("den,en->dn", _contraction(inverse, slope, spread), radius) * SAFE
        center, moved = _newton_image(inverse, middle, f, doubt)
        image = moved + shrunk
        inside = np.all((center - image > lower) & (center + image < upper), axis=0)
        regular = np.all(shrunk < radius, axis=0)
    if not np.any(inside):
        return None
    # Radii fall: the last one inside is the tightest box that surely holds the zero, the first
    # regular one the largest in which it is alone.
    inner, outer = np.flatnonzero(inside)[-1], np.flatnonzero(regular)[0]
    return KnownZero(
        point=point,
        inner=np.stack([lower[:, inner], upper[:, inner]]),
        outer=np.stack([lower[:, outer], upper[:, outer]]),
    )
