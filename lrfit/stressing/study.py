"""Many copies of a network with random errors in their weights, followed in closed loop.

Place in the flow: a network and what is done to it become an `Effect` for every kind of error.
Every weight of M, of N, of b, of all three, or every entry of J = M Nᵀ is multiplied by
1 + delta xi, xi standard normal and independent, and docs/theory, eq. 30,

    tau dx/dt = -x + J phi(x) + (B + M C) u + b

is followed for all N neurons from the same start: an error in J drives x out of the range of M,
where only the leak holds it, and no latent form shows that. Input weights and reading stay as
they are. All draws march together, by the classical Runge-Kutta method of order four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.box import BoxField, fastest_rate
from lrfit.integrate import rk4_step
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.forms import FullForm
from lrfit.simulation.resolved import ResolvedExperiment
from lrfit.stressing.result import PLACES, Effect, Place

BOUND = 10.0
"""A run has diverged where a neuron is this many times farther out than the box takes it."""
LOST = 0.25
"""The behaviour is lost where the second half of the orbit is this far, in orbit sizes, away."""
SMALLEST_ORBIT = 0.1
"""Half-widths: an orbit smaller than that (a fixed point) counts as this large."""
TIMES = 401
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the draws that are kept, for figures."""
MOST_STEPS = 200_000
_STEP = 0.2
_CHUNK_BYTES = 2**25

Couple = Callable[[Array], Array]
"""Rates (S, N) -> J phi (S, N), with every run's own J."""


def effects(
    march: March,
    reference: Array,
    *,
    relative: Sequence[float],
    draws: int,
    generator: np.random.Generator,
) -> tuple[tuple[Effect, ...], Array]:
    """Effects of every size and kind of error, against the unperturbed trajectory (T, D).

    The array (effects, levels, T, D) holds quantiles of the draws, box units.
    """
    kinds = [(place, size) for size in relative for place in PLACES]
    found, fans = [], []
    for (place, size), own in zip(kinds, generator.spawn(len(kinds)), strict=True):
        drawn = _draw(march, place, size, draws, own)
        found.append(_effect(place, size, reference, drawn))
        fans.append(fan(drawn))
    return tuple(found), np.stack(fans)


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
    network = march.network
    return np.asarray(march.follow(_exact(network), network.bias[None])[0])


def _draw(
    march: March, place: Place, size: float, draws: int, generator: np.random.Generator
) -> Array:
    """Trajectories (draws, T, D) of perturbed networks, box units."""
    network, found = march.network, []
    for count in _chunks(draws, network.neurons):
        couple, bias = _perturbed(network, place, size, count, generator)
        found.append(march.follow(couple, bias))
    return np.concatenate(found)


def _chunks(draws: int, neurons: int) -> Iterator[int]:
    """Cut the draws so that their matrices J fit into memory."""
    most = max(1, int(_CHUNK_BYTES / (8 * neurons**2)))
    for first in range(0, draws, most):
        yield min(most, draws - first)


def _perturbed(
    network: LowRankNetwork,
    place: Place,
    size: float,
    count: int,
    generator: np.random.Generator,
) -> tuple[Couple, Array]:
    """The recurrent product and the bias (count, N) of perturbed networks."""

    def shaken(weights: Array, chosen: bool) -> Array:
        factor = 1.0 + size * generator.standard_normal((count, *weights.shape))
        return weights * factor if chosen else np.broadcast_to(weights, factor.shape)

    everything = place == "M, N and b"
    bias = shaken(network.bias, everything or place == "b")
    if place == "J":
        return _full(shaken(network.J, chosen=True)), bias
    M = shaken(network.M, everything or place == "M")
    N = shaken(network.N, everything or place == "N")
    return lambda rates: _times(M, _times(N.transpose(0, 2, 1), rates)), bias


def _full(J: Array) -> Couple:
    return lambda rates: _times(J, rates)


def _exact(network: LowRankNetwork) -> Couple:
    return lambda rates: (rates @ network.N) @ network.M.T


def _times(matrices: Array, rows: Array) -> Array:
    """Each row by its own matrix."""
    return np.asarray(np.matmul(matrices, rows[:, :, None])[:, :, 0])


class March:
    """Runge-Kutta steps of many full networks that differ in J and b.

    Raises
    ------
    UsageError
        The simulation takes too many steps.
    NumericalError
        M has not full column rank, so that no state can be read.
    """

    def __init__(self, network: LowRankNetwork, run: ResolvedExperiment) -> None:
        self.network, self.run = network, run
        self.form = FullForm(network=network, store_x=False)
        _ = network.decoder  # raises when the state could not be read afterwards
        self.steps = _steps(network, run)
        self.step = run.duration / self.steps
        self.kept = np.unique(np.rint(np.linspace(0, self.steps, TIMES)).astype(np.intp))
        self.times: Array = np.asarray(self.step * self.kept, dtype=np.float64)

    def follow(self, couple: Couple, bias: Array) -> Array:
        """Trajectories (S, T, D) in box units; NaN where a run had diverged."""
        network, h, n = self.network, self.step, self.network.neurons
        region, U = self.form.region, network.domain.input_count
        y = np.repeat(self._start(), len(bias), axis=0)
        found = np.full((len(bias), len(self.kept), network.domain.dimension), np.nan)
        kept = {int(k): row for row, k in enumerate(self.kept)}

        def velocity(inputs: Array, share: float, y: Array) -> Array:
            x, v, u = y[:, :n], y[:, n:], inputs[int(2.0 * share)]
            change = couple(network.nonlinearity.phi(x)) + bias - x
            change += network.full_input_weights @ u
            return np.hstack([change, u - v]) / network.tau if U else change / network.tau

        with np.errstate(all="ignore"):
            for k, u in enumerate(self._inputs()):
                if k in kept:
                    gone = ~np.all(np.abs(y - region.middle) <= BOUND * region.scale, axis=1)
                    y[gone] = np.nan
                    z = network.read(y[:, :n], y[:, n:])
                    found[:, kept[k]] = network.domain.state_to_box(z)
                y = rk4_step(partial(velocity, u), y, h)
        return found

    def _start(self) -> Array:
        u = self.run.signal.at(np.zeros(1))
        return self.form.start(self.run.initial, u)

    def _inputs(self) -> Iterator[Array]:
        """Inputs (3, U) at the beginning, middle and end of every step, and of one step more.

        In a step that holds an event of the signal, its mean over the step (as in Euler's method).
        """
        block, signal, h = 4096, self.run.signal, self.step
        cells = signal.cells(h)
        for first in range(0, self.steps + 1, block):
            at = np.arange(first, min(first + block, self.steps + 1))
            # Just inside a step, so that a jump between two steps belongs to the right one.
            t = (at[:, None] + np.array([1e-9, 0.5, 1.0 - 1e-9])) * h
            u = np.array(signal.at(t.ravel())).reshape(*t.shape, -1)
            jumps = np.isin(at, cells)
            u[jumps] = signal.over_steps(first, len(at), h)[jumps, None]
            yield from u


def _steps(network: LowRankNetwork, run: ResolvedExperiment) -> int:
    """Steps short against the leak and against the fastest change anywhere near the box."""
    domain = network.domain
    corners = np.random.default_rng(0).uniform(-1, 1, (512, domain.dimension + domain.input_count))
    zeta, omega = np.split(corners, [domain.dimension], axis=1)
    J = BoxField(field=network).jacobian(zeta, domain.input_from_box(omega))
    fastest = max(1.0 / network.tau, fastest_rate(J))
    steps = np.ceil(run.duration * fastest / _STEP)
    if not steps <= MOST_STEPS:
        raise UsageError(
            f"a duration of {run.duration:g} takes {steps:.3g} steps, more than {MOST_STEPS}; "
            "give a shorter one"
        )
    return max(int(steps), TIMES - 1)


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
