"""Levenberg and Marquardt's steps on trajectories, until validation trials say to stop.

    (S H S + mu t 1) d = -S g,   H = J^T J,  g = J^T r,    theta <- theta + S d

t is the mean of the diagonal of S H S, so that mu has no unit. It falls where a step lowers the sum
of squares as far as the linear model says, and rises where it does not (Marquardt 1963, SIAM J.
Appl. Math. 11, 431). There are two scalings S, each with its own mu; where the one that was the
better one last time gains little, the other is tried too. S is the rms of each block of weights,
which limits relative changes, or the geometric mean of that and of Marquardt's 1 / sqrt(diag H).
Marquardt's alone changes weights that hardly matter by many times their size, where nothing is
linear: forty times worse on the two-well task. The rms alone is slow where latent variables copy
inputs: after 15 rounds on working memory its mean square was 5.6 times that of the geometric mean,
which in turn is the slower one for two wells.

Derivatives are summed over every third step of the trials, from a random offset in each round; a
step is accepted by the squares of all steps. Trials are cut into blocks of one size, summed in
their order, so that results do not depend on the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.deadline import Deadline
from lrfit.core.executor import Executor
from lrfit.tuning.closed_loop import STRIDE, Loop, NormalEquations, normal_equations, residuals
from lrfit.tuning.trials import TrialSet
from lrfit.tuning.weights import Layout

BLOCK, TOGETHER = (64, 256), 2**17
"""Trials that are computed together, at least and at most, and derivatives: these stay in the
processor's cache, and few of them are not worth a pass through the program for a block."""
FIRST, LOWER, HIGHER = 1e-3, 1.0 / 3.0, 4.0
"""mu at the start, and what multiplies it after a good step and one that is not taken."""
GOOD = 0.5
"""Of the decrease that the linear model promises: with less than that, mu rises."""
ENOUGH = 0.85
"""Of the sum of squares: where the scaling that was the better one last time comes down to this,
the other is not tried."""
LEAST = 1e-14
"""Of mu: below, rounding decides the step."""
SMALLEST_DIAGONAL = 1e-9
"""Of the largest of H: a weight that matters less is scaled as if it mattered as much."""
MOST_TRIES = 8
"""Of mu, where no step lowers the error."""
PATIENCE = 8
"""Rounds without a better error on the validation trials, after which tuning ends."""
SETTLED = 1e-3
"""Relative decrease of the sum of squares over `PATIENCE` rounds, below which tuning ends."""

Stop = Literal["reached", "validation", "settled", "no step", "iterations", "time limit"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """What every task of the executor needs: the loop, and the trials by name, in blocks."""

    loops: dict[str, Loop]
    trials: dict[str, tuple[TrialSet, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """Where tuning ended.

    theta : of the lowest error on the validation trials. best : the round that found it. stop :
    why it ended. training, validation : (rounds + 1,) mean squares, half-widths squared, from the
    start on.
    """

    theta: Array
    best: int
    stop: Stop
    training: Array
    validation: Array


def in_blocks(trials: TrialSet, layout: Layout) -> tuple[TrialSet, ...]:
    """Trials in blocks of equal size, but for the last; more together in a small network."""
    derivatives = trials.start.shape[1] * layout.size
    size = int(np.clip(TOGETHER // derivatives, *BLOCK))
    firsts = range(0, trials.count, size)
    return tuple(trials.part(first, min(first + size, trials.count)) for first in firsts)


def descend(
    job: Job,
    theta: Array,
    executor: Executor,
    *,
    iterations: int,
    generator: np.random.Generator,
    deadline: Deadline,
    report: Callable[[int, float], None],
    enough: Callable[[Array, float], bool] | None = None,
) -> Descent:
    """Lower the mean square of the training trials, and keep the best for the validation trials.

    Parameters
    ----------
    theta : (Theta,)
        Weights to start from; never left for ones that are worse on the validation trials.
    report : callable
        (round, validation) after every round.
    enough : callable, optional
        (theta, validation) -> whether these weights, the best so far, are what is looked for.
    """
    search = _Search(job, executor)
    training, validation = [search.error("training", theta)], [search.error("validation", theta)]
    stop: Stop = "iterations"
    best, at = theta, 0
    for k in range(1, iterations + 1):
        if enough is not None and at == k - 1 and enough(best, validation[at]):
            stop = "reached"
            break
        if deadline.passed:
            stop = "time limit"
            break
        taken = search.step(theta, training[-1], int(generator.integers(STRIDE)))
        if taken is None:
            stop = "no step"
            break
        theta, error = taken
        training.append(error)
        validation.append(search.error("validation", theta))
        report(k, validation[-1])
        if validation[-1] < validation[at]:
            best, at = theta, k
        if k - at >= PATIENCE:
            stop = "validation"
            break
        if k >= PATIENCE and training[k - PATIENCE] - error <= SETTLED * error:
            stop = "settled"
            break
    return Descent(
        theta=best,
        best=at,
        stop=stop,
        training=np.array(training),
        validation=np.array(validation),
    )


class _Search:
    """Sums over blocks of trials, and the steps that they give."""

    def __init__(self, job: Job, executor: Executor) -> None:
        self.job, self.executor = job, executor
        self.layout = job.loops["training"].layout
        self.mu, self.leading = dict.fromkeys(("size", "mean"), FIRST), "size"

    def error(self, which: str, theta: Array) -> float:
        """Mean square over the trials of a name; infinite where it is no number."""
        tasks = [(which, b, theta) for b in range(len(self.job.trials[which]))]
        sums = self.executor.map(_squares, self.job, tasks)
        total, count = (sum(each) for each in zip(*sums, strict=True))
        return float(total / count) if np.isfinite(total) else float("inf")

    def step(self, theta: Array, error: float, offset: int) -> tuple[Array, float] | None:
        """The next theta and its error; None where no step lowers the error."""
        tasks = [(b, theta, offset) for b in range(len(self.job.trials["training"]))]
        parts: list[NormalEquations] = self.executor.map(_equations, self.job, tasks)
        square = self.layout.reduced(np.asarray(sum(part.square for part in parts)))
        slope = self.layout.reduced(np.asarray(sum(part.slope for part in parts)))
        count = sum(part.count for part in parts)
        scalings = _scalings(self.layout.scales(theta), square)
        best, found = None, error
        for name in sorted(scalings, key=lambda name: name != self.leading):
            equations = _Damped(theta, square / count, slope / count, scalings[name])
            taken = self._lower(equations, error, name)
            if taken is not None and taken[1] < found:
                (best, found), self.leading = taken, name
            if found < ENOUGH * error:
                break
        return None if best is None else (best, found)

    def _lower(self, damped: _Damped, error: float, name: str) -> tuple[Array, float] | None:
        """The first step that lowers the error, mu rising until there is one."""
        for _ in range(MOST_TRIES):
            mu = self.mu[name]
            change, promised = damped.change(mu)
            theta = self.layout.kept(damped.theta + self.layout.spread(change))
            found = self.error("training", theta)
            if found < error:
                good = error - found >= GOOD * promised
                self.mu[name] = mu * (LOWER if good else HIGHER / 2.0)
                return theta, found
            self.mu[name] = mu * HIGHER
        return None


class _Damped:
    """The equations (S H S + mu t 1) d = -S g of one scaling S; H and g are means of residuals."""

    def __init__(self, theta: Array, square: Array, slope: Array, scales: Array) -> None:
        self.theta, self.scales = theta, scales
        self.square, self.slope = scales[:, None] * square * scales, scales * slope
        self.damping = float(np.mean(np.diag(self.square))) * np.eye(len(slope))

    def change(self, mu: float) -> tuple[Array, float]:
        """Of the numbers that are free, and the decrease that the linear model promises."""
        try:
            d = np.linalg.solve(self.square + max(mu, LEAST) * self.damping, -self.slope)
        except np.linalg.LinAlgError:  # no weight matters: every trial is lost
            d = np.zeros_like(self.slope)
        promised = -(2.0 * self.slope + self.square @ d) @ d
        return np.asarray(self.scales * d), float(promised)


def _scalings(scales: Array, square: Array) -> dict[str, Array]:
    """S by name: sizes of the blocks, and the geometric mean of these and of Marquardt's."""
    diagonal = np.diag(square)
    floor = SMALLEST_DIAGONAL * max(float(np.max(diagonal)), np.finfo(float).tiny)
    return {"size": scales, "mean": np.sqrt(scales / np.sqrt(diagonal + floor))}


def _squares(job: Job, task: tuple[str, int, Array]) -> tuple[float, int]:
    """Sum of squares of a block, and how many."""
    which, block, theta = task
    off = residuals(job.loops[which], theta, job.trials[which][block])
    return float(np.sum(off**2)), off.size


def _equations(job: Job, task: tuple[int, Array, int]) -> NormalEquations:
    block, theta, offset = task
    return normal_equations(job.loops["training"], theta, job.trials["training"][block], offset)
