"""Distances between invariant sets, drift along a continuum, and the border of the box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.dynamics.runs import follow
from lrfit.systems.places import sobol_points

_DIRECTIONS = 64
_CONTINUUM = 128
_FACES = 256
_SETTLE = 3.0
_BORDER = 0.05
_NEUTRAL = 1e-3
"""Real part over the rms speed up to which an eigenvalue leads nowhere."""


def cloud_distance(first: Array, second: Array, generator: np.random.Generator) -> float:
    """Sliced 1-Wasserstein distance of two sets of states (n, D), (m, D), over the first's spread.

    The mean over random directions of the area between the two distribution functions (Bonneel
    et al. 2015); 0 for equal sets, about 1 for sets that lie one standard deviation apart.
    """
    directions = generator.standard_normal((first.shape[1], _DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    levels = (np.arange(256) + 0.5) / 256
    a, b = (np.quantile(cloud @ directions, levels, axis=0) for cloud in (first, second))
    spread = np.sqrt(np.mean(np.var(first @ directions, axis=0)))
    return float(np.mean(np.abs(a - b)) / spread)


def split_distance(cloud: Array, generator: np.random.Generator) -> float:
    """The same between the halves of one set: what equal sets of this size show.

    Rows that follow each other come from one trajectory and depend on each other: the halves are
    the first and the second rows, which share none.
    """
    half = len(cloud) // 2
    return cloud_distance(cloud[:half], cloud[half:], generator)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How a network moves where its target rests.

    speed : rms |f| of the network beside the continuum, half-widths per natural time.
    moved : largest distance from the start after `duration`, at the worst place of the continuum:
    a memory that is kept in its middle and lost at its end is no memory. typical : rms distance.
    lost : share that left its surroundings.
    """

    speed: float
    moved: float
    lost: float
    duration: float
    typical: float = np.nan


def attracting(flow: Flow, continuum: Array) -> Array:
    """Points (m, D) of a continuum from which no direction leads away: where a state can rest.

    Those at its ends, beside the border of the box, are left out: a network that moves them by
    the smallest step has moved them out of the box.
    """
    rates = np.linalg.eigvals(flow.jacobian(continuum)).real
    inside = np.max(np.abs(continuum), axis=1) <= 1.0 - _BORDER
    return np.asarray(continuum[inside & np.all(rates <= _NEUTRAL * flow.speed, axis=1)])


def drift_along(
    continuum: Array, network: Flow, duration: float, *, natural_time: float = np.inf
) -> Drift:
    """Let a network settle beside the points of a continuum (n, D), then see how far it moves.

    natural_time : of the target. Where all of it rests the network's own is the time of its errors.
    """
    step = max(1, len(continuum) // _CONTINUUM)
    begin = continuum[::step]
    time = min(network.natural_time, natural_time)
    settled = follow(network, begin, _SETTLE * time, kept=2).end
    chunk = follow(network, settled, duration, kept=2)
    moved = np.linalg.norm(chunk.end - settled, axis=1)
    lost = ~np.isfinite(moved) | (np.linalg.norm(settled - begin, axis=1) > 0.25)
    speed = np.linalg.norm(network.velocity(settled), axis=1)
    rest = ~lost
    return Drift(
        speed=float(np.sqrt(np.mean(speed[rest] ** 2)) * time) if np.any(rest) else np.inf,
        moved=float(np.max(moved[rest])) if np.any(rest) else np.inf,
        lost=float(np.mean(lost)),
        duration=float(chunk.t[-1]),
        typical=float(np.sqrt(np.mean(moved[rest] ** 2))) if np.any(rest) else np.inf,
    )


def border_leak(target: Flow, network: Flow, generator: np.random.Generator) -> float:
    """Share of the border where the target's field points into the box and the network's out.

    Counted where the network leaves faster than 1 % of the rms speed.
    """
    D = target.dimension
    faces = sobol_points(D, _FACES, generator) if D > 1 else np.zeros((1, 1))
    inward = outward = 0
    for axis in range(D):
        for side in (-1.0, 1.0):
            places = faces.copy()
            places[:, axis] = side
            wanted = side * target.velocity(places)[:, axis] < 0.0
            leaving = side * network.velocity(places)[:, axis] > 0.01 * target.speed
            inward += int(np.sum(wanted))
            outward += int(np.sum(wanted & leaving))
    return outward / inward if inward else 0.0
