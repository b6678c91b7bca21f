"""`lrfit tune`: the weights of a network made right in closed loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.console import progress_display, wants_color
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    NetworkArgument,
    OutputFlags,
    ReportFlags,
    SeedOption,
    StoreFlags,
    flag,
    flags_of,
    given,
)
from lrfit.cli.output import open_outlet
from lrfit.fitting.shared_command import Keeper, finish
from lrfit.options import text_values as values
from lrfit.tuning.options import DESCENT, ERRORS, TRIALS, TuneOptions, require_robust

EXAMPLES = """
lrfit tune van_der_pol.network.h5 --duration 7 -o tuned.h5
lrfit tune van_der_pol.network.h5 --duration 7 --clones 8 -o robust.h5
lrfit tune flip_flop_1bit.network.h5 --weight-noise 0.02 --wrong N,M --force
"""

if TYPE_CHECKING:
    from lrfit.fitting.result import Fit

    class TuningFlags:
        """How it is tuned; None: the program's choice."""

else:
    TuningFlags = flags_of("TuningFlags", TuneOptions, TRIALS, ERRORS, DESCENT)


@dataclass(frozen=True, kw_only=True)
class WorkFlags:
    """Of which task, for how long, on how many processors."""

    robust: Annotated[
        Any,
        flag(
            ERRORS,
            "--robust",
            metavar="DELTA",
            parse=values.positive,
            help="Look for the fewest neurons times clones that reach --mse with weights wrong by "
            "this (relative, median of draws), and start each from a fit of the field.",
        ),
    ] = None

    task: Annotated[
        str | None,
        flag(
            TRIALS,
            "--task",
            metavar="SYSTEM",
            help="System whose task block is used [that of the network's own system].",
        ),
    ] = None
    workers: Annotated[
        Any,
        flag(
            DESCENT,
            "--workers",
            metavar="N",
            parse=values.whole,
            help="Processes; results do not depend on how many [one per core, at most 12].",
        ),
    ] = None
    time_limit: Annotated[
        Any,
        flag(
            DESCENT,
            "--time-limit",
            metavar="SECONDS",
            parse=values.positive,
            help="End after this time, with the best network so far.",
        ),
    ] = None


@command(app, examples=EXAMPLES)
def tune(
    network: NetworkArgument,
    tuning: TuningFlags,
    work: WorkFlags,
    output: OutputFlags,
    store: StoreFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Make a network right in closed loop.

    Levenberg-Marquardt steps on all weights, by exact derivatives of its trajectories, on trials
    of the system's task, or on trajectories that start all over the box where it has none. Errors
    in the weights (--weight-noise) are part of the trials, so that the tuned network bears them.
    The result is right on such trials, not everywhere: its error over the box is measured anew.
    Exit code 4 says that --mse was not reached; the best network found is written all the same.
    """
    from lrfit.records.store import load_network

    start = load_network(network)
    options = TuneOptions(**given(tuning))
    if work.robust is not None:
        require_robust(options)
    outlet = open_outlet(output, system=start.stored.name, kind="tuned.network")
    keeper = Keeper(outlet=outlet, store=store)
    with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
        found = _tuned(start, options, work, seed or 0, tell, keeper)
    return finish("tune", found, keeper, report)


def _tuned(
    start: Fit, options: TuneOptions, work: WorkFlags, seed: int, tell: Any, keeper: Keeper
) -> Fit:
    """The network tuned, or the smallest one that bears wrong weights, from the same target."""
    if work.robust is None:
        from lrfit.tuning.tune import tune as tune_network

        return tune_network(
            start,
            task=work.task,
            options=options,
            seed=seed,
            workers=work.workers,
            time_limit=work.time_limit,
            progress=tell,
            on_found=keeper.on_found,
        )
    from lrfit.tuning.smallest import minimize_for_task

    return minimize_for_task(
        start.system if work.task is None else work.task,
        mse=options.mse,
        robust=work.robust,
        options=replace(start.options, seed=seed, time_limit=work.time_limit),
        tuning=options,
        workers=work.workers,
        progress=tell,
        on_found=keeper.on_found,
    )
