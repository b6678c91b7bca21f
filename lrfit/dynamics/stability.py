"""Eigenvalues of fixed points, how far each can be trusted, and the type that they imply.

    |error of lambda| <= kappa |E|,    kappa = |y| |x| / |yᴴ x|

Place in the flow: zeros of a `Flow` become rates with error bars and names. E is what rounding
does to the Jacobian and what moving the point within its own uncertainty does to it; y and x are
the left and right eigenvectors (Wilkinson 1965, section 2.8). Near a multiple eigenvalue, where
kappa is infinite, Elsner's bound (2 |J|)^(1 - 1/D) |E|^(1/D) takes over (Elsner 1985).

A point is nonhyperbolic where the real part of an eigenvalue is smaller than its error. If one
eigenvalue vanishes and no other does, the index decides in one and two dimensions: +1 is a node,
-1 a saddle, 0 a saddle-node (Andronov et al. 1973; Perko 2001, section 2.11, theorem 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

NEUTRAL = 1e-6
"""Share of the fastest rate at a point below which a rate is called neutral where its error is
not known."""
_SMALLEST = 1e-6
"""A step that leaves less of a deviation is as good as one that leaves none."""
_ROUNDING = 32 * 2.0**-52
"""Relative rounding of a Jacobian and of the backward stable eigenvalue solver, per dimension."""
_FARTHEST = 1e-2
"""Half-widths: the position of a point is never taken to be less certain than this."""


class Differentiable(Protocol):
    """What eigenvalues are of: a flow, or one whose evaluations are counted."""

    def jacobian(self, zeta: Array, /) -> Array:
        """Derivatives (P, D, D) at states zeta (P, D), box units."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Linearization:
    """Of n fixed points: rates (n, D) with the least stable first, and their errors (n, D).

    singular : (n,) whether an eigenvalue of the Jacobian cannot be told from zero.
    orientation : (n,) sign of det J, which is the index of a point that is not singular.
    """

    rates: NDArray[np.complex128]
    errors: Array
    singular: NDArray[np.bool_]
    orientation: NDArray[np.intp]


def linearize(
    flow: Differentiable, points: Array, uncertainty: Array, *, dt: float | None
) -> Linearization:
    """Eigenvalues at points (n, D) that are known to within uncertainty (n,), box units.

    With dt, those of the flow that the map zeta + dt f(zeta) could be a step of: Euler's step
    multiplies by 1 + dt lambda what a flow multiplies by exp(dt rate).
    """
    (n, D) = points.shape
    if not n:
        none = np.empty((0, D))
        flags = np.zeros(0, dtype=bool)
        return Linearization(
            rates=none.astype(complex), errors=none, singular=flags, orientation=flags.astype(int)
        )
    jacobian = flow.jacobian(points)
    raw = np.linalg.eigvals(jacobian).astype(complex)
    change = _changes(flow, points, jacobian, uncertainty)
    errors = _eigenvalue_errors(jacobian, raw, change)
    rates, scale = _as_rates(raw, dt)
    order = np.argsort(-rates.real + 1e-12 * rates.imag, axis=1, kind="stable")
    return Linearization(
        rates=np.take_along_axis(rates, order, axis=1),
        errors=np.take_along_axis(errors * scale, order, axis=1),
        singular=np.any(np.abs(raw) <= errors, axis=1),
        orientation=np.sign(np.linalg.slogdet(jacobian)[0]).astype(np.intp),
    )


def uncertainties(jacobian: Array, residual: Array, noise: float, spread: Array) -> Array:
    """How far zeros (n,) may be from where they were found, half-widths.

    Twice the Newton step that is left, |f| (or its rounding `noise`) over the smallest singular
    value of J; where J is singular, and f flat, the spread of the ends that were merged.
    """
    if not len(jacobian):
        return np.empty(0)
    # Newton's step is at most |f| over the smallest singular value; twice that holds the zero where
    # J changes little on the way.
    least = np.linalg.svd(jacobian, compute_uv=False)[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        step = 2.0 * np.maximum(residual, noise) / least
    limit = np.clip(2.0 * spread, 1e-6, _FARTHEST)
    return np.asarray(np.where(step <= limit, step, limit))


def _changes(flow: Differentiable, points: Array, jacobian: Array, uncertainty: Array) -> Array:
    """(n, D, D) largest change of every entry of J when a point moves along an axis."""
    n, D = points.shape
    moves = np.concatenate([np.eye(D), -np.eye(D)])[:, None, :] * uncertainty[:, None]
    with np.errstate(all="ignore"):
        moved = flow.jacobian((points + moves).reshape(-1, D)).reshape(2 * D, n, D, D)
    # By differences, not by second derivatives: a kink within the uncertainty is seen too.
    change = np.abs(moved - jacobian)
    # A displaced point can lie where the field is not defined: then the others have to do.
    return np.asarray(np.max(np.where(np.isfinite(change), change, 0.0), axis=0))


def _eigenvalue_errors(jacobian: Array, values: NDArray[np.complex128], change: Array) -> Array:
    """(n, D) bounds to first order on the error of every eigenvalue."""
    D = jacobian.shape[1]
    size = np.linalg.norm(jacobian, axis=(1, 2))
    _, right = np.linalg.eig(jacobian)
    with np.errstate(all="ignore"):
        left = np.linalg.inv(right + 0j) if _invertible(right) else np.full_like(right, np.inf)
        # Rows of the inverse are left eigenvectors with yᴴ x = 1, so that kappa = |y| |x|.
        condition = np.linalg.norm(left, axis=2) * np.linalg.norm(right, axis=1)
        # |y|' |dJ| |x| knows which entries change: a fast direction does not blur a slow one.
        moved = np.einsum("nij,njk,nki->ni", np.abs(left), change, np.abs(right))
        first = condition * (_ROUNDING * D * size)[:, None] + moved
        total = _ROUNDING * D * size + np.linalg.norm(change, axis=(1, 2))
        # Elsner 1985: holds for any matrix, and is the smaller one near a Jordan block.
        elsner = (2.0 * size + total) ** (1.0 - 1.0 / D) * total ** (1.0 / D)
    first = np.where(np.isfinite(first), first, np.inf)
    return np.asarray(np.minimum(first, elsner[:, None]))


def _invertible(right: NDArray[np.complex128]) -> bool:
    """Whether all eigenvector matrices (n, D, D) can be inverted: no eigenvalue is defective."""
    return bool(np.all(np.linalg.svd(right, compute_uv=False)[:, -1] > 1e-300))


def _as_rates(
    values: NDArray[np.complex128], dt: float | None
) -> tuple[NDArray[np.complex128], Array]:
    """Rates of a flow, and by what factor errors grow on the way."""
    if dt is None:
        return values, np.ones(values.shape)
    steps = 1.0 + dt * values
    # The logarithm of zero: a deviation that one step removes has decayed as fast as can be told.
    steps = np.where(np.abs(steps) < _SMALLEST, _SMALLEST, steps)
    return np.asarray(np.log(steps) / dt, dtype=np.complex128), np.asarray(1.0 / np.abs(steps))


def unstable_count(rates: NDArray[np.complex128], errors: Array | None = None) -> int:
    """Directions in which a point with these eigenvalues (D,) repels for certain."""
    return int(np.sum(rates.real > _margins(rates, errors)))


def kind_of(eigenvalues: NDArray[np.complex128], errors: Array | None = None) -> str:
    """Name of a fixed point with these eigenvalues (D,), the usual one of the field.

    errors : (D,) below which a part of an eigenvalue counts as zero; by default `NEUTRAL` times
    the largest eigenvalue.
    """
    if not len(eigenvalues):
        return "point"
    margins = _margins(eigenvalues, errors)
    neutral = int(np.sum(np.abs(eigenvalues.real) <= margins))
    turning = bool(np.any(np.abs(eigenvalues.imag) > margins))
    unstable = int(np.sum(eigenvalues.real > margins))
    if unstable and unstable + neutral < len(eigenvalues):
        return "saddle focus" if turning else "saddle"
    if neutral:
        return "unstable, neutral" if unstable else "center" if turning else "neutral"
    return f"{'unstable' if unstable else 'stable'} {'focus' if turning else 'node'}"


def _margins(rates: NDArray[np.complex128], errors: Array | None) -> Array:
    if errors is not None:
        return errors
    return np.full(len(rates), NEUTRAL * np.max(np.abs(rates), initial=0.0))


def kind_by_index(rates: NDArray[np.complex128], errors: Array, index: int | None) -> str | None:
    """Name of an isolated fixed point (D <= 2) one of whose eigenvalues vanishes, by its index.

    None where neither the linearization nor the index decides: two eigenvalues that vanish, a
    purely imaginary pair, more than two dimensions.
    """
    decided = rates[np.abs(rates) > errors].real
    if index is None or len(rates) > 2 or len(decided) != len(rates) - 1:
        return None
    if len(rates) == 1:
        names = {-1: "stable, nonhyperbolic", 0: "half-stable", 1: "unstable, nonhyperbolic"}
        return names.get(index)
    node = "stable, nonhyperbolic" if decided[0] < 0.0 else "unstable, nonhyperbolic"
    return {1: node, -1: "saddle, nonhyperbolic", 0: "saddle-node"}.get(index)
