"""Shares of the variance in the recurrent and the input-driven subspace, angles, and shifts.

    Q = orth(M),   B_perp = (I - Q Qᵀ) B,   Q_I = orth(B_perp)
    recurrent share = |Qᵀ (x - mean)|² / |x - mean|²,   input share: the same with Q_I
    principal angles = arccos of the singular values of Qᵀ orth(B)
    a tonic input v moves the recurrent plane by |B_perp v|

x - b is in the span of M and B, so that its rank is at most D + U, and the two shares of a low-rank
network add up to 1. Place in the flow: `subspaces` puts these numbers into its result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.geometry.parts import Parts
from lrfit.learning.change import basis_of

VALUES = 30
"""Singular values that are kept."""
TIMES = 400
"""Of each run in a figure."""
_RANK = 1e-10
"""Of the largest singular value: below is rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Bases:
    """Q (n, R) and Q_I (n, K), orthonormal and perpendicular to each other; B_perp (n, U)."""

    recurrent: Array
    driven: Array
    B_perp: Array
    angles: Array


def bases_of(parts: Parts) -> Bases:
    """The two subspaces, and the principal angles between span(M) and span(B), in degrees."""
    Q = basis_of(parts.recurrent)
    B_perp = parts.B - Q @ (Q.T @ parts.B)
    # Twice, since the first projection leaves rounding in span(M) where B is nearly within it.
    B_perp = B_perp - Q @ (Q.T @ B_perp)
    size = float(np.linalg.norm(parts.B))
    cosines = np.linalg.svd(Q.T @ basis_of(parts.B), compute_uv=False)
    return Bases(
        recurrent=Q,
        driven=basis_of(B_perp, size),
        B_perp=B_perp,
        angles=np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))),
    )


def share_within(centered: Array, basis: Array) -> float:
    """Share of the squares of centered samples (P, n) in a subspace."""
    whole = float(np.sum(centered**2))
    return float(np.sum((centered @ basis) ** 2)) / whole if whole else 0.0


def singular_values(centered: Array) -> tuple[Array, int]:
    """Singular values of centered samples (P, n) relative to the largest, and their rank."""
    if len(centered) > len(centered.T):
        # The triangular factor has the same singular values, to rounding of the samples' own.
        centered = np.asarray(np.linalg.qr(centered, mode="r"))
    s = np.linalg.svd(centered, compute_uv=False)
    relative = np.asarray(s / s[0] if len(s) and s[0] > 0.0 else s)
    return relative[:VALUES], int(np.sum(relative > _RANK))


def shifts(parts: Parts, bases: Bases) -> tuple[Array, Array]:
    """How far each level moves the plane from that of the first one: |B_perp dv|, and as it is."""
    if not len(parts.level):
        return np.empty(0), np.empty(0)
    predicted = np.linalg.norm((parts.level - parts.level[0]) @ bases.B_perp.T, axis=1)
    means = np.array(
        [parts.x[parts.run_level == k].mean(axis=(0, 1)) for k in range(len(parts.level))]
    )
    moved = means - means[0]
    off = moved - (moved @ bases.recurrent) @ bases.recurrent.T
    return predicted, np.linalg.norm(off, axis=1)


def paths(parts: Parts, bases: Bases) -> Array:
    """Runs (S, T', 3) along two recurrent axes and the input axis of the largest variance."""
    x = parts.x[:, :: max(1, parts.x.shape[1] // TIMES)]
    centered = x - parts.x.mean(axis=(0, 1))
    found = np.zeros((*x.shape[:2], 3))
    for basis, first, count in ((bases.recurrent, 0, 2), (bases.driven, 2, 1)):
        if not basis.shape[1]:
            continue
        within = centered @ basis
        flat = within.reshape(-1, basis.shape[1])
        directions = np.linalg.eigh(flat.T @ flat)[1][:, ::-1][:, :count]
        found[:, :, first : first + directions.shape[1]] = within @ directions
    return found
