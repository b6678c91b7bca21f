"""Between the measured points: velocity and Jacobian of sampled fields, for simulation.

Place in the flow: fitting uses the samples as they are; trajectories need the field between
them. All in box units, so that units never matter. Outside the box a field is that of the
nearest point of the box.

    regular grids      tensor product of not-a-knot cubic splines (de Boor 2001, chapter XVII),
                       of linear ones when an axis has fewer than four nodes; exact derivatives
    scattered          cubic radial functions, where up to 4,096 samples span the box, "cubic";
                       otherwise weighted local quadratics, "quadratic" (module `scattered`)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.data import SampledData
from lrfit.fields.field import Domain
from lrfit.fields.scattered import spans_box, through_samples

Interpolation = Literal["cubic", "quadratic", "linear"]
Interpolant = Callable[[Array], Array]


def grid_interpolation(counts: Sequence[int]) -> Interpolation:
    """The kind of spline that axes with so many nodes allow."""
    return "cubic" if min(counts) >= 4 else "linear"


def grid_interpolant(axes: Sequence[Array], values: Array) -> tuple[Interpolant, Interpolant]:
    """Interpolate values (n1, ..., nD, k) given on axes: p (P, D) -> (P, k), and (P, k, D)."""
    from scipy.interpolate import NdBSpline, make_interp_spline  # noqa: PLC0415 - slow import

    degree = 3 if grid_interpolation([len(axis) for axis in axes]) == "cubic" else 1
    knots, coefficients = [], values
    for index, axis in enumerate(axes):
        spline = make_interp_spline(axis, coefficients, k=degree, axis=index)
        knots.append(spline.t)
        # scipy moves the axis of interpolation to the front of the coefficients.
        coefficients = np.moveaxis(spline.c, 0, index)
    tensor = NdBSpline(tuple(knots), np.ascontiguousarray(coefficients), degree)
    low = np.array([axis[0] for axis in axes])
    high = np.array([axis[-1] for axis in axes])
    orders = np.eye(len(axes), dtype=int)

    def value(p: Array) -> Array:
        return np.asarray(tensor(np.clip(p, low, high)))

    def derivative(p: Array) -> Array:
        inside = np.clip(p, low, high)
        slopes = np.stack([tensor(inside, nu=order) for order in orders], axis=-1)
        return np.asarray(np.where((inside == p)[:, None, :], slopes, 0.0))

    return value, derivative


def scattered_interpolant(points: Array, values: Array) -> tuple[Interpolant, Interpolant]:
    """Interpolate values (P, k) at points (P, n) in the box, with the derivative (., k, n)."""
    inner = through_samples(points, values)

    def value(p: Array) -> Array:
        return inner.value(np.clip(p, -1.0, 1.0))

    def derivative(p: Array) -> Array:
        slopes = inner.derivative(np.clip(p, -1.0, 1.0))
        return np.asarray(np.where((np.abs(p) <= 1.0)[:, None, :], slopes, 0.0))

    return value, derivative


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledField:
    """The field between measured points; its splines are made when first asked for."""

    data: SampledData
    domain: Domain

    def __reduce__(self) -> tuple[Any, ...]:
        # The splines are closures and cannot be pickled: the points travel alone.
        return partial(SampledField, data=self.data, domain=self.domain), ()

    @property
    def interpolation(self) -> Interpolation:
        """How it is interpolated."""
        if self.data.axes is not None:
            return grid_interpolation([len(axis) for axis in self.data.axes])
        return "cubic" if spans_box(self._points) else "quadratic"

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D), the user's units."""
        return np.asarray(self._interpolants[0](self._box(z, u)) * self.domain.half_width)

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives of the interpolated velocity: by state (P, D, D), by input (P, D, U)."""
        domain = self.domain
        slopes = self._interpolants[1](self._box(z, u)) * domain.half_width[:, None]
        slopes /= np.concatenate([domain.half_width, domain.input_half_width])
        return slopes[:, :, : domain.dimension], slopes[:, :, domain.dimension :]

    def _box(self, z: Array, u: Array) -> Array:
        return np.hstack([self.domain.state_to_box(z), self.domain.input_to_box(u)])

    @property
    def _points(self) -> Array:
        return self._box(self.data.state, self.data.input)

    @cached_property
    def _interpolants(self) -> tuple[Interpolant, Interpolant]:
        data, domain = self.data, self.domain
        gamma = data.velocity / domain.half_width
        if data.axes is None:
            return scattered_interpolant(self._points, gamma)
        ends = zip(data.axes, domain.middle, domain.half_width, strict=True)
        axes = [(axis - middle) / half_width for axis, middle, half_width in ends]
        return grid_interpolant(axes, gamma.reshape(*map(len, axes), domain.dimension))
