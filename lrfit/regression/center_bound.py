"""The bound on the centre, inside the objective of refinement.

Place in the flow: `variable_projection` eliminates the constant w_d = kappa c_d with the weights.
Left to itself it may ask for a centre that no network is allowed (|c_d| <= r_d); the final solve
would hold it at the bound, and the network that the search had found would be lost. With
w_d = s_d + m_d kappa the unbounded best constant and v = (G⁻¹)_ww of the normal matrix G of all
columns, holding it at the bound costs exactly

    e_d² / v,   e_d = max(0, |s_d + m_d kappa| - r_d kappa)

which is added to o_d: still a quadratic in kappa for a given set of outputs that are held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.regression.shared_leak import best_leak

_ROUNDS = 4
"""How often the set of held outputs is settled again: kappa decides it, and depends on it."""
_SAME = 1e-9
"""A centre this near its bound may count as held or as free: both cost the same to rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dual:
    """The linear function of a target that gives its best constant, for S starts of k neurons.

    on_rows : (S, n) its value on the rows [F; leak; target] of `elimination`. neurons : (S, k)
    minus its entry (G⁻¹)_wi for every neuron. variance : (S,) v.
    """

    on_rows: Array
    neurons: Array
    variance: Array


def dual_of_constant(share: Array, own: float, inverse: Array, solved: Array) -> Dual:
    """Combine what the free columns alone give with the neurons.

    share : (S, k + n) coefficient of the constant in the rows [Phi; F; leak; target]; own : the
    entry of the constant in the inverse of the free columns' products. inverse : (S, k, k) K⁻¹.
    solved : (S, k, n) weights that fit the other rows.
    """
    # Row of the constant in G⁻¹ by blocks, G over neurons and free columns: with X the constant's
    # coefficients in the neurons (`of_neurons`), the entries for neurons are -X K⁻¹ and the own
    # one is own + X K⁻¹ X'.
    count = inverse.shape[1]
    of_neurons, of_rows = share[:, :count], share[:, count:]
    neurons = np.einsum("sk,skj->sj", of_neurons, inverse)
    return Dual(
        on_rows=of_rows - np.einsum("sk,skn->sn", of_neurons, solved),
        neurons=neurons,
        variance=own + np.einsum("sk,sk->s", neurons, of_neurons),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ActiveCenterBounds:
    """Outputs held at the bound: excess e (S, D), zero where free; sign of w; its slope in kappa.

    quadratics : (3, S, D) coefficients of o_d with the cost of holding included.
    """

    excess: Array
    sign: Array
    steepness: Array
    variance: Array
    quadratics: Array


def hold(
    quadratics: Array,
    start: Array,
    slope: Array,
    dual: Dual,
    reach: Array,
    bounds: tuple[float, float],
    power: float,
) -> tuple[Array, Array, NDArray[np.bool_], ActiveCenterBounds | None]:
    """Leak (S,), o (S, D), where both were found (S,), and what is held: None where nothing is.

    start, slope : (S, D), the unbounded constant start + slope * kappa. reach : (D,).
    """
    kappa, by_output, settled = best_leak(quadratics, bounds, power)
    held: ActiveCenterBounds | None = None
    active: NDArray[np.bool_] = np.zeros(start.shape, dtype=bool)
    for _ in range(_ROUNDS):
        constant = start + slope * kappa[:, None]
        now = np.abs(constant) > reach * kappa[:, None]
        if np.array_equal(now, active):
            break  # the usual end, after one or two rounds
        active = now
        held = _held(quadratics, start, slope, np.sign(constant), active, dual, reach)
        kappa, by_output, settled = best_leak(held.quadratics, bounds, power)
    if held is None:
        return kappa, by_output, settled, None
    constant, edge = start + slope * kappa[:, None], reach * kappa[:, None]
    # Held on the side where it is beyond its bound, free where it is within on both.
    excess, beyond = held.sign * constant - edge, np.abs(constant) - edge
    wrong = np.where(active, excess < -_SAME * edge, beyond > _SAME * edge)
    return (
        kappa,
        by_output,
        settled & ~np.any(wrong, axis=1),
        ActiveCenterBounds(
            excess=np.where(active, excess, 0.0),
            sign=held.sign,
            steepness=np.where(active, held.steepness, 0.0),
            variance=held.variance,
            quadratics=held.quadratics,
        ),
    )


def _held(
    quadratics: Array,
    start: Array,
    slope: Array,
    sign: Array,
    active: NDArray[np.bool_],
    dual: Dual,
    reach: Array,
) -> ActiveCenterBounds:
    # e = level + steepness kappa. Holding a linear function of the unknowns e away from its free
    # optimum costs e² / v, v its entry in G⁻¹ (the Lagrange multiplier of one linear constraint).
    level, steepness = sign * start, sign * slope - reach
    variance = dual.variance[:, None]
    cost = np.stack([level**2, level * steepness, steepness**2]) / variance
    return ActiveCenterBounds(
        excess=level,
        sign=sign,
        steepness=steepness,
        variance=variance,
        quadratics=quadratics + np.where(active, cost, 0.0),
    )


def add_derivatives(
    held: ActiveCenterBounds,
    dual: Dual,
    on_parameters: Array,
    residual: Array,
    weights: Array,
    each: Array,
    slopes: Array,
) -> tuple[Array, Array]:
    """Add half the gradient of e²/v to `each` (S, n, D), in place.

    on_parameters (S, n): the dual on the rows that parameters move; residual, weights (S, n, D).
    Returns its Gauss-Newton matrix (S, n, n) and half its cross derivative by kappa (S, n).
    """
    per_neuron = weights.shape[1] // dual.neurons.shape[1]
    own = np.repeat(dual.neurons, per_neuron, axis=1)[:, :, None]
    moved = on_parameters[:, :, None]
    ratio = (held.excess / held.variance)[:, None, :]
    # d(e / sqrt v) = (de - e dv / (2 v)) / sqrt v;  dw = -own residual - moved A,  dv = 2 own moved
    change = held.sign[:, None, :] * (-own * residual - moved * weights) - ratio * own * moved
    change = np.where(held.excess[:, None, :] > 0.0, change, 0.0)
    each += ratio * change
    # e² / v is a square: its Gauss-Newton matrix needs no second derivatives of e or v.
    scaled = change * (slopes / held.variance)[:, None, :]
    bend = scaled @ change.transpose(0, 2, 1)
    return bend, np.einsum("snd,sd->sn", scaled, held.steepness)
