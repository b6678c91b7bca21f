"""perturb(): networks that share a trajectory are pushed alike, and what separates them is told.

Place in the flow: driven networks become a `Perturbation`, the table of everything measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError, UsageError
from lrfit.perturbation.driven import Driven
from lrfit.perturbation.exponents import growth_rates
from lrfit.perturbation.push import Push, PushOptions, pushes_for
from lrfit.perturbation.recovery import Recovery, recover
from lrfit.perturbation.response import TIMES, Response, respond
from lrfit.perturbation.scatter import covariance, trusted
from lrfit.perturbation.separation import sensitivity, threshold
from lrfit.simulation.curve import Curve, curve_of

ALIKE = 0.05
"""Trajectories further apart (rms, in excursions) are not called the same."""
MEASURES = ("return_rate", "divergence", "phase_shift", "off_path")
_SHOWN = 5
"""Every so many of the times are kept of distances."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Perturbation:
    """A study of n networks under P pushes of A amplitudes.

    Attributes
    ----------
    names : (n,). curve : the first network's free trajectory, and the units of distances.
    exponents : (n, D) of the Jacobians along it, largest first.
    return_rate, divergence, phase_shift, off_path : (n, P, A), see `recovery`.
    t : (T,), distance : (n, P, A, T), from the free trajectory at equal times.
    pairs : which two networks. alike : (pairs,) rms difference of their free trajectories.
    free_dprime : (pairs,) the best d' of trials that nobody pushed, from the first push on.
    dprime : (pairs, P, A) the best d' after the push. threshold : (pairs, P) the amplitude at
    which it reaches the criterion, NaN if none of those tried.
    process_noise : s, in rms excursions per square root of time.
    """

    names: tuple[str, ...]
    curve: Curve
    pushes: tuple[Push, ...]
    options: PushOptions
    process_noise: float
    exponents: Array
    return_rate: Array
    divergence: Array
    phase_shift: Array
    off_path: Array
    t: Array
    distance: Array
    pairs: tuple[tuple[int, int], ...]
    alike: Array
    free_dprime: Array
    dprime: Array
    threshold: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        n, P, A = len(self.names), len(self.pushes), len(self.options.amplitudes)
        pairs, T = len(self.pairs), len(self.t)
        every = dict.fromkeys(MEASURES, (n, P, A))
        freeze_fields(self, **every, exponents=(n, -1), t=(T,), distance=(n, P, A, T))
        freeze_fields(self, alike=(pairs,), free_dprime=(pairs,))
        freeze_fields(self, dprime=(pairs, P, A), threshold=(pairs, P))

    @property
    def separated(self) -> bool:
        """Whether every pair is told apart by some push."""
        return bool(np.all(np.any(np.isfinite(self.threshold), axis=1)))

    def best_push(self, pair: int) -> int | None:
        """The push that tells a pair apart at the smallest amplitude; None if none does."""
        known = self.threshold[pair]
        return int(np.nanargmin(known)) if np.any(np.isfinite(known)) else None

    @property
    def telling(self) -> int:
        """The most telling single push: it separates all pairs at the smallest amplitude.

        Where none separates all, the one whose worst pair has the largest d'.
        """
        if not self.pairs:
            return 0
        needed = np.max(self.threshold, axis=0)  # NaN where a pair stays together
        if np.any(np.isfinite(needed)):
            return int(np.nanargmin(needed))
        return int(np.argmax(np.min(np.max(self.dprime, axis=2), axis=0)))


def study(networks: Sequence[Driven], options: PushOptions | None = None) -> Perturbation:
    """Push networks along and off the trajectory that they share.

    Raises
    ------
    UsageError
        No network, or pushes that are not within the duration.
    InputError
        The networks have different variables, or one does not reach its end by itself.
    """
    options = options or PushOptions()
    curve = _shared(networks, options)
    pushes = pushes_for(curve, options)
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
        pairs=pairs,
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


def _shared(networks: Sequence[Driven], options: PushOptions) -> Curve:
    """The free trajectory of the first network, over the time that all of them are meant for."""
    if not networks:
        raise UsageError("give at least one network")
    variables = networks[0].network.domain.variables
    for each in networks:
        if each.network.domain.variables != variables:
            raise InputError(
                f"{each.name} has the variables {', '.join(each.network.domain.variables)}, "
                f"{networks[0].name} {', '.join(variables)}; give networks of the same ones"
            )
    longest = min(each.duration for each in networks)
    duration = options.duration or longest
    if duration > longest * (1.0 + 1e-9):
        raise UsageError(
            f"the networks are meant for {longest:g}; a duration of {duration:g} is longer"
        )
    return curve_of(networks[0].run(duration, points=TIMES))


def _exponents(network: Driven, curve: Curve) -> Array:
    h = curve.duration / (TIMES - 1)
    t = h * (np.arange(TIMES - 1, dtype=np.float64) + 0.5)
    J = network.jacobian(t, curve.at(t)) * (curve.scale / curve.scale[:, None])
    return growth_rates(J, h)


def _stacked(recoveries: Sequence[Recovery]) -> dict[str, Array]:
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
