"""What a network without bias cannot reach: a lower bound on its relative error.

Place in the flow: a target field, before any fit, against the symmetry of the neurons.

Without bias the tonic field f(z, u) of a network inherits the symmetry of phi about the point
p0 = (c, 0) of state and input (theory section 4). With p = (z, u), p' = 2 p0 - p its mirror
image, and the even and odd parts e(p) = (g(p) + g(p')) / 2, o(p) = (g(p) - g(p')) / 2 of the
target g, every network of the kind misses at least

    phi odd (tanh, erf, sin)         e                           f is odd
    phi - phi(0) odd (sigmoid)       e - its mean                f is odd plus a constant
    phi even + linear (softplus)     o - its best linear part    the odd part of f is linear
    relu                             the same, and e - its best  f is homogeneous of degree 1
                                     multiple of r on every ray  about p0 as well

on the part I of the box B whose mirror image lies in the box too, because
|g - f|²(p) + |g - f|²(p') >= 2 |unreachable|². Hence, over the uniform measure of the box,

    error² >= ∫_I |unreachable|² / ∫_B |g|²       (and so for every variable by itself).

Both integrals are by scrambled Sobol points; the best constant, linear part and multiples are
those of the points used, which can only lower the bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrfit.arrays import Array, freeze_fields
from lrfit.errors import NumericalError
from lrfit.neurons.nonlinearity import nonlinearity
from lrfit.regression.noise_price import mean_squares
from lrfit.targets.field import Domain, VectorField
from lrfit.targets.places import sobol_points

SCRAMBLINGS = 8
"""Independent randomizations of the points; their scatter is the quadrature error."""
DIRECTIONS = 256
RADII = 16
ROUNDING = 1e-9
"""A floor below this is rounding of the field's values, not a symmetry."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorFloor:
    """A lower bound on the relative field error of every network of one kind.

    Attributes
    ----------
    overall : by the overall criterion; 0 where nothing is known to be unreachable.
    by_variable : (D,) each relative to that variable's own rms speed.
    uncertainty : standard error of `overall` from the quadrature.
    reason : one line: why it is so.
    """

    overall: float
    by_variable: Array
    uncertainty: float
    reason: str

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_fields(self, by_variable=(-1,))

    def by_criterion(self, criterion: str) -> float:
        """Bound on `error` under a criterion (the worst point is no better than the mean)."""
        return float(np.max(self.by_variable)) if criterion == "per-variable" else self.overall


def error_floor(
    target: VectorField,
    *,
    phi: str,
    bias: bool,
    center: Array,
    generator: np.random.Generator,
) -> ErrorFloor:
    """Bound the error of all networks of one kind from below.

    Parameters
    ----------
    target : VectorField
        Field on its box; evaluated only inside it.
    phi, bias : the nonlinearity by name, and whether neurons may have a bias.
    center : (D,) c of a network without bias, the user's units (0 unless given).
    generator : of the quadrature points.

    Returns
    -------
    ErrorFloor
        Zero with bias, and where the box and its mirror image do not overlap.
    """
    domain = target.domain
    kind = nonlinearity(phi)
    if bias:
        return _no_floor(domain, "neurons with a bias can approximate any continuous field")
    reach = mirror_reach(domain, center)
    if np.min(reach) <= 0.0:
        return _no_floor(domain, "the box and its mirror image about (c, u = 0) do not overlap")
    unreachable = _homogeneous_part if kind.homogeneous else _UNREACHABLE[kind.parity]
    runs = [
        _one_quadrature(target, center, reach, unreachable, stream)
        for stream in generator.spawn(SCRAMBLINGS)
    ]
    return _summarize(runs, _REASONS["homogeneous" if kind.homogeneous else kind.parity])


def mirror_reach(domain: Domain, center: Array) -> Array:
    """Half-widths (D+U,) of the part of the box that its mirror image about (c, 0) shares."""
    low = np.concatenate([domain.lower - center, domain.input_lower])
    high = np.concatenate([domain.upper - center, domain.input_upper])
    return np.asarray(np.minimum(-low, high))


def _no_floor(domain: Domain, reason: str) -> ErrorFloor:
    nothing = np.zeros(domain.dimension)
    return ErrorFloor(overall=0.0, by_variable=nothing, uncertainty=0.0, reason=reason)


def _summarize(runs: list[tuple[Array, Array]], reason: str) -> ErrorFloor:
    """Pool the scramblings; each is (missed energy (D,), energy (D,)), means over the box."""
    missed, energy = (np.array(part) for part in zip(*runs, strict=True))
    each, total = mean_squares(np.sqrt(energy), np.ones(len(energy)))
    singles = np.sqrt(missed.sum(axis=1) / energy.sum(axis=1))
    overall = float(np.sqrt(missed.mean(axis=0).sum() / total))
    by_variable = np.sqrt(missed.mean(axis=0) / each)
    if np.max(by_variable) < ROUNDING:
        overall, by_variable = 0.0, np.zeros_like(by_variable)
    return ErrorFloor(
        overall=overall,
        by_variable=by_variable,
        uncertainty=float(np.std(singles, ddof=1) / np.sqrt(len(runs))) if overall else 0.0,
        reason=reason,
    )


def _one_quadrature(
    target: VectorField,
    center: Array,
    reach: Array,
    unreachable: Callable[[Array, Array, Array], Array],
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Missed energy and energy of the target, (D,) each, as means over the box, box units."""
    domain, D = target.domain, target.domain.dimension
    rays = _rays(len(reach), generator)
    points = rays.reshape(-1, len(reach))
    shift = np.concatenate([center, np.zeros(domain.input_count)])
    there = box_velocity_inside(target, shift + reach * points)
    mirrored = box_velocity_inside(target, shift - reach * points)
    even, odd = 0.5 * (there + mirrored), 0.5 * (there - mirrored)
    shape = (*rays.shape[:2], D)
    missed = unreachable(rays, even.reshape(shape), odd.reshape(shape))
    widths = np.concatenate([domain.half_width, domain.input_half_width])
    share = float(np.prod(reach / widths))
    box = sobol_points(len(reach), DIRECTIONS * RADII, generator)
    middle = np.concatenate([domain.middle, domain.input_middle])
    energy = np.mean(box_velocity_inside(target, middle + widths * box) ** 2, axis=0)
    return share * np.mean(missed, axis=(0, 1)), energy


def box_velocity_inside(target: VectorField, points: Array) -> Array:
    """Velocity (P, D) in box units at points (P, D+U) of the user's units, all in the box."""
    domain, D = target.domain, target.domain.dimension
    inside = np.clip(
        points,
        np.concatenate([domain.lower, domain.input_lower]),
        np.concatenate([domain.upper, domain.input_upper]),
    )
    velocity = target.velocity(inside[:, :D], inside[:, D:]) / domain.half_width
    if not np.all(np.isfinite(velocity)):
        raise NumericalError(
            "the field is not finite everywhere in the box; shrink the domain or mend the equations"
        )
    return np.asarray(velocity)


def _rays(dimension: int, generator: np.random.Generator) -> Array:
    """Points (DIRECTIONS, RADII, n) uniform in the cube [-1, 1]^n, RADII of them on each ray.

    The direction p / |p|_inf of a uniform point is independent of |p|_inf, whose n-th power is
    uniform on [0, 1]: one random shift of equal strata per ray.
    """
    sobol = sobol_points(dimension + 1, DIRECTIONS, generator)
    through, offset = sobol[:, :dimension], 0.5 * (1.0 + sobol[:, dimension:])
    longest = np.max(np.abs(through), axis=1, keepdims=True)
    direction = through / longest
    radius = ((np.arange(RADII) + offset) / RADII) ** (1.0 / dimension)
    return np.asarray(direction[:, None, :] * radius[:, :, None])


def _even_part(points: Array, even: Array, odd: Array) -> Array:
    """An odd f misses all of the even part."""
    return np.square(even)


def _even_part_but_a_constant(points: Array, even: Array, odd: Array) -> Array:
    """An odd f plus a constant."""
    return np.asarray(np.square(even - even.mean(axis=(0, 1))))


def _odd_part_but_linear(points: Array, even: Array, odd: Array) -> Array:
    """The odd part of f is linear in (z - c, u); its even part is free."""
    p, o = points.reshape(-1, points.shape[2]), odd.reshape(-1, odd.shape[2])
    linear, *_ = np.linalg.lstsq(p, o, rcond=None)
    return np.asarray(np.square(odd - points @ linear))


def _homogeneous_part(points: Array, even: Array, odd: Array) -> Array:
    """f(p0 + s p) = s f(p0 + p): on every ray its even part is a multiple of the radius."""
    radius = np.max(np.abs(points), axis=2, keepdims=True)
    multiple = np.sum(radius * even, axis=1, keepdims=True) / np.sum(
        radius**2, axis=1, keepdims=True
    )
    missed = np.asarray(np.square(even - radius * multiple))
    return missed + _odd_part_but_linear(points, even, odd)


_UNREACHABLE: dict[str, Callable[[Array, Array, Array], Array]] = {
    "odd": _even_part,
    "odd plus constant": _even_part_but_a_constant,
    "even plus linear": _odd_part_but_linear,
}

_REASONS = {
    "odd": "without bias the network's field is odd about (c, u = 0)",
    "odd plus constant": "without bias the network's field is odd plus a constant about (c, u = 0)",
    "even plus linear": "without bias the odd part of the network's field about (c, u = 0) "
    "is linear",
    "homogeneous": "without bias the network's field grows in proportion along every ray from "
    "(c, u = 0), and its odd part is linear",
}
