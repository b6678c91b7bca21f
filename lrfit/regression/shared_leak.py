"""The leak and the combination of outputs, eliminated from the objective of refinement.

Place in the flow: `variable_projection` leaves for every output a quadratic in the shared leak,
    o_d(kappa) = a_d + 2 b_d kappa + c_d kappa²,
and F = (sum_d o_d^p)^(1/p) is minimized over kappa within its bounds: F is convex in kappa. An
output whose centre is at its bound (`center_bound`) has e_d² / v added to it,
    e_d = max(0, |s_d + m_d kappa| - r_d kappa),   which is convex too.

Arrays of this module that depend on the output are (D, S), outputs first: sums over few outputs of
many starts are then sums of whole rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, Rows

ROUNDING = 1e-14
"""What differences of Gram entries of order 1 are good for: an exact fit gives less, or below 0."""


_MOST_STEPS = 60
"""Newton steps for the leak; the slowest of the starts of a search were found to need 5."""
_HALVED_FROM = 10
"""From this step on every other one takes the middle of the interval: where one output is raised to
a high power, Newton's steps may be small for long."""
_DIGITS = 1e-7
"""Relative change of the leak at which it counts as found: F is flat there, and its own error is
of the square of this."""
_ACROSS = 0.9
"""Part of the interval between two leaks on either side of the best: a longer step hardly narrows
it, and the middle is taken."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CenterCost:
    """What holds centres within their bounds: e_d² / v as a function of the leak.

    start, slope : (D, S) s and m, the best constant without bounds. reach : (D, 1) r. variance :
    (S,) v.
    """

    start: Array
    slope: Array
    reach: Array
    variance: Array

    def pieces(self, kappa: Array) -> tuple[Array, Array]:
        """Return e (D, S), and its derivative by kappa: 0 where the centre is within its bounds."""
        constant = self.start + self.slope * kappa
        excess = np.maximum(np.abs(constant) - self.reach * kappa, 0.0)
        return excess, (np.sign(constant) * self.slope - self.reach) * (excess > 0.0)

    def on_side(self, sign: Array | float, held: NDArray[np.bool_] | float = 1.0) -> Array:
        """Coefficients (3, D, S) of (sign w - r kappa)² / v, as a quadratic; 0 where not held."""
        level, steepness = sign * self.start, sign * self.slope - self.reach
        each = np.stack([level**2, level * steepness, steepness**2])
        return np.asarray(held * each / self.variance)

    def take(self, rows: Rows) -> CenterCost:
        """The starts `rows`."""
        return CenterCost(
            start=self.start[:, rows],
            slope=self.slope[:, rows],
            reach=self.reach,
            variance=self.variance[rows],
        )


def best_leak(
    quadratics: Array, bounds: tuple[float, float], power: float
) -> tuple[Array, NDArray[np.bool_]]:
    """Leak (S,) that minimizes F within its bounds, and where it was found (S,).

    quadratics : (3, D, S) a, b and c.
    """
    _, b, c = quadratics
    found = np.ones(b.shape[1], dtype=bool)
    if bounds[0] == bounds[1]:
        return np.full(b.shape[1], bounds[0]), found
    if power == 1.0 or len(b) == 1:
        kappa = -np.add.reduce(b) / np.add.reduce(c)  # one quadratic in all
    else:
        own = -b / c
        return _newton(quadratics, _minimax(quadratics), own, bounds, power)
    return np.clip(kappa, *bounds), found


def best_held_leak(
    quadratics: Array,
    cost: CenterCost,
    kappa: Array,
    bounds: tuple[float, float],
    power: float,
) -> tuple[Array, NDArray[np.bool_]]:
    """The same where centres are held at their bounds; kappa (S,): the leak without the bounds."""
    if bounds[0] == bounds[1]:
        return kappa, np.ones(len(kappa), dtype=bool)
    # Every o_d consists of three quadratics: free, held on one side, held on the other. Its
    # minimum is that of one of them, so the minimum of F lies between the least and the largest.
    every = [quadratics, *(quadratics + cost.on_side(sign) for sign in (1.0, -1.0))]
    own = np.concatenate([-b / c for _, b, c in every])
    excess, _ = cost.pieces(kappa)
    sign = np.sign(cost.start + cost.slope * kappa)
    first = _minimax(quadratics + cost.on_side(sign, excess > 0.0))
    sharpness = power if len(cost.start) > 1 else 1.0
    return _newton(quadratics, first, own, bounds, sharpness, cost)


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _minimax(quadratics: Array) -> Array:
    """The leak (S,) with the smallest largest o_d: p = infinity, from which p = 8 is near.

    It is where one output is least, or where two outputs are equal: all of these are tried.
    """
    a, b, c = quadratics
    own = -b / c
    one, two = np.triu_indices(len(a), 1)
    A, B, C = c[one] - c[two], b[one] - b[two], a[one] - a[two]
    # Roots of A kappa² + 2 B kappa + C by the sum that does not cancel; without roots any value.
    far = -(B + np.copysign(np.sqrt(np.maximum(B * B - A * C, 0.0)), B))
    tried = np.concatenate([own, far / A, C / far])
    tried[~np.isfinite(tried)] = 0.0
    worst = np.maximum.reduce((c[:, None] * tried + 2.0 * b[:, None]) * tried + a[:, None])
    return np.asarray(tried[worst.argmin(axis=0), np.arange(a.shape[1])])


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _newton(
    quadratics: Array,
    kappa: Array,
    own: Array,
    bounds: tuple[float, float],
    power: float,
    cost: CenterCost | None = None,
) -> tuple[Array, NDArray[np.bool_]]:
    """Minimize F over kappa within its bounds, from `kappa` on; where it was found (S,).

    own : (n, S) minima of the outputs, between the least and the largest of which that of F lies.

    With f_d = o_d^(p-1) o_d'/2, F' is proportional to P - N, P the sum of the positive f_d and N
    minus the sum of the negative ones. Where two outputs are equally large F' bends sharply, and
    Newton's steps for P = N jump to and fro; log P - log N is nearly straight there.
    """
    low, high = (np.clip(end.reduce(own), *bounds) for end in (np.minimum, np.maximum))
    kappa = np.clip(kappa, low, high)
    active = np.ones(len(kappa), dtype=bool)
    passed_low, passed_high = ~active, ~active
    for k in range(_MOST_STEPS):
        first, step = _step(quadratics, kappa, power, cost)
        low, high = np.where(first < 0.0, kappa, low), np.where(first > 0.0, kappa, high)
        passed_low, passed_high = passed_low | (first < 0.0), passed_high | (first > 0.0)
        new = np.clip(kappa + step, *bounds)  # where F is least beyond them, it stays there
        # Where F' has a kink, a step from one side can end where the one from the other began.
        across = passed_low & passed_high & (np.abs(new - kappa) > _ACROSS * (high - low))
        inside = (new >= low) & (new <= high) & ~across & (k < _HALVED_FROM or k % 2 == 0)
        new = np.where(inside, new, 0.5 * (low + high))
        moved = np.abs(new - kappa) > _DIGITS * np.abs(new)
        # A start that is done stays where it is, so that no value depends on the batch.
        kappa = np.where(active, new, kappa)
        active &= moved
        if not active.any():
            break
    return kappa, ~active


def _step(
    quadratics: Array, kappa: Array, power: float, cost: CenterCost | None
) -> tuple[Array, Array]:
    """A positive multiple of F' (S,), and the step (S,) towards its zero."""
    a, b, c = quadratics
    pull = b + c * kappa
    outputs, bends = a + (b + pull) * kappa, c
    if cost is not None:
        excess, steepness = cost.pieces(kappa)
        share = steepness / cost.variance
        outputs = outputs + excess * excess / cost.variance
        pull, bends = pull + share * excess, c + share * steepness
    outputs = np.maximum(outputs, ROUNDING)
    weight = (outputs / np.maximum.reduce(outputs)) ** (power - 1.0)
    f = weight * pull
    slope = weight * (bends + 2.0 * (power - 1.0) * pull * pull / outputs)
    first, second = np.add.reduce(f), np.add.reduce(slope)
    up = f > 0.0
    P, dP = np.add.reduce(f * up), np.add.reduce(slope * up)
    N, dN = P - first, second - dP
    plain = -first / second
    step = np.log(N / P) / (dP / P + dN / N)
    # Near an output's own minimum P or N goes to 0 and the logarithm's step alone stalls.
    return first, np.where(np.abs(step) > np.abs(plain), step, plain)


def power_mean(outputs: Array, power: float) -> tuple[Array, Array, Array]:
    """F (S,), dF/do (S, D), and d²F/do² (S, D, D) of F = (sum_d o_d^p)^(1/p).

    Outputs that are fitted exactly come as rounding errors of either sign, and count as such.
    """
    starts, D = outputs.shape
    outputs = np.where(np.abs(outputs) < ROUNDING, ROUNDING, outputs)
    if power == 1.0 or D == 1:
        return outputs.sum(axis=1), np.ones_like(outputs), np.zeros((starts, D, D))
    # Divided by the largest, so that no power leaves float64 whatever p is.
    largest = outputs.max(axis=1, keepdims=True)
    ratio = outputs / largest
    value = largest[:, 0] * np.sum(ratio**power, axis=1) ** (1.0 / power)
    share = outputs / value[:, None]
    slopes = share ** (power - 1.0)
    diagonal = np.eye(D) * (share ** (power - 2.0))[:, :, None]
    bend = (
        (power - 1.0) / value[:, None, None] * (diagonal - slopes[:, :, None] * slopes[:, None, :])
    )
    return value, slopes, bend
