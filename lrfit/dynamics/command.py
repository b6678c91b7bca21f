"""`lrfit analyze`: what trajectories do in the long run, and whether a network's do the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import RecordFlags, ReportFlags, SeedOption, SystemFlags, flag
from lrfit.cli.output import Outlet, deliver, open_record, summarize, warn
from lrfit.options.text_values import assignments, whole

EXAMPLES = """
lrfit analyze van_der_pol
lrfit analyze pitchfork_bistable --input u=0 --input u=0.5
lrfit analyze van_der_pol.network.h5 --json -o anatomy.h5
lrfit analyze flip_flop.trained.h5
"""
SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A network, which is compared with its target, a trained or imported network, or a "
        "system by itself (system.yaml, sampled field, mixture, name of a sample system); - for "
        "standard input.",
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
    sampled: Annotated[
        Any,
        flag(
            "Analysis",
            "--sampled",
            metavar="N",
            parse=whole,
            help="Networks of N neurons drawn from a mixture, beside its mean field.",
        ),
    ] = None
    draws: Annotated[
        Any,
        flag("Analysis", "--draws", metavar="COUNT", parse=whole, help="How many of those [20]."),
    ] = None
    orbits: Annotated[
        str | None,
        flag(
            "Analysis",
            "--orbits",
            metavar="GROUP",
            help="They have whole orbits of this group, such as D48, and so its symmetry [none].",
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
    faithful, or what differs. For a trained network (`lrfit learn`) what learning changed: singular
    values, the loss by rank, eigenvalues, its fixed points, and the subspaces of its activity. For
    any other full-rank network (`lrfit import`) eigenvalues and fixed points. Beside the mean field
    of a mixture of populations, networks drawn from it (--sampled).
    """
    from lrfit.dynamics.analysis import Analysis
    from lrfit.dynamics.analyze import analyze as analyze_subject
    from lrfit.dynamics.view import fields, tables

    outlet = open_record(output, system="analysis", kind="analysis")
    levels = [assignments([text]) for text in analysis.input or []] or None
    subject, parameters = overrides.subject(file)
    found: Any = analyze_subject(
        subject,
        inputs=levels,
        overrides=parameters,
        seed=seed or 0,
        sampled=analysis.sampled,
        draws=20 if analysis.draws is None else analysis.draws,
        orbits=analysis.orbits or "",
    )
    deliver(outlet, found)
    if not isinstance(found, Analysis):
        return _of_another_kind(found, output, outlet, report)
    warn(found.notes, report)
    if found.compared and not found.faithful:
        warn([f"not faithful: {line}" for line in found.differences], report)
    told = {**fields(found), "output": output.output}
    summarize("analyze", told, tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0


def _of_another_kind(
    found: Any, output: RecordFlags, outlet: Outlet | None, report: ReportFlags
) -> int:
    """Say what the room of another kind of file has found."""
    from lrfit.records.kinds import kind_of_value

    kind = kind_of_value(found)
    assert kind is not None
    told = {**kind.fields(found), "output": output.output}
    summarize("analyze", told, kind.tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0
