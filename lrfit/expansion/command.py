"""`lrfit expand`: a network of any number of neurons, through populations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lrfit.cli.app import app
from lrfit.cli.console import progress_display, wants_color
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    OUTPUT,
    OutputFlags,
    ReportFlags,
    SeedOption,
    StoreFlags,
    SystemFlags,
    flag,
    flags_of,
    given,
)
from lrfit.cli.output import Outlet, deliver, open_outlet
from lrfit.core.errors import UsageError
from lrfit.expansion.options import DIFFERENCES, ERRORS, SIZE, ExpandOptions
from lrfit.fitting.options import NETWORK, FitOptions
from lrfit.fitting.shared_command import Keeper, finish
from lrfit.options.text_values import file_stem

KIND_OF_NETWORK = ("nonlinearity", "bias", "tau", "center", "noise", "drive", "symmetric")
EXAMPLES = """
lrfit expand van_der_pol --neurons 1000
lrfit expand van_der_pol.network.h5 --neurons 1000 -o clones.h5
lrfit expand pitchfork_bistable --from data --populations 2 -o drawn.h5
lrfit expand pitchfork_bistable --deleted 0.1 --jitter 0.2 -o different.h5
"""
if TYPE_CHECKING:
    from lrfit.networks.mixtures.mixture import Mixture

    class ExpandFlags:
        """Size, errors and differences; None: the program's choice."""

    class NetworkFlags:
        """What kind of network robust populations make; None: from the file or the program."""

else:
    ExpandFlags = flags_of("ExpandFlags", ExpandOptions, SIZE, ERRORS, DIFFERENCES)
    NetworkFlags = flags_of("NetworkFlags", FitOptions, NETWORK, only=KIND_OF_NETWORK)
MixtureOption = Annotated[
    str | None,
    flag(
        OUTPUT,
        "--mixture",
        metavar="FILE",
        help="With --from data: write the mixture as well, as HDF5, or as a system file where the "
        "name ends in .yaml.",
    ),
]
SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK|SYSTEM|MIXTURE",
        help="A network file, whose neurons are cloned; or a system (system.yaml, sampled field, "
        "name of a sample system), for which populations are refined; a mixture, from which "
        "neurons are drawn; - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@command(app, examples=EXAMPLES)
def expand(
    source: SourceArgument,
    expansion: ExpandFlags,
    network: NetworkFlags,
    overrides: SystemFlags,
    output: OutputFlags,
    store: StoreFlags,
    report: ReportFlags,
    seed: SeedOption = None,
    mixture: MixtureOption = None,
) -> int:
    """Expand a network to any number of neurons.

    Clones of a network's neurons have its dynamics to rounding, and independent errors of their
    weights average. Populations that are refined for a system bear much larger ones: their error
    with N wrong by --weight-noise, and a share of --deleted neurons gone, is made as small as it
    can be with so many neurons; tau is twice the system's own time unless --tau is given.
    With --from data a mixture of Gaussian populations is fitted to the field of the target, priced
    by the scatter of networks of so many neurons, and the neurons are drawn from it. The result is
    an ordinary network file, which says to which population each neuron belongs. Exit
    code 4 says that --tol was not reached; the best network found is written all the same.
    """
    from lrfit.expansion.expand import expand as expand_source

    subject, parameters = overrides.subject(source)
    name = file_stem(source).removesuffix(".network")
    outlet = open_outlet(output, system=name, kind="expanded.network")
    beside = _open_mixture(mixture, output, asked="from_" in given(expansion))
    keeper = Keeper(outlet=outlet, store=store)
    with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
        found = expand_source(
            subject,
            seed=seed,
            overrides=parameters,
            progress=tell,
            on_found=keeper.on_found,
            **given(expansion, network),
        )
    if beside is not None and found.expansion is not None and found.expansion.mixture is not None:
        _write_mixture(beside, found.expansion.mixture.mixture)
    return finish("expand", found, keeper, report)


def _open_mixture(name: str | None, output: OutputFlags, *, asked: bool) -> Outlet | None:
    """Where the mixture goes; None where no file is asked for."""
    if name is None:
        return None
    if not asked:
        raise UsageError("--mixture writes a mixture that is fitted; give --from data")
    if name == "-":
        raise UsageError("--mixture needs the name of a file")
    flags = OutputFlags(output=name, force=output.force)
    return open_outlet(flags, system=name, kind="mixture")


def _write_mixture(outlet: Outlet, mixture: Mixture) -> None:
    """Write a mixture as a system file or as HDF5, as the ending says."""
    if not outlet.name.lower().endswith((".yaml", ".yml")):
        deliver(outlet, mixture)
        return
    from lrfit.io.atomic import write_atomic
    from lrfit.networks.mixtures.as_text import mixture_text

    write_atomic(outlet.name, mixture_text(mixture).encode("utf-8"), overwrite=outlet.force)
