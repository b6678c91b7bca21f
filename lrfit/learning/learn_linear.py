"""learn_linear() for users: how fast linear networks learn, by their initial connectivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.progress import Progress, silent
from lrfit.learning import linear_theory as theory
from lrfit.learning.linear import GRID, Descent, descend, draw_network
from lrfit.learning.linear_options import LinearOptions
from lrfit.learning.linear_result import LearnedAt, LinearLearning

COMPARED = 10
"""Point at which formulas and simulation are compared: s = 0.1."""


def learn_linear(
    neurons: int = 1024,
    gs: Sequence[float] = (0.0, 0.3, 0.6, 0.8),
    target: float = 0.5,
    *,
    seeds: int = 3,
    rate: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> LinearLearning:
    """Let linear networks learn by gradient descent, beside the formulas for what they do.

    A linear network with a constant input learns that its output is `target`, by gradient descent
    on W = W0 + dW alone (Schuessler et al. 2020). The stronger the random W0, the fewer epochs it
    takes, and the smaller dW is.

    Parameters
    ----------
    neurons : int
        Of every network, 16 to 4,096.
    gs : sequence of float
        Strengths of W0, whose entries have variance g^2/neurons; from 0 to 0.95. 0 is always among
        them, since speeds are relative to it.
    target : float
        What the output is to become, above 0. All is the mean of learning it and its negative.
    seeds : int
        Networks for each g; the k-th has the same random numbers at every g.
    rate : float, optional
        Learning rate, one for all g; by default 0.005 (1 - g^2)^2 of the largest g.
    seed : int
        Of all random numbers.
    progress : callable, optional
        Told after every network.

    Returns
    -------
    LinearLearning
        For every g: epochs until the loss is 1 % of the first, the speed relative to g = 0,
        output, loss and singular values of dW against s = beta^2 rate epoch, and their formulas.

    Raises
    ------
    UsageError
        Numbers that make no sense, or a rate with which the first step goes beyond the target.
    NumericalError
        Learning diverges: the rate must fall as (1 - g^2)^2.

    Notes
    -----
    docs/theory, eqs. 34 to 41. dW is kept in factors (Woodbury), so that a network of 1,024
    neurons takes one LU decomposition and some tenths of a second. Random overlaps of order
    neurons^-1/2 are removed: o is orthogonal to (1 - W0)^-1 w, beta is the network's own, and both
    signs of the target are averaged.

    Examples
    --------
    >>> import lrfit
    >>> found = lrfit.learn_linear(neurons=128, gs=[0.6], seeds=1, rate=0.01)
    >>> [each.g for each in found.learned]
    [0.0, 0.6]
    >>> found.learned[1].speed_up > 2.0
    True
    """
    options = LinearOptions(neurons=neurons, gs=gs, target=target, seeds=seeds, rate=rate)
    runs = _all_runs(options, seed, progress or silent)
    return LinearLearning(
        neurons=int(neurons),
        target=float(target),
        rate=options.used_rate,
        seed=seed,
        learned=tuple(_summary(run, runs[0], options.used_rate) for run in runs),
        epochs_by_draw=np.array([run.epochs for run in runs]),
        beta_by_draw=np.array([run.beta for run in runs]),
        s=_times(max(len(run.z) for run in runs)),
        z=_stacked([run.z for run in runs]),
        loss=_stacked([run.loss for run in runs]),
        values=_stacked([run.values for run in runs]),
        theory_z=_stacked([run.theory_z for run in runs]),
        theory_first=_stacked([run.theory_first for run in runs]),
        theory_second=_stacked([run.theory_second for run in runs]),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Runs:
    """All networks of one g: epochs, beta (draw,); means of z, loss, formulas (S,), values."""

    g: float
    epochs: Array
    beta: Array
    learned_values: Array
    z: Array
    loss: Array
    values: Array
    theory_z: Array
    theory_first: Array
    theory_second: Array


def _all_runs(options: LinearOptions, seed: int, progress: Progress) -> list[_Runs]:
    """Learning at every g, which says how far it is."""
    found: list[_Runs] = []
    total = len(options.strengths) * options.seeds
    for g in options.strengths:
        pairs, betas = [], []
        for k in range(options.seeds):
            done = len(found) * options.seeds + k
            progress(f"learning at g = {g:g}", done, total, options.neurons, None)
            network = draw_network(options.neurons, g, (seed, k))
            betas.append(network.beta)
            pairs.append(
                [descend(network, sign * options.target, options.used_rate) for sign in (1, -1)]
            )
        found.append(_mean(g, pairs, np.array(betas), options))
    return found


def _mean(g: float, pairs: list[list[Descent]], betas: Array, options: LinearOptions) -> _Runs:
    """What networks do in the mean, to where all have learned, as far as all are known."""
    target, rate = options.target, options.used_rate
    everyone = [one for pair in pairs for one in pair]
    epochs = np.array([[one.epochs for one in pair] for pair in pairs])
    learned = np.max(betas**2 * rate * epochs.max(axis=1))
    length = min(int(np.ceil(learned / GRID)) + 1, *(len(one.z) for one in everyone))
    s = _times(length)
    z = np.array([[pair[0].z[:length], -pair[1].z[:length]] for pair in pairs])
    values = np.array([[one.values[:length] for one in pair] for pair in pairs])
    return _Runs(
        g=g,
        epochs=epochs.mean(axis=1),
        beta=betas,
        learned_values=np.mean([one.learned_values for one in everyone], axis=0),
        z=z.mean(axis=(0, 1)),
        loss=np.mean((target - z) ** 2, axis=(0, 1)) / 2.0,
        values=values.mean(axis=(0, 1)),
        theory_z=np.mean([theory.output(s, target, beta) for beta in betas], axis=0),
        theory_first=np.mean([theory.largest_value(s, target, beta) for beta in betas], axis=0),
        theory_second=theory.second_value(s, target),
    )


def _summary(run: _Runs, without: _Runs, rate: float) -> LearnedAt:
    """The row of one g; `without` is that of g = 0."""
    epochs = float(np.mean(run.epochs))
    first, second, third = run.learned_values[:3]
    return LearnedAt(
        g=run.g,
        beta=float(np.mean(run.beta)),
        expected_beta=theory.expected_beta(run.g),
        epochs=epochs,
        time=float(np.mean(run.beta**2 * run.epochs)) * rate,
        speed_up=float(np.mean(without.epochs)) / epochs,
        output_ratio=_ratio(run.z, run.theory_z),
        first_ratio=_ratio(run.values[:, 0], run.theory_first),
        second_ratio=_ratio(run.values[:, 1], run.theory_second),
        first=float(first),
        second=float(second),
        third=float(third),
    )


def _ratio(found: Array, formula: Array) -> float:
    if len(found) <= COMPARED:
        return float("nan")
    return float(found[COMPARED] / formula[COMPARED])


def _times(length: int) -> Array:
    """The points s at which curves are known."""
    return np.asarray(GRID * np.arange(length), dtype=np.float64)


def _stacked(curves: Sequence[Array]) -> Array:
    """Curves (S, ...) of different lengths as one array, NaN behind their ends."""
    longest = max(len(curve) for curve in curves)
    whole = np.full((len(curves), longest, *curves[0].shape[1:]), np.nan)
    for row, curve in enumerate(curves):
        whole[row, : len(curve)] = curve
    return whole
