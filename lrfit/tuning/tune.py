"""tune(): the weights of a network made right in closed loop.

Place in the flow: what the command `lrfit tune` and Python users call. A fit whose field is near
its target's is where steps on trajectories start; what they leave is measured on new trials, and
the error of the field over the box is measured anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrfit.core.deadline import Deadline
from lrfit.core.errors import UsageError
from lrfit.core.executor import Executor, opened, require_workers
from lrfit.core.progress import Progress, silent
from lrfit.fitting.field_error import FieldReport, field_report
from lrfit.fitting.judge import with_quick_look
from lrfit.fitting.result import Fit
from lrfit.fitting.setting import prepare
from lrfit.fitting.tuning_report import Tuning
from lrfit.networks.clones import cloned
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.options.declare import replaced
from lrfit.options.python_values import require_function, told
from lrfit.records.store import load_network
from lrfit.systems.given import Target, as_system
from lrfit.systems.system import System
from lrfit.tuning.levenberg import Descent
from lrfit.tuning.options import TuneOptions
from lrfit.tuning.plan import VALIDATION_DRAWS, WRONG_TRIALS, Draw, Plan


def tune(
    network: Any,
    *,
    task: Target | None = None,
    draw: Draw | None = None,
    options: TuneOptions | None = None,
    seed: int = 0,
    workers: int | Executor | None = None,
    progress: Progress | None = None,
    time_limit: float | None = None,
    on_found: Callable[[Fit], None] | None = None,
    look: bool = True,
    **given: Any,
) -> Fit:
    """Tune all weights of a network on its trajectories.

    Parameters
    ----------
    network : Fit or path of a network file
        Where to start: the nearer its field is to the target's, the better.
    task : System, path or name of a sample system, optional
        Whose `task:` block is used; by default that of the system that the network stands for.
        Without a task, trajectories start all over the box.
    draw : callable, optional
        draw(count, stream) -> `lrfit.tuning.trials.TrialSet`: trials of your own, recorded ones or
        those of another task, in place of the system's.
    options : TuneOptions
        All options at once.
    seed : int
        Of trials, errors and steps; equal seeds give equal results for any number of workers.
    workers : int or Executor
        Processes to use.
    progress : callable
        progress(stage, done, total, neurons, error), after every round.
    time_limit : float
        Seconds for everything; what was best by then is returned.
    on_found : callable
        Called with the tuned fit before its dynamics are looked at.
    look : bool
        Take a quick look at the dynamics of the tuned network, beside those of the target.
    **given
        Single fields of `TuneOptions`.

    Returns
    -------
    Fit
        With `tuning`: mean squares on test trials as it is and with wrong weights, before and
        after. Its report is that of the new field over the box. On the validation trials it is
        never worse than the network it started from.

    Raises
    ------
    UsageError
        Options that make no sense, fewer training trials than weights, or a network whose system
        is not known.
    NumericalError
        The target reaches the end of no trial.

    Notes
    -----
    Levenberg and Marquardt's method on the latent form, with exact forward sensitivities
    (docs/theory, eqs. 31 and 32).

    Examples
    --------
    >>> import lrfit
    >>> start = lrfit.fit("decision_double_well", neurons=6, method="ols", candidates=200)
    >>> few = lrfit.TuneOptions(trials=64, validation_trials=32, test_trials=32, draws=10)
    >>> found = lrfit.tune(start, options=few, iterations=3, look=False)
    >>> found.tuning.wrong_median < found.tuning.wrong_before
    True
    """
    began = Deadline.after(time_limit)
    require_function("draw", draw)
    require_function("progress", progress)
    require_function("on_found", on_found)
    require_workers(workers)
    chosen = replaced(TuneOptions, options, given, name="options")
    start = _fit_of(network)
    system = start.system if task is None else as_system(task)
    _require_same(start.network, system)
    plan = Plan(start, system, chosen, seed, draw)
    with opened(workers) as executor:
        found = plan.descend(executor, began, progress or silent)
        tuned = plan.tuned(found)
        tuning = reported(plan, tuned, found, executor, chosen.mse)
    fit = with_tuning(start, tuned, tuning)
    return with_quick_look(fit, deadline=began, on_found=on_found) if look else fit


def reported(
    plan: Plan, tuned: LowRankNetwork, found: Descent, executor: Executor, mse: float | None
) -> Tuning:
    """Measure before and after on the test trials."""
    options, test, start = plan.options, plan.sets["test"], plan.start.network
    before = plan.examined(start, executor, VALIDATION_DRAWS)
    after = plan.examined(tuned, executor)
    median, worst = after.typical
    return Tuning(
        on=plan.on,
        trials=plan.sets["training"].count,
        validation_trials=plan.sets["validation"].count,
        test_trials=test.count,
        duration=test.steps * test.dt,
        dt=plan.dt,
        solver=plan.solver,
        weight_noise=options.weight_noise,
        wrong=options.wrong,
        rate_noise=options.rate_noise,
        rounds=len(found.training) - 1,
        stop=found.stop,
        best_round=found.best,
        copies=options.clones,
        mse_before=before.plain,
        mse=after.plain,
        wrong_before=before.typical[0],
        wrong_median=median,
        wrong_worst=worst,
        draws=options.draws,
        wrong_trials=min(WRONG_TRIALS, test.count),
        **_without(plan, found, executor),
        **_right(plan, tuned),
        seed=plan.seed,
        system="" if plan.system.name == plan.start.stored.name else plan.system.name,
        training=found.training,
        validation=found.validation,
        goal=mse,
        met=None if mse is None else bool(after.plain <= mse),
    )


def _without(plan: Plan, found: Descent, executor: Executor) -> dict[str, Any]:
    """Medians with wrong weights without the clones, and without the tuning."""
    copies = plan.options.clones
    if copies == 1:
        return {}
    single, untuned = plan.layout.network(found.theta), cloned(plan.start.network, copies)
    return {
        "wrong_single": plan.examined(single, executor, VALIDATION_DRAWS).typical[0],
        "wrong_untuned": plan.examined(untuned, executor, VALIDATION_DRAWS).typical[0],
    }


def _right(plan: Plan, tuned: LowRankNetwork) -> dict[str, Any]:
    """Shares of further trials that end right, of the network and of the target."""
    if plan.on != "task":
        return {"right": float("nan"), "target_right": float("nan")}
    found = plan.scored(tuned, trials=plan.options.test_trials, seed=plan.seed)
    return {"right": found.right, "target_right": found.target_right}


def with_tuning(start: Fit, tuned: LowRankNetwork, tuning: Tuning) -> Fit:
    """The fit of the tuned network; the error of its field is measured anew."""
    report = _field_report(start, tuned)
    return replace(
        start,
        network=tuned,
        report=report,
        tol=None,
        met=None,
        warnings=(),
        evidence={},
        frontier=(),
        faithful="",
        faithful_check="",
        tuning=tuning,
    )


def _field_report(start: Fit, tuned: LowRankNetwork) -> FieldReport:
    setting = prepare(start.system, start.options)
    options = start.options
    return field_report(
        tuned,
        setting.samples.test,
        criterion=options.criterion,
        noise=options.noise,
        weight_noise=options.weight_noise,
    )


def _fit_of(network: Any) -> Fit:
    """A fit, or the one that a file holds."""
    if isinstance(network, Fit):
        return network
    if not isinstance(network, str | Path):
        raise UsageError(
            f"network is {told(network)}; give a Fit or the path of a network file, which say what "
            "the network is for"
        )
    return load_network(network)


def _require_same(network: LowRankNetwork, system: System) -> None:
    own, other = network.state_domain, system.domain
    if (own.variables, own.inputs) != (other.variables, other.inputs):
        raise UsageError("network and task have different variables or inputs; give its own system")
