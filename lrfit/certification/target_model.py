"""A target's field as quadratic pieces, from interval bounds of its formula and derivatives.

    second order    g(c) + g'(c) d + d' mid(H) d / 2 ± |d|' rad(H) |d| / 2,     H = g''([box])
    first order     g(c) + mid(J) d ± rad(J) |d|,                               J = g'([box])
    natural         mid(G) ± rad(G),                                            G = g([box])

Place in the flow: beside `network_model`. Each variable takes, in every box, the form with the
smallest remainder. The first is valid wherever no kink can lie in the box; the second across
kinks too (the mean value theorem for Lipschitz functions, Lebourg 1975); the third wherever the
formula is defined at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.certification.pieces import Pieces, multiplicity, pairs
from lrfit.core.arrays import Array
from lrfit.fields.knowledge import Enclosures

_SAFE = 1.0 + 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class _Form:
    """One kind of enclosure, as in `Pieces`, with sway (D, n, P) by variable."""

    constant: Array
    linear: Array
    square: Array
    remainder: Array
    sway: Array

    def at(self, boxes: NDArray[np.bool_]) -> _Form:
        """The form over some of the boxes."""
        return _Form(**{name: values[..., boxes] for name, values in vars(self).items()})


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetModel:
    """Bounds of a field as pieces; half_width (D,) of the domain, axes n = D + U."""

    bounds: Enclosures
    half_width: Array
    axes: int

    @property
    def steps(self) -> int:
        """Interval operations for one set of boxes."""
        bounds = self.bounds
        return bounds.values.steps + bounds.slopes.steps + bounds.slopes_and_curvatures.steps

    def bounded(self, lower: Array, upper: Array) -> NDArray[np.bool_]:
        """Whether each variable's velocity has bounds over each box: (D, P)."""
        return np.asarray(np.isfinite(self.bounds.values.enclose(lower, upper).lower))

    def enclose(self, lower: Array, upper: Array, middle: Array, radius: Array) -> Pieces:
        """Enclose over boxes [lower, upper], (n, P), which lie within radius of the middle."""
        at_middle = self.bounds.values.enclose(middle, middle)
        value, doubt = _middle_radius(at_middle.lower, at_middle.upper, self.half_width)
        form = self._by_derivatives(lower, upper, middle, radius, value, doubt)
        # Where the linear part is larger than the remainder, no natural form can be better.
        rough = ~(form.remainder <= np.abs(form.linear).sum(axis=1)).all(axis=0)
        if rough.any():
            natural = self._natural(lower[:, rough], upper[:, rough], radius[:, rough])
            form = _replace(form, rough, _lesser(form.at(rough), natural))
        return Pieces(
            value=value,
            doubt=doubt,
            constant=form.constant,
            linear=form.linear,
            square=form.square,
            remainder=form.remainder * _SAFE,
            sway=form.sway.sum(axis=0),
        )

    def _by_derivatives(
        self, lower: Array, upper: Array, middle: Array, radius: Array, value: Array, doubt: Array
    ) -> _Form:
        """The better of second and first order, from one pass over all derivatives."""
        shape = (len(value), self.axes, middle.shape[1])
        wide = np.repeat(self.half_width, self.axes)
        # One pass over all derivatives: they share most of their subexpressions.
        box = self.bounds.slopes_and_curvatures.enclose(lower, upper)
        here = self.bounds.slopes.enclose(middle, middle)
        rows = len(wide)
        mean, spread = _middle_radius(box.lower[:rows], box.upper[:rows], wide)
        slope, slope_doubt = _middle_radius(here.lower, here.upper, wide)
        bend, bend_spread = self._curvatures(box.lower[rows:], box.upper[rows:], radius)
        first = _form(
            constant=value,
            linear=mean.reshape(shape) * radius,
            square=np.zeros_like(bend),
            doubt=doubt,
            sway=spread.reshape(shape) * radius,
        )
        # The slopes at the middle are only known to within their own rounding.
        by_slope = doubt + (slope_doubt.reshape(shape) * radius).sum(axis=1)
        second = _form(
            constant=value,
            linear=slope.reshape(shape) * radius,
            square=bend,
            # Across a kink g'' does not exist, and Taylor's theorem says nothing.
            doubt=np.where(box.smooth, by_slope, np.inf),
            sway=_share(self.axes) @ bend_spread,
        )
        return _lesser(second, first)

    def _curvatures(self, lower: Array, upper: Array, radius: Array) -> tuple[Array, Array]:
        """Rows of `square`, (D, pairs, P), and their radii."""
        first, second = pairs(self.axes)
        factor = 0.5 * multiplicity(self.axes)[:, None] * radius[first] * radius[second]
        wide = np.repeat(self.half_width, len(first))
        middle, spread = _middle_radius(lower, upper, wide)
        shape = (len(self.half_width), len(first), -1)
        return middle.reshape(shape) * factor, spread.reshape(shape) * factor

    def _natural(self, lower: Array, upper: Array, radius: Array) -> _Form:
        box = self.bounds.values.enclose(lower, upper)
        middle, spread = _middle_radius(box.lower, box.upper, self.half_width)
        (D, P), n = middle.shape, self.axes
        return _form(
            constant=middle,
            linear=np.zeros((D, n, P)),
            square=np.zeros((D, len(pairs(n)[0]), P)),
            doubt=np.zeros((D, P)),
            sway=spread[:, None, :] * (radius / radius.sum(axis=0)),
        )


def _middle_radius(lower: Array, upper: Array, scale: Array) -> tuple[Array, Array]:
    """Middles and radii of intervals, divided by `scale` (rows,)."""
    middle = 0.5 * (lower + upper)
    # The larger side: (a + b)/2 is rounded, and the interval must stay covered.
    radius = np.maximum(upper - middle, middle - lower)
    return middle / scale[:, None], radius * (_SAFE / scale)[:, None]


def _share(n: int) -> Array:
    """(n, pairs): the two axes of a pair answer for half of it each."""
    first, second = pairs(n)
    axis = np.arange(n)[:, None]
    return np.asarray(0.5 * ((first == axis).astype(np.float64) + (second == axis)))


def _form(*, constant: Array, linear: Array, square: Array, doubt: Array, sway: Array) -> _Form:
    """A form whose remainder is doubt and the sum of sway; without NaN: no bound is inf."""
    remainder = doubt + sway.sum(axis=1)
    known = np.isfinite(remainder + constant + linear.sum(axis=1) + square.sum(axis=1))
    parts = {"constant": constant, "linear": linear, "square": square, "sway": sway}
    if not known.all():
        lost = ~known
        for name, values in parts.items():
            where = lost if values.ndim == 2 else np.broadcast_to(lost[:, None], values.shape)
            parts[name] = np.where(where, 0.0, values)
        remainder = np.where(lost, np.inf, remainder)
    return _Form(remainder=remainder, **parts)


def _lesser(a: _Form, b: _Form) -> _Form:
    """For every variable and box the form with the smaller remainder."""
    # By variable and box: each form is an enclosure of its own, so that any choice is valid.
    take = b.remainder < a.remainder
    if not take.any():
        return a
    chosen = {}
    for name, values in vars(a).items():
        where = take if values.ndim == 2 else take[:, None]
        chosen[name] = np.where(where, getattr(b, name), values)
    return _Form(**chosen)


def _replace(form: _Form, boxes: NDArray[np.bool_], by: _Form) -> _Form:
    parts = {name: values.copy() for name, values in vars(form).items()}
    for name, values in parts.items():
        values[..., boxes] = getattr(by, name)
    return _Form(**parts)
