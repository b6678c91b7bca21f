"""Neighbourhoods of stable fixed points from which nothing escapes: where a trajectory arrives.

    c = W (zeta - zeta*),   V = |c|²,   dV/dt < 0 for 0 < V <= r²

W are the left eigenvectors of the Jacobian, so that every mode shrinks at its own rate and V
falls in the linear flow however different the rates are. The radius r is the largest at which V
falls on sampled shells of all smaller radii too: evidence, not proof (Khalil 2002, section 8.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.points import FixedPoints

_SHELLS = np.geomspace(1e-3, 0.4, 120)
"""Radii in half-widths, 5 % apart: a cycle that repels and one that attracts lie between two
coarse ones, on both of which V falls."""
_DIRECTIONS = 96
_WORST = 1e7
"""Condition number of the eigenvectors beyond which two of them are one (a Jordan block)."""
_SMALLEST = 1e-3
_SHORT_OF = 0.9
"""Share of the way to the nearest other rest state that a neighbourhood may reach."""
_SEED = 23


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbourhood:
    """A stable fixed point: its index, its place (D,), W (D, D) complex, and the radius r."""

    index: int
    place: Array
    modes: np.ndarray
    radius: float

    def holds(self, zeta: Array) -> np.ndarray:
        """Which states (S, D) lie inside, (S,)."""
        c = (zeta - self.place) @ self.modes.T
        return np.asarray(np.linalg.norm(c, axis=1) <= self.radius)


def neighbourhoods(flow: Flow, fixed: FixedPoints) -> list[Neighbourhood]:
    """One for every fixed point that attracts by its linear part; maps have the same."""
    found = []
    for index in np.flatnonzero(fixed.stable):
        place = fixed.points[index]
        modes = _modes(flow.jacobian(place[None])[0])
        radius = _radius(flow, place, modes) if modes is not None else _SMALLEST
        if modes is None:
            modes = np.eye(len(place), dtype=complex)
        # In four and more dimensions 96 directions miss the narrow cone towards another point.
        others = np.delete(np.concatenate([fixed.points, fixed.continuum]), index, axis=0)
        nearest = np.min(np.linalg.norm((others - place) @ modes.T, axis=1), initial=np.inf)
        radius = min(radius, _SHORT_OF * float(nearest))
        found.append(Neighbourhood(index=int(index), place=place, modes=modes, radius=radius))
    return found


def _modes(jacobian: Array) -> np.ndarray | None:
    """Inverse of the eigenvectors, rows scaled so that |c| <= |zeta - zeta*| holds nearly."""
    _, right = np.linalg.eig(jacobian)
    if not np.linalg.cond(right) <= _WORST:
        return None
    # Rows of the inverse are left eigenvectors: c_k = w_k (zeta - zeta*) obeys dc_k/dt = lambda_k
    # c_k.
    left = np.linalg.inv(right)
    return np.asarray(left / np.linalg.norm(left, axis=1).max())


def _radius(flow: Flow, place: Array, modes: np.ndarray) -> float:
    """The largest radius on whose shell, and on all smaller ones, V falls."""
    D = len(place)
    directions = np.random.default_rng(_SEED).standard_normal((_DIRECTIONS, D))
    back = np.linalg.inv(modes)
    # Shells of |c|: real states whose modal coordinates have that length.
    states = directions / np.linalg.norm(directions @ modes.T, axis=1, keepdims=True)
    reach = max(1.0, 1.0 / max(float(np.max(np.linalg.norm(back, axis=1))), 1e-12))
    shells = _SHELLS * reach
    steps = shells[:, None, None] * states
    inside = np.max(np.abs(place + steps), axis=(1, 2)) <= 3.0
    with np.errstate(all="ignore"):
        f = flow.velocity((place + steps).reshape(-1, D)).reshape(steps.shape)
        before = steps @ modes.T
        if flow.dt is not None:
            after = (steps + flow.dt * f) @ modes.T
            falls = np.linalg.norm(after, axis=2) < np.linalg.norm(before, axis=2)
        else:
            # dV/dt = 2 Re(cᴴ W f), since W is constant.
            falls = np.sum((np.conj(before) * (f @ modes.T)).real, axis=2) < 0.0
    # All smaller shells too: beyond a cycle that repels V may fall again.
    good = inside & np.all(falls, axis=1)
    count = len(good) if good.all() else int(np.argmin(good))
    return float(shells[count - 1]) if count else 0.0
