"""What a stress test says: what each kind and size of error in the weights did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from lrfit.core.provenance import Result
from lrfit.core.shapes import Rows

Place = Literal["M", "N", "b", "M, N and b", "J"]
PLACES: tuple[Place, ...] = get_args(Place)


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Stress(Result):
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
