"""`lrfit learn linear`: how fast linear networks learn, by their initial connectivity.

The flags are those of `lrfit learn`, and `TargetFlags`; those that have no meaning are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table, progress_display, wants_color
from lrfit.cli.flags import OutputFlags, ReportFlags, flags_of
from lrfit.cli.output import Outlet, deliver, open_outlet, summarize
from lrfit.core.errors import UsageError
from lrfit.learning.linear_options import LINEAR, LinearOptions
from lrfit.learning.linear_view import tables
from lrfit.options.declare import options_of

if TYPE_CHECKING:

    class TargetFlags:
        """What a linear network learns; None: the program's choice."""

else:
    TargetFlags = flags_of("TargetFlags", LinearOptions, LINEAR, only=("target",))


def learn_linear_command(
    given: Mapping[str, Any], output: OutputFlags, report: ReportFlags, seed: int | None = None
) -> int:
    """Let linear networks learn, and print and write what `learn_linear` finds.

    given : what the user gave of the options of `lrfit learn`, by name; strengths are `g`.

    Raises
    ------
    UsageError
        An option that linear networks do not have, or a value that makes no sense.
    """
    options = _of_linear(given)
    checked = LinearOptions(**options)
    outlet = open_outlet(output, system="linear", kind="learning")
    if output.dry_run:
        return _announce(checked, outlet, report)
    from lrfit.learning.learn_linear import learn_linear
    from lrfit.records.told import told_fields

    with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
        found = learn_linear(**options, seed=seed or 0, progress=tell)
    deliver(outlet, found)
    fields = {"task": "linear", **told_fields(found), "output": outlet.name}
    summarize("learn", fields, tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0


def _of_linear(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options under the names of `LinearOptions`."""
    options = {"gs" if name == "g" else name: value for name, value in given.items()}
    for name in sorted({*options} - {*options_of(LinearOptions)}):
        raise UsageError(
            f"linear networks have no --{name.replace('_', '-')}; they learn by plain gradient "
            "descent on W until the loss is 1 % of the first; leave it out"
        )
    return options


def _announce(options: LinearOptions, outlet: Outlet, report: ReportFlags) -> int:
    """Say what would be done (--dry-run)."""
    from lrfit.io.text import byte_size, counted

    strengths, memory = options.strengths, 2 * 8 * options.neurons**2
    fields = {
        "task": "linear",
        "dry_run": True,
        "neurons": options.neurons,
        "g": strengths,
        "target": options.target,
        "rate": options.used_rate,
        "seeds": options.seeds,
        "memory_bytes": memory,
        "output": outlet.name,
    }
    networks = counted(len(strengths) * options.seeds, "network")
    rows = [
        ("would learn", f"{networks} of {counted(options.neurons, 'neuron')}"),
        ("g", ", ".join(f"{g:g}" for g in strengths)),
        ("memory", byte_size(memory)),
        ("would write", outlet.told),
    ]
    summarize("learn", fields, [Table(rows=rows)], report, outlet=outlet)
    return 0
