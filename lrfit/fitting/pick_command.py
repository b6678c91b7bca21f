"""`lrfit pick`: one network out of a frontier file."""

from __future__ import annotations

from typing import Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import NetworkArgument, OutputFlags, ReportFlags, flag
from lrfit.cli.output import deliver, open_outlet, summarize
from lrfit.fitting.view import fields, tables
from lrfit.options import text_values as values

EXAMPLES = """
lrfit minimize damped_pendulum --tol 1e-2 --frontier -o sizes.h5
lrfit pick sizes.h5 --tol 0.02 -o small.h5
lrfit pick sizes.h5 --neurons 4 -o four.h5
"""


@command(app, examples=EXAMPLES)
def pick(
    network: NetworkArgument,
    output: OutputFlags,
    report: ReportFlags,
    tol: Annotated[
        Any,
        flag(
            "Size",
            "--tol",
            metavar="ERR",
            parse=values.number,
            help="The smallest network within this error.",
        ),
    ] = None,
    neurons: Annotated[
        Any,
        flag(
            "Size",
            "--neurons",
            metavar="N",
            parse=values.whole,
            help="The network of this size.",
        ),
    ] = None,
) -> int:
    """Take one network out of a file written with --frontier.

    The file that is written is a network file like any other.
    """
    from lrfit.records.store import load_network

    fit = load_network(network).pick(neurons=neurons, tol=tol)
    stem = fit.stored.name if network == "-" else values.file_stem(network)
    outlet = open_outlet(output, system=stem, kind="network")
    if not output.dry_run:
        deliver(outlet, fit)
    told = {**fields(fit), "output": outlet.name, "dry_run": output.dry_run}
    shown = tables(fit, verbose=report.verbose, output=outlet.name)
    summarize("pick", told, shown, report, outlet=outlet)
    return 0
