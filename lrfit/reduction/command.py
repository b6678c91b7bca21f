"""`lrfit reduce`: the smallest network that does what a trained network does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lrfit.cli.app import app
from lrfit.cli.console import progress_display, wants_color
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    OutputFlags,
    ReportFlags,
    SeedOption,
    StoreFlags,
    flag,
    flags_of,
    given,
)
from lrfit.cli.output import open_outlet
from lrfit.fitting.shared_command import Keeper, finish
from lrfit.options.text_values import file_stem
from lrfit.reduction.options import LATENT, SIZE, TRIALS, ReduceOptions

if TYPE_CHECKING:

    class ReduceFlags:
        """Rank, size and trials; None: the program's choice."""

else:
    ReduceFlags = flags_of("ReduceFlags", ReduceOptions, LATENT, SIZE, TRIALS)

EXAMPLES = """
lrfit learn flip_flop --neurons 64 --g 0 --epochs 300 --rate 0.1 -o taught.h5
lrfit reduce taught.h5
lrfit reduce taught.h5 --neurons 2 -o two.h5
"""
TrainedArgument = Annotated[
    str,
    typer.Argument(
        metavar="TRAINED",
        help="A network that `lrfit learn` or `lrfit import` wrote; with --tau and --dt, activity: "
        "rates and inputs (trials, times, columns), npz or HDF5.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]
TaskOption = Annotated[
    str | None,
    flag(
        TRIALS,
        "--task",
        metavar="TASK",
        help="flip_flop, context, comparison, or a system with a task [that it was trained on].",
    ),
]


@command(app, examples=EXAMPLES)
def reduce(
    trained: TrainedArgument,
    reduction: ReduceFlags,
    output: OutputFlags,
    store: StoreFlags,
    report: ReportFlags,
    task: TaskOption = None,
    seed: SeedOption = None,
) -> int:
    """Find the smallest network that does what a trained network does.

    The network is confined to the principal components of its recurrent activity, or, where too
    many trials go wrong, one of low rank is trained on its rates. The latent field found there is
    fitted by a small network, which is tuned in closed loop on the outputs of the trained one.
    Sizes are doubled until trials are right, then bisected. The result is an ordinary network
    file; its state is the outputs. Exit code 4 says that the loss is above --tol, or that trials
    go wrong that the trained network gets right; the best network is written all the same.
    """
    from lrfit.reduction.reduce import reduce as reduce_network

    options = ReduceOptions(**given(reduction))
    name = file_stem(trained).removesuffix(".network").removesuffix(".trained")
    outlet = open_outlet(output, system=name, kind="reduced.network")
    keeper = Keeper(outlet=outlet, store=store)
    with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
        found = reduce_network(trained, options, task=task, seed=seed or 0, progress=tell)
    return finish("reduce", found, keeper, report)
