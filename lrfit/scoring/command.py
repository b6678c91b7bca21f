"""`lrfit score`: how a network does its task, in fresh trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    NetworkArgument,
    RecordFlags,
    ReportFlags,
    SeedOption,
    flag,
    flags_of,
    given,
)
from lrfit.cli.output import deliver, open_record, summarize
from lrfit.options import text_values as values
from lrfit.scoring.options import TRIALS, TrialOptions
from lrfit.scoring.view import tables

EXAMPLES = """
lrfit fit decision_double_well --neurons 12 --method ols
lrfit score decision_double_well.network.h5 --trials 200
lrfit score decision_double_well.network.h5 --solver euler --rate-noise 0.01
lrfit score flip_flop.trained.h5 --trials 100
"""


@dataclass(frozen=True, kw_only=True)
class TaskFlags:
    """Which task, and how long its runs may take."""

    task: Annotated[
        str | None,
        flag(
            TRIALS,
            "--task",
            metavar="SYSTEM",
            help="System whose task block is used, or flip_flop, context or comparison of trained "
            "networks [that of the network's own system, or that it learned].",
        ),
    ] = None
    time_limit: Annotated[
        Any,
        flag(
            TRIALS,
            "--time-limit",
            metavar="SECONDS",
            parse=values.positive,
            help="End runs after this time of computation [600].",
        ),
    ] = 600.0


if TYPE_CHECKING:

    class TrialFlags:
        """How many trials, and how they are run; None: the program's choice."""

else:
    TrialFlags = flags_of("TrialFlags", TrialOptions, TRIALS)


@command(app, examples=EXAMPLES)
def score(
    network: NetworkArgument,
    trials: TrialFlags,
    task: TaskFlags,
    output: RecordFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Score a network in fresh trials of its task.

    The trials come from the `task:` block of the system's file: random pulses, coherences and
    delays, drawn anew from --seed. The score is the share of trials that end right, and the mean
    squared error of the latents against the target's own trajectories. A trained network
    (`lrfit learn`) does the task that it learned, an imported one that of --task: it is judged as
    in learning, and its loss is told.
    """
    from lrfit.integrate import Limits
    from lrfit.records.store import load_any_network
    from lrfit.records.told import told_fields
    from lrfit.scoring.score import score as score_network

    record = load_any_network(network)
    outlet = open_record(output, system="network", kind="score")
    found = score_network(
        record,
        task=task.task,
        seed=seed or 0,
        limits=Limits(seconds=task.time_limit),
        **given(trials),
    )
    deliver(outlet, found, history=record.history)
    fields = {"network": network, **told_fields(found), "output": output.output}
    summarize("score", fields, tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0
