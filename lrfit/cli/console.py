"""What a person sees: tables, warnings and progress. The only place that knows a terminal.

Tables are plain text when piped and drawn by rich on a terminal, always within 79 columns;
progress is drawn only on a terminal. rich is imported only then.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from lrfit.cli.failures import silence
from lrfit.core.errors import OutputError
from lrfit.io.text import counted, shown

if TYPE_CHECKING:
    from lrfit.cli.flags import ReportFlags
    from lrfit.core.progress import Progress

WIDTH = 79
NARROW = 28
"""Longest cell of any column but the last, whose text is wrapped."""
Row = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text; with `header` a list of things, without one a description: name, value."""

    rows: Sequence[Row]
    header: Row | None = None
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Lines of characters that stand as they are; `dim` are those that only support the others."""

    lines: Sequence[str]
    dim: str = ""


def draws_blocks(stream: TextIO | None) -> bool:
    """Whether block characters and arrows will be seen: on a terminal that speaks UTF-8."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    return is_terminal(stream) and encoding == "utf8"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at this stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def write_bytes(data: bytes, stream: TextIO | None) -> None:
    """Write all of `data` and flush.

    Raises
    ------
    OutputError
        The stream is closed, full, or its reader has gone.
    """
    try:
        if stream is None:
            raise BrokenPipeError("closed")
        stream.flush()
        rest = memoryview(data)
        while rest:  # an unbuffered stream (python -u) writes what it can
            rest = rest[stream.buffer.write(rest) :]
        stream.buffer.flush()
    except OSError as error:
        silence(stream)
        reason = os.strerror(error.errno) if error.errno else "it is closed"
        raise OutputError(f"standard output cannot be written: {reason}") from error


def write_text(text: str, stream: TextIO | None) -> None:
    """Write text and flush; raises as `write_bytes`."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    write_bytes(text.encode(encoding, "backslashreplace"), stream)


def render(table: Table | Drawing, stream: TextIO | None, *, color: bool) -> str:
    """The table as text fit for that stream; text from files is made printable here."""
    if isinstance(table, Drawing):
        return _sketched(table, stream, color=color)
    safe = Table(
        rows=[
            [*(shown(cell, NARROW) for cell in row[:-1]), shown(row[-1], 2000)]
            for row in table.rows
        ],
        header=table.header,
        title=shown(table.title, 200),
    )
    return _drawn(safe, color=color) if is_terminal(stream) else _plain(safe)


def _sketched(drawing: Drawing, stream: TextIO | None, *, color: bool) -> str:
    lines = [shown(line, WIDTH) for line in drawing.lines]
    if not (color and is_terminal(stream)):
        return "".join(f"{line}\n" for line in lines)
    faint, plain = "\x1b[2m", "\x1b[0m"
    return "".join(
        "".join(f"{faint}{c}{plain}" if c in drawing.dim else c for c in line) + "\n"
        for line in lines
    )


def _plain(table: Table) -> str:
    lines = [table.title] if table.title else []
    rows = [*([table.header] if table.header else []), *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        lines += _plain_row(row, widths)
    return "\n".join(lines) + "\n"


def _plain_row(row: Row, widths: Sequence[int]) -> list[str]:
    """One row; its last cell is wrapped under itself."""
    head = "".join(f"{cell:<{width}}  " for cell, width in zip(row[:-1], widths, strict=False))
    room = max(WIDTH - len(head), 20)
    wrapped = textwrap.wrap(row[-1], room, break_on_hyphens=False) or [""]
    return [(head + wrapped[0]).rstrip(), *(" " * len(head) + line for line in wrapped[1:])]


def _drawn(table: Table, *, color: bool) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        title=Text(table.title, style="bold") if table.title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD if table.header else None,
        show_header=table.header is not None,
        pad_edge=False,
    )
    for number, name in enumerate(table.header or [""] * len(table.rows[0])):
        drawn.add_column(name, style="cyan" if number == 0 else None, no_wrap=number == 0)
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    columns = min(os.get_terminal_size().columns if _has_size() else WIDTH, WIDTH)
    page = io.StringIO()
    Console(file=page, force_terminal=True, no_color=not color, width=columns).print(drawn)
    return page.getvalue()


def _has_size() -> bool:
    try:
        return os.get_terminal_size().columns > 0
    except OSError:
        return False


def wants_color(flags: ReportFlags) -> bool:
    """Colors unless the user said no, by option or by the variable NO_COLOR (no-color.org)."""
    return not flags.no_color and not os.environ.get("NO_COLOR")


@contextlib.contextmanager
def progress_display(*, quiet: bool, color: bool) -> Iterator[Progress | None]:
    """Progress on stderr, if that is a terminal and the user did not ask for quiet."""
    if quiet or not is_terminal(sys.stderr):
        yield None
        return
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(bar_width=20),
        rich_progress.TextColumn("{task.fields[best]}"),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    console = Console(stderr=True, no_color=not color)
    with rich_progress.Progress(*columns, console=console, transient=True) as display:
        task = display.add_task("starting", total=None, best="")
        yield _Reporter(display, task)


def show_cursor() -> None:
    """Show it again: a progress display that is cut off leaves it hidden."""
    if is_terminal(sys.stderr):
        sys.stderr.write("\x1b[?25h")


class _Reporter:
    """What a search calls; draws through rich."""

    def __init__(self, display: Any, task: Any) -> None:
        self._display, self._task = display, task

    def __call__(
        self, stage: str, done: int, total: int | None, neurons: int | None, error: float | None
    ) -> None:
        size = "" if neurons is None else counted(neurons, "neuron")
        best = size if error is None else f"{size} error {error:.3g}".strip()
        self._display.update(
            self._task, description=shown(stage, 30), completed=done, total=total, best=best
        )
