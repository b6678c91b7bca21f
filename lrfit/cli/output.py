"""Where results go: a file, or standard output; the summary to the other side.

stdout carries data only: the summary (a table, or one JSON object), or with `-o -` the HDF5
bytes; then the summary goes to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrfit.cli import signals
from lrfit.cli.console import (
    Drawing,
    Table,
    is_terminal,
    render,
    wants_color,
    write_bytes,
    write_text,
)
from lrfit.cli.failures import say
from lrfit.cli.flags import OutputFlags, RecordFlags, ReportFlags
from lrfit.cli.history import command_line
from lrfit.cli.text import plain_value
from lrfit.core.errors import UsageError

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """Where one result goes: `name` as the user gave it, "-" for standard output."""

    name: str
    force: bool

    @property
    def is_stdout(self) -> bool:
        """Whether the HDF5 bytes go to standard output."""
        return self.name == "-"

    @property
    def told(self) -> str:
        """The place, in a sentence."""
        return "standard output" if self.is_stdout else self.name


def open_outlet(flags: OutputFlags, *, system: str, kind: str) -> Outlet:
    """Decide where the result goes, and make sure now that it can.

    Raises
    ------
    OutputError
        The file exists (without --force), or cannot be written.
    UsageError
        HDF5 would go to a terminal.
    """
    name = flags.output if flags.output is not None else f"{system}.{kind}.h5"
    outlet = Outlet(name=name, force=flags.force)
    if outlet.is_stdout:
        if is_terminal(sys.stdout):
            raise UsageError(
                "-o - would write HDF5 to the terminal; redirect it to a file or a pipe"
            )
        return outlet
    from lrfit.io.atomic import check_writable

    check_writable(name, overwrite=flags.force)
    signals.clean_up_in(Path(name).parent)
    return outlet


def open_record(flags: RecordFlags, *, system: str, kind: str) -> Outlet | None:
    """As `open_outlet`, where a file is written only when asked for; else None."""
    if flags.output is None:
        return None
    return open_outlet(
        OutputFlags(output=flags.output, force=flags.force), system=system, kind=kind
    )


def deliver(outlet: Outlet | None, result: Any, *, history: Sequence[str] = ()) -> None:
    """Write the HDF5 file of a result whole, or its bytes to standard output; nothing for None.

    history : command lines that led to the network that the result is about.
    """
    if outlet is None:
        return
    from lrfit.io.atomic import write_atomic
    from lrfit.io.hdf5_writer import to_bytes
    from lrfit.records.store import tree_of

    data = to_bytes(tree_of(result, history=[*history, command_line()]))
    if outlet.is_stdout:
        write_bytes(data, sys.stdout)
    else:
        write_atomic(outlet.name, data, overwrite=outlet.force)


def summarize(
    command: str,
    fields: Mapping[str, Any],
    tables: Sequence[Table | Drawing],
    flags: ReportFlags,
    *,
    outlet: Outlet | None = None,
) -> None:
    """Print the summary of a command: one JSON object, or tables for a person.

    With an outlet the summary is beside the result, and --quiet leaves the tables out.
    """
    stream = sys.stderr if outlet is not None and outlet.is_stdout else sys.stdout
    if flags.json:
        whole = {"schema": SCHEMA, "command": command, **fields}
        write_text(json.dumps(plain_value(whole), allow_nan=False) + "\n", stream)
    elif outlet is None or not flags.quiet:
        color = wants_color(flags)
        write_text("\n".join(render(table, stream, color=color) for table in tables), stream)


def warn(warnings: Sequence[str], flags: ReportFlags) -> None:
    """One line on stderr for each thing that the user should know."""
    for warning in () if flags.quiet else warnings:
        say(f"warning: {warning}")
