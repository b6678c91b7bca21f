"""Where a measured field is known: in the box, as near to its samples as they are to each other.

    known(p)   <=>   r_k(p) <= 1.5 q,      q the 90 % quantile of r_k at the samples themselves

r_k is the distance to the k-th nearest sample, in box units of state and input together, and k
the number of samples through which a local quadratic is fitted, so that samples that follow one
another along a trajectory do not count as a neighbourhood. Place in the flow: a comparison of a
network with a measured target counts only what happens where the target is known.

The factor is measured: for van der Pol, FitzHugh-Nagumo, Duffing and Lorenz, on uniform samples
and on one to 100 trajectories, the field between samples has an rms error of 0.1 to 2 % of the
rms speed where r_k is 1 to 1.5 q, of 0.6 to 6 % from there to 2 q, and of 4 to 80 % beyond 3 q.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.fields.data import SampledData
from lrfit.fields.field import Domain
from lrfit.fields.scattered import SAME

_REACH = 1.5
_QUANTILE = 0.9
_SHARE = 4
"""At most one in so many samples is a neighbour, however many a quadratic would take."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Support:
    """The neighbourhood of scattered samples.

    domain : the box. points : (P, D + U), different samples in box units, states and then inputs.
    """

    domain: Domain
    points: Array

    def __post_init__(self) -> None:
        """Freeze the samples."""
        freeze_fields(self, points=(-1, self.domain.dimension + self.domain.input_count))

    def known(self, zeta: Array, input: Array | None = None) -> NDArray[np.bool_]:  # noqa: A002
        """Whether the field is known at states zeta (P, D), box units: (P,).

        input : (U,) or (P, U), the user's units, as that of a `Flow`. Without it the inputs of
        samples do not count: a state is known where there are samples at any input.
        """
        if input is None:
            return self._states.known(zeta)
        inputs = np.broadcast_to(input, (len(zeta), self.domain.input_count))
        return self.holds(np.hstack([zeta, self.domain.input_to_box(inputs)]))

    def holds(self, places: Array) -> NDArray[np.bool_]:
        """Whether the field is known at places (P, D + U), box units of state and input: (P,)."""
        return self._all.known(places)

    @property
    def spacing(self) -> float:
        """Distance to the k-th nearest sample that 90 % of the samples are within, box units."""
        return self._all.spacing

    @cached_property
    def _all(self) -> _Neighbors:
        return _Neighbors(points=self.points)

    @cached_property
    def _states(self) -> _Neighbors:
        return _Neighbors(points=_different(self.points[:, : self.domain.dimension]))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Neighbors:
    """Distances of places to different points (P, n)."""

    points: Array

    def known(self, places: Array) -> NDArray[np.bool_]:
        """(Q, n) -> (Q,): whether a place is within reach; one that is not finite is not."""
        finite = np.isfinite(places).all(axis=1)
        known = np.zeros(len(places), dtype=bool)
        if np.any(finite):
            distance = self._to_nearest(places[finite], self.count)
            known[finite] = distance <= _REACH * self.spacing
        return known

    @property
    def count(self) -> int:
        """k, as many as the interpolation by local quadratics takes."""
        n = self.points.shape[1]
        wanted = 2 * (n + n * (n + 1) // 2) + n
        return int(max(1, min(wanted, len(self.points) // _SHARE)))

    @cached_property
    def spacing(self) -> float:
        """The 90 % quantile of r_k at the points, each of which is not its own neighbour."""
        return float(np.quantile(self._to_nearest(self.points, self.count + 1), _QUANTILE))

    def _to_nearest(self, places: Array, k: int) -> Array:
        """(Q,) distances to the k-th nearest point."""
        return np.asarray(self._tree.query(places, [k])[0][:, 0])  # type: ignore[attr-defined]

    @cached_property
    def _tree(self) -> object:
        from scipy.spatial import cKDTree  # noqa: PLC0415 - slow import

        return cKDTree(self.points)


def support_of_points(domain: Domain, points: Array) -> Support:
    """Where a field measured at points (P, D + U), box units, is known.

    Points that were measured more than once count once: they are no neighbours of each other.
    """
    return Support(domain=domain, points=_different(points))


def box_points(domain: Domain, data: SampledData) -> Array:
    """(P, D + U): states and inputs of samples in box units."""
    return np.hstack([domain.state_to_box(data.state), domain.input_to_box(data.input)])


def _different(points: Array) -> Array:
    return np.unique(points.round(SAME), axis=0)
