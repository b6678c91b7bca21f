"""`lrfit perturb`: what separates networks that share a trajectory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.failures import say
from lrfit.cli.flags import RecordFlags, ReportFlags, SeedOption, flag, given
from lrfit.cli.output import deliver, open_record, summarize, warn
from lrfit.options import text_values as values
from lrfit.perturbation.view import fields, tables, warnings

EXAMPLES = """
lrfit perturb van_der_pol.driven.network.h5 van_der_pol.unstable.network.h5
lrfit perturb swing.driven.network.h5 --draw 5 --seed 1 -o pushed.h5
"""
PUSHES, NOISE = "Pushes", "Noise"

Networks = Annotated[
    list[str],
    typer.Argument(
        metavar="NETWORK...",
        help="Network files that share a trajectory, as `lrfit degenerate` writes them.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class PushFlags:
    """How the networks are pushed, and what they are seen through."""

    amplitudes: Annotated[
        str | None,
        flag(
            PUSHES,
            "--amplitudes",
            metavar="A,A,...",
            help="Distances right after a push, in rms excursions [0.01,0.03,0.1,0.2,0.4].",
        ),
    ] = None
    times: Annotated[
        str | None,
        flag(
            PUSHES,
            "--times",
            metavar="T,T,...",
            help="When: along the trajectory and in every direction off it [10, 30, 50 % of it].",
        ),
    ] = None
    draw: Annotated[
        Any,
        flag(
            PUSHES,
            "--draw",
            metavar="N",
            parse=values.whole,
            help="Draw so many times and directions instead, by --seed.",
        ),
    ] = None
    kinds: Annotated[
        str | None,
        flag(
            PUSHES,
            "--kinds",
            metavar="state,input",
            help="Jumps of the state, pulses of a further input through span(M) [both].",
        ),
    ] = None
    width: Annotated[
        Any,
        flag(
            PUSHES,
            "--width",
            metavar="T",
            parse=values.positive,
            help="Length of input pulses [a tenth of the trajectory's own time].",
        ),
    ] = None
    window: Annotated[
        Any,
        flag(
            PUSHES,
            "--window",
            metavar="T",
            parse=values.positive,
            help="Time after a push in which the return rate is fitted [twice its own time].",
        ),
    ] = None
    duration: Annotated[
        Any,
        flag(
            PUSHES,
            "--duration",
            metavar="T",
            parse=values.positive,
            help="Of the study [the shortest of the networks'].",
        ),
    ] = None
    noise: Annotated[
        Any,
        flag(
            NOISE,
            "--process-noise",
            metavar="S",
            parse=values.positive,
            help="White noise on the state, in rms excursions per square root of the trajectory's "
            "own time [0.05].",
        ),
    ] = None
    criterion: Annotated[
        Any,
        flag(
            NOISE,
            "--dprime",
            metavar="D",
            parse=values.positive,
            help="The d' at which two networks are told apart [1].",
        ),
    ] = None

    def named(self) -> dict[str, Any]:
        """As the API takes them."""
        chosen = given(self)
        for name in ("amplitudes", "times"):
            if name in chosen:
                chosen[name] = tuple(values.number(part) for part in chosen[name].split(","))
        if "kinds" in chosen:
            chosen["kinds"] = tuple(kind.strip() for kind in chosen["kinds"].split(","))
        return chosen


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

    options = pushes.named() if seed is None else {**pushes.named(), "seed": seed}
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
