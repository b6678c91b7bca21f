"""How far networks with random errors in their weights are from the network without errors.

Place in the flow: a network and what is done to it become an `Effect` for every kind of error.
Every weight of M, of N, of B, of b, of O, of all of these, or every entry of J = M Nᵀ is multiplied
by 1 + delta xi, xi standard normal and independent (`draws`), and all draws are followed (`march`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.stressing.draws import batch_of, drawn_batches, places_of
from lrfit.stressing.march import March
from lrfit.stressing.result import Effect, Place

LOST = 0.25
"""The behaviour is lost where the second half of the orbit is this far, in orbit sizes, away."""
SMALLEST_ORBIT = 0.1
"""Half-widths: an orbit smaller than that (a fixed point) counts as this large."""
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the draws that are kept, for figures."""


def effects(
    march: March, reference: Array, *, relative: Sequence[float], draws: int, seed: int
) -> tuple[tuple[Effect, ...], Array]:
    """Effects of every size and kind of error, against the unperturbed trajectory (T, D).

    The array (effects, levels, T, D) holds quantiles of the draws, box units.
    """
    found, fans = [], []
    for size in relative:
        for place in places_of(march.network):
            drawn = trajectories(march, place, size, draws, seed)
            found.append(_effect(place, size, reference, drawn))
            fans.append(fan(drawn))
    return tuple(found), np.stack(fans)


def trajectories(march: March, place: Place, size: float, draws: int, seed: int) -> Array:
    """Trajectories (draws, T, D) of networks with one kind of error, box units."""
    start = march.run.initial, march.v
    batches = drawn_batches(march.network, place, size, draws, seed, *start)
    return np.concatenate([march.follow(batch) for batch in batches])


def fan(drawn: Array) -> Array:
    """Quantiles (levels, T, D) of trajectories (S, T, D), NaN where all have diverged."""
    # As np.nanquantile, which works through the columns one by one in Python.
    ordered = np.sort(drawn, axis=0)  # NaN last
    last = np.maximum(np.isfinite(drawn).sum(axis=0) - 1, 0)
    place = np.multiply.outer(np.array(LEVELS), last)
    below = np.floor(place).astype(np.intp)
    low = np.take_along_axis(ordered, below, axis=0)
    high = np.take_along_axis(ordered, np.minimum(below + 1, last), axis=0)
    return np.asarray(low + (place - below) * (high - low))


def unperturbed(march: March) -> Array:
    """The trajectory (T, D) of the network as it is, box units."""
    exact = batch_of([march.network], march.run.initial, march.v)
    return np.asarray(march.follow(exact)[0])


def _effect(place: Place, size: float, reference: Array, drawn: Array) -> Effect:
    distances = distance(reference, drawn)
    orbits = np.array([orbit_distance(reference, one) for one in drawn])
    diverged: NDArray[np.bool_] = np.isnan(distances)
    distances[diverged], orbits[diverged] = np.inf, np.inf
    return Effect(
        where=place,
        relative=size,
        distance_median=float(np.median(distances)),
        distance_worst=float(np.max(distances)),
        orbit_median=float(np.median(orbits)),
        orbit_worst=float(np.max(orbits)),
        diverged=int(np.sum(diverged)),
        lost=int(np.sum(orbits > LOST * max(orbit_size(reference), SMALLEST_ORBIT))),
    )


def orbit_size(reference: Array) -> float:
    """Rms distance of a trajectory (T, D) from its mean."""
    return float(np.sqrt(np.mean(np.sum((reference - reference.mean(axis=0)) ** 2, axis=1))))


def distance(reference: Array, drawn: Array) -> Array:
    """Rms distance in time (S,) of trajectories (S, T, D) from one (T, D)."""
    return np.asarray(np.sqrt(np.mean(np.sum((drawn - reference) ** 2, axis=2), axis=1)))


def orbit_distance(reference: Array, other: Array) -> float:
    """Rms distance of each one's second half from the other's nearest point, the larger way."""
    half = len(reference) // 2
    if not np.all(np.isfinite(other)):
        return float("nan")
    squares = np.sum((reference[half:, None] - other[None, half:]) ** 2, axis=2)
    return float(np.sqrt(max(squares.min(axis=1).mean(), squares.min(axis=0).mean())))
