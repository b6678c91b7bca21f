"""minimize_for_task(): the smallest network that is right in closed loop, after tuning.

Place in the flow: what `lrfit minimize --task-tol`, `--score` and `--robust` call. A size is tried
by a fit of the field, tuned on the trials; it counts when the tuned network is right on validation
trials, and the answer is confirmed on test trials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lrfit.core.deadline import Deadline
from lrfit.core.executor import Executor, opened, require_workers
from lrfit.core.progress import Progress, silent
from lrfit.fitting.judge import with_quick_look
from lrfit.fitting.options import FitOptions
from lrfit.fitting.resolve import require_helpers, resolve
from lrfit.fitting.result import Fit
from lrfit.systems.given import Target
from lrfit.tuning.options import TaskGoal, TuneOptions
from lrfit.tuning.sizes import Attempt, SizeSearch
from lrfit.tuning.tune import reported, with_tuning


def minimize_for_task(
    target: Target,
    *,
    mse: float | None = None,
    score: float | None = None,
    robust: float | None = None,
    options: FitOptions | None = None,
    tuning: TuneOptions | None = None,
    progress: Progress | None = None,
    workers: int | Executor | None = None,
    on_found: Callable[[Fit], None] | None = None,
    look: bool = True,
    **given: Any,
) -> Fit:
    """Find the smallest network that is right on trials of its target's task.

    Sizes are doubled until one is right, and then halved between that and the last one that was
    not. Each size is fitted to the field, tuned in closed loop from up to two such starts, and
    judged on validation trials; the test trials confirm the answer.

    Parameters
    ----------
    target : System, path or name of a sample system
        With a `task:` block, or else trajectories start all over its box.
    mse : float, optional
        Largest mean square on trials, the user's units squared.
    score : float, optional
        Least share of trials that end right; needs a task.
    robust : float, optional
        Relative error of every weight of N (or of what `tuning.wrong` says): then the median over
        networks with wrong weights has to be within `mse`, neurons may have clones, and neurons
        times clones is as small as possible. Clones are powers of two.
    options : FitOptions
        Of the fits; by default those of the system's file.
    tuning : TuneOptions
        Of the tuning; its weight noise is `robust`, or none, its clones are found.
    progress, workers, on_found, look
        As those of `tune`.
    **given
        Single fields of `FitOptions`.

    Returns
    -------
    Fit
        With `tuning`, whose `tried` lists the sizes; `tuning.met` says whether the goal is reached
        on the test trials. If it is not, this is the best network found.

    Raises
    ------
    UsageError
        Neither `mse` nor `score`, a share of right trials without a task, or options that make no
        sense.

    Examples
    --------
    >>> import lrfit
    >>> found = lrfit.minimize_for_task("decision_double_well", score=0.9, look=False,
    ...     tuning=lrfit.TuneOptions(iterations=2, validation_trials=32, test_trials=32))
    >>> found.network.neurons, found.tuning.met
    (1, True)
    """
    require_helpers(progress=progress, on_found=on_found, policy=None)
    require_workers(workers)
    goal = TaskGoal(task_tol=mse, score=score, robust=robust)
    system, options = resolve(target, options, given, domain=None, inputs=None, overrides=None)
    goal.require(has_task=system.task is not None)
    chosen = replace(tuning or TuneOptions(), weight_noise=robust or 0.0, clones=1, mse=None)
    deadline = Deadline.after(options.time_limit)
    with opened(workers) as executor:
        search = SizeSearch(system, options, chosen, goal, executor, deadline, progress or silent)
        best = search.smallest()
        found = _confirmed(best, search)
    return with_quick_look(found, deadline=deadline, on_found=on_found) if look else found


def _confirmed(best: Attempt, search: SizeSearch) -> Fit:
    """The network with its report: whether the test trials say the same."""
    goal, plan = search.goal, best.plan
    tuning = reported(plan, best.network, best.found, search.executor, goal.task_tol)
    shown = tuning.mse if goal.robust is None else tuning.wrong_median
    tuning = replace(
        tuning,
        goal_right=goal.score,
        robust=goal.robust is not None,
        met=goal.met(shown, tuning.right),
        tried=tuple(search.tried),
    )
    return with_tuning(plan.start, best.network, tuning)
