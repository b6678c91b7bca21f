"""`lrfit export`: a network in a format that other programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import OUTPUT, ForceOption, NetworkArgument, ReportFlags, flag
from lrfit.cli.output import summarize
from lrfit.options.text_values import file_stem

EXAMPLES = """
lrfit export van_der_pol.network.h5 --to numpy -o van_der_pol.py
lrfit export van_der_pol.network.h5 --to npz
lrfit export van_der_pol.network.h5 --to mat -o weights.mat
"""


@dataclass(frozen=True, kw_only=True)
class FormatFlags:
    """Which format, and where it goes."""

    to: Annotated[
        str,
        flag(
            "Format",
            "--to",
            metavar="FORMAT",
            help="Scripts: numpy, torch, rnn (torch.nn.RNN), nengo, brian2; arrays: npz, "
            "safetensors, mat; or a format that a plugin adds.",
        ),
    ]
    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="FILE",
            help="Where the file goes [<file>.npz, <file>.numpy.py, ... in the working directory].",
        ),
    ] = None
    force: ForceOption = False


@command(app, examples=EXAMPLES)
def export(network: NetworkArgument, target: FormatFlags, report: ReportFlags) -> int:
    """Write a network in a format that needs no lrfit to be read.

    Scripts run by themselves: the weights are in them, and so are the first and last state of a run
    that lrfit computes, with which they compare themselves when they are run. Arrays are those of
    the network file, in the user's units, exactly; `lrfit import` reads them.
    """
    from lrfit.exchange.export import export as write
    from lrfit.exchange.exporter import exporter
    from lrfit.io.atomic import check_writable

    chosen = exporter(target.to)
    output = target.output or f"{file_stem(network)}{chosen.ending}"
    check_writable(output, overwrite=target.force)
    data = write(network, to=target.to, output=output, force=target.force)
    fields = {"network": network, "to": chosen.name, "output": output, "bytes": len(data)}
    rows = [("file", output), ("format", f"{chosen.name}: {chosen.about}")]
    summarize("export", fields, [] if report.quiet else [Table(rows=rows)], report)
    return 0
