"""`lrfit populations`: the populations of a network's neurons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import RecordFlags, ReportFlags, SeedOption, flag, flags_of, given
from lrfit.cli.output import Outlet, deliver, open_record, summarize, warn
from lrfit.clustering.options import POPULATIONS, RESAMPLING, PopulationOptions
from lrfit.options.text_values import assignments, file_stem

EXAMPLES = """
lrfit populations context_two_populations --draws 2 --trials 20
lrfit populations context_two_populations --draws 0 -o mixture.yaml
"""
SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="A network of any kind (fitted, trained, imported), or a system of populations; - "
        "for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class ContextFlags:
    """Where gains are told, and what judges networks."""

    contexts: Annotated[
        list[str] | None,
        flag(
            POPULATIONS,
            "--contexts",
            metavar="ctx=0.5",
            help="Constant inputs at which gains are told (u=0.5,w=0); repeatable [none, and "
            "each input alone at the end of its range].",
        ),
    ] = None
    task: Annotated[
        str | None,
        flag(
            RESAMPLING,
            "--task",
            metavar="SYSTEM",
            help="Whose trials judge networks that are drawn; flip_flop, context or comparison for "
            "full-rank ones [the network's own].",
        ),
    ] = None


if TYPE_CHECKING:

    class PopulationFlags:
        """How populations are found, and how networks are drawn from them."""

else:
    PopulationFlags = flags_of("PopulationFlags", PopulationOptions, POPULATIONS, RESAMPLING)


@command(app, examples=EXAMPLES)
def populations(
    network: SubjectArgument,
    chosen: PopulationFlags,
    contexts: ContextFlags,
    output: RecordFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Find the populations of a network's neurons.

    Fits a mixture of Gaussians to the loadings (m, nu, B, b) of the neurons. The number of
    populations is that on which mixtures of subsamples agree. Networks drawn from the mixture, as
    they are and with N fitted again, show whether the populations say all that counts; gains show
    what an input in one context does to another. The output file is a system, the mean field of
    the mixture, which other commands take; with the ending .yaml it is the text of one.
    """
    from lrfit.clustering.populations import populations as find

    options: dict[str, Any] = given(chosen) if seed is None else {**given(chosen), "seed": seed}
    as_text = (output.output or "").endswith((".yaml", ".yml"))
    outlet = open_record(output, system=file_stem(network), kind="populations")
    found = find(
        network,
        contexts=[assignments([text]) for text in contexts.contexts or []],
        task=contexts.task,
        **options,
    )
    if as_text:
        _write_text(outlet, found)
    else:
        deliver(outlet, found)
    _say(found, output, report, outlet)
    return 0


def _write_text(outlet: Outlet | None, found: Any) -> None:
    """The mixture as a system file."""
    from lrfit.io.atomic import write_atomic
    from lrfit.networks.mixtures.as_text import mixture_text

    assert outlet is not None
    write_atomic(Path(outlet.name), mixture_text(found.mixture).encode(), overwrite=outlet.force)


def _say(found: Any, output: RecordFlags, report: ReportFlags, outlet: Outlet | None) -> None:
    from lrfit.clustering.view import fields, tables

    warn(found.notes, report)
    told = {**fields(found), "output": output.output}
    summarize("populations", told, tables(found, verbose=report.verbose), report, outlet=outlet)
