"""The problem of refinement: what does not change while neurons move.

Place in the flow: samples, prices and bounds become rows of arrays once (`fitting.problem`), and
every evaluation of `variable_projection` reads them. The objective is docs/theory, eq. 18.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.nonlinearity import Nonlinearity


@dataclass(frozen=True, kw_only=True, eq=False)
class RefinementProblem:
    """Rows of samples, prices, bounds and structure. Rows are quantities, columns are samples.

    Attributes
    ----------
    design : (q, P) coordinates that a neuron's parameters multiply: box state, input, and one for
        the bias.
    free : (c, P) columns without price. leak, target : (D, P) zeta - c and the velocity, each
        output divided by its scale. root : (P,) square root of weight / P; free, leak and target
        are already multiplied by it.
    price : s², at least `smallest_price`. weight_price : delta² on <phi²> (docs/theory, eq. 15).
    kappa : (lowest, highest). reach : (D,) largest |c_d|, each divided by its output's scale, inf
        where the centre is fixed (else the last free column is the constant).
    power : p of the objective. slopes : how many leading rows of design are coordinates (the rest
        is the bias); states : how many of these are the state.
    shared_bias : whether the last parameter must be the same for all neurons. orthogonal : whether
        the columns of M, the state's slopes, must be orthogonal.
    slope_cap : largest slope of a neuron, box units: steeper steps would hide between samples.
    soft_condition : condition number of M from which on the objective grows, so that the state can
        be read from the network; well below the 1,000 at which a network is refused.
    copies : (k,) how many equal neurons share the weights of each one, which lowers its prices by
        this factor (docs/theory, eq. 50); None for one of each. All starts then have k neurons.
    steepness : by how much it grows: ten times where M has lost rank, which no search prefers.
    safe_price : s² from which on normal equations are used: 20 neurons are then still exact to
        1 %. Below, the same comes from QR, at 2.5 times the cost.
    """

    design: Array
    free: Array
    leak: Array
    target: Array
    root: Array
    price: float
    weight_price: float
    kappa: tuple[float, float]
    reach: Array
    power: float
    nonlinearity: Nonlinearity
    slopes: int
    states: int
    shared_bias: bool = False
    orthogonal: bool = False
    copies: Array | None = None
    slope_cap: float = 20.0
    soft_condition: float = 200.0
    steepness: float = 10.0
    safe_price: float = 1e-11

    @property
    def parameters(self) -> int:
        """q, the number of parameters of one neuron."""
        return len(self.design)

    def prices(self, squares: Array) -> Array:
        """What a unit weight on each neuron costs; squares (..., k) : of the rates, mean."""
        prices = self.price + self.weight_price * squares
        return np.asarray(prices if self.copies is None else prices / self.copies)

    @property
    def bounded(self) -> bool:
        """Whether the centre is free within bounds."""
        return bool(len(self.free)) and bool(np.all(np.isfinite(self.reach)))


def first_points(problem: RefinementProblem, count: int) -> RefinementProblem:
    """The problem on its first `count` points (of a Sobol sequence: a balanced part)."""
    total = len(problem.root)
    if count >= total:
        return problem
    root = problem.root[:count]
    grow = 1.0 / np.sqrt(np.sum(root**2))
    return replace(
        problem,
        design=np.ascontiguousarray(problem.design[:, :count]),
        free=problem.free[:, :count] * grow,
        leak=problem.leak[:, :count] * grow,
        target=problem.target[:, :count] * grow,
        root=root * grow,
    )
