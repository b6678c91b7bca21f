"""Finite networks drawn from a mixture, beside its mean field at one constant input.

    n Cov F(z) = S(z),    n Cov z* = J⁻¹ S(z*) J⁻ᵀ,    J = dF/dz at a fixed point z*

S is `MeanField.scatter` (docs/theory, eq. 45). Place in the flow: `analyze` draws the networks
once and calls `beside` at every constant input; what comes back is part of an `Analysis`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.dynamics.anatomies import Anatomy, anatomy
from lrfit.dynamics.budget import Budget
from lrfit.dynamics.faithful.matching import CycleMatch, PointMatch, pair, pair_points
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.point_list import FixedPoints
from lrfit.dynamics.points import fixed_points
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.mean_field import MeanField, mean_field_of
from lrfit.options.kinds import Whole
from lrfit.systems.system import System

_POINT_STARTS = 128
_BUDGET = Budget(
    starts=0,
    point_starts=_POINT_STARTS,
    steps=2000,
    backward_steps=0,
    exponent_runs=0,
    exponent_steps=0,
    second_look=0,
    shootings=10,
    exact=False,
    prove=False,
)
"""For a network beside a mean field with cycles: its runs start on these."""
_ON_CYCLE = 4
"""Starts on each cycle."""
_PLACES = 256
"""States at which the field's scatter is measured."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledNetworks:
    """What became of a mean field's fixed points and cycles in networks drawn from its mixture.

    Attributes
    ----------
    neurons : of each network. orbits : the group of which each has whole orbits, "" for none.
    positions : (draws, points, D), the fixed points that stand for the mean field's, user's units;
        NaN where there is none of the same kind.
    position_sd : (points, D), their standard deviation as predicted; NaN with orbits.
    periods, amplitudes : (draws, cycles), the system's unit of time, and relative to the mean
        field's, less 1; NaN where the cycle is lost.
    found, stable : (draws,), how many fixed points each network has, and how many stable ones.
    field_rms : (D,), rms over draws and box of the difference from the mean field, user's units.
    field_sd : (D,), the same as predicted; NaN with orbits.
    """

    ENCODING: ClassVar = "lrfit-sampled"

    neurons: int
    orbits: str = ""
    positions: Annotated[Array, Axes("draw", "point", "variable")]
    position_sd: Annotated[Array, Axes("point", "variable")]
    periods: Annotated[Array, Axes("draw", "cycle")]
    amplitudes: Annotated[Array, Axes("draw", "cycle")]
    found: Annotated[NDArray[np.int64], Axes("draw")]
    stable: Annotated[NDArray[np.int64], Axes("draw")]
    field_rms: Annotated[Array, Axes("variable")]
    field_sd: Annotated[Array, Axes("variable")]

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)

    @property
    def draws(self) -> int:
        """The number of networks."""
        return len(self.found)

    @property
    def points_kept(self) -> NDArray[np.int64]:
        """(points,) in how many networks each fixed point is there, of the same kind."""
        return np.asarray(np.sum(np.isfinite(self.positions[:, :, 0]), axis=0))

    @property
    def cycles_kept(self) -> NDArray[np.int64]:
        """(cycles,) in how many networks each cycle is there."""
        return np.asarray(np.sum(np.isfinite(self.periods), axis=0))

    @property
    def position_rms(self) -> Array:
        """(points, D) standard deviation of the positions that were found; NaN of less than 2."""
        return np.array([_sd(self.positions[:, i]) for i in range(len(self.position_sd))]).reshape(
            self.position_sd.shape
        )


def _sd(values: Array) -> Array:
    """Standard deviations (D,) of those of n vectors (n, D) that are no NaN."""
    kept = values[np.isfinite(values[:, 0])]
    if len(kept) < 2:
        return np.full(values.shape[1], np.nan)
    with np.errstate(all="ignore"):  # a file may hold any numbers
        return np.asarray(np.std(kept, axis=0, ddof=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Networks drawn from the mixture of a mean field; orbits : the group of their orbits."""

    field: MeanField
    networks: tuple[LowRankNetwork, ...]
    orbits: str = ""


def draw(system: System, *, neurons: int, draws: int, orbits: str = "", seed: int = 0) -> Sample:
    """Draw networks from the mixture that a system is.

    Raises
    ------
    UsageError
        The system is no mixture, or `orbits` are none of it.
    """
    field = mean_field_of(system.field)
    if field is None:
        raise UsageError(
            f"{system.name} is no mixture, and only those have networks to sample; give its "
            "populations, or fit a network"
        )
    Whole(least=1).check("sampled", neurons)
    generators = [np.random.default_rng([seed, 63, i]) for i in range(draws)]
    return Sample(
        field=field,
        networks=tuple(field.mixture.sampled(neurons, each, orbits=orbits) for each in generators),
        orbits=orbits,
    )


def beside(sample: Sample, target: Anatomy, *, seed: int = 0) -> SampledNetworks:
    """Set networks beside the mean field whose anatomy at one constant input is known."""
    looks = [_look(target, network, seed) for network in sample.networks]
    neurons = sample.networks[0].neurons
    position_sd, field_sd = _predicted(sample.field, target, neurons)
    if sample.orbits:  # neurons of one orbit are not independent
        position_sd, field_sd = np.full_like(position_sd, np.nan), np.full_like(field_sd, np.nan)
    return SampledNetworks(
        neurons=neurons,
        orbits=sample.orbits,
        positions=np.array([_positions(target, look) for look in looks]),
        position_sd=position_sd,
        periods=np.array([_periods(target, look) for look in looks]),
        amplitudes=np.array([_amplitudes(target, look) for look in looks]),
        found=np.array([len(look.fixed.points) for look in looks]),
        stable=np.array([np.sum(look.fixed.stable) for look in looks]),
        field_rms=_difference(sample.field, target.flow, sample.networks),
        field_sd=field_sd,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Look:
    """Fixed points of a network, and which of these and of its cycles stand for the target's."""

    fixed: FixedPoints
    points: tuple[PointMatch, ...]
    cycles: tuple[CycleMatch, ...] = ()


def _look(target: Anatomy, network: LowRankNetwork, seed: int) -> _Look:
    """At one network; where the mean field has no cycle, at its fixed points alone."""
    flow = Flow(field=network, input=target.flow.input)
    generator = np.random.default_rng([seed, 62])
    if not target.cycles:
        fixed = fixed_points(flow, generator=generator, starts=_POINT_STARTS)
        return _Look(fixed=fixed, points=pair_points(target.fixed, fixed)[0])
    curves = [cycle.curve[:: max(len(cycle.curve) // _ON_CYCLE, 1)] for cycle in target.cycles]
    found = anatomy(flow, generator=generator, starts=np.concatenate(curves), budget=_BUDGET)
    pairs = pair(target, found)
    return _Look(fixed=found.fixed, points=pairs.points, cycles=pairs.cycles)


def _positions(target: Anatomy, look: _Look) -> Array:
    """Fixed points (points, D) of a network that stand for the target's, user's units."""
    placed = np.full(target.fixed.points.shape, np.nan)
    for match in look.points:
        if match.same_kind:
            placed[match.target] = look.fixed.points[match.network]
    return target.flow.domain.state_from_box(placed)


def _periods(target: Anatomy, look: _Look) -> Array:
    periods = np.full(len(target.cycles), np.nan)
    for match in look.cycles:
        periods[match.target] = target.cycles[match.target].period * (1.0 + match.period)
    return periods


def _amplitudes(target: Anatomy, look: _Look) -> Array:
    amplitudes = np.full(len(target.cycles), np.nan)
    for match in look.cycles:
        amplitudes[match.target] = match.amplitude
    return amplitudes


def _predicted(field: MeanField, target: Anatomy, neurons: int) -> tuple[Array, Array]:
    """Standard deviations of fixed points (points, D) and of the field over the box (D,)."""
    z = field.domain.state_from_box(target.fixed.points)
    u = np.repeat(target.flow.input[None], len(z), axis=0)
    by_state = field.jacobian(z, u)[0]
    moved = np.linalg.pinv(by_state)
    covariance = moved @ field.scatter(z, u) @ np.swapaxes(moved, 1, 2) / neurons
    z, u = _places(target.flow)
    of_field = np.mean(field.scatter(z, u), axis=0) / neurons
    return (
        np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)),
        np.sqrt(np.diagonal(of_field)),
    )


def _places(flow: Flow) -> tuple[Array, Array]:
    """States of the box, the same in every call, and the input with each."""
    places = np.random.default_rng(0).uniform(-1.0, 1.0, (_PLACES, flow.dimension))
    return flow.domain.state_from_box(places), np.repeat(flow.input[None], _PLACES, axis=0)


def _difference(field: MeanField, flow: Flow, networks: Sequence[LowRankNetwork]) -> Array:
    """Rms (D,) over networks and box of the difference from the mean field."""
    z, u = _places(flow)
    wanted = field.velocity(z, u)
    squares = [np.mean((network.velocity(z, u) - wanted) ** 2, axis=0) for network in networks]
    return np.asarray(np.sqrt(np.mean(squares, axis=0)))
