"""Activity taken apart: x = b + M (z - c) + B v, or x = h + B v where there is no latent state.

Place in the flow: `sources` makes these of what a user has, `shares` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.learning.activity import components_for

OFF = 1e-6
"""Of the size of currents: what a regression leaves below this is rounding."""


def _nothing() -> Array:
    return np.empty((0, 0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """Currents x (S, T, n) of S runs, the recurrent directions and the input weights.

    recurrent : (n, R), columns that span where recurrence moves x. B : (n, U). inputs : names.
    level : (L, U), tonic inputs. run_level : (S,), which of them each run had; none of either
    where inputs change in time. told : where it is from. system : name.
    """

    x: Array
    recurrent: Array
    B: Array
    inputs: tuple[str, ...]
    told: str
    system: str
    level: Array = field(default_factory=_nothing)
    run_level: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    notes: tuple[str, ...] = ()


def leading_directions(h: Array) -> Array:
    """Principal components (n, R) of samples (P, n) that hold 99 % of their variance."""
    centered = h - h.mean(axis=0)
    values, directions = np.linalg.eigh(centered.T @ centered)
    largest = np.maximum(values[::-1], 0.0)
    share = np.cumsum(largest) / max(float(largest.sum()), np.finfo(float).tiny)
    return np.asarray(directions[:, ::-1][:, : components_for(share)])


def regressed(x: Array, z: Array, v: Array) -> tuple[Array, Array, float]:
    """M (n, D) and B (n, U) of currents x (P, n) at states z (P, D) and inputs v (P, U).

    Also how much of x is left, relative to its spread; directions that no sample has get 0.
    """
    seen = np.hstack([z, v])
    seen = seen - seen.mean(axis=0)
    spread = x - x.mean(axis=0)
    found = np.linalg.lstsq(seen, spread, rcond=1e-10)[0]
    size = max(float(np.linalg.norm(spread)), 1e-300)
    left = float(np.linalg.norm(spread - seen @ found)) / size
    D = z.shape[1]
    return np.asarray(found[:D].T), np.asarray(found[D:].T), left
