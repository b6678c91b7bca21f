"""How well a network did a task, against the target's own trajectories.

    mse_d = < (z_d - z*_d)² >        over trials and times; z* the target under the same input
    right = share of trials in which every judged variable agrees with the answer at every
            judged time: in sign, or within a distance

Place in the flow: runs of a network and of its target through the trials of a `Task` become the
numbers of a `Score`. The answer is what the task's block says, or else the target's own value;
`target_right` is the same share for the target itself, the best that its network can reach.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.integrate import IntegrationResult
from lrfit.systems.task import Task, Trials


def finished(solution: IntegrationResult) -> NDArray[np.bool_]:
    """Which trials (trials,) reached the end."""
    return np.array([ending.kind == "done" for ending in solution.endings])


def judged(
    task: Task, drawn: Trials, found: IntegrationResult, ideal: IntegrationResult
) -> dict[str, Any]:
    """Errors and right answers of a network's runs, by the names of a score's fields.

    drawn : the trials. found, ideal : states (trials, T, D) of the network and of its target.
    """
    names = task.domain.variables
    chosen = [names.index(name) for name in task.variables]
    outcome = _at(found, drawn.times)[:, :, chosen]
    target = _at(ideal, drawn.times)[:, :, chosen]
    answers = np.where(np.isnan(drawn.answers), target, drawn.answers)
    right = _agrees(outcome, answers, task.within)
    both = finished(found) & finished(ideal)
    squares = np.mean((found.y - ideal.y) ** 2, axis=1)
    each = np.mean(squares[both], axis=0) if np.any(both) else np.full(len(names), np.nan)
    variance = np.mean(ideal.y[finished(ideal)] ** 2, axis=(0, 1))
    h = task.domain.half_width
    with np.errstate(all="ignore"):
        relative = float(np.sqrt(np.sum(each / h**2) / np.sum(variance / h**2)))
    return {
        "right": float(np.mean(right)),
        "target_right": float(np.mean(_agrees(target, answers, task.within))),
        "mse": float(np.mean(each)),
        "relative": relative,
        "finished": int(np.sum(both)),
        "mse_by_variable": each,
        "variance": variance,
        "mse_by_trial": np.where(both, np.mean(squares, axis=1), np.nan),
        "right_by_trial": right.astype(float),
        "judged": task.variables,
        "draws": drawn.draws,
    }


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
