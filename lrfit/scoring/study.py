"""How well a network does a task: fresh trials, against the target's own trajectories.

    mse_d = < (z_d - z*_d)² >        over trials and times; z* the target under the same input
    right = share of trials in which every judged variable agrees with the answer at every
            judged time: in sign, or within a distance

Place in the flow: a network, its target and a `Task` become a `Score`. The answer is what the
task's block says, or else the target's own value; `target_right` is the same share for the
target itself, which is all that a network can be asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import NumericalError, UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import IntegrationResult, Limits
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.field_trials import FixedSolver, plan_trials, run_target
from lrfit.simulation.network_trials import run_network
from lrfit.systems.system import System
from lrfit.systems.task import Task, Trials


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """Outcome of a task.

    Attributes
    ----------
    trials, seed, duration, dt, solver, rate_noise : how it was measured.
    right, target_right : share of trials that end right, of the network and of the target.
    mse : mean over the variables of `mse_by_variable` (D,), the user's units squared, over the
        trials that the network finished; NaN if none. variance : (D,) of the target's own
        states about zero, for scale.
    relative : sqrt(sum mse / sum variance), box units.
    finished : trials in which neither network nor target diverged.
    mse_by_trial : (trials,), NaN where not finished. right_by_trial : (trials,) 0 or 1.
    draws : what was drawn, by name (trials,).
    """

    system: str
    neurons: int
    trials: int
    seed: int
    duration: float
    dt: float
    solver: str
    rate_noise: float
    right: float
    target_right: float
    mse: float
    relative: float
    finished: int
    mse_by_variable: Array
    variance: Array
    mse_by_trial: Array
    right_by_trial: Array
    judged: tuple[str, ...]
    draws: Mapping[str, Array]
    domain: Domain

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        shapes = {"mse_by_variable": (-1,), "variance": (-1,)}
        freeze_fields(self, **shapes, mse_by_trial=(-1,), right_by_trial=(-1,))


def score(
    network: LowRankNetwork,
    system: System,
    *,
    trials: int = 200,
    seed: int = 0,
    solver: FixedSolver = "rk4",
    dt: float | None = None,
    rate_noise: float = 0.0,
    limits: Limits | None = None,
) -> Score:
    """Run a network through fresh trials of its target's task.

    Parameters
    ----------
    trials, seed : how many trials, and of which stream; equal seeds give equal trials.
    solver, dt : of the network: "rk4" or "euler" with steps of dt (default tau / 10). The target
        is followed by Runge-Kutta with the same steps.
    rate_noise : standard deviation of the noise on every rate; "euler" only.

    Raises
    ------
    UsageError
        The system has no task, or belongs to another network; numbers out of range.
    NumericalError
        The target diverged in every trial.
    """
    task = system.task
    if task is None:
        raise UsageError(
            f"{system.name} has no task; add a `task:` block to its file, with duration, signals "
            "and judge"
        )
    domain = network.state_domain
    if (domain.variables, domain.inputs) != (system.domain.variables, system.domain.inputs):
        raise UsageError("network and system have different variables or inputs; give its target")
    drawn = task.draw(trials, seed)
    plan = plan_trials(
        drawn.signals,
        duration=task.duration,
        dt=dt or network.tau / 10,
        dimension=domain.dimension,
        limits=limits,
    )
    generator = np.random.default_rng([seed, 1])
    found = run_network(
        network, drawn.initial, plan, solver=solver, rate_noise=rate_noise, generator=generator
    )
    ideal = run_target(system, drawn.initial, plan)
    if not np.any(_finished(ideal)):
        raise NumericalError(f"the target itself fails in every trial: {ideal.endings[0]}")
    return _summary(
        task,
        drawn,
        found,
        ideal,
        system=system.name,
        neurons=network.neurons,
        trials=trials,
        seed=seed,
        duration=task.duration,
        dt=plan.dt,
        solver=solver,
        rate_noise=rate_noise,
        domain=domain,
    )


def _finished(solution: IntegrationResult) -> NDArray[np.bool_]:
    return np.array([ending.kind == "done" for ending in solution.endings])


def _summary(
    task: Task, drawn: Trials, found: IntegrationResult, ideal: IntegrationResult, **facts: object
) -> Score:
    names = task.domain.variables
    chosen = [names.index(name) for name in task.variables]
    outcome = _at(found, drawn.times)[:, :, chosen]
    target = _at(ideal, drawn.times)[:, :, chosen]
    answers = np.where(np.isnan(drawn.answers), target, drawn.answers)
    right = _agrees(outcome, answers, task.within)
    both = _finished(found) & _finished(ideal)
    squares = np.mean((found.y - ideal.y) ** 2, axis=1)
    each = np.mean(squares[both], axis=0) if np.any(both) else np.full(len(names), np.nan)
    variance = np.mean(ideal.y[_finished(ideal)] ** 2, axis=(0, 1))
    h = task.domain.half_width
    with np.errstate(all="ignore"):
        relative = float(np.sqrt(np.sum(each / h**2) / np.sum(variance / h**2)))
    return Score(
        right=float(np.mean(right)),
        target_right=float(np.mean(_agrees(target, answers, task.within))),
        mse=float(np.mean(each)),
        relative=relative,
        finished=int(np.sum(both)),
        mse_by_variable=each,
        variance=variance,
        mse_by_trial=np.where(both, np.mean(squares, axis=1), np.nan),
        right_by_trial=right.astype(float),
        judged=task.variables,
        draws=drawn.draws,
        **facts,  # type: ignore[arg-type]
    )


def _at(solution: IntegrationResult, times: Array) -> Array:
    """States (trials, K, D) at times (trials, K), linear between those that were kept."""
    t, last = solution.t, len(solution.t) - 1
    place = np.clip(np.searchsorted(t, times, side="right") - 1, 0, last - 1)
    part = np.clip((times - t[place]) / (t[place + 1] - t[place]), 0.0, 1.0)[..., None]
    rows = np.arange(len(times))[:, None]
    return np.asarray((1 - part) * solution.y[rows, place] + part * solution.y[rows, place + 1])


def _agrees(outcome: Array, answers: Array, within: float | None) -> NDArray[np.bool_]:
    """Whether each trial is right; NaN, where a run had ended, is wrong."""
    if within is None:
        correct = np.sign(outcome) == np.sign(answers)
    else:
        correct = np.abs(outcome - answers) <= within
    return np.asarray(np.all(correct & np.isfinite(outcome), axis=(1, 2)))
