"""`lrfit minimize`: the smallest network within a tolerance, of its field or of its task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lrfit.cli import signals
from lrfit.cli.app import app
from lrfit.cli.console import progress_display, wants_color
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    LimitFlags,
    OutputFlags,
    ReportFlags,
    SeedOption,
    StoreFlags,
    SystemArgument,
    SystemFlags,
    flags_of,
    given,
)
from lrfit.cli.output import open_outlet
from lrfit.core.errors import UsageError
from lrfit.fitting.flags_command import AimFlags, NetworkFlags, SearchFlags
from lrfit.fitting.options import AimOptions, FitOptions
from lrfit.fitting.shared_command import Keeper, announce, finish, fit_options, read_target
from lrfit.tuning.options import GOAL, WEIGHT_NOISE, TaskGoal, TuneOptions

if TYPE_CHECKING:
    from lrfit.fitting.result import Fit
    from lrfit.systems.system import System

    class GoalFlags:
        """How right it is to be on trials; None: not asked."""

        tune: bool | None

else:
    GoalFlags = flags_of("GoalFlags", TaskGoal, GOAL)

EXAMPLES = """
lrfit minimize van_der_pol --tol 1e-2
lrfit minimize van_der_pol --tol 0.1 --method ols --seed 3 -o vdp_ols.h5
lrfit minimize flip_flop_1bit --task-tol 1e-3
lrfit minimize pitchfork_bistable --tol 0.1 -o - | lrfit simulate - --json
"""


@command(app, examples=EXAMPLES)
def minimize(
    system: SystemArgument,
    network: NetworkFlags,
    search: SearchFlags,
    overrides: SystemFlags,
    output: OutputFlags,
    store: StoreFlags,
    report: ReportFlags,
    limit: LimitFlags,
    aim: AimFlags,
    goal: GoalFlags,
    seed: SeedOption = None,
) -> int:
    """Find the smallest network whose error is within a tolerance.

    The error of --tol is that of the field, relative, in box units, by the criterion chosen, and
    includes the price of noise on every rate. That of --task-tol is the mean square on trials of
    the system's task (or on trajectories from all over its box), after the network was tuned on
    others. Exit code 4 says that the tolerance was not reached; the best network found is written
    all the same.
    """
    wanted = TaskGoal(**given(goal))
    asked = None if wanted.is_asked else AimOptions(**given(aim))
    if asked is None:
        _require_no_aim(given(aim), wanted)
    target, options = read_target(system, overrides, fit_options(network, search, seed))
    outlet = open_outlet(output, system=target.name, kind="network")
    method = "refine" if asked is None else asked.method
    if output.dry_run:
        told = given(goal) if asked is None else {"tol": asked.tol}
        return announce("minimize", target, options, outlet, report, method=method, **told)
    from lrfit.fitting.cost import estimate_memory, require_memory

    require_memory(estimate_memory(target, options, method=method), limit.memory_limit)
    keeper = Keeper(outlet=outlet, store=store)
    if asked is None:
        return _for_task(target, options, wanted, keeper, report)
    with signals.patience(asked.keep_best):
        with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
            found = _for_field(target, options, asked, wanted, keeper, tell)
        return finish("minimize", found, keeper, report)


def _for_field(
    target: System,
    options: FitOptions,
    asked: AimOptions,
    wanted: TaskGoal,
    keeper: Keeper,
    tell: Any,
) -> Fit:
    """The smallest network whose field is within the tolerance; tuned afterwards, if asked."""
    from lrfit.fitting.minimize import minimize as minimize_system

    found = minimize_system(
        target, options=options, progress=tell, on_found=keeper.on_found, **vars(asked)
    )
    if not wanted.tune or found.interrupted:
        return found
    from lrfit.tuning.tune import tune

    return tune(
        found,
        options=TuneOptions(weight_noise=options.weight_noise or WEIGHT_NOISE),
        seed=options.seed,
        progress=tell,
        on_found=keeper.on_found,
    )


def _for_task(
    target: System, options: FitOptions, wanted: TaskGoal, keeper: Keeper, report: ReportFlags
) -> int:
    """The smallest network that is right on trials, after tuning."""
    from lrfit.tuning.smallest import minimize_for_task

    with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
        found = minimize_for_task(
            target,
            mse=wanted.task_tol,
            score=wanted.score,
            robust=wanted.robust,
            options=options,
            progress=tell,
            on_found=keeper.on_found,
        )
    return finish("minimize", found, keeper, report)


def _require_no_aim(aim: Mapping[str, Any], wanted: TaskGoal) -> None:
    """Refuse what only a search for a field's tolerance can do."""
    if aim:
        name = f"--{next(iter(aim)).replace('_', '-')}"
        asked = "--task-tol" if wanted.task_tol is not None else "--score"
        raise UsageError(f"{name} is for the error of the field, {asked} for trials; give one")
    if wanted.tune:
        raise UsageError("--tune is for --tol: networks for a task are tuned anyway; leave it out")
