"""`lrfit pick`: one network out of a frontier file."""

from __future__ import annotations

from typing import Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import NetworkArgument, OutputFlags, ReportFlags, flag
from lrfit.cli.history import command_line
from lrfit.cli.output import deliver, open_outlet, summarize
from lrfit.fitting.view import fit_fields, fit_table
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
    from lrfit.fitting.file import network_from_tree
    from lrfit.fitting.frontier import picked_tree
    from lrfit.records.store import read_tree

    root = read_tree(network)
    tree = picked_tree(root, neurons=neurons, tol=tol, history=[command_line()])
    record = network_from_tree(tree)
    name = record.stored.name
    outlet = open_outlet(output, system=name, kind="network")
    if not output.dry_run:
        deliver(outlet, tree)
    fields = {**fit_fields(record, name, outlet.name), "dry_run": output.dry_run}
    table = fit_table(record, name, outlet.name, verbose=report.verbose)
    summarize("pick", fields, [table], report, outlet=outlet)
    return 0
