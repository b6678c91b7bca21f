"""The Typer application: the program's own options, and its commands in the order of use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

import lrfit
from lrfit.cli.declare import Group
from lrfit.cli.history import begin

EXAMPLES = """
lrfit systems
lrfit minimize van_der_pol --tol 1e-2
lrfit simulate van_der_pol.network.h5 --target
"""

app = typer.Typer(
    name="lrfit",
    cls=Group,
    epilog=EXAMPLES,
    help="The smallest recurrent neural network that implements a dynamical system.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lrfit {lrfit.__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Take the program's own options."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; exceptions are the caller's.

    Not `app(...)`: Typer's own main swallows interrupts and broken pipes.
    """
    from lrfit.cli import commands  # noqa: F401

    begin(arguments)
    program_command = typer.main.get_command(app)
    try:
        with program_command.make_context("lrfit", list(arguments)) as context:
            return int(program_command.invoke(context) or 0)
    except typer.Exit as done:
        return int(done.exit_code)
