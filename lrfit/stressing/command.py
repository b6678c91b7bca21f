"""`lrfit stress`: what random errors in the weights do to a network in closed loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    NetworkArgument,
    RecordFlags,
    ReportFlags,
    SeedOption,
    flag,
)
from lrfit.cli.output import deliver, open_record, summarize
from lrfit.options import text_values as values
from lrfit.stressing.view import tables

EXAMPLES = """
lrfit stress van_der_pol.network.h5
lrfit stress van_der_pol.network.h5 --draws 20 --relative 0.001 -o errors.h5
"""
ERRORS, RUN = "Errors", "Simulation"


@dataclass(frozen=True, kw_only=True)
class ErrorFlags:
    """Which errors, and in what run."""

    relative: Annotated[
        list[str] | None,
        flag(
            ERRORS,
            "--relative",
            metavar="SIZE",
            help="Standard deviation of the relative errors; repeatable [0.001 and 0.01].",
        ),
    ] = None
    draws: Annotated[
        Any,
        flag(
            ERRORS,
            "--draws",
            metavar="COUNT",
            parse=values.whole,
            help="Networks drawn for every kind and size of error [100].",
        ),
    ] = None
    duration: Annotated[
        Any,
        flag(
            RUN,
            "--duration",
            metavar="T",
            parse=values.positive,
            help="In the system's unit of time [as the system's file says].",
        ),
    ] = None
    initial: Annotated[
        str | None,
        flag(
            RUN,
            "--initial",
            metavar="x=2,y=0",
            help="Initial state [as the system's file says].",
        ),
    ] = None
    signal: Annotated[
        list[str] | None,
        flag(
            RUN,
            "--signal",
            metavar="u=EXPRESSION",
            help='An input as an expression of t, such as u="pulse(t,5,7)"; repeatable.',
        ),
    ] = None


@command(app, examples=EXAMPLES)
def stress(
    network: NetworkArgument,
    errors: ErrorFlags,
    output: RecordFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Put random errors into the weights, and see what is left.

    Every weight of M, of N, of b, of all three, or every entry of J, gets a random relative
    error; the full network is then simulated as the system's file says. Distances are between
    perturbed and unperturbed trajectories, in half-widths of the box: in time, and between the
    orbits of the second half, whenever they are passed. A draw is lost where its orbit is another
    one, or where it diverged.
    """
    from lrfit.records.store import load_network
    from lrfit.records.told import told_fields
    from lrfit.stressing.stress import stress as stress_network

    record = load_network(network)
    outlet = open_record(output, system=record.stored.name, kind="stress")
    found = stress_network(record, **_arguments(errors, seed))
    deliver(outlet, found, history=record.history)
    fields = {"network": network, **told_fields(found), "output": output.output}
    summarize("stress", fields, tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0


def _arguments(errors: ErrorFlags, seed: int | None) -> dict[str, Any]:
    """What the user gave, as `lrfit.stress` takes it."""
    given: dict[str, Any] = {"draws": errors.draws, "duration": errors.duration, "seed": seed}
    if errors.initial is not None:
        given["initial"] = values.assignments([errors.initial])
    if errors.signal:
        given["signal"] = values.expressions(errors.signal)
    if errors.relative is not None:
        given["relative"] = tuple(values.positive(text) for text in errors.relative)
    return {name: value for name, value in given.items() if value is not None}
