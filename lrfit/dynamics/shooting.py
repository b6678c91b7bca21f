"""Closed orbits by shooting: returns to a plane, then Newton's method on (z, T).

    Phi_T(z) = z,    f(z0)ᵀ (z - z0) = 0

    | Y(T) - I   f(Phi_T) | | dz |     | Phi_T(z) - z |
    | f(z)ᵀ         0     | | dT | = - |      0       |

Place in the flow: `cycles` guesses start and period from the returns of a trajectory; here they are
made exact. Y(T) is the linearised flow (`variation`). The last row, the phase condition, picks one
of the shifts of an orbit along itself, without which the matrix is singular: Y(T) f(z) = f(z).
Reference: Seydel 2010, Practical Bifurcation and Stability Analysis, sections 7.2 to 7.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.variation import monodromy
from lrfit.integrate import rk4_step
from lrfit.integrate.tracks import Track, trace

FARTHEST = 10.0
"""Half-widths that a cycle may reach: of what lies far outside the box nobody asks."""
_NEWTON = 12
_ROUNDS, _CLOSED = 12, 1e-2
"""Most times that a way may go round an orbit, and where it is taken to be back, in its sizes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Orbit:
    """A closed way round: its start (D,), period and track, and whether returns alone led to it.

    attracts : a return came nearer to the orbit by itself, at most a tenth as far as the one
    before: it attracts, however inexact its multipliers are.
    """

    start: Array
    period: float
    track: Track
    attracts: bool


def shoot(
    flow: Flow, start: Array, guess: float, size: float, *, rtol: float, stiff: bool, rounds: int
) -> Orbit | None:
    """A closed orbit near a start (D,), of about the guessed period; None without convergence.

    Returns to the plane across the start come first: a cycle that attracts strongly is reached in
    one or two, where the linearised flow of a stiff one is too inexact for Newton's method.
    Where they come nearer too slowly, or not at all, Newton's method takes over.
    """
    z, period, before, attracts = start.copy(), guess, np.inf, False
    tolerance = 30.0 * rtol * max(size, 1e-3)
    for _ in range(_NEWTON):
        track = _around(flow, z, period, rtol, stiff, rounds)
        if track is None:
            return None
        back = _return(flow, track)
        if back is None:
            return None
        state, late = back
        gap = float(np.linalg.norm(state - z))
        # A gap that falls by ten in one turn shows a multiplier below 0.1, without any linearised
        # flow.
        # On an orbit of a family the first return is as exact as the integration: no contraction.
        attracts = attracts or (100.0 * tolerance < before < np.inf and gap <= 0.1 * before)
        if gap <= tolerance:
            return Orbit(start=z, period=period + late, track=track, attracts=attracts)
        # The returns themselves converge: the next turn starts where this one came back.
        if gap <= 0.1 * before:
            z, period, before = state, period + late, gap
        else:
            change = _newton_step(flow, track, size)
            if change is None:
                return None
            # before = 0: after a step of Newton the next gap says nothing about contraction.
            z, period, before = z + change[:-1], period + float(change[-1]), 0.0
        # Another orbit, or the point inside, which is periodic with any T.
        if not 0.3 * guess < period < 3.0 * guess:
            return None
    return None


def _return(flow: Flow, track: Track) -> tuple[Array, float] | None:
    """Where a track's end meets the plane across its start, and how much later that is."""
    place, normal = track.y[0], track.f[0]
    state, late = track.y[-1], 0.0
    longest = 0.2 * float(track.t[-1])
    for _ in range(8):
        f = flow.velocity(state[None])[0]
        across = float(f @ normal)
        # Tangent to the plane, or moving through it the other way: no return.
        if not across > 1e-6 * float(np.linalg.norm(f) * np.linalg.norm(normal)):
            return None
        step = -float((state - place) @ normal) / across
        if not abs(late + step) <= longest:
            return None
        state, late = moved(flow, state, step), late + step
        if abs(step) <= 1e-14 * float(track.t[-1]):
            break
    return state, late


def moved(flow: Flow, y: Array, step: float) -> Array:
    """Where a state (D,) is after a short time of either sign: one Runge-Kutta step of order 4."""
    return rk4_step(lambda _, state: flow.velocity(state[None])[0], y, step)


def _newton_step(flow: Flow, track: Track, size: float) -> Array | None:
    """Change of (z, T), (D + 1,), that closes the orbit to first order; None if it is too far."""
    matrix, scale, _ = monodromy(flow, track)
    # exp(60) = 1e26: no digit of Y - I would be right, and no step of Newton either.
    if not np.isfinite(matrix).all() or scale > 60.0:
        return None
    D = len(matrix)
    system = np.zeros((D + 1, D + 1))
    system[:-1, :-1] = np.exp(scale) * matrix - np.eye(D)
    system[:-1, -1], system[-1, :-1] = track.f[-1], track.f[0]
    gap = track.y[-1] - track.y[0]
    # Least squares: on an orbit of a family a second multiplier is 1 and the matrix is singular;
    # the shortest change then leads to the nearest orbit.
    change = np.linalg.lstsq(system, -np.append(gap, 0.0), rcond=1e-13)[0]
    return change if np.linalg.norm(change[:-1]) <= 0.3 * size else None


def _around(
    flow: Flow, z: Array, period: float, rtol: float, stiff: bool, rounds: int
) -> Track | None:
    """The trajectory from z (D,) over one period; None if it cannot be followed."""
    found = trace(
        flow.velocity,
        z[None],
        rounds=rounds,
        duration=period,
        jacobian=flow.jacobian if stiff else None,
        accurate=not stiff,
        rtol=rtol,
        bound=3.0 * FARTHEST,
    ).tracks[0]
    arrived = found.t[-1] >= period * (1.0 - 1e-12) and len(found.t) > 2
    return found if arrived else None


def once_round(
    flow: Flow, orbit: Orbit, size: float, *, rtol: float, stiff: bool, rounds: int
) -> Orbit:
    """The same orbit once round, if the way found goes round several times."""
    # The largest count first: once round is the shortest of all periods.
    for count in range(_ROUNDS, 1, -1):
        early = orbit.track.at(np.array([orbit.period / count]))[0]
        if np.linalg.norm(early - orbit.start) <= _CLOSED * size:
            once = shoot(
                flow, orbit.start, orbit.period / count, size, rtol=rtol, stiff=stiff, rounds=rounds
            )
            if once is not None:
                return once
    return orbit
