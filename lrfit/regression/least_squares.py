"""The readout of given neurons: ridge priced by noise, with leak, centre and direct input.

Place in the flow: activities of chosen neurons and target velocities become a `Readout`; the
network that is reported always comes from here. Box units, weights w of mean one:

    minimise over A, E, kappa, c
        sum_p w_p |Phi_p A + drive_p Eᵀ - kappa (zeta_p - c) - gamma_p|² + sum_i lambda_i |A_i|²
    lambda_i = P (sigma² + delta² <phi_i²>)

every output divided by its scale. One QR of the rows sqrt(w) [drive | Phi | 1 | zeta | gamma],
with the rows sqrt(lambda_i) e_i below Phi, holds everything: A and E as functions of (kappa, c)
by back-substitution, and kappa and c themselves from the rows that are left (`leak`). No normal
equations: with tanh neurons cond(Phi) passes 1e12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.regression.factor import add_ridge, analyse, triangular_factor
from lrfit.regression.features import is_live, row_slices
from lrfit.regression.leak import Leak, fit_leak, leak_status
from lrfit.regression.readout import LeakBounds, Readout


@dataclass(frozen=True, kw_only=True, eq=False)
class Factored:
    """R of [direct | neurons | 1 | zeta | velocity], ridge included.

    Because R is triangular, it holds the fit of the first k neurons for every k.

    R : (c, c). direct : number of leading columns without price. samples : P, for tolerances.
    lengths : (1 + 2D,) norms of the target columns.
    """

    R: Array
    direct: int
    samples: int
    lengths: Array

    @property
    def neurons(self) -> int:
        """How many neurons were factorised."""
        return len(self.R) - self.direct - len(self.lengths)

    def system(self, count: int) -> tuple[Array, Array, Array]:
        """Columns X (c, c), targets on their span (c, t), and rows that are left (r, t)."""
        size = self.direct + count
        targets = self.R[:, self.direct + self.neurons :]
        return self.R[:size, :size], targets[:size], targets[size:]


def live_columns(Phi: Array) -> NDArray[np.bool_]:
    """Which columns (N,) can enter a solve."""
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.einsum("pn,pn->n", Phi, Phi)
    return is_live(squares)


def factorise(
    Phi: Array,
    zeta: Array,
    drive: Array,
    velocity: Array,
    *,
    weight: Array,
    noise: float,
    weight_noise: float,
) -> Factored:
    """Factorise live activities Phi (P, N), direct inputs drive (P, F) and targets (P, D) each.

    Raises
    ------
    NumericalError
        A state, an input or a velocity is not finite.
    """
    for name, values in (("state", zeta), ("input", drive), ("velocity", velocity)):
        if not np.all(np.isfinite(values)):
            raise NumericalError(f"a {name} in the samples is not finite; check the field there")
    samples, count = Phi.shape
    first, targets = drive.shape[1], 1 + 2 * zeta.shape[1]
    columns = first + count + targets
    one, root = np.ones((samples, 1)), np.sqrt(weight)[:, None]

    def blocks() -> Iterator[Array]:
        for at in row_slices(samples, columns):
            parts = (drive[at], Phi[at], one[at], zeta[at], velocity[at])
            yield np.hstack(parts) * root[at]

    R = triangular_factor(blocks(), columns)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.sum(R**2, axis=0)
    if not np.all(np.isfinite(squares)):
        raise NumericalError("values in the samples are too large to square; check the units")
    price = samples * noise**2 + weight_noise**2 * squares[first : first + count]
    if count and (noise > 0 or weight_noise > 0):
        R = add_ridge(R, price, first)
    return Factored(R=R, direct=first, samples=samples, lengths=np.sqrt(squares[first + count :]))


def prefix_readout(
    factored: Factored, count: int, *, bounds: LeakBounds, scale: Array, inputs: int
) -> Readout:
    """Readout of the first `count` neurons of a factorisation; `inputs` is U."""
    X, on_span, left = factored.system(count)
    solver = analyse(X, factored.samples)
    rows = np.vstack([solver.lost @ on_span, left]) if len(solver.lost) else left
    leak = fit_leak(rows, factored.lengths, bounds, scale)
    coefficients = solver.solve(on_span @ leak.combination)
    notes = leak_status(leak, bounds)
    if solver.rank < len(X):
        notes = (f"rank lost: {solver.rank} of {len(X)}", *notes)
    return assemble_readout(
        coefficients,
        leak,
        bounds,
        inputs,
        rank=solver.rank,
        condition=solver.condition,
        notes=notes,
    )


def assemble_readout(
    coefficients: Array,
    leak: Leak,
    bounds: LeakBounds,
    inputs: int,
    *,
    rank: int,
    condition: float,
    notes: tuple[str, ...] = (),
) -> Readout:
    """Put coefficients [direct; neurons] (F + N, D) and a leak into a `Readout`."""
    first = len(bounds.direct)
    direct = np.zeros((coefficients.shape[1], inputs))
    direct[:, list(bounds.direct)] = coefficients[:first].T
    return Readout(
        A=coefficients[first:],
        kappa=leak.kappa,
        center=leak.center,
        direct=direct,
        rank=rank,
        condition=condition,
        status=notes,
    )


def solve_readout(
    Phi: Array,
    zeta: Array,
    drive: Array,
    velocity: Array,
    *,
    weight: Array,
    noise: float,
    bounds: LeakBounds,
    output_scale: Array | None = None,
    weight_noise: float = 0.0,
) -> Readout:
    """Ridge solution for given neurons; leak, centre and direct inputs are not penalised.

    Parameters
    ----------
    Phi : (P, N)
        Activities; columns that are zero or not finite get weight 0.
    zeta, velocity : (P, D)
        State and target velocity, box units.
    drive : (P, U)
        u / h_u; the columns named in `bounds.direct` are fitted.
    weight : (P,)
        Quadrature weights of mean one.
    noise, weight_noise : float
        sigma, standard deviation of each rate; delta, relative noise on the weights.
    bounds : LeakBounds
        What kappa and the centre may be.
    output_scale : (D,), optional
        Divides the outputs; it decides only how they share one kappa.

    Returns
    -------
    Readout
        `rank` and `condition` are of [direct | Phi] with its ridge rows, columns of length one.

    Raises
    ------
    NumericalError
        A sample is not finite.
    UsageError
        The bounds of kappa are impossible.
    """
    live = live_columns(Phi)
    factored = factorise(
        Phi if live.all() else Phi[:, live],
        zeta,
        drive[:, list(bounds.direct)],
        velocity,
        weight=weight,
        noise=noise,
        weight_noise=weight_noise,
    )
    scale = np.ones(zeta.shape[1]) if output_scale is None else output_scale
    fit = prefix_readout(
        factored, factored.neurons, bounds=bounds, scale=scale, inputs=drive.shape[1]
    )
    return fit if live.all() else _with_dead(fit, live)


def _with_dead(fit: Readout, live: NDArray[np.bool_]) -> Readout:
    """Give the neurons that were left out weight 0."""
    A = np.zeros((len(live), fit.A.shape[1]))
    A[live] = fit.A
    dead = int(np.sum(~live))
    return Readout(
        A=A,
        kappa=fit.kappa,
        center=fit.center,
        direct=fit.direct,
        rank=fit.rank,
        condition=fit.condition,
        status=(f"{dead} dead neuron{'s' if dead > 1 else ''} left out", *fit.status),
    )
