"""The readout of given neurons: ridge priced by noise, with leak, centre and direct input.

Place in the flow: activities of chosen neurons and target velocities become a `Readout`; the
network that is reported always comes from here. Box units, weights w of mean one:

    minimise over A, E, kappa, c
        sum_p w_p |Phi_p A + drive_p Eᵀ - kappa (zeta_p - c) - gamma_p|² + sum_i lambda_i |A_i|²
    lambda_i = P (sigma² + delta² <phi_i²>)

every output divided by its scale. One QR of the rows sqrt(w) [drive | Phi | 1 | zeta | gamma],
with the rows sqrt(lambda_i) e_i below Phi, holds everything: A and E as functions of (kappa, c)
by back-substitution, and kappa and c themselves from the rows that are left (`leak`). No normal
equations: with tanh neurons cond(Phi) passes 1e12 (docs/theory, section 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.io.text import counted
from lrfit.regression.factor import add_ridge, analyse, triangular_factor
from lrfit.regression.features import is_live, row_slices
from lrfit.regression.leak import Leak, fit_leak, leak_status
from lrfit.regression.readout import Readout, ReadoutProblem


@dataclass(frozen=True, kw_only=True, eq=False)
class Factored:
    """R of [direct | neurons | 1 | zeta | velocity], ridge included.

    Because R is triangular, it holds the fit of the first k neurons for every k.

    R : (c, c). direct : number of leading columns without price. lengths : (1 + 2D,) norms of
    the target columns.
    """

    R: Array
    direct: int
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


def factorise(problem: ReadoutProblem, Phi: Array) -> Factored:
    """Factorise live activities Phi (P, N) together with direct inputs and targets.

    Raises
    ------
    NumericalError
        Values are too large to square.
    """
    direct, count = problem.direct, Phi.shape[1]
    first, targets = direct.shape[1], 1 + 2 * problem.state.shape[1]
    columns = first + count + targets
    one, root = np.ones((problem.samples, 1)), problem.root[:, None]

    def blocks() -> Iterator[Array]:
        for at in row_slices(problem.samples, columns):
            parts = (direct[at], Phi[at], one[at], problem.state[at], problem.velocity[at])
            yield np.hstack(parts) * root[at]

    R = triangular_factor(blocks(), columns)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.sum(R**2, axis=0)
    if not np.all(np.isfinite(squares)):
        raise NumericalError("values in the samples are too large to square; check the units")
    # The columns of R have the lengths of the columns of Phi, since Q is orthogonal.
    price = problem.prices(squares[first : first + count])
    if count and np.any(price > 0):
        R = add_ridge(R, price, first)
    return Factored(R=R, direct=first, lengths=np.sqrt(squares[first + count :]))


def prefix_readout(problem: ReadoutProblem, factored: Factored, count: int) -> Readout:
    """Readout of the first `count` neurons of a factorisation."""
    X, on_span, left = factored.system(count)
    solver = analyse(X, problem.samples)
    # Where X has lost rank, what it does not reach of the targets is remainder too: without these
    # rows the leak would be fitted to a part of what the neurons leave.
    rows = np.vstack([solver.lost @ on_span, left]) if len(solver.lost) else left
    leak = fit_leak(rows, factored.lengths, problem.bounds, problem.output_scale)
    coefficients = solver.solve(on_span @ leak.combination)
    notes = leak_status(leak, problem.bounds)
    if solver.rank < len(X):
        notes = (
            f"{solver.rank} of {counted(len(X), 'neuron or input', 'neurons and inputs')} suffice: "
            "the others repeat them at all samples; ask for fewer neurons",
            *notes,
        )
    return assemble_readout(
        problem, coefficients, leak, rank=solver.rank, condition=solver.condition, notes=notes
    )


def assemble_readout(
    problem: ReadoutProblem,
    coefficients: Array,
    leak: Leak,
    *,
    rank: int,
    condition: float,
    notes: tuple[str, ...] = (),
) -> Readout:
    """Put coefficients [direct; neurons] (F + N, D) and a leak into a `Readout`."""
    which = list(problem.bounds.direct)
    direct = np.zeros((coefficients.shape[1], problem.inputs))
    direct[:, which] = coefficients[: len(which)].T
    return Readout(
        A=coefficients[len(which) :],
        kappa=leak.kappa,
        center=leak.center,
        direct=direct,
        rank=rank,
        condition=condition,
        status=notes,
    )


def solve_readout(problem: ReadoutProblem, Phi: Array) -> Readout:
    """Ridge solution for given neurons; leak, centre and direct inputs are not penalised.

    Parameters
    ----------
    problem : ReadoutProblem
        Samples, prices and bounds.
    Phi : (P, N)
        Activities; columns that are zero or not finite get weight 0.

    Returns
    -------
    Readout
        `rank` and `condition` are of [direct | Phi] with its ridge rows, columns of length one;
        `status` says what was lost on the way.

    Raises
    ------
    NumericalError
        Values are too large to square.
    UsageError
        The bounds of kappa are impossible.
    """
    live = live_columns(Phi)
    if not live.all():
        copies = None if problem.copies is None else problem.copies[live]
        problem, Phi = replace(problem, copies=copies), Phi[:, live]
    factored = factorise(problem, Phi)
    fit = prefix_readout(problem, factored, factored.neurons)
    return fit if live.all() else _with_dead(fit, live)


def _with_dead(fit: Readout, live: NDArray[np.bool_]) -> Readout:
    """Give the neurons that were left out weight 0."""
    A = np.zeros((len(live), fit.A.shape[1]))
    A[live] = fit.A
    dead = int(np.sum(~live))
    note = (
        f"{counted(dead, 'neuron')} of {len(live)} left out, since their rate is zero at all "
        "samples: their weights are zero; ask for fewer neurons, or draw others with --seed"
    )
    return replace(fit, A=A, status=(note, *fit.status))
