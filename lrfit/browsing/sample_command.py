"""`lrfit sample`: the field of a system on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import LimitFlags, OutputFlags, ReportFlags, SystemArgument, SystemFlags, flag
from lrfit.cli.history import command_line
from lrfit.cli.output import deliver, open_outlet, summarize, warn
from lrfit.options import text_values as values

EXAMPLES = """
lrfit sample van_der_pol --points 64
lrfit sample fitzhugh_nagumo --points v=80,w=60 --hold I=0.5 -o fhn.grid.h5
lrfit fit fhn.grid.h5 --neurons 32
"""


@dataclass(frozen=True, kw_only=True)
class GridFlags:
    """Where the field is evaluated."""

    points: Annotated[
        Any,
        flag(
            "Grid",
            "--points",
            metavar="N|x=N,y=N",
            parse=values.points,
            help="Nodes along every axis, the ends of the domain included [64].",
        ),
    ] = 64
    hold: Annotated[
        list[str] | None,
        flag(
            "Grid",
            "--hold",
            metavar="INPUT=VALUE",
            help="Hold an input at a value [0, or the middle of its range]; repeatable.",
        ),
    ] = None


@command(app, examples=EXAMPLES)
def sample(
    system: SystemArgument,
    overrides: SystemFlags,
    output: OutputFlags,
    report: ReportFlags,
    limit: LimitFlags,
    grid: GridFlags,
) -> int:
    """Write a system's field on a regular grid, as HDF5.

    The grid covers the domain. The file is also what `lrfit fit` and `lrfit minimize` read back,
    and an example of the format for fields that were measured.
    """
    from lrfit.fitting.cost import grid_memory, require_memory
    from lrfit.records.grid_file import grid_file
    from lrfit.systems.given import as_system
    from lrfit.systems.grid import grid_shape

    subject, parameters = overrides.subject(system)
    target = as_system(subject, overrides=parameters)
    outlet = open_outlet(output, system=target.name, kind="grid")
    shape = grid_shape(target, grid.points)
    memory = grid_memory(shape)
    fields = {
        "system": target.name,
        "dimension": target.domain.dimension,
        "points": shape,
        "dry_run": output.dry_run,
        "memory_bytes": memory,
        "output": outlet.name,
    }
    verb = "would write" if output.dry_run else "grid"
    rows = [(verb, outlet.name), ("nodes", " x ".join(map(str, shape)))]
    if not output.dry_run:
        require_memory(memory, limit.memory_limit)
        held = values.assignments(grid.hold or [])
        deliver(outlet, grid_file(target, grid.points, input_values=held, history=[command_line()]))
    warn(target.notes, report)
    summarize("sample", fields, [Table(rows=rows)], report, outlet=outlet)
    return 0
