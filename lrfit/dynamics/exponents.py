"""Lyapunov exponents by the linearised flow, with error bars.

Place in the flow: states on an attractor become the mean rates at which small spheres around
them are stretched. Many trajectories at once, each with steps of its own size; tangent vectors
are made orthogonal by QR every few steps (Benettin et al. 1980). The standard error is that of
the mean over trajectories, weighted by their durations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.runs import extend
from lrfit.dynamics.variation import exponentials, generators
from lrfit.integrate.tracks import Track

_BLOCK = 10
"""Steps between two QR decompositions."""
_WARM = 0.3
"""Share of the run before the tangent vectors are counted: they must have turned into place,
which takes several times 1 / (difference of two exponents)."""
_GROWN = 30.0
"""Growth, in factors of e over all trajectories together, below which nothing is called chaotic:
a fading transient stretches too, but only so far."""
_GROWN_EACH = 6.0
"""The same for each: shear stretches like a power of time, all trajectories alike, and so grows by
that power times log(1 / 0.3) = 1.2 after the warming up, however long the run."""
NO_GROWTH = 2.0
"""Growth of a neighbour's distance, in factors of e, up to which one trajectory is not chaotic."""
_PARTS = 6
_HEAD, _TAIL = slice(None, -1), slice(1, None)
_LEAST_RUN = 0.1
"""A trajectory whose steps cover less than this share of the median time is left out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Exponents:
    """Lyapunov exponents (n,), the largest first, per unit of time; errors (n,), standard.

    duration : over which they are means, all trajectories together. runs : how many those are.
    growth : (S,) of a neighbour's distance along each start's trajectory, in factors of e; NaN for
    those that are left out.
    """

    values: Array
    errors: Array
    duration: float
    runs: int
    growth: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, values=(-1,), errors=(-1,), growth=(-1,))

    @property
    def stretching(self) -> bool:
        """Whether the largest exponent is positive beyond three standard errors, and has acted."""
        largest = self.values[0]
        return bool(largest > 3.0 * self.errors[0] and largest * self.duration > _GROWN)

    @property
    def chaotic(self) -> bool:
        """Whether it has acted for so long on every trajectory that it cannot be shear."""
        each = self.values[0] * self.duration
        return self.stretching and bool(each > _GROWN_EACH * self.runs)

    @property
    def regular(self) -> bool:
        """Whether nothing stretches: neither chaos nor a run that was too short to tell."""
        return bool(self.values[0] <= 3.0 * self.errors[0]) or self._faded

    @property
    def _faded(self) -> bool:
        return bool(self.values[0] * self.duration <= 1.5 * self.runs)


def lyapunov_exponents(
    flow: Flow, starts: Array, steps: int, *, stiff: bool = False
) -> tuple[Exponents, Array]:
    """Exponents of the attractor on which starts (S, D), box units, lie, and last states (S, D).

    Every start is followed for so many steps (a map: ten times as many). Starts whose trajectory
    leaves the neighbourhood of the box are left out, and end at NaN; all is NaN where none is left.
    """
    D, blocks = flow.dimension, max(4, steps // _BLOCK)
    zeta, tangent = starts.copy(), np.broadcast_to(np.eye(D), (len(starts), D, D)).copy()
    rows, ends = np.arange(len(starts)), np.full(starts.shape, np.nan)
    grown, time = np.zeros((len(starts), D)), np.zeros(len(starts))
    with np.errstate(all="ignore"):
        for block in range(blocks):
            if block == int(_WARM * blocks):
                # Until here the tangent vectors were only turned into place.
                grown[:], time[:] = 0.0, 0.0
            zeta, tangent, added, growing = _advance(flow, zeta, tangent, stiff)
            good = np.isfinite(zeta).all(axis=1) & np.isfinite(tangent).all(axis=(1, 2))
            rows, zeta, tangent = rows[good], zeta[good], tangent[good]
            grown, time = grown[good] + growing[good], time[good] + added[good]
            if not len(zeta):
                return _none(D, len(starts)), ends
    kept = time >= _LEAST_RUN * np.median(time)
    ends[rows] = zeta
    growth = np.full(len(starts), np.nan)
    growth[rows] = grown[:, 0]
    stretched = kept & (grown[:, 0] > NO_GROWTH)
    # Beside a chaotic set there may be motion that does not stretch: it is no part of the mean.
    if stretched.sum() > 1 and np.median(grown[stretched, 0]) > _GROWN_EACH:
        kept = stretched
    return _mean(grown[kept], time[kept], growth), ends


def _none(D: int, starts: int) -> Exponents:
    nothing = np.full(D, np.nan)
    return Exponents(
        values=nothing, errors=nothing, duration=0.0, runs=0, growth=np.full(starts, np.nan)
    )


def _mean(grown: Array, time: Array, growth: Array) -> Exponents:
    """Total growth over total time, and its standard error over trajectories."""
    values = grown.sum(axis=0) / time.sum()
    errors = np.full(len(values), np.nan)
    if len(time) > 1:
        rest = grown - values * time[:, None]
        # Standard error of a ratio of means (Cochran 1977, section 2.11).
        errors = np.sqrt((rest**2).sum(axis=0) * len(time) / (len(time) - 1)) / time.sum()
    order = np.argsort(-values, kind="stable")
    return Exponents(
        values=values[order],
        errors=errors[order],
        duration=float(time.sum()),
        runs=len(time),
        growth=growth,
    )


def _advance(
    flow: Flow, zeta: Array, tangent: Array, stiff: bool
) -> tuple[Array, Array, Array, Array]:
    """A block of steps: states, orthogonal tangent vectors, the time it took, and their growth."""
    if flow.dt is not None:
        return _advance_map(flow, zeta, tangent)
    tracks = extend(flow, zeta, _BLOCK, stiff=stiff).tracks
    # Each trajectory takes as many steps, not as much time: a fast spike and a slow drift cost
    # alike.
    ends = np.array([track.y[-1] for track in tracks])
    times = np.array([track.t[-1] for track in tracks])
    if stiff:
        tracks = tuple(_cut(track) for track in tracks)
    counts = np.array([len(track.t) - 1 for track in tracks])
    rows = np.repeat(np.arange(len(tracks)), counts)
    position = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    # All steps of all trajectories in one pass; only the products are taken in turn.
    first, second = (np.concatenate([t.y[s] for t in tracks]) for s in (_HEAD, _TAIL))
    step = np.concatenate([np.diff(track.t) for track in tracks])
    Y = exponentials(generators(flow, first, second, step, stiff=stiff))
    most = int(counts.max(initial=0))
    grown = np.zeros(zeta.shape)
    for k in range(most):
        here = position == k
        tangent[rows[here]] = Y[here] @ tangent[rows[here]]
        if stiff or k == most - 1:  # over ten stiff steps a vector would shrink below 1e-300
            tangent, grown = _orthogonal(tangent, grown)
    return ends, tangent, times, grown


def _orthogonal(tangent: Array, grown: Array) -> tuple[Array, Array]:
    """Orthogonal tangent vectors (S, D, D), and the growth so far with what they had grown."""
    good = np.asarray(np.isfinite(tangent).all(axis=(1, 2)))
    bad = ~good[:, None, None]
    tangent = np.where(bad, np.eye(tangent.shape[1]), tangent)
    # The diagonal of R holds what each vector grew after those before it are projected out
    # (Benettin et al. 1980): sums of its logarithms over time are the exponents, largest first.
    tangent, upper = np.linalg.qr(tangent)
    grown = grown + np.log(np.maximum(np.abs(np.einsum("sdd->sd", upper)), 1e-300))
    return np.where(bad, np.nan, tangent), grown


def _cut(track: Track) -> Track:
    """The same with each step cut into parts: along the chord of a whole implicit step the
    Jacobian changes too much.
    """
    if len(track.t) < 2:
        return track
    parts = np.linspace(0.0, 1.0, _PARTS, endpoint=False)
    t = np.append((track.t[:-1, None] + np.diff(track.t)[:, None] * parts).ravel(), track.t[-1])
    y = track.at(t)
    return Track(t=t, y=y, f=np.zeros_like(y), stiff=True)


def _advance_map(flow: Flow, zeta: Array, tangent: Array) -> tuple[Array, Array, Array, Array]:
    dt = float(flow.dt or 0.0)
    for _ in range(10 * _BLOCK):
        tangent = tangent + dt * (flow.jacobian(zeta) @ tangent)
        zeta = zeta + dt * flow.velocity(zeta)
    tangent, grown = _orthogonal(tangent, np.zeros(zeta.shape))
    return zeta, tangent, np.full(len(zeta), 10 * _BLOCK * dt), grown
