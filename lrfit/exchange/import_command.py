"""`lrfit import`: a network from the weights that another program wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import OutputFlags, ReportFlags, flag, flags_of, given
from lrfit.cli.output import deliver, open_outlet, summarize, warn
from lrfit.exchange.import_options import CONVENTIONS, ImportOptions
from lrfit.options.text_values import file_stem

if TYPE_CHECKING:
    from lrfit.exchange.import_network import Imported

    class ConventionFlags:
        """The conventions; None: as the file says, or the program."""

else:
    ConventionFlags = flags_of("ConventionFlags", ImportOptions, CONVENTIONS)

EXAMPLES = """
lrfit export van_der_pol.network.h5 --to npz -o weights.npz
lrfit import weights.npz
lrfit import weights.npz --initial weights.npz -o trained.network.h5
"""
FileOption = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Weights: npz, safetensors, MATLAB, Keras' HDF5, or a state_dict of PyTorch.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]
InitialOption = Annotated[
    str | None,
    flag(
        CONVENTIONS,
        "--initial",
        metavar="FILE0",
        help="Weights before training; the connectivity is kept beside the trained one.",
    ),
]
CheckOption = Annotated[
    str | None,
    flag(
        CONVENTIONS,
        "--check",
        metavar="ACTIVITY",
        help="Inputs (times, U) and rates (times, neurons), or currents, that the network must "
        "reproduce step by step; says which convention does.",
    ),
]


@command(app, examples=EXAMPLES, name="import")
def import_(
    file: FileOption,
    conventions: ConventionFlags,
    output: OutputFlags,
    report: ReportFlags,
    initial: InitialOption = None,
    check: CheckOption = None,
) -> int:
    """Make a network file of weights that were trained elsewhere.

    Nothing of the file is run: a .pt file is read without PyTorch, as a description of tensors, by
    another process with limits. The arrays are found by common names or by --map. What a file
    cannot say, the time constant, the step, the form and which way the weights act, is for you to
    say; a few steps of activity, with --check, show whether it is right. GRU and LSTM are refused.
    """
    from lrfit.exchange.import_network import imported
    from lrfit.networks.fullrank import FullRankNetwork
    from lrfit.networks.lowrank import LowRankNetwork

    outlet = open_outlet(output, system=_stem(file), kind="network")
    options = ImportOptions(**given(conventions))
    found = imported(file, options, initial=initial, check=check)
    network = found.network
    if isinstance(network, LowRankNetwork):
        network = FullRankNetwork.from_low_rank(network)
    if not output.dry_run:
        deliver(outlet, network)
    warn([f"assumed: {each}" for each in found.assumed], report)
    fields = {**_fields(found), "neurons": network.neurons, "output": outlet.name}
    summarize("import", fields, [_table(found, network, outlet.told)], report, outlet=outlet)
    return 0


def _stem(file: str) -> str:
    stem = file_stem(file)
    for ending in (".npz", ".pt", ".pth", ".mat", ".safetensors", ".weights"):
        stem = stem.removesuffix(ending)
    return stem


def _fields(found: Imported) -> dict[str, Any]:
    return {
        "format": found.sort,
        "roles": dict(found.roles),
        "assumed": list(found.assumed),
        "left_out": list(found.left_out),
        "reproduced": found.reproduced or None,
    }


def _table(found: Imported, network: Any, output: str) -> Table:
    from lrfit.running.network_view import tables

    (described,) = tables(network, verbose=False)
    rows = [("network", output), ("format", found.sort)]
    rows += [(role, name) for role, name in found.roles.items()]
    if found.left_out:
        more = f" and {len(found.left_out) - 4} more" * (len(found.left_out) > 4)
        rows.append(("left out", ", ".join(found.left_out[:4]) + more))
    if found.reproduced:
        rows.append(("activity", f"reproduced; {found.reproduced}"))
    return Table(title="imported network", rows=[*rows, *described.rows])
