"""Networks that share a trajectory, pushed alike: all that is measured of them and of every pair.

Place in the flow: driven networks, the curve that they share and the pushes become a
`Perturbation`, the table of everything measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.box import rescaled
from lrfit.perturbation.driven import Driven
from lrfit.perturbation.exponents import growth_rates
from lrfit.perturbation.options import PushOptions
from lrfit.perturbation.push import Push
from lrfit.perturbation.recovery import Recovery, recover
from lrfit.perturbation.response import TIMES, Response, respond
from lrfit.perturbation.result import Perturbation
from lrfit.perturbation.scatter import covariance, trusted
from lrfit.perturbation.separation import sensitivity, threshold
from lrfit.simulation.curve import Curve

MEASURES = ("return_rate", "divergence", "phase_shift", "off_path")
_SHOWN = 5
"""Every so many of the times are kept of distances."""


def measured(
    networks: Sequence[Driven], curve: Curve, pushes: tuple[Push, ...], options: PushOptions
) -> Perturbation:
    """Push every network alike, and compare every two of them."""
    sizes = options.amplitudes
    responses = [respond(network, curve, pushes, sizes) for network in networks]
    window = options.window or 2.0 / curve.rate
    recoveries = [
        recover(response, pushes, sizes, window=window, rate=curve.rate) for response in responses
    ]
    noise = options.noise * np.sqrt(curve.rate)
    scatters = [
        covariance(network, response.t, response.runs, curve.scale, noise)
        for network, response in zip(networks, responses, strict=True)
    ]
    pairs = tuple(combinations(range(len(networks)), 2))
    apart = [_apart(responses, scatters, pair, pushes) for pair in pairs]
    dprime = np.array([each.pushed for each in apart]).reshape(len(pairs), len(pushes), len(sizes))
    return Perturbation(
        names=tuple(network.name for network in networks),
        curve=curve,
        pushes=pushes,
        options=options,
        process_noise=float(noise),
        exponents=np.array([_exponents(network, curve) for network in networks]),
        **_stacked(recoveries),
        t=responses[0].t[::_SHOWN],
        distance=np.array([response.distance[..., ::_SHOWN] for response in responses]),
        pairs=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        alike=np.array([each.alike for each in apart]),
        free_dprime=np.array([each.free for each in apart]),
        dprime=dprime,
        threshold=np.array(
            [
                [threshold(np.array(sizes), row, options.criterion, each.free) for row in rows]
                for each, rows in zip(apart, dprime, strict=True)
            ]
        ).reshape(len(pairs), len(pushes)),
    )


def _exponents(network: Driven, curve: Curve) -> Array:
    h = curve.duration / (TIMES - 1)
    t = h * (np.arange(TIMES - 1, dtype=np.float64) + 0.5)
    return growth_rates(rescaled(network.jacobian(t, curve.at(t)), curve.scale), h)


def _stacked(recoveries: Sequence[Recovery]) -> dict[str, Any]:
    return {name: np.array([getattr(each, name) for each in recoveries]) for name in MEASURES}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Apart:
    """Of a pair: rms difference and best d' of free runs; best d' (P, A) after pushes."""

    alike: float
    free: float
    pushed: Array


def _apart(
    responses: Sequence[Response],
    scatters: Sequence[Array],
    pair: tuple[int, int],
    pushes: Sequence[Push],
) -> _Apart:
    first, second = (responses[i] for i in pair)
    sigma = 0.5 * (scatters[pair[0]] + scatters[pair[1]])
    t = first.t
    known = np.logical_and(*(trusted(scatters[i]) for i in pair))
    dprime = np.where(known, sensitivity(first.runs, second.runs, sigma), 0.0)
    free, pushed = dprime[0], dprime[1:].reshape(first.pushed.shape[:3])
    best = np.empty(pushed.shape[:2])
    for p, push in enumerate(pushes):
        best[p] = np.max(pushed[p][:, t > push.end], axis=1)
    start = min(push.time for push in pushes)
    return _Apart(
        alike=float(np.sqrt(np.mean((first.free - second.free) ** 2))),
        free=float(np.max(free[t > start])),
        pushed=best,
    )
