"""`lrfit stress`: what random errors in the weights do to a network in closed loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    NetworkArgument,
    RecordFlags,
    ReportFlags,
    SeedOption,
    flags_of,
    given,
)
from lrfit.cli.output import deliver, open_record, summarize
from lrfit.simulation.options import RUN, ExperimentFields
from lrfit.stressing.options import ERRORS, StressOptions
from lrfit.stressing.view import tables

EXAMPLES = """
lrfit stress van_der_pol.network.h5
lrfit stress van_der_pol.network.h5 --draws 20 --relative 0.001 -o errors.h5
"""
if TYPE_CHECKING:

    class ErrorFlags:
        """Which errors; None: the program's choice."""

    class RunFlags:
        """In what run; None: as the system's file says."""

else:
    ErrorFlags = flags_of("ErrorFlags", StressOptions, ERRORS)
    RunFlags = flags_of("RunFlags", ExperimentFields, RUN, only=("duration", "initial", "signal"))


@command(app, examples=EXAMPLES)
def stress(
    network: NetworkArgument,
    errors: ErrorFlags,
    run: RunFlags,
    output: RecordFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Put random errors into the weights, and see what is left.

    Every weight of M, of N, of B, of b, of O (the output's of rates), of all these, or every
    entry of J, gets a random relative error; the full network is then simulated as the system's
    file says. Draws are those of the report of `tune`. Distances are between perturbed and
    unperturbed trajectories, in half-widths of the box: in time, and between the orbits of the
    second half, whenever they are passed. A draw is lost where its orbit is another one, or where
    it diverged. Shares say which neurons small errors come from.
    """
    from lrfit.records.store import load_network
    from lrfit.records.told import told_fields
    from lrfit.stressing.stress import stress as stress_network

    record = load_network(network)
    outlet = open_record(output, system=record.stored.name, kind="stress")
    found = stress_network(record, **given(errors, run), seed=seed or 0)
    deliver(outlet, found, history=record.history)
    fields = {"network": network, **told_fields(found), "output": output.output}
    summarize("stress", fields, tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0
