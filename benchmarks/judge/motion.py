"""Where a run goes: to rest, to a cycle, out of reach, or on without an end in sight.

Place in the flow: `settle` follows one start, in chunks that double in length, until it is known
what it does; `Motion` says what that is, in half-widths of the target's box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.judge.flow import Flow
from benchmarks.judge.path import Returns, Work, follow, returns
from lrfit.core.arrays import Array

REST, CONTINUUM, CYCLE, IRREGULAR = "rest", "continuum", "cycle", "irregular"
ESCAPED, UNDECIDED, UNSTABLE = "escaped", "undecided", "unstable rest state"
FIRST = 15.0
"""Length of the first chunk, natural times; the second is as long twice, and so on."""
_SAMPLES = 40
"""Output times in one natural time."""
_MOST_SAMPLES = 40_000
_NEAR = 0.02
_FALLING = 0.7
_STILL = 1e-7
_ZERO = 1e-5
"""Modulus times natural time of an eigenvalue that is taken for zero; likewise a speed."""
_EXACT = 1e-9
_LAGS = 12
_MORE = 5
"""Further periods for which an approach must go on: chaos comes near to unstable cycles too."""
_CLOSED = 3e-7
"""Half-widths by which returns may differ on a cycle that is reached."""
_REMAINING = 1e-3
"""Largest distance still to go to a cycle that is approached geometrically."""
_SMALL = 2e-3
"""Half-widths: a smaller closed orbit is not told apart from the rest state inside it."""
_POLYLINE = 1500
_ON = 2e-3
"""Half-widths from a known cycle within which a run has arrived on it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """What a run does in the end.

    kind : one of the words above. place : (D,) the rest state, or where the run was last.
    lower, upper : (D,) extremes. period : of a cycle, else NaN. points : (n, D) states on it, or
    samples of irregular motion. start : a latent state (L,) on it. time : until it was known.
    widest : largest |z| on the way, from the start on. exponent, error : of irregular motion.
    """

    kind: str
    place: Array
    lower: Array
    upper: Array
    start: Array
    time: float
    widest: float
    period: float = float("nan")
    points: Array = field(default_factory=lambda: np.empty((0, 0)))
    exponent: float = float("nan")
    error: float = float("nan")


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """One stretch of a run: t (T,), y (T, L), z (T, D), and what had happened before."""

    t: Array
    y: Array
    z: Array
    before: float
    widest: float = 0.0


def settle(flow: Flow, zeta: Array, natural: float, known: Sequence[Motion], work: Work) -> Motion:
    """Follow one start (D,) until it is known what it does or the work is spent.

    A start that lies in an unstable rest state stays there, whatever attracts its neighbors.
    """
    y = flow.begin(zeta)
    still = np.linalg.norm(flow.velocity(y, 0.0)) * natural < _EXACT
    if still and _growth(flow, y) * natural > _ZERO:
        chunk = Chunk(t=np.zeros(2), y=np.stack([y, y]), z=np.stack([zeta, zeta]), before=0.0)
        return _plain(UNSTABLE, chunk)
    return resume(flow, y, natural, known, work)


def _growth(flow: Flow, y: Array) -> float:
    """Largest real part of an eigenvalue at y (L,), 1/time."""
    return float(np.max(np.linalg.eigvals(flow.jacobian(y)).real))


def resume(
    flow: Flow, y: Array, natural: float, known: Sequence[Motion], work: Work, length: float = FIRST
) -> Motion:
    """The same from a latent state y (L,), the first chunk of `length` natural times."""
    before = widest = 0.0
    while True:
        chunk = _advance(flow, y, natural, length, before, widest, work)
        found = _decided(flow, chunk, natural, known, work)
        if found is not None:
            return found
        y, before, widest = chunk.y[-1], before + float(chunk.t[-1]), chunk.widest
        if work.left <= 0:
            return _plain(UNDECIDED, chunk)
        length *= 2.0


def _advance(
    flow: Flow, y: Array, natural: float, length: float, before: float, widest: float, work: Work
) -> Chunk:
    """Follow in pieces of the first length, so that the limit of work is met closely."""
    samples = int(min(_SAMPLES * length, _MOST_SAMPLES))
    t = np.linspace(0.0, length * natural, samples + 1)
    pieces = np.array_split(np.arange(1, samples + 1), max(1, round(length / FIRST)))
    states = [np.array(y, dtype=float)[None]]
    for piece in pieces:
        here = states[-1][-1]
        times = np.concatenate([[t[piece[0] - 1]], t[piece]])
        states.append(follow(flow, here, times, work)[1:])
        last = states[-1][-1]
        if not np.all(np.isfinite(last)) or flow.escaped(last) or work.left <= 0:
            break
    found = np.concatenate(states)
    good = np.all(np.isfinite(found), axis=1)
    found, t = found[good], t[: len(found)][good]
    z = flow.read(found)
    return Chunk(t=t, y=found, z=z, before=before, widest=max(widest, float(np.abs(z).max())))


def _plain(kind: str, chunk: Chunk) -> Motion:
    """A motion of which no more is known than its last half."""
    late = chunk.z[len(chunk.z) // 2 :]
    return Motion(
        kind=kind,
        place=chunk.z[-1],
        lower=late.min(axis=0),
        upper=late.max(axis=0),
        start=chunk.y[-1],
        time=chunk.before + float(chunk.t[-1]),
        widest=chunk.widest,
        points=late[:: max(1, len(late) // _POLYLINE)],
    )


def _decided(
    flow: Flow, chunk: Chunk, natural: float, known: Sequence[Motion], work: Work
) -> Motion | None:
    if len(chunk.y) < 8 or flow.escaped(chunk.y[-1]):
        return _plain(ESCAPED, chunk)
    if (rest := _at_rest(flow, chunk, natural)) is not None:
        return rest
    for cycle in known:
        if cycle.kind == CYCLE and _arrived(chunk.z, cycle):
            return _joined(cycle, chunk)
    return _on_cycle(flow, chunk, work)


def _at_rest(flow: Flow, chunk: Chunk, natural: float) -> Motion | None:
    """A stable rest state that the chunk approaches, or a place on a continuum of them."""
    y, late = chunk.y[-1], chunk.y[-len(chunk.y) // 10 :]
    if np.max(np.ptp(late, axis=0)) > 2.0 * _NEAR:
        return None
    still = np.linalg.norm(flow.velocity(y, 0.0)) * natural < _STILL
    least = float(np.min(np.abs(np.linalg.eigvals(flow.jacobian(y)))))
    if still and least * natural < _ZERO:
        kind = CONTINUUM if _extends(flow, y) else REST
        return None if _growth(flow, y) * natural > _ZERO else _resting(kind, y, flow, chunk)
    place = _newton(flow, y)
    if place is None or np.max(np.abs(place - y)) > _NEAR:
        return None
    return _approached(flow, chunk, place) if _growth(flow, place) * natural < -_ZERO else None


def _approached(flow: Flow, chunk: Chunk, place: Array) -> Motion | None:
    """Rest at a stable state (L,), if the distance from it falls within the chunk."""
    away = np.max(np.abs(chunk.y - place), axis=1)
    tenth = max(1, len(away) // 10)
    end, middle = away[-tenth:].max(), away[-6 * tenth : -5 * tenth].max()
    if end > _STILL and end > _FALLING * middle:
        return None
    return _resting(REST, place, flow, chunk)


def _resting(kind: str, y: Array, flow: Flow, chunk: Chunk) -> Motion:
    z = flow.read(y[None])[0]
    return Motion(
        kind=kind,
        place=z,
        lower=z,
        upper=z,
        start=y,
        time=chunk.before + float(chunk.t[-1]),
        widest=chunk.widest,
    )


def _newton(flow: Flow, y: Array) -> Array | None:
    """The rest state near y (L,); None where Newton's method finds none."""
    place = y.copy()
    for _ in range(12):
        try:
            step = np.linalg.solve(flow.jacobian(place), -np.array(flow.velocity(place, 0.0)))
        except np.linalg.LinAlgError:
            return None
        place += step
        if not np.all(np.abs(place - y) < 0.5):
            return None
        if np.max(np.abs(step)) < 1e-10:
            return place
    return None


def _extends(flow: Flow, y: Array) -> bool:
    """Whether rest states lie beside y (L,), 0.05 half-widths along the null direction."""
    _, _, directions = np.linalg.svd(flow.jacobian(y))
    speed = float(np.linalg.norm(flow.velocity(y + 0.05 * directions[0], 0.0)))
    for sign in (-0.05, 0.05):
        place = y + sign * directions[-1]
        for _ in range(8):  # least squares: the Jacobian is singular along the continuum
            rates = np.array(flow.velocity(place, 0.0))
            place = place - np.linalg.lstsq(flow.jacobian(place), rates, rcond=1e-4)[0]
        left = float(np.linalg.norm(flow.velocity(place, 0.0)))
        if left < 1e-6 * max(speed, 1e-12) and np.linalg.norm(place - y) > 0.02:
            return True
    return False


def _arrived(z: Array, cycle: Motion) -> bool:
    """Whether the last quarter lies on a known cycle, and not merely beside it at one distance.

    A long cycle comes close to every state of a chaotic set, so that being near is not enough.
    """
    quarter = len(z) // 4
    thin = max(1, quarter // 300)
    late = float(np.max(_away(z[-quarter::thin], cycle.points)))
    before = float(np.max(_away(z[-2 * quarter : -quarter : thin], cycle.points)))
    return late < _ON or (late < _NEAR and late < _FALLING * before)


def _away(states: Array, orbit: Array) -> Array:
    """Distance (n,) of states (n, D) from the chords between an orbit's points."""
    nearest = np.asarray(cKDTree(orbit).query(states)[1], dtype=int)
    found = np.full(len(states), np.inf)
    for begin in (nearest - 1, nearest):
        first, second = orbit[begin % len(orbit)], orbit[(begin + 1) % len(orbit)]
        chord = second - first
        length = np.maximum(np.sum(chord**2, axis=1), 1e-300)
        share = np.clip(np.sum((states - first) * chord, axis=1) / length, 0.0, 1.0)
        found = np.minimum(found, np.linalg.norm(first + share[:, None] * chord - states, axis=1))
    return found


def _joined(cycle: Motion, chunk: Chunk) -> Motion:
    """The known cycle, with this run's own time and widest excursion."""
    return Motion(
        kind=CYCLE,
        place=cycle.place,
        lower=cycle.lower,
        upper=cycle.upper,
        start=cycle.start,
        time=chunk.before + float(chunk.t[-1]),
        widest=chunk.widest,
        period=cycle.period,
        points=cycle.points,
    )


def _on_cycle(flow: Flow, chunk: Chunk, work: Work) -> Motion | None:
    """The cycle that the chunk's returns have reached, or approach geometrically."""
    late = chunk.z[len(chunk.z) // 2 :]
    if np.max(np.ptp(late, axis=0)) < _SMALL:
        return None
    back = returns(flow, chunk.t, chunk.y, work)
    lag = _lag(back)
    if lag is None:
        return None
    gap = float(np.max(np.abs(back.z[-1] - back.z[-1 - lag])))
    period = float(back.times[-1] - back.times[-1 - lag])
    y = follow(flow, back.y[-1], np.linspace(0.0, period, 4001), work)
    z = flow.read(y)
    if not np.all(np.isfinite(z)) or np.max(np.ptp(z, axis=0)) < _SMALL:
        return None
    if gap > _CLOSED and not _goes_on(flow, back, lag, period, work):
        return None
    return Motion(
        kind=CYCLE,
        place=z.mean(axis=0),
        lower=z.min(axis=0),
        upper=z.max(axis=0),
        start=y[0],
        time=chunk.before + float(chunk.t[-1]),
        widest=chunk.widest,
        period=period,
        points=_evenly(z),
    )


def _goes_on(flow: Flow, back: Returns, lag: int, period: float, work: Work) -> bool:
    """Whether returns come closer in further periods as well."""
    t = np.linspace(0.0, (_MORE * lag + 1.5) * period / lag, 400 * (_MORE * lag + 2))
    y = follow(flow, back.y[-1], t, work)
    if not np.all(np.isfinite(y)):
        return False
    more = returns(flow, t, y, work)
    if len(more.times) < 2 * lag + 1:
        return False
    gaps = np.max(np.abs(more.z[lag:] - more.z[:-lag]), axis=1)
    before = np.max(np.abs(back.z[-lag:] - back.z[-2 * lag : -lag]))
    closer = gaps[-lag:].max() < max(_CLOSED, 0.9 * gaps[:lag].max())
    return bool(closer and gaps.max() < before)


def _lag(back: Returns) -> int | None:
    """After how many returns the run closes: the least number; None where it does not."""
    for lag in range(1, min(_LAGS, len(back.times) // 3) + 1):
        gaps = np.max(np.abs(back.z[lag:] - back.z[:-lag]), axis=1)
        now, before = gaps[-lag:].max(), gaps[-2 * lag : -lag].max()
        if now < _CLOSED:
            return lag
        factor = now / before
        if now < 0.02 and factor < 0.9 and now * factor / (1.0 - factor) < _REMAINING:
            return lag
    return None


def _evenly(z: Array) -> Array:
    """A closed orbit (n, D) at points evenly spaced along its length."""
    lengths = np.linalg.norm(np.diff(z, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.linspace(0.0, along[-1], _POLYLINE)
    return np.stack([np.interp(at, along, column) for column in z.T], axis=1)
