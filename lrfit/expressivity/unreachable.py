"""What is left of a target once the best bias-free field of a symmetry class is taken off it.

Place in the flow: points of the box and the target there become squared remainders, of which
`symmetry` takes the mean. With q = (z - c, w), w the inputs that neurons see, d those that drive
the network directly, and f(q, d) = F(q) + E d the network's field:

    reflection  q -> -q at fixed d, even part e = (g + g') / 2, odd part o = (g - g') / 2
        F odd                   e - E d
        F odd plus a constant   e - E d - constant
        F even plus linear      o - L q
    lines through q = 0: F(s q) = |s| h(q) + s L q on the line of q, h free for every line, hence
        F homogeneous           g - |s| h - s L q - E d

E, L, h and the constant are the best ones for the points used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.networks.nonlinearity import Nonlinearity
from lrfit.systems.places import sobol_points

POINTS = 4096
LINES, RADII = 128, 64
"""Of the lines through q = 0: as many points on each that fitting its own multiple to them does
not lower the bound noticeably (x**3 with relu: by 1e-3)."""
Velocity = Callable[[Array], Array]
"""Points (P, n) of state and input -> velocity (P, D), box units."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mirror:
    """The point that a bias-free network's symmetry is about, and the box around it.

    origin : (n,) coordinates of state and input: c, 0 for inputs that neurons see, the middle of
    the range for those that drive directly. lower, upper : (n,) the box. turned : (n,) whether
    the symmetry turns that coordinate.
    """

    origin: Array
    lower: Array
    upper: Array
    turned: NDArray[np.bool_]

    @property
    def reach(self) -> Array:
        """Half-widths (n,) of the part of the box that its mirror image shares."""
        return np.asarray(np.minimum(self.origin - self.lower, self.upper - self.origin))

    @property
    def share(self) -> float:
        """Volume of that part relative to the box; 0 where they do not overlap."""
        return float(np.prod(np.maximum(2.0 * self.reach, 0.0) / (self.upper - self.lower)))


def missed_energy(
    velocity: Velocity, mirror: Mirror, kind: Nonlinearity, generator: np.random.Generator
) -> Array:
    """Mean over the box (D,) of what no bias-free network of a kind reaches, squared."""
    if kind.homogeneous:
        return _missed_on_lines(velocity, mirror, generator)
    if mirror.share == 0.0:
        return np.zeros(velocity(mirror.lower[None]).shape[1])
    return mirror.share * _missed_by_reflection(velocity, mirror, kind, generator)


def _missed_by_reflection(
    velocity: Velocity, mirror: Mirror, kind: Nonlinearity, generator: np.random.Generator
) -> Array:
    points = sobol_points(len(mirror.reach), POINTS, generator)
    step = mirror.reach * points
    there = velocity(mirror.origin + step)
    image = velocity(mirror.origin + np.where(mirror.turned, -step, step))
    even, odd = 0.5 * (there + image), 0.5 * (there - image)
    if kind.parity == "even plus linear":
        return _mean_square(_left(odd, points[:, mirror.turned]))
    driven = (mirror.origin + step)[:, ~mirror.turned]
    if kind.parity == "odd plus constant":
        driven = np.hstack([driven, np.ones((len(points), 1))])
    return _mean_square(_left(even, driven))


def _missed_on_lines(velocity: Velocity, mirror: Mirror, generator: np.random.Generator) -> Array:
    """Every line through the origin has a free multiple of |s|; what is linear is shared."""
    q, s = _points_on_lines(mirror, generator)
    points = np.empty((q.shape[0] * q.shape[1], len(mirror.origin)))
    points[:, mirror.turned] = (mirror.origin[mirror.turned] + q).reshape(len(points), -1)
    straight = np.flatnonzero(~mirror.turned)
    if len(straight):
        cube = 0.5 + 0.5 * sobol_points(len(straight), len(points), generator)
        low, high = mirror.lower[straight], mirror.upper[straight]
        points[:, straight] = low + (high - low) * cube
    linear = np.hstack([q.reshape(len(points), -1), points[:, straight]])
    target = velocity(points)

    def off_lines(values: Array) -> Array:
        rows = values.reshape(*s.shape, -1)
        multiple = np.einsum("ij,ijk->ik", s, rows) / np.sum(s**2, axis=1)[:, None]
        return np.asarray((rows - s[:, :, None] * multiple[:, None, :]).reshape(values.shape))

    return _mean_square(_left(off_lines(target), off_lines(linear)))


def _points_on_lines(mirror: Mirror, generator: np.random.Generator) -> tuple[Array, Array]:
    """Points q (lines, RADII, m) uniform in the box, RADII of them on each line; their |s|.

    A line through the origin and a uniform point is chosen as often as its share of the box;
    along it the volume grows as |s|^(m - 1) ds, so that |s|^m, signed, is uniform over the
    section that the box cuts out: one random shift of equal strata per line.
    """
    low = (mirror.lower - mirror.origin)[mirror.turned]
    high = (mirror.upper - mirror.origin)[mirror.turned]
    count = len(low)
    cube = 0.5 + 0.5 * sobol_points(count + 1, LINES, generator)
    through = low + (high - low) * cube[:, :count]
    direction = through / np.max(np.abs(through) / (high - low), axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        ends = np.sort(np.stack([low / direction, high / direction]), axis=0)
    first, last = np.max(ends[0], axis=1), np.min(ends[1], axis=1)
    powers = [np.sign(end) * np.abs(end) ** count for end in (first, last)]
    share = (np.arange(RADII) + cube[:, count:]) / RADII
    signed = powers[0][:, None] + (powers[1] - powers[0])[:, None] * share
    along = np.sign(signed) * np.abs(signed) ** (1.0 / count)
    return direction[:, None, :] * along[:, :, None], np.abs(along)


def _left(values: Array, columns: Array) -> Array:
    """What is left of values (P, D) off the span of the columns (P, k)."""
    if not columns.shape[1]:
        return values
    best, *_ = np.linalg.lstsq(columns, values, rcond=None)
    return np.asarray(values - columns @ best)


def _mean_square(values: Array) -> Array:
    return np.asarray(np.mean(values**2, axis=0))
