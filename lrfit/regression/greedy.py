"""Joint greedy selection: one support for all outputs, with the price of noise inside.

Place in the flow: activities of thousands of candidate neurons and target velocities become an
ordered choice of neurons, whose every prefix has its readout. The objective is that of
`least_squares`, leak, centre and direct inputs included; the rules are in `scores`, the recursion
in `selection`, and what makes it quick in `lookahead`.

    omp   joint orthogonal matching pursuit (Tropp, Gilbert & Strauss 2006)
    ols   joint orthogonal least squares (Chen, Billings & Luo 1989): for tanh neurons, whose
          activities are strongly correlated, 2 to 100 times more accurate at the same size
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError, UsageError
from lrfit.regression.factor import condition_estimate
from lrfit.regression.features import Features, Indices, MatrixFeatures
from lrfit.regression.leak import Leak, leak_status
from lrfit.regression.least_squares import assemble_readout
from lrfit.regression.readout import Readout, ReadoutProblem
from lrfit.regression.scores import FittedLeak, FixedLeak, Outputs
from lrfit.regression.selection import BATCH, Rule, Selection, SelectionPlan

LARGEST = 1e140
"""Values beyond this have no squares to add up."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """One neuron taken.

    neurons : how many there are now. index : the candidate taken. training : (D,) root mean
    square of every output's residual on the training set with the price of noise, box units.
    support : all candidates taken so far. readout : computes the readout of this prefix.
    """

    neurons: int
    index: int
    training: Array
    support: Indices
    readout: Callable[[], Readout]


def select(
    problem: ReadoutProblem,
    features: Features,
    *,
    count: int,
    rule: Rule = "ols",
    batch: int = BATCH,
) -> Iterator[Step]:
    """Choose neurons one by one; stop reading when the error that matters is small enough.

    Parameters
    ----------
    problem : ReadoutProblem
        Samples, prices and bounds; the objective is that of `solve_readout`.
    features : Features
        Candidates' activities (P, K), in memory or generated in blocks.
    count : int
        At most so many neurons.
    rule : {"ols", "omp"}
        What the next neuron maximises (docs/theory, eqs. 17 and 16).
    batch : int
        Candidates that share a pass over the features: speed and memory only.

    Yields
    ------
    Step
        After every neuron. Ends early when no candidate lowers the error any more.

    Raises
    ------
    NumericalError
        A sample is too large to square.
    UsageError
        The rule is unknown; counts, lengths or bounds are impossible.
    """
    plan = SelectionPlan(
        rule=rule,
        count=count,
        ridge=problem.ridge,
        relative_ridge=problem.relative_ridge,
        batch=batch,
    )
    _check(problem, features)
    root = problem.root
    outputs = leak_outputs(problem)
    targets = outputs.targets(problem.state, problem.velocity, root)
    free = problem.direct.T * root
    selection = Selection(features, outputs, targets, free, root, plan)
    while (index := selection.take()) is not None:
        yield _step(problem, selection, index)


def leak_outputs(problem: ReadoutProblem) -> Outputs:
    """How outputs are scored: with a given leak, or with one that is fitted along."""
    bounds, scale = problem.bounds, problem.output_scale
    low, high = (np.asarray(bound, dtype=float) for bound in bounds.center)
    kappa = bounds.kappa[0]
    if kappa == bounds.kappa[1] and np.array_equal(low, high):
        free = np.zeros(len(low), dtype=bool)
        return FixedLeak(
            leak=Leak(kappa=kappa, offset=kappa * low, center=low, free=free), scale=scale
        )
    root = problem.root[:, None]
    columns = np.hstack([np.ones((len(root), 1)), problem.state, problem.velocity]) * root
    return FittedLeak(bounds=bounds, scale=scale, lengths=np.linalg.norm(columns, axis=0))


def _check(problem: ReadoutProblem, features: Features) -> None:
    parts = {
        "state": problem.state,
        "input": problem.drive,
        "velocity": problem.velocity,
        "weight": problem.weight,
    }
    if features.shape[0] != problem.samples:
        raise UsageError(f"{features.shape[0]} rows of activity for {problem.samples} samples")
    for name, values in parts.items():
        if np.max(np.abs(values), initial=0.0) > LARGEST:
            raise NumericalError(f"a {name} in the samples is too large to square; check the units")


def _step(problem: ReadoutProblem, selection: Selection, index: int) -> Step:
    """Freeze what the readout of this prefix needs; later steps only append to it."""
    # Rows of the triangle are never changed once they are written, so a view is enough; the leak is
    # fitted again after every neuron, so its combination of the targets is kept.
    X, on_span = selection.span.prefix(selection.span.count)
    free, leak = selection.free, selection.view.leak
    combination = selection.view.residual * selection.outputs.scale
    first = len(problem.bounds.direct)

    def readout() -> Readout:
        solved = solve_triangular(X, on_span @ combination)
        coefficients = np.zeros((first + len(X) - len(free), len(leak.offset)))
        # Direct inputs that depend on each other were left out of the span; theirs stay zero.
        coefficients[free] = solved[: len(free)]
        coefficients[first:] = solved[len(free) :]
        return assemble_readout(
            problem,
            coefficients,
            leak,
            rank=len(X),
            condition=condition_estimate(X),
            notes=leak_status(leak, problem.bounds),
        )

    return Step(
        neurons=len(selection.support),
        index=index,
        training=selection.training,
        support=np.array(selection.support, dtype=np.intp),
        readout=readout,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class GreedyPath:
    """What was chosen, without leak or constant.

    support : (n,), in the order taken. residual : (n + 1, D), norms with 0, 1, ... columns, the
    ridge term included. weights : (n, D) of all of them. passes : over the candidates.
    """

    support: Indices
    residual: Array
    weights: Array
    passes: int


def orthogonal_least_squares(
    Phi: Array | Features, Y: Array, count: int, *, ridge: float = 0.0, rule: Rule = "ols"
) -> GreedyPath:
    """Choose up to `count` columns of Phi (P, K) for all of Y (P, D): no leak, no constant.

    Joint OLS minimises |Y - Phi_S A|² + ridge |A|² greedily (Chen, Billings & Luo 1989);
    rule "omp" is joint orthogonal matching pursuit (Tropp, Gilbert & Strauss 2006).
    """
    features = MatrixFeatures(Phi) if isinstance(Phi, np.ndarray) else Phi
    root = np.ones(len(Y))
    still = np.zeros(Y.shape[1])
    leak = Leak(kappa=0.0, offset=still, center=still, free=still > 0)
    outputs = FixedLeak(leak=leak, scale=np.ones(Y.shape[1]))
    plan = SelectionPlan(rule=rule, count=count, ridge=ridge)
    targets = outputs.targets(np.zeros_like(Y), Y, root)
    selection = Selection(features, outputs, targets, np.zeros((0, len(Y))), root, plan)
    residual = [np.sqrt(selection.view.squares)]
    while selection.take() is not None:
        residual.append(np.sqrt(selection.view.squares))
    X, on_span = selection.span.prefix(len(selection.support))
    return GreedyPath(
        support=np.array(selection.support, dtype=np.intp),
        residual=np.array(residual),
        weights=solve_triangular(X, on_span),
        passes=selection.cache.passes,
    )
