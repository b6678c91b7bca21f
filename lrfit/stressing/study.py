"""What random errors in its weights do to a network in closed loop: the full network, run.

Place in the flow: a finished network, over the simulation that its system declares. Every
weight of M, of N, of b, of all three, or every entry of J = M Nᵀ is multiplied by 1 + delta xi,
xi standard normal and independent, and

    tau dx/dt = -x + J phi(x) + (B + M C) u + b

is followed for all N neurons from the same start: an error in J drives x out of the range of M,
where only the leak holds it, and no latent form shows that. Input weights and reading stay as
they are. All draws march together, by the classical Runge-Kutta method of order four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.fields.field import VectorField
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.forms import FullForm
from lrfit.simulation.trajectory import simulate_target
from lrfit.systems.signals.input_signal import InputSignal

Place = Literal["M", "N", "b", "M, N and b", "J"]
PLACES: tuple[Place, ...] = get_args(Place)
BOUND = 10.0
"""A run has diverged where a neuron is this many times farther out than the box takes it."""
LOST = 0.25
"""The behaviour is lost where the second half of the orbit is this far, in orbit sizes, away."""
SMALLEST_ORBIT = 0.1
"""Half-widths: an orbit smaller than that (a fixed point) counts as this large."""
TIMES = 401
MOST_STEPS, MOST_DRAWS = 200_000, 10_000
_STEP = 0.2
_CHUNK_BYTES = 2**25

Couple = Callable[[Array], Array]
"""Rates (S, N) -> J phi (S, N), with every run's own J."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one kind of error did, over all draws; distances in half-widths of the box.

    where, relative : which weights, and the standard deviation of their relative errors.
    distance_median, distance_worst : rms distance in time between a draw's trajectory and the
        unperturbed network's; inf for draws that diverged.
    orbit_median, orbit_worst : the same between their orbits, in the second half, as sets of
        points: what is left when a rhythm only runs early or late.
    diverged, lost : draws that left every bound; draws whose orbit is another one (diverged too).
    """

    where: Place
    relative: float
    distance_median: float
    distance_worst: float
    orbit_median: float
    orbit_worst: float
    diverged: int
    lost: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Stress:
    """Effects of every kind of error asked for.

    draws, seed : of each. duration, step : of the simulation and its integration.
    target_distance, target_orbit : of the unperturbed network to its target; NaN where that is
    not known. orbit_size : rms distance of the unperturbed trajectory from its mean.
    """

    effects: tuple[Effect, ...]
    draws: int
    seed: int
    duration: float
    step: float
    orbit_size: float
    target_distance: float
    target_orbit: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """What is simulated: initial state (D,), input, duration."""

    initial: Array
    signal: InputSignal
    duration: float

    def __post_init__(self) -> None:
        """Freeze the initial state; refuse a duration that is none."""
        freeze_fields(self, initial=(-1,))
        if not 0 < self.duration < np.inf:
            raise UsageError(f"the duration is {self.duration:g}; give a positive number")


def stress(
    network: LowRankNetwork,
    run: Run,
    *,
    relative: tuple[float, ...] = (1e-3, 1e-2),
    draws: int = 100,
    seed: int = 0,
    target: VectorField | None = None,
) -> Stress:
    """Stress the weights of a network, and follow what becomes of its trajectory.

    Parameters
    ----------
    network : LowRankNetwork
        M must have full column rank, or the state could not be read.
    run : Run
        The simulation.
    relative : tuple of float
        Standard deviations of the relative errors.
    draws : int
        Networks drawn for each place and size of error.
    target : VectorField, optional
        Followed as well, for comparison.

    Raises
    ------
    UsageError
        Numbers that make no sense, or a simulation that takes too many steps.
    NumericalError
        M has not full column rank.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise UsageError(f"{draws} draws; give 1 to {MOST_DRAWS}")
    if not relative or not all(0 < size < np.inf for size in relative):
        raise UsageError("a relative error must be a positive number, such as 0.01")
    march = _March(network, run)
    reference = march.follow(_exact(network), np.repeat(network.bias[None], 1, axis=0))[0]
    if not np.all(np.isfinite(reference)):
        raise UsageError(
            "the network diverges before any error is put in; look at `lrfit simulate`"
        )
    generators = np.random.default_rng(seed).spawn(len(PLACES) * len(relative))
    kinds = [(place, size) for size in relative for place in PLACES]
    effects = tuple(
        _effect(place, size, reference, _draw(march, place, size, draws, generator))
        for (place, size), generator in zip(kinds, generators, strict=True)
    )
    ideal = np.full_like(reference, np.nan) if target is None else _ideal(target, run)
    return Stress(
        effects=effects,
        draws=draws,
        seed=seed,
        duration=run.duration,
        step=march.step,
        orbit_size=_size(reference),
        target_distance=float(_distance(reference, ideal[None])[0]),
        target_orbit=float(_orbit_distance(reference, ideal)),
    )


def _draw(
    march: _March, place: Place, size: float, draws: int, generator: np.random.Generator
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


class _March:
    """Runge-Kutta steps of many full networks that differ in J and b."""

    def __init__(self, network: LowRankNetwork, run: Run) -> None:
        self.network, self.run = network, run
        self.form = FullForm(network=network, store_x=False)
        _ = network.decoder  # raises when the state could not be read afterwards
        self.steps = _steps(network, run)
        self.step = run.duration / self.steps
        self.kept = np.unique(np.rint(np.linspace(0, self.steps, TIMES)).astype(np.intp))

    def follow(self, couple: Couple, bias: Array) -> Array:
        """Trajectories (S, T, D) in box units; NaN where a run had diverged."""
        network, h, n = self.network, self.step, self.network.neurons
        region, U = self.form.region, network.domain.input_count
        y = np.repeat(self._start(), len(bias), axis=0)
        found = np.full((len(bias), len(self.kept), network.domain.dimension), np.nan)
        kept = {int(k): row for row, k in enumerate(self.kept)}

        def velocity(y: Array, u: Array) -> Array:
            x, v = y[:, :n], y[:, n:]
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
                first = velocity(y, u[0])
                second = velocity(y + 0.5 * h * first, u[1])
                third = velocity(y + 0.5 * h * second, u[1])
                fourth = velocity(y + h * third, u[2])
                y = y + (h / 6.0) * (first + 2.0 * second + 2.0 * third + fourth)
        return found

    def _start(self) -> Array:
        u = self.run.signal.at(np.zeros(1))
        return self.form.start(self.run.initial[None], u)

    def _inputs(self) -> Iterator[Array]:
        """Inputs (3, U) at the beginning, middle and end of every step, and of one step more.

        In a step in which the signal jumps, its mean over the step (as in Euler's method).
        """
        block, signal, h = 4096, self.run.signal, self.step
        cells = np.floor(signal.breakpoints / h)
        for first in range(0, self.steps + 1, block):
            at = np.arange(first, min(first + block, self.steps + 1))
            # Just inside a step, so that a jump between two steps belongs to the right one.
            t = (at[:, None] + np.array([1e-9, 0.5, 1.0 - 1e-9])) * h
            u = np.array(signal.at(t.ravel())).reshape(*t.shape, -1)
            jumps = np.isin(at, cells)
            u[jumps] = signal.over_steps(first, len(at), h)[jumps, None]
            yield from u


def _steps(network: LowRankNetwork, run: Run) -> int:
    """Steps short against the leak and against the fastest change anywhere near the box."""
    domain = network.domain
    corners = np.random.default_rng(0).uniform(-1, 1, (512, domain.dimension + domain.input_count))
    z = domain.state_from_box(corners[:, : domain.dimension])
    by_state, _ = network.jacobian(z, domain.input_from_box(corners[:, domain.dimension :]))
    scaled = by_state * domain.half_width / domain.half_width[:, None]
    fastest = max(1.0 / network.tau, float(np.linalg.norm(scaled, ord=2, axis=(1, 2)).max()))
    steps = np.ceil(run.duration * fastest / _STEP)
    if not steps <= MOST_STEPS:
        raise UsageError(
            f"a duration of {run.duration:g} takes {steps:.3g} steps, more than {MOST_STEPS}; "
            "give a shorter one"
        )
    return max(int(steps), TIMES - 1)


def _ideal(target: VectorField, run: Run) -> Array:
    """The target's trajectory (T, D), box units."""
    signal = run.signal
    found = simulate_target(
        target,
        duration=run.duration,
        initial=run.initial,
        signal=signal.level if signal.function is None else signal.function,
        breakpoints=signal.breakpoints,
        points=TIMES,
    )
    whole = np.full((TIMES, target.domain.dimension), np.nan)
    whole[: len(found.t)] = target.domain.state_to_box(found.z[0])
    return whole


def _effect(place: Place, size: float, reference: Array, drawn: Array) -> Effect:
    distances = _distance(reference, drawn)
    orbits = np.array([_orbit_distance(reference, one) for one in drawn])
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
        lost=int(np.sum(orbits > LOST * max(_size(reference), SMALLEST_ORBIT))),
    )


def _size(reference: Array) -> float:
    """Rms distance of a trajectory (T, D) from its mean."""
    return float(np.sqrt(np.mean(np.sum((reference - reference.mean(axis=0)) ** 2, axis=1))))


def _distance(reference: Array, drawn: Array) -> Array:
    """Rms distance in time (S,) of trajectories (S, T, D) from one (T, D)."""
    return np.asarray(np.sqrt(np.mean(np.sum((drawn - reference) ** 2, axis=2), axis=1)))


def _orbit_distance(reference: Array, other: Array) -> float:
    """Rms distance of each one's second half from the other's nearest point, the larger way."""
    half = len(reference) // 2
    if not np.all(np.isfinite(other)):
        return float("nan")
    squares = np.sum((reference[half:, None] - other[None, half:]) ** 2, axis=2)
    return float(np.sqrt(max(squares.min(axis=1).mean(), squares.min(axis=0).mean())))
