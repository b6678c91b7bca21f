"""Zeros of a velocity in box units, by Newton's method from many starts at once.

    (JᵀJ + mu s² I) step = -Jᵀ f,    s the largest singular value of J

mu = 0 is Newton's step with the pseudo-inverse of J, which also walks to a line or a ring of zeros.
With mu > 0 (Levenberg 1944; Marquardt 1963) a step is taken only if |f| falls; then mu is divided
by ten, else multiplied. Near a simple zero mu vanishes and convergence is quadratic.

Place in the flow: below `systems.landmarks`, which wants places at rest, quickly and under many
inputs, and `dynamics.zero_search`, which wants all zeros, and counts what they cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

Evaluate = Callable[[Array, NDArray[np.intp]], Array]
"""States (R, D), box units, and which of the starts they belong to (R,) -> f or J there."""
_SHORTEST = 1e-14
"""A step of this length, half-widths, is rounding."""
_MOST_DAMPING = 1e8


@dataclass(frozen=True, kw_only=True)
class NewtonRule:
    """How steps are made.

    Attributes
    ----------
    steps : at most.
    damping, least_damping : mu at first and at least; with damping 0 every finite step is taken.
    cutoff : singular values below this share of the largest are left out of a step.
    longest, farthest : half-widths; of a step along any axis, and of any coordinate.
    """

    steps: int
    damping: float = 0.0
    least_damping: float = 0.0
    cutoff: float = 0.0
    longest: float = np.inf
    farthest: float = np.inf


def newton(
    velocity: Evaluate,
    jacobian: Evaluate,
    zeta: Array,
    rule: NewtonRule,
    *,
    exhausted: Callable[[], bool] = lambda: False,
) -> tuple[Array, Array]:
    """Where the steps from zeta (P, D) end (P, D), and |f| there (P,), inf where f is not finite.

    Parameters
    ----------
    velocity, jacobian : callable
        f (R, D) and J (R, D, D) of some of the starts.
    exhausted : callable
        Asked before every step whether to end here.
    """
    zeta, mu = zeta.copy(), np.full(len(zeta), rule.damping)
    with np.errstate(all="ignore"):
        f = velocity(zeta, np.arange(len(zeta)))
        size = _sizes(f)
        active = np.flatnonzero(np.isfinite(size))
        for _ in range(rule.steps):
            if not len(active) or exhausted():
                break
            J = jacobian(zeta[active], active)
            step = _step(J, f[active], mu[active], rule.cutoff)
            tried = zeta[active] + np.clip(step, -rule.longest, rule.longest)
            there = velocity(tried, active)
            new = _sizes(there)
            if rule.damping:
                better = (new < size[active]) & np.all(np.abs(tried) <= rule.farthest, axis=1)
            else:  # a start that leaves where the field is defined is given up
                better = np.isfinite(new) & np.isfinite(J).all(axis=(1, 2))
                size[active[~better]] = np.inf
            rows = active[better]
            zeta[rows], f[rows], size[rows] = tried[better], there[better], new[better]
            mu[active] *= np.where(better, 0.1, 10.0)
            mu[active] = np.clip(mu[active], rule.least_damping, _MOST_DAMPING)
            stuck = (np.linalg.norm(step, axis=1) <= _SHORTEST) | (mu[active] >= _MOST_DAMPING)
            going = ~stuck & (size[active] > 0.0) & np.isfinite(size[active])
            active = active[np.flatnonzero(going)]
    return zeta, size


def _sizes(f: Array) -> Array:
    size = np.linalg.norm(f, axis=1)
    size[~np.isfinite(size)] = np.inf
    return np.asarray(size)


def _step(jacobian: Array, f: Array, mu: Array, cutoff: float) -> Array:
    """Steps (P, D) by the singular values of J: JᵀJ would square its condition number."""
    left, values, right = np.linalg.svd(np.nan_to_num(jacobian, posinf=0.0, neginf=0.0))
    damped = values**2 + mu[:, None] * values[:, :1] ** 2
    gain = values / np.maximum(damped, np.finfo(float).tiny)
    gain[values <= cutoff * values[:, :1]] = 0.0
    along = np.einsum("pij,pi->pj", left, f)
    return np.asarray(-np.einsum("pji,pj->pi", right, gain * along))
