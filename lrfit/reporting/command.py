"""`lrfit report`: one page about a network, that one can send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import OUTPUT, FileArgument, ForceOption, ReportFlags, flag
from lrfit.cli.output import summarize
from lrfit.options.text_values import file_stem

EXAMPLES = """
lrfit report van_der_pol.network.h5
lrfit report van_der_pol.network.h5 -o oscillator.html
"""


@dataclass(frozen=True, kw_only=True)
class PageFlags:
    """Where the page goes."""

    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="FILE",
            help="The page [<file>.report.html in the working directory].",
        ),
    ] = None
    force: ForceOption = False


@command(app, examples=EXAMPLES)
def report(file: FileArgument, where: PageFlags, report: ReportFlags) -> int:
    """Write one self-contained HTML page about a network or a result.

    Warnings first; errors, closed-loop behaviour beside the target's, all figures, the equation
    with its numbers, the command that made it, and how to load it. Of another file its figure and
    what `lrfit show -v` says. No script and nothing from elsewhere: it opens from disk, prints, and
    can be sent. Needs matplotlib.
    """
    from lrfit.io.atomic import check_writable, write_atomic
    from lrfit.reporting.report import report as write

    output = where.output or f"{file_stem(file)}.report.html"
    check_writable(output, overwrite=where.force)
    data = write(file).encode("utf-8")
    write_atomic(output, data, overwrite=where.force)
    fields: dict[str, Any] = {"network": file, "output": output, "bytes": len(data)}
    if not report.quiet or report.json:
        summarize("report", fields, [Table(rows=[("report", output)])], report)
    return 0
