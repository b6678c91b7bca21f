"""The Typer application: the program's own options, and its commands in the order of use."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

import lrfit
from lrfit.cli.declare import Group
from lrfit.cli.history import begin
from lrfit.core.plugins import plugin_commands

EXAMPLES = """
lrfit systems
lrfit minimize van_der_pol --tol 1e-2
lrfit simulate van_der_pol.network.h5 --target
"""

COMMANDS = {
    "systems": "lrfit.browsing.systems_command",
    "check": "lrfit.checking.command",
    "minimize": "lrfit.tuning.minimize_command",
    "pick": "lrfit.fitting.pick_command",
    "fit": "lrfit.fitting.fit_command",
    "tune": "lrfit.tuning.command",
    "expand": "lrfit.expansion.command",
    "learn": "lrfit.learning.command",
    "reduce": "lrfit.reduction.command",
    "analyze": "lrfit.dynamics.command",
    "populations": "lrfit.clustering.command",
    "subspaces": "lrfit.geometry.command",
    "certify": "lrfit.certification.command",
    "stress": "lrfit.stressing.command",
    "simulate": "lrfit.running.command",
    "degenerate": "lrfit.degeneracy.command",
    "perturb": "lrfit.perturbation.command",
    "score": "lrfit.scoring.command",
    "export": "lrfit.exchange.command",
    "import": "lrfit.exchange.import_command",
    "sample": "lrfit.browsing.sample_command",
    "show": "lrfit.browsing.show_command",
    "plot": "lrfit.plotting.command",
    "report": "lrfit.reporting.command",
}
"""Modules that register the commands, by name, in the order of help: that of a day's work."""

SMALL_PRODUCTS = frozenset(
    (
        *("systems", "check", "analyze", "simulate", "export", "import"),
        *("sample", "show", "plot", "report"),
    )
)
"""Commands that multiply a few states by the weights of one network at a time, at most: threads
of BLAS would only wait for each other, at the price of a core each."""

app = typer.Typer(
    name="lrfit",
    cls=Group,
    epilog=EXAMPLES,
    help="The smallest recurrent neural network that implements a dynamical system.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(context: typer.Context, wanted: bool) -> None:
    if not wanted:
        return
    typer.echo(f"lrfit {lrfit.__version__}")
    if context.params.get("verbose"):
        from lrfit.regression.kernel_library import description

        typer.echo(f"refinement by {description()}")
    raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, help="Print the version."),
    ] = False,
    verbose: Annotated[
        bool,
        # Eager: it is known when the version is printed, whichever of them comes first.
        typer.Option(
            "--verbose", "-v", is_eager=True, help="With --version: what refines networks."
        ),
    ] = False,
) -> None:
    """Take the program's own options."""


def load_commands() -> None:
    """Import the modules of all commands, which registers them."""
    for module in COMMANDS.values():
        import_module(module)
    _put_in_order()


def load_plugins() -> None:
    """Import the modules of the commands of plugins."""
    for module in plugin_commands():
        import_module(module)


def _put_in_order() -> None:
    """Commands in the order of help, those of plugins behind them, whatever was imported first."""
    order = {name: rank for rank, name in enumerate(COMMANDS)}
    app.registered_commands.sort(key=lambda each: order.get(str(each.name), len(order)))


def _load(arguments: Sequence[str]) -> None:
    """Import what a command line needs: its command, or all of them to list or to correct."""
    first = arguments[0] if arguments else ""
    if first in SMALL_PRODUCTS and "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported
    if first in COMMANDS:
        import_module(COMMANDS[first])
    elif first != "--version":
        load_commands()
        load_plugins()


def run(arguments: Sequence[str]) -> int:
    """Run one command line, or print the help for an empty one; exceptions are the caller's.

    Not `app(...)`: Typer's own main swallows interrupts and broken pipes.
    """
    arguments = arguments or ["--help"]
    _load(arguments)
    begin(arguments)
    program_command = typer.main.get_command(app)
    try:
        with program_command.make_context("lrfit", list(arguments)) as context:
            return int(program_command.invoke(context) or 0)
    except typer.Exit as done:
        return int(done.exit_code)
