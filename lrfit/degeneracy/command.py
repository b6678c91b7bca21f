"""`lrfit degenerate`: networks that all produce one trajectory, by different dynamics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrfit.cli.app import app
from lrfit.cli.console import progress_display, wants_color
from lrfit.cli.declare import command
from lrfit.cli.failures import say
from lrfit.cli.flags import (
    OUTPUT,
    OutputFlags,
    ReportFlags,
    SeedOption,
    SystemFlags,
    flag,
    flags_of,
    given,
)
from lrfit.cli.output import Outlet, deliver, open_outlet, summarize
from lrfit.degeneracy.options import SOLUTIONS, DegenerateOptions
from lrfit.degeneracy.view import fields, shortfall, tables
from lrfit.fitting.options import NETWORK, SEARCH
from lrfit.options import text_values as values

if TYPE_CHECKING:
    from lrfit.simulation.experiment import Experiment

EXAMPLES = """
lrfit degenerate van_der_pol --kinds driven,unstable
lrfit degenerate damped_pendulum --kinds autonomous,driven -o swing
"""
TRAJECTORY = "Trajectory"

Source = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM",
        help="A system.yaml, a sampled grid or a trajectory in HDF5, the name of a sample system "
        "(see `lrfit systems`), or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class TrajectoryFlags:
    """Which trajectory."""

    duration: Annotated[
        Any,
        flag(
            TRAJECTORY,
            "--duration",
            metavar="T",
            parse=values.positive,
            help="How long [as the system's file says; all of a trajectory].",
        ),
    ] = None
    initial: Annotated[
        str | None,
        flag(
            TRAJECTORY,
            "--initial",
            metavar="x=2,y=0",
            help="Where a system starts [as its file says].",
        ),
    ] = None
    trial: Annotated[
        Any,
        flag(
            TRAJECTORY,
            "--trial",
            metavar="N",
            parse=values.whole,
            help="Which one of a trajectory file, from 0 [0].",
        ),
    ] = None

    def experiment(self) -> Experiment:
        """As Python takes it."""
        from lrfit.simulation.experiment import Experiment

        initial = None if self.initial is None else values.assignments([self.initial])
        return Experiment(duration=self.duration, initial=initial)


if TYPE_CHECKING:

    class SolutionFlags:
        """Which solutions, and how they are looked for; None: the program's choice."""

else:
    SolutionFlags = flags_of("SolutionFlags", DegenerateOptions, SOLUTIONS, NETWORK, SEARCH)


@dataclass(frozen=True, kw_only=True)
class FamilyFlags:
    """Where the files go."""

    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="PREFIX",
            help="Write PREFIX.<kind>.network.h5, and PREFIX.degeneracy.h5 about all of them "
            "[the system's name].",
        ),
    ] = None
    force: Annotated[bool, flag(OUTPUT, "--force", help="Replace files that exist.")] = False


@command(app, examples=EXAMPLES)
def degenerate(
    system: Source,
    overrides: SystemFlags,
    trajectory: TrajectoryFlags,
    solutions: SolutionFlags,
    output: FamilyFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Networks that share a trajectory but not their dynamics.

    A trajectory, of a system or from a file that `lrfit simulate` wrote, does not tell the
    dynamics behind it. These do it: an autonomous field; a field that changes with a clock
    input, contracting; a weakly stable interior that strong inputs lead along; and an unstable
    one, for as long as it holds. Each is a network file that `lrfit simulate` runs as it stands.
    `lrfit perturb` tells them apart. Exit code 4 says that one does not hold, or that two fields
    differ by less than 20 %.
    """
    from lrfit.degeneracy.degenerate import degenerate as build_networks
    from lrfit.degeneracy.path import reference_path

    options = DegenerateOptions(**_options(solutions, seed))
    subject, parameters = overrides.subject(system)
    path = reference_path(
        subject,
        trajectory.experiment(),
        trial=trajectory.trial or 0,
        overrides=parameters,
    )
    prefix = path.name if output.output is None else output.output
    names = [*(f"{kind}.network" for kind in options.kinds), "degeneracy"]
    outlets = [_open(prefix, name, force=output.force) for name in names]
    with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
        found = build_networks(path, options=options, progress=tell)
    for solution, outlet in zip(found.solutions, outlets, strict=False):
        deliver(outlet, solution.fit)
    table = found.table(files=[outlet.name for outlet in outlets[:-1]])
    deliver(outlets[-1], table)
    told = {**fields(table), "output": outlets[-1].name}
    summarize("degenerate", told, tables(table, verbose=True), report, outlet=outlets[-1])
    if table.success:
        return 0
    say(f"{table.system}: {shortfall(found)}")
    return 4


def _options(solutions: SolutionFlags, seed: int | None) -> dict[str, Any]:
    chosen = given(solutions)
    return chosen if seed is None else {**chosen, "seed": seed}


def _open(prefix: str, kind: str, *, force: bool) -> Outlet:
    flags = OutputFlags(output=f"{prefix}.{kind}.h5", force=force)
    return open_outlet(flags, system=prefix, kind=kind)
