"""`lrfit analyze`: what trajectories do in the long run, and whether a network's do the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import RecordFlags, ReportFlags, SeedOption, SystemFlags, flag
from lrfit.cli.history import command_line
from lrfit.cli.output import deliver, open_record, summarize, warn
from lrfit.options.text_values import assignments

EXAMPLES = """
lrfit analyze van_der_pol
lrfit analyze pitchfork_bistable --input u=0 --input u=0.5
lrfit analyze van_der_pol.network.h5 --json -o anatomy.h5
"""
SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A network, which is compared with its target, or a system by itself (system.yaml, "
        "sampled field, name of a sample system); - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class AnalysisFlags:
    """Where to look."""

    input: Annotated[
        list[str] | None,
        flag(
            "Analysis",
            "--input",
            metavar="u=0.5",
            help="A constant input to look at (u=0.5,w=0); repeatable [the values that the "
            "declared signals hold, at most three].",
        ),
    ] = None


@command(app, examples=EXAMPLES)
def analyze(
    file: SubjectArgument,
    analysis: AnalysisFlags,
    output: RecordFlags,
    overrides: SystemFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Find fixed points, cycles and exponents; judge a network.

    For a system: all fixed points in the box with their types, limit cycles (in the plane
    unstable ones too) with period and Floquet multipliers, Lyapunov exponents of chaotic motion,
    and where starts all over the box go. For a network the same beside its target, and a verdict:
    faithful, or what differs.
    """
    from lrfit.dynamics.analyze import analyze as analyze_subject
    from lrfit.dynamics.file import analysis_tree
    from lrfit.dynamics.view import analysis_fields, analysis_tables

    outlet = open_record(output, system="analysis", kind="analysis")
    levels = [assignments([text]) for text in analysis.input or []] or None
    found = analyze_subject(
        file, inputs=levels, overrides=assignments(overrides.set_ or []), seed=seed or 0
    )
    tables = analysis_tables(found)
    if outlet is not None:
        tree = analysis_tree(
            found.system.name,
            found.anatomies,
            found.faithfulness,
            summary=_lines(tables),
            seed=seed or 0,
            history=[command_line()],
        )
        deliver(outlet, tree)
    if found.faithfulness is not None and not found.faithfulness.faithful:
        warn([f"not faithful: {line}" for line in found.faithfulness.differences], report)
    fields: dict[str, Any] = {**analysis_fields(found), "output": output.output}
    summarize("analyze", fields, tables, report, outlet=outlet)
    return 0


def _lines(tables: list[Table]) -> list[str]:
    """The tables as lines, for those who look into the file."""
    return [
        line
        for table in tables
        for line in (table.title, *(f"{row[0]}: {row[1]}" for row in table.rows))
    ]
