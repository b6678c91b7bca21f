"""How a flow stretches along a trajectory: the linearised flow, step by step.

    dY/dt = J(zeta(t)) Y

Fourth-order Magnus steps Y1 = exp(Omega) Y0 with the Jacobians at the two Gauss points,

    Omega = h/2 (J1 + J2) + sqrt(3)/12 h² (J2 J1 - J1 J2)

(Iserles, Munthe-Kaas, Norsett & Zanna 2000, section 4.2). The exponential is exact for directions
that decay a million times faster than the motion, where a Runge-Kutta step would need its
stability limit: one method serves stiff and other flows, multipliers and Lyapunov exponents.
Between steps the state is a quintic Hermite polynomial, from zeta' = f and zeta'' = J f.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.flow import Flow
from lrfit.integrate.tracks import Track

_GAUSS = (0.5 - np.sqrt(3.0) / 6.0, 0.5 + np.sqrt(3.0) / 6.0)
_TAYLOR = 10
_SMALL = 0.25
"""Norm to which a matrix is scaled before its Taylor polynomial of degree 10 is used: the
remainder is 0.25^11 / 11! = 6e-15."""
_TURN = 0.05
"""Largest change of direction, h |J|, within a sub-step of a flow that is not stiff."""
_DOUBT = 1e-2
"""Half-widths between the quintic and the cubic polynomial from which the quintic is not used."""
_MOST_PARTS, _MOST_STEPS = 64, 60_000


def exponentials(matrices: Array) -> Array:
    """Exp of matrices (..., n, n) by scaling and squaring (Higham 2008, section 10.3)."""
    n = matrices.shape[-1]
    sizes = np.linalg.norm(matrices, axis=(-2, -1))
    # One number of squarings for all, by the largest: the others lose nothing but time. Those that
    # are not finite stay so.
    size = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    squarings = int(np.clip(np.ceil(np.log2(max(size, 1e-300) / _SMALL)), 0, 60))
    scaled = matrices / 2.0**squarings
    found = np.broadcast_to(np.eye(n), matrices.shape).copy()
    # Horner's scheme: found = I + X/1 (I + X/2 (I + ...)).
    for k in range(_TAYLOR, 0, -1):
        found = np.eye(n) + (scaled @ found) / k
    for _ in range(squarings):
        found = found @ found
    return found


def quintic(
    y0: Array, y1: Array, f0: Array, f1: Array, a0: Array, a1: Array, h: Array, s: float | Array
) -> Array:
    """States (K, D) at the fraction s of steps h (K, 1), with velocities f, accelerations a."""
    d = y1 - y0 - h * f0 - 0.5 * h**2 * a0
    e = h * (f1 - f0) - h**2 * a0
    g = h**2 * (a1 - a0)
    c3, c4, c5 = 10 * d - 4 * e + 0.5 * g, -15 * d + 7 * e - g, 6 * d - 3 * e + 0.5 * g
    return np.asarray(y0 + s * h * f0 + 0.5 * (s * h) ** 2 * a0 + s**3 * (c3 + s * (c4 + s * c5)))


def accelerations(flow: Flow, y: Array, f: Array) -> Array:
    """d²zeta/dt² = J f at states (K, D)."""
    return np.asarray(np.einsum("kij,kj->ki", flow.jacobian(y), f))


def generators(
    flow: Flow, first: Array, second: Array, step: Array, *, stiff: bool = False
) -> Array:
    """Omega (K, D, D) of steps of length (K,) from states `first` to `second`, (K, D).

    exp(Omega) is Y over the step; the trace of Omega is the integral of the divergence. In a stiff
    flow velocities are no guide between the steps (see `Track`): states lie on the chord.
    """
    h = step[:, None]
    if stiff:
        A, B = (flow.jacobian(first + s * (second - first)) for s in _GAUSS)
    else:
        f0, f1 = flow.velocity(first), flow.velocity(second)
        a0, a1 = accelerations(flow, first, f0), accelerations(flow, second, f1)
        A, B = (flow.jacobian(quintic(first, second, f0, f1, a0, a1, h, s)) for s in _GAUSS)
    h = h[..., None]
    # Magnus expansion to fourth order by two Gauss nodes (Iserles & Norsett 1999; Hairer, Lubich &
    # Wanner 2006, section IV.7).
    return np.asarray(0.5 * h * (A + B) + np.sqrt(3.0) / 12.0 * h**2 * (B @ A - A @ B))


def monodromy(flow: Flow, track: Track) -> tuple[Array, float, float]:
    """Y over a whole track, as a matrix (D, D) times e^scale, and the divergence's integral.

    The scale keeps products of strongly contracting steps from vanishing. By Liouville's formula
    the determinant of Y is the exponential of the third number.
    """
    with np.errstate(all="ignore"):  # what overflows is NaN or inf, and the caller sees it
        omega = generators(flow, *_parts(flow, track), stiff=track.stiff)
        matrix, scale = _product(exponentials(omega))
        return matrix, scale, float(np.sum(np.trace(omega, axis1=1, axis2=2)))


def growth(flow: Flow, track: Track) -> float:
    """Logarithm of the growth of a neighbour's distance along a track.

    What is due to the speed alone is taken off: a neighbour ahead on the same orbit is farther
    away where the motion is faster.
    """
    if len(track.t) < 3:
        return 0.0
    matrix, scale, _ = monodromy(flow, track)
    # Y(t) f(y_0) = f(y_t): along the flow a deviation grows like the speed.
    speeds = np.linalg.norm(track.f[[0, -1]], axis=1)
    faster = max(float(np.log(max(speeds[1], 1e-300) / max(speeds[0], 1e-300))), 0.0)
    if not np.isfinite(matrix).all():
        return np.inf
    with np.errstate(all="ignore"):
        return float(np.log(np.linalg.norm(matrix, ord=2))) + scale - faster


def _product(steps: Array) -> tuple[Array, float]:
    """Y_K ... Y_1 of steps (K, D, D) as a matrix times e^scale: neighbours are multiplied, all
    pairs at once, and every product is scaled to size 1 lest it vanish or overflow.
    """
    scale = 0.0
    while True:
        # The scale is taken off in every round of pairs, since 1e-300 squared is zero.
        sizes = np.maximum(np.max(np.abs(steps), axis=(1, 2)), 1e-300)
        steps, scale = steps / sizes[:, None, None], scale + float(np.log(sizes).sum())
        if len(steps) == 1:
            return steps[0], scale
        # The later step stands on the left: Y = Y_K ... Y_2 Y_1.
        pairs = steps[1::2] @ steps[: 2 * (len(steps) // 2) : 2]
        steps = np.concatenate([pairs, steps[-1:]]) if len(steps) % 2 else pairs


def _parts(flow: Flow, track: Track) -> tuple[Array, Array, Array]:
    """Sub-steps short enough for the Magnus step: states before and after, and lengths (K,)."""
    h = np.diff(track.t)
    J = flow.jacobian(track.y)
    # What matters is how much J itself turns within a step, not how stiff it is.
    change = np.linalg.norm(np.diff(J, axis=0), axis=(1, 2)) * h + np.minimum(
        np.linalg.norm(J[:-1], axis=(1, 2)) * h, 1.0
    )
    most = max(1, min(_MOST_PARTS, _MOST_STEPS // max(len(h), 1)))
    parts = np.clip(np.ceil(change / _TURN), 1, most).astype(np.intp)
    k = np.repeat(np.arange(len(h)), parts)
    number = np.arange(len(k)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = 1.0 / parts[k]
    states = between(flow, track, track.t[k] + number * share * h[k])
    nodes = np.concatenate([states, track.y[-1:]])
    return nodes[:-1], nodes[1:], h[k] * share


def between(flow: Flow, track: Track, times: Array) -> Array:
    """States (T, D) of an accurate track at times within it, to sixth order if it is not stiff."""
    if track.stiff:
        return track.at(times)
    k = np.clip(np.searchsorted(track.t, times, side="right") - 1, 0, len(track.t) - 2)
    a = accelerations(flow, track.y, track.f)
    h = (track.t[k + 1] - track.t[k])[:, None]
    s = (times - track.t[k])[:, None] / h
    y, f = track.y, track.f
    with np.errstate(all="ignore"):
        exact, cubic = (
            quintic(y[k], y[k + 1], f[k], f[k + 1], a[k], a[k + 1], h, s),
            track.at(times),
        )
    # Where the field is nearly stiff, J f magnifies the error of a state by J².
    return np.where(np.abs(exact - cubic) <= _DOUBT, exact, cubic)
