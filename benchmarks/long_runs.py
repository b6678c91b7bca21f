"""Does a network do what its target does? Long runs of both from the same starts, compared.

From starts all over the box, under every constant input that the system's file declares (inputs
at rest, and the levels of its signals), target and network run for three durations. Of the second
half of every run counts

    ends         mean and standard deviation of every variable: equal within 5 % of a half-width
    period       where the target oscillates: equal within 5 %
    drift        where the target ends on a line or ring of fixed points: no equality, since any
                 error breaks those, but less than 0.1 half-widths (rms) within one duration
    chaos        where a copy of the target, started 1e-7 beside it, ends elsewhere: mean and
                 standard deviation over all such runs together, equal within 5 %

and a network is faithful when 98 % of its runs are. Starts from which the target leaves the box
are not compared: nothing was fitted there. An independent check of the verdict that `--faithful`
asks for: it shares no code with it but the fields and the Runge-Kutta step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.box import BoxField
from lrfit.fields.field import VectorField
from lrfit.integrate import IntegrationResult, Limits, march, rk4
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.systems.places import pace, sobol_points
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System

STARTS = 128
ALIKE = 0.05
"""Half-widths, and share of a period."""
DRIFT = 0.1
"""Half-widths within one duration."""
SHARE = 0.98
_LONG, _MOST_STEPS, _KEPT = 3, 20_000, 1_000
_MOST_INPUTS = 4
_STILL, _APART, _BESIDE = 0.02, 1e-3, 1e-7
_SINGULAR = 1e-5
_BOUND = 3.0

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """What long runs of a network and its target have shown.

    shares : of compared runs that end where the target's do, by kind of end ("fixed point",
        "oscillation", "chaos", "continuum"); only the kinds that the target has.
    drift : rms, in half-widths within one duration, where there are continua; else 0.
    runs : compared. differences : one line each; none of a faithful network.
    """

    shares: dict[str, float]
    drift: float
    runs: int
    differences: tuple[str, ...]

    @property
    def faithful(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


class LongRuns:
    """A target's long runs, made once; every network is compared with them."""

    def __init__(self, system: System, *, seed: int = 0) -> None:
        self.system = system.continuous
        generator = np.random.default_rng([seed, 30])
        step, steps = pace(self.system, generator)
        self.duration = float(self.system.simulation.duration or step * steps)
        self.step = step
        self.starts = _starts(self.system, generator)

    @cached_property
    def _target(self) -> _Ends:
        return self._ends(self.system, self.starts)

    @cached_property
    def _kinds(self) -> dict[str, Flags]:
        """Which runs of the target are compared how."""
        ends, D = self._target, self.system.domain.dimension
        moving = np.any(ends.spread > _STILL, axis=1)
        beside = self.starts.copy()
        beside[:, :D] += _BESIDE
        apart = np.abs(self._ends(self.system, beside).last - ends.last).max(axis=1) > _APART
        neutral = ends.inside & ~moving & self._is_singular(ends.last)
        kinds = {
            "chaos": moving & apart,
            "oscillation": moving & ~apart,
            "continuum": neutral,
            "fixed point": ~moving & ~neutral,
        }
        return {name: of & ends.inside for name, of in kinds.items() if np.any(of & ends.inside)}

    def compare(self, network: LowRankNetwork) -> Conduct:
        """Run a network from the same starts, and say what differs."""
        found = self._ends(network, self.starts)
        shares: dict[str, float] = {}
        drift, differences = 0.0, []
        for kind, of in self._kinds.items():
            if kind == "continuum":
                moves = self._drift(network, of)
                drift = float(np.sqrt(np.mean(moves**2)))
                shares[kind] = float(drift <= DRIFT)
            elif kind == "chaos":
                shares[kind] = float(self._same_together(found, of))
            else:
                shares[kind] = float(np.mean(self._same(found)[of]))
            if shares[kind] < SHARE:
                differences.append(_say(kind, shares[kind], drift))
        runs = sum(int(of.sum()) for of in self._kinds.values())
        return Conduct(shares=shares, drift=drift, runs=runs, differences=tuple(differences))

    def _same(self, found: _Ends) -> Flags:
        ends = self._target
        off = np.maximum(np.abs(found.mean - ends.mean), np.abs(found.spread - ends.spread))
        slow = np.abs(found.period - ends.period) > ALIKE * ends.period
        return np.asarray(found.inside & np.all(off <= ALIKE, axis=1) & ~slow)

    def _same_together(self, found: _Ends, of: Flags) -> bool:
        """Whether the clouds of chaotic runs have the same middle and width.

        Within what chance does to the middle of so many runs, three standard errors of both.
        """
        if not np.all(found.inside[of]):
            return False
        (mean, width), (wanted, span) = _cloud(found, of), _cloud(self._target, of)
        chance = (
            3.0
            * np.hypot(found.mean[of].std(axis=0), self._target.mean[of].std(axis=0))
            / np.sqrt(of.sum())
        )
        same = np.abs(mean - wanted) <= ALIKE + chance
        return bool(np.all(same & (np.abs(width - span) <= ALIKE + chance)))

    def _drift(self, network: LowRankNetwork, of: Flags) -> Array:
        """How far the network really goes within one duration from where the target rests."""
        starts = self.starts[of].copy()
        D = self.system.domain.dimension
        starts[:, :D] = self._target.last[of]
        settled = self._follow(network, starts, 0.2).y[:, -1]
        solution = self._follow(network, settled, 1.0)
        return np.asarray(np.linalg.norm(solution.y[:, -1, :D] - settled[:, :D], axis=1))

    def _is_singular(self, zeta: Array) -> Flags:
        domain = self.system.domain
        z = domain.state_from_box(np.nan_to_num(zeta))
        u = domain.input_from_box(self.starts[:, domain.dimension :])
        slopes = self.system.jacobian(z, u)[0] * (domain.half_width / domain.half_width[:, None])
        values = np.linalg.svd(slopes, compute_uv=False)
        return np.asarray(values[:, -1] <= _SINGULAR * values[:, 0])

    def _ends(self, field: VectorField, starts: Array) -> _Ends:
        return _Ends.of(self._follow(field, starts, _LONG), self.system.domain.dimension)

    def _follow(self, field: VectorField, starts: Array, durations: float) -> IntegrationResult:
        """States in the second half of runs that last so many durations."""
        step, advance = self.step, rk4(BoxField(field=field).flow(), self.step)
        if isinstance(field, LowRankNetwork) and field.dt is not None:
            step, advance = field.dt, _euler(field, field.dt)
        steps = int(min(np.ceil(durations * self.duration / step), _MOST_STEPS))
        keep = np.unique(np.linspace(steps // 2, steps, _KEPT).astype(np.intp))
        return march(
            advance,
            starts,
            dt=step,
            keep=np.concatenate([[0], keep]),
            limits=Limits(bound=_BOUND),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ends:
    """Second halves of runs, box units: mean, spread, last (R, D), period (R,), inside (R,)."""

    mean: Array
    spread: Array
    last: Array
    period: Array
    inside: Flags

    @classmethod
    def of(cls, solution: IntegrationResult, dimension: int) -> _Ends:
        states = solution.y[:, 1:, :dimension]
        with np.errstate(invalid="ignore"):
            mean, spread = states.mean(axis=1), states.std(axis=1)
            inside = np.max(np.abs(states), axis=(1, 2)) <= 1.0 + ALIKE
        moving = np.any(spread > _STILL, axis=1) & inside
        period = np.zeros(len(states))
        for run in np.flatnonzero(moving):
            largest = int(np.argmax(spread[run]))
            period[run] = _period(solution.t[1:], states[run, :, largest] - mean[run, largest])
        return cls(mean=mean, spread=spread, last=states[:, -1], period=period, inside=inside)


def _period(t: Array, x: Array) -> float:
    """Mean time between rises through zero; 0 for fewer than three of them."""
    k = np.flatnonzero((x[:-1] < 0.0) & (x[1:] >= 0.0))
    if len(k) < 3:
        return 0.0
    rises = t[k] - x[k] * (t[k + 1] - t[k]) / (x[k + 1] - x[k])
    return float((rises[-1] - rises[0]) / (len(rises) - 1))


def _cloud(ends: _Ends, of: Flags) -> tuple[Array, Array]:
    """Mean and standard deviation of all states of these runs, by the law of total variance."""
    variance = np.mean(ends.spread[of] ** 2, axis=0) + np.var(ends.mean[of], axis=0)
    return np.asarray(np.mean(ends.mean[of], axis=0)), np.asarray(np.sqrt(variance))


def _euler(network: LowRankNetwork, dt: float) -> Callable[[int, Array], None]:
    """Euler's step for y = (zeta, omega), of which omega stays."""
    domain, D = network.domain, network.domain.dimension

    def advance(_: int, y: Array) -> None:
        z, u = domain.state_from_box(y[:, :D]), domain.input_from_box(y[:, D:])
        y[:, :D] += dt * network.velocity(z, u) / domain.half_width

    return advance


def _starts(system: System, generator: np.random.Generator) -> Array:
    """Box coordinates: the same Sobol states under each of the declared constant inputs."""
    domain = system.domain
    states = sobol_points(domain.dimension, STARTS, generator)
    levels = domain.input_to_box(_levels(system))
    return np.vstack([np.hstack([states, np.tile(u, (len(states), 1))]) for u in levels])


def _levels(system: System) -> Array:
    """Inputs at rest, and up to three more that the declared signals hold."""
    rest = resting_input(system.domain)[None]
    simulation = system.simulation
    if not system.domain.input_count or not simulation.duration:
        return rest
    u = simulation.signal.at(np.linspace(0.0, simulation.duration, 400))
    values, counts = np.unique(np.round(u, 9), axis=0, return_counts=True)
    common = values[np.argsort(-counts, kind="stable")][:_MOST_INPUTS]
    levels = [rest[0], *(u for u in common if not np.allclose(u, rest[0]))][:_MOST_INPUTS]
    low, high = system.domain.input_lower, system.domain.input_upper
    return np.asarray(np.clip(np.array(levels), low, high))


def _say(kind: str, share: float, drift: float) -> str:
    if kind == "continuum":
        return f"continuum: {drift:.2g} half-widths of drift within one duration"
    if kind == "chaos":
        return "chaos: another cloud of states than the target's"
    return f"{kind}: {1 - share:.1%} of the runs end elsewhere"
