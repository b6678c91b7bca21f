"""`lrfit subspaces`: where the activity of a network varies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import RecordFlags, ReportFlags, SeedOption, flag
from lrfit.cli.output import deliver, open_record, summarize, warn
from lrfit.options.text_values import assignments, file_stem, positive

EXAMPLES = """
lrfit fit fitzhugh_nagumo --neurons 30 --drive I=filtered -o cells.h5
lrfit subspaces cells.h5 -o subspaces.h5
lrfit subspaces cells.h5 --json
"""
ActivityArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A network of any kind, a trajectory with currents (--store-rates), or recorded rates "
        "and inputs with --tau and --dt; - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]
ACTIVITY = "Activity"


@dataclass(frozen=True, kw_only=True)
class ActivityFlags:
    """At which inputs, and what recorded activity does not say."""

    input: Annotated[
        list[str] | None,
        flag(
            ACTIVITY,
            "--input",
            metavar="u=0.5",
            help="A tonic input (u=0.5,w=0); repeatable [each input at the end of its range].",
        ),
    ] = None
    tau: Annotated[
        Any,
        flag(
            ACTIVITY,
            "--tau",
            metavar="TAU",
            parse=positive,
            help="Time constant of recorded activity.",
        ),
    ] = None
    dt: Annotated[
        Any,
        flag(ACTIVITY, "--dt", metavar="DT", parse=positive, help="Step of recorded activity."),
    ] = None


@command(app, examples=EXAMPLES)
def subspaces(
    file: ActivityArgument,
    activity: ActivityFlags,
    output: RecordFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Find the recurrent and the input-driven subspace of activity.

    Recurrence moves the currents of the neurons in the span of M, inputs in that of the input
    weights B. Tells the share of the variance in each, the principal angles between them, and how
    far tonic inputs move the recurrent plane. `lrfit plot` draws the trajectories along two
    recurrent axes and one input axis, a floor for each tonic input.
    """
    from lrfit.geometry.subspaces import subspaces as find
    from lrfit.geometry.view import fields, tables

    outlet = open_record(output, system=file_stem(file), kind="subspaces")
    found = find(
        file,
        inputs=[assignments([text]) for text in activity.input or []],
        tau=activity.tau,
        dt=activity.dt,
        seed=seed or 0,
    )
    deliver(outlet, found)
    warn(found.notes, report)
    told = {**fields(found), "output": output.output}
    summarize("subspaces", told, tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0
