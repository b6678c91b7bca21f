"""By how much each candidate neuron would lower the error: the rules of greedy selection.

Place in the flow: selection keeps, for every candidate i, the norm n_i of its remainder p_i (what
the neurons taken so far cannot express) and its products B with what is left of the targets. Here
these become one score each. With R the residual of all outputs, each divided by its scale:

    omp:  |Phi_i' R|² / |Phi_i|²            (joint orthogonal matching pursuit)
    ols:  |Phi_i' R|² / |p_i|²              (joint orthogonal least squares: the drop in |R|²)

A leak that is fitted belongs to all outputs at once, and so does its gain. With S = dR/dkappa,
the objective after neuron i is a quadratic in the change t of kappa,
    |R|² - sum_d b_d²/n + 2 t (<R,S> - sum_d b_d s_d/n) + t² (|S|² - sum_d s_d²/n),
b = p_i' R, s = p_i' S: minimised exactly over the allowed t, at the cost of one more product with
K x D numbers, so `ols` takes the neuron that a refit of every candidate would. A constant that
output d fits for itself lowers its n by (p_i' e)²/|e|². (Centres at their bounds are held there
while the candidates are compared, and fitted again after each neuron.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lrfit.core.arrays import Array
from lrfit.regression.factor import triangular_factor
from lrfit.regression.leak import Leak, Remainders, fit_leak
from lrfit.regression.readout import LeakBounds

LOST = 1e-12
"""Share of a square below which a difference of squares is rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """The residual for the neurons taken so far, as combinations of the remaining targets (t, D).

    residual, by_kappa : targets @ these are R and S, (P, D). slope, curvature : <R, S>, |S|².
    room : (lowest, highest) allowed change of kappa. constant : |e|², 0 when nothing fits it.
    squares : (D,) of the residual, outputs unscaled.
    """

    leak: Leak
    residual: Array
    squares: Array
    by_kappa: Array | None = None
    slope: float = 0.0
    curvature: float = 0.0
    room: tuple[float, float] = (0.0, 0.0)
    constant: float = 0.0


class Outputs(Protocol):
    """What is fitted beside the neurons: targets (t, P) to project, and the view of them."""

    @property
    def scale(self) -> Array:
        """(D,) what divides the outputs."""
        ...

    def targets(self, zeta: Array, velocity: Array, root: Array) -> Array:
        """Rows to project, (t, P), scaled by `root` (P,)."""
        ...

    def view(self, rows: Array) -> View:
        """The residual, from any rows (r, t) with the remaining targets' inner products."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedLeak:
    """kappa and c are given: the residual is what is left of velocity + kappa (zeta - c)."""

    leak: Leak
    scale: Array

    def targets(self, zeta: Array, velocity: Array, root: Array) -> Array:
        """(D, P)."""
        return np.array(((velocity + self.leak.kappa * zeta - self.leak.offset) * root[:, None]).T)

    def view(self, rows: Array) -> View:
        """Every output by itself."""
        return View(
            leak=self.leak, residual=np.diag(1.0 / self.scale), squares=np.sum(rows**2, axis=0)
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedLeak:
    """kappa or the centre are fitted with the neurons. `lengths` as in `fit_leak`."""

    bounds: LeakBounds
    scale: Array
    lengths: Array

    def targets(self, zeta: Array, velocity: Array, root: Array) -> Array:
        """(1 + 2D, P): the constant, the state, the velocity."""
        return np.vstack([root, zeta.T * root, velocity.T * root])

    def view(self, rows: Array) -> View:
        """Fit the leak, and say how the residual moves with kappa."""
        # A few rows with the same inner products: everything below costs then nothing.
        rows = triangular_factor([rows], rows.shape[1])
        leak = fit_leak(rows, self.lengths, self.bounds, self.scale)
        left = Remainders(rows=rows, lengths=self.lengths, bounds=self.bounds, scale=self.scale)
        residual, along = rows @ leak.combination, left.leak_columns(leak.kappa)
        return View(
            leak=leak,
            residual=leak.combination / self.scale,
            squares=np.sum(residual**2, axis=0),
            by_kappa=left.leak_combination(leak.kappa) / self.scale,
            slope=float(np.sum(residual / self.scale * along)),
            curvature=float(np.sum(along**2)),
            room=(self.bounds.kappa[0] - leak.kappa, self.bounds.kappa[1] - leak.kappa),
            constant=float(left.constant @ left.constant),
        )


def matching_scores(view: View, B: Array, reference: Array) -> Array:
    """OMP's score (K,), from target products B (t, K) and squared norms `reference` (K,)."""
    b = view.residual.T @ B
    return np.asarray(np.einsum("dk,dk->k", b, b) / reference)


def least_squares_gains(view: View, B: Array, norms: Array) -> Array:
    """OLS's score (K,): the drop of the objective, from B (t, K) and remainders' norms (K,)."""
    b = view.residual.T @ B
    inverse = _inverse_norms(view, B, norms)
    gains = np.sum(b * b * inverse, axis=0)
    if view.by_kappa is None or view.room == (0.0, 0.0):
        return np.asarray(gains)
    # One quadratic in the change t of kappa for every candidate; see the module's docstring.
    s = view.by_kappa.T @ B
    slope = view.slope - np.sum(b * s * inverse, axis=0)
    curvature = view.curvature - np.sum(s * s * inverse, axis=0)
    # Where the neuron makes the leak undetermined, curvature is rounding: kappa then stays.
    known = curvature > LOST * view.curvature
    step = np.clip(np.where(known, -slope / np.where(known, curvature, 1.0), 0.0), *view.room)
    return np.asarray(gains - step * (2.0 * slope + step * curvature))


def _inverse_norms(view: View, B: Array, norms: Array) -> Array:
    """1/n for every output and candidate, (1 or D, K); 0 where nothing is left."""
    inverse = 1.0 / norms
    free = view.leak.free
    if view.constant == 0.0 or not np.any(free):
        return np.asarray(inverse[None])
    # B[0] is the product with the constant, the first of the targets of `FittedLeak`.
    left = norms - B[0] ** 2 / view.constant
    without = np.where(left > LOST * norms, 1.0 / np.where(left > 0, left, 1.0), 0.0)
    return np.where(free[:, None], without, inverse)
