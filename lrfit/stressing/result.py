"""What a stress test says: what each kind and size of error in the weights did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.provenance import SystemResult
from lrfit.core.shapes import AtRoot, Axes, Rows, freeze_shaped
from lrfit.fields.field import Domain
from lrfit.io.text import brief, counted

Place = Literal["M", "N", "B", "b", "O", "all", "M, N and b", "J"]
PLACES: tuple[Place, ...] = get_args(Place)
"""Kinds of errors; "all" is M, N, B, b and O. Earlier versions have written "M, N and b"."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one kind of error did, over all draws; distances in half-widths of the box.

    Attributes
    ----------
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


@dataclass(frozen=True, kw_only=True)
class NeuronShare:
    """Shares of one neuron in the mean squares that errors in M, N, B, b and O make.

    To first order in the size of the errors. The shares of all neurons in one kind of weights add
    up to one; None for weights that the network lacks, NaN where they are not finite.
    """

    M: float
    N: float
    b: float
    B: float | None = None
    O: float | None = None  # noqa: E741


@dataclass(frozen=True, kw_only=True, eq=False)
class Stress(SystemResult):
    """Effects of every kind of error asked for.

    Attributes
    ----------
    system, neurons, network_sha256 : what was stressed; "" for a system that is not known.
    effects : one `Effect` for every size and kind of error.
    draws : networks drawn for each. seed : of the errors.
    duration, step : of the simulation and its integration, in the system's unit of time.
    orbit_size : rms distance of the unperturbed trajectory from its mean, in half-widths.
    target_distance, target_orbit : of the unperturbed network to its target; NaN where that is
        not known.
    domain, time_unit : of the system. Files of version 0.1.0 lack these and what follows.
    t : (T,) times. unperturbed, target : (T, D) trajectories, NaN where there is none.
    level : (L,) and fan : (effects, L, T, D), these quantiles of the draws at every time, over
        those that have not diverged. The user's units.
    predicted : for every effect, the root mean square of the distances to first order in the size
        of the errors; NaN for J. Earlier versions have not written it and what follows.
    shares : of every neuron in these mean squares.
    """

    system: str
    neurons: int
    effects: Annotated[tuple[Effect, ...], Rows("effect")]
    draws: int
    seed: int
    duration: float
    step: float
    orbit_size: float
    target_distance: float
    target_orbit: float
    network_sha256: str
    domain: Annotated[Domain | None, AtRoot()] = None
    time_unit: str = ""
    t: Annotated[Array | None, Axes("t", units="{time_unit}", about="time")] = None
    unperturbed: Annotated[Array | None, Axes("t", "variable")] = None
    target: Annotated[Array | None, Axes("t", "variable")] = None
    level: Annotated[Array | None, Axes("level")] = None
    fan: Annotated[
        Array | None, Axes("effect", "level", "t", "variable", about="quantiles of the draws")
    ] = None
    predicted: tuple[float, ...] = ()
    shares: Annotated[tuple[NeuronShare, ...], Rows("neuron", table="shares")] = ()

    def __repr__(self) -> str:
        """One line."""
        lost = sum(each.lost for each in self.effects)
        draws = counted(self.draws * len(self.effects), "draw")
        return brief(self, self.system, counted(self.neurons, "neuron"), draws, f"{lost} lost")

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
        if self.fan is not None and len(self.fan) != len(self.effects):
            raise InputError(f"has quantiles of {len(self.fan)} of {len(self.effects)} effects")
        if self.predicted and len(self.predicted) != len(self.effects):
            raise InputError(f"predicts {len(self.predicted)} of {len(self.effects)} effects")
