"""The Typer application: the program's own options, and its commands in the order of use."""

from __future__ import annotations

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

COMMANDS = (
    "lrfit.browsing.systems_command",
    "lrfit.checking.command",
    "lrfit.fitting.minimize_command",
    "lrfit.fitting.pick_command",
    "lrfit.fitting.fit_command",
    "lrfit.dynamics.command",
    "lrfit.certification.command",
    "lrfit.stressing.command",
    "lrfit.running.command",
    "lrfit.degeneracy.command",
    "lrfit.perturbation.command",
    "lrfit.scoring.command",
    "lrfit.exchange.command",
    "lrfit.browsing.sample_command",
    "lrfit.browsing.show_command",
    "lrfit.plotting.command",
    "lrfit.reporting.command",
)
"""Modules that register the commands, in the order of help: that of a day's work."""

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
        from lrfit.regression.kernel import description

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
    """Import the modules of the commands, which registers them."""
    for module in COMMANDS:
        import_module(module)


def load_plugins() -> None:
    """Import the modules of the commands of plugins."""
    for module in plugin_commands():
        import_module(module)


def _registered() -> set[str]:
    """The names of the commands."""
    return {str(each.name) for each in app.registered_commands}


def run(arguments: Sequence[str]) -> int:
    """Run one command line; exceptions are the caller's.

    Not `app(...)`: Typer's own main swallows interrupts and broken pipes.
    """
    load_commands()
    if not arguments or arguments[0].startswith("-") or arguments[0] not in _registered():
        load_plugins()
    begin(arguments)
    program_command = typer.main.get_command(app)
    try:
        with program_command.make_context("lrfit", list(arguments)) as context:
            return int(program_command.invoke(context) or 0)
    except typer.Exit as done:
        return int(done.exit_code)
