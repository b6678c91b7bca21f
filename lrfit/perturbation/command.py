"""`lrfit perturb`: what separates networks that share a trajectory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.failures import say
from lrfit.cli.flags import RecordFlags, ReportFlags, SeedOption, flags_of, given
from lrfit.cli.output import deliver, open_record, summarize, warn
from lrfit.perturbation.options import NOISE, PUSHES, PushOptions
from lrfit.perturbation.view import fields, tables, warnings

EXAMPLES = """
lrfit perturb van_der_pol.driven.network.h5 van_der_pol.unstable.network.h5
lrfit perturb swing.driven.network.h5 --draw 5 --seed 1 -o pushed.h5
"""

Networks = Annotated[
    list[str],
    typer.Argument(
        metavar="NETWORK...",
        help="Network files that share a trajectory, as `lrfit degenerate` writes them.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


if TYPE_CHECKING:

    class PushFlags:
        """How the networks are pushed, and what they are seen through."""

else:
    PushFlags = flags_of("PushFlags", PushOptions, PUSHES, NOISE)


@command(app, examples=EXAMPLES)
def perturb(
    networks: Networks,
    pushes: PushFlags,
    output: RecordFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Tell networks that share a trajectory apart by pushes.

    Every network runs from its own start under its own input. Pushes of the state and pulses of
    input, the same for all, show how fast it returns, how far it goes, and how it is shifted in
    time; for every pair, the amplitude from which a single look at the state after the push tells
    the two apart, given process noise (to first order), and the push that does it best. Exit
    code 4 says that a pair stays together.
    """
    from lrfit.perturbation.perturb import perturb as push

    options = given(pushes) if seed is None else {**given(pushes), "seed": seed}
    outlet = open_record(output, system=Path(networks[0]).stem, kind="perturbation")
    study = push(list(networks), **options)
    deliver(outlet, study)
    warn(warnings(study), report)
    told = {"files": list(networks), **fields(study), "output": output.output}
    summarize("perturb", told, tables(study, verbose=report.verbose), report, outlet=outlet)
    if study.separated:
        return 0
    say("a pair of networks stays together: try larger --amplitudes or less --process-noise")
    return 4
