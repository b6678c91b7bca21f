"""The bound on the centre, inside the objective of refinement.

Place in the flow: `variable_projection` eliminates the constant w_d = kappa c_d with the weights.
Left to itself it may ask for a centre that no network is allowed (|c_d| <= r_d); the final solve
would hold it at the bound, and the network that the search had found would be lost. With
w_d = s_d + m_d kappa the unbounded best constant and v = (G⁻¹)_ww of the normal matrix G of all
columns, holding it at the bound costs exactly

    e_d² / v,   e_d = max(0, |s_d + m_d kappa| - r_d kappa)

which is added to o_d: convex in kappa, and a quadratic wherever the same outputs are held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.regression.shared_leak import CenterCost, best_held_leak, best_leak


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
    """Outputs held at the bound: excess e (S, D), zero where free; sign of w; slope of e in kappa.

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
    """Leak (S,), o (S, D), where the leak was found (S,), and what is held: None where nothing is.

    quadratics : (3, S, D) of `shared_leak`. start, slope : (S, D), the unbounded constant
    start + slope * kappa. reach : (D,).
    """
    by_rows = quadratics.transpose(0, 2, 1)
    kappa, settled = best_leak(by_rows, bounds, power)
    cost = CenterCost(start=start.T, slope=slope.T, reach=reach[:, None], variance=dual.variance)
    excess, _ = cost.pieces(kappa)
    rows = np.flatnonzero(np.any(excess > 0.0, axis=0))
    if not len(rows):
        return kappa, outputs_at(quadratics, kappa), settled, None
    kappa[rows], settled[rows] = best_held_leak(
        by_rows[:, :, rows], cost.take(rows), kappa[rows], bounds, power
    )
    excess, steepness = (part.T for part in cost.pieces(kappa))
    sign = np.sign(cost.start + cost.slope * kappa)
    held = quadratics + cost.on_side(sign, excess.T > 0.0).transpose(0, 2, 1)
    return (
        kappa,
        outputs_at(held, kappa),
        settled,
        ActiveCenterBounds(
            excess=excess,
            sign=sign.T,
            steepness=steepness,
            variance=dual.variance[:, None],
            quadratics=held,
        ),
    )


def outputs_at(quadratics: Array, kappa: Array) -> Array:
    """Values o (S, D) of quadratics (3, S, D) at kappa (S,)."""
    a, b, c = quadratics
    column = kappa[:, None]
    return np.asarray((c * column + 2.0 * b) * column + a)


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
