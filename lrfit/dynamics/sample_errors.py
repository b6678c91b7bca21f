"""How well a measured field is known between its points: an estimate, stated with every check.

    E_left² = E_field² + noise²

Place in the flow: fixed points and trajectories of a measured target come from its interpolation.
Half of the points predict the other half (E_left); what the noise of the predicted values adds is
taken off. On a grid, whose spacing the halving doubles, an interpolation of order p is 2^p times
as good with all nodes (Richardson); its noise does not become less.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.dynamics.near_samples import Support, box_points, support_of_points
from lrfit.dynamics.noise import grid_noise, sample_noise
from lrfit.fields.data import SampledData, grid_data
from lrfit.fields.field import Domain
from lrfit.fields.interpolation import SampledField
from lrfit.fields.scattered import SAME, Cubic, Quadratic, Scattered, spans_box
from lrfit.systems.system import System

_FEWEST = 5
"""Nodes of an axis of which every other one still makes a grid."""
_PROBES, _HELD_OUT = 1024, 4096
"""Places between the samples, and samples left out, at which errors are measured, at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FieldErrors:
    """Rms errors of a measured field by variable, over the rms of the variable's velocity.

    field (D,) : of the interpolation between the points, with what noise does to it.
    noise (D,) : of the measured values.
    size (D,) : the rms velocities, half-widths per time.
    """

    field: Array
    noise: Array
    size: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, field=(-1,), noise=(-1,), size=(-1,))

    @property
    def overall(self) -> float:
        """Of all variables together, over the rms speed."""
        return float(np.linalg.norm(self.field * self.size) / np.linalg.norm(self.size))


@lru_cache(maxsize=4)  # of systems, by identity: every check of a search asks again
def field_errors(system: System) -> FieldErrors | None:
    """Errors by variable; None where they are not known, and for targets not measured.

    Variables that never move count as known.
    """
    data, domain = system.data, system.domain
    if data is None:
        return None
    values = data.velocity / domain.half_width
    if data.axes is None:
        found = _sample_errors(box_points(domain, data), values, domain)
    else:
        found = _grid_errors(data, domain)
    if found is None:
        return None
    size = np.sqrt(np.mean(values**2, axis=0))
    return FieldErrors(field=_relative(found[0], size), noise=_relative(found[1], size), size=size)


def _relative(error: Array, size: Array) -> Array:
    return np.divide(error, size, out=np.zeros_like(error), where=size > 0.0)


def _grid_errors(data: SampledData, domain: Domain) -> tuple[Array, Array] | None:
    """Rms errors (D,) between nodes and noise (D,), half-widths per time; None of a small grid.

    Every other node predicts those between, with the noise of both; the nodes keep their own.
    """
    assert data.axes is not None
    if min(len(axis) for axis in data.axes) < _FEWEST:
        return None
    counts = [len(axis) for axis in data.axes]
    chosen = [np.unique(np.append(np.arange(0, n, 2), n - 1)) for n in counts]
    velocity = data.velocity.reshape(*counts, -1)
    axes = tuple(axis[rows] for axis, rows in zip(data.axes, chosen, strict=True))
    half = grid_data(axes, velocity[np.ix_(*chosen)])
    between = np.ones(counts, dtype=bool)
    between[np.ix_(*chosen)] = False
    gain = 16.0 if min(len(axis) for axis in axes) >= 4 else 4.0
    noise = grid_noise(data) / domain.half_width
    rest = between.ravel()
    field = SampledField(data=half, domain=domain)
    left = field.velocity(data.state[rest], data.input[rest]) - data.velocity[rest]
    squares = np.mean((left / domain.half_width) ** 2, axis=0)
    smooth = np.maximum(squares - 2.0 * noise**2, 0.0)
    return np.sqrt(smooth / gain**2 + noise**2), noise


def _sample_errors(points: Array, values: Array, domain: Domain) -> tuple[Array, Array] | None:
    """Rms errors (D,) between points (P, n) with values (P, D), and noise (D,), box units; None
    of a few points.

    The larger of two estimates. What one half of the samples leaves of the other, without the
    noise of that, is about places like the samples. How the interpolations of both halves differ
    is about places beside them, as between trajectories, where noise does most harm.
    """
    count, n = points.shape
    if count < 4 * (n + 1):
        return None
    generator = np.random.default_rng(0)
    first = generator.permutation(count) < count // 2
    kind = Cubic if spans_box(points) else Quadratic  # the halves alone might get another kind
    one, other = (_Half.of(points[rows], values[rows], kind, domain) for rows in (first, ~first))
    noise = sample_noise(points, values)
    rest = generator.permutation(np.flatnonzero(~first))[:_HELD_OUT]  # samples are sorted by state
    held_out = _mean_square(one.value(points[rest]) - values[rest], one.knows(points[rest]))
    beside = _beside(points, support_of_points(domain, points).spacing, generator)
    apart = one.value(beside) - other.value(beside)
    split = _mean_square(apart, one.knows(beside) & other.knows(beside)) / 2.0
    return np.sqrt(np.maximum(held_out - noise**2, split)), noise


def _mean_square(left: Array, known: NDArray[np.bool_]) -> Array:
    """(D,) mean squares of residuals (R, D) where the field is known; zero where it never is."""
    return np.mean(left[known] ** 2, axis=0) if np.any(known) else np.zeros(left.shape[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Half:
    """The field through half of the samples, and where it is known."""

    field: Scattered
    support: Support

    @classmethod
    def of(
        cls, points: Array, values: Array, kind: type[Cubic | Quadratic], domain: Domain
    ) -> _Half:
        _, first = np.unique(points.round(SAME), axis=0, return_index=True)
        field = kind(centers=points[first], values=values[first])
        return cls(field=field, support=support_of_points(domain, points))

    def value(self, places: Array) -> Array:
        return self.field.value(places)

    def knows(self, places: Array) -> NDArray[np.bool_]:
        return self.support.holds(places)


def _beside(points: Array, spacing: float, generator: np.random.Generator) -> Array:
    """Places (R, n) in the box, each up to one spacing away from a random point (P, n)."""
    chosen = points[generator.integers(len(points), size=_PROBES)]
    steps = generator.standard_normal(chosen.shape)
    lengths = generator.uniform(0.0, spacing, (_PROBES, 1))
    steps *= lengths / np.linalg.norm(steps, axis=1, keepdims=True)
    return np.clip(chosen + steps, -1.0, 1.0)
