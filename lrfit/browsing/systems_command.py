"""`lrfit systems`: what ships with the program."""

from __future__ import annotations

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import ReportFlags
from lrfit.cli.output import summarize

EXAMPLES = """
lrfit systems
lrfit systems --json
"""


@command(app, examples=EXAMPLES)
def systems(report: ReportFlags) -> int:
    """List the sample systems.

    Their names stand for their files in every command that takes a SYSTEM. D is the number of
    state variables, U that of inputs.
    """
    from lrfit.systems.listing import list_samples

    samples = list_samples()
    fields = {
        "systems": [
            {
                "name": each.name,
                "dimension": each.dimension,
                "inputs": each.inputs,
                "kind": each.kind,
                "reference": each.reference,
                "path": str(each.path),
            }
            for each in samples
        ]
    }
    rows = [
        (each.name, str(each.dimension), str(each.inputs), f"{each.kind}; {each.reference}")
        for each in samples
    ]
    table = Table(rows=rows, header=("name", "D", "U", "kind; reference"))
    summarize("systems", fields, [table], report)
    return 0
