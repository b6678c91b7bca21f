"""What a notebook shows of a result: its tables, and its figure where there is one.

Place in the flow: `Result._repr_html_` asks for it when a cell ends with a result, and never
before. Nothing here raises: a notebook then falls back to the text.
"""

from __future__ import annotations

from html import escape
from importlib.util import find_spec
from typing import Any

from lrfit.core.errors import LrfitError
from lrfit.io.text import shown
from lrfit.records.kinds import kind_of_value


def html_of(value: Any) -> str | None:
    """A fragment of HTML about a result; None where it cannot be made."""
    try:
        kind = kind_of_value(value)
        if kind is None:
            return None
        parts = [_table(table) for table in kind.tables(value, verbose=False) if rows_of(table)]
        return f"<div>{_figure(value) if kind.has_figure else ''}{''.join(parts)}</div>"
    except Exception:  # to show a value must not break the cell that made it
        return None


def _figure(value: Any) -> str:
    """The figure, or why there is none."""
    if find_spec("matplotlib") is None:
        return ""
    from lrfit.plotting.plot import plot  # noqa: PLC0415 - needs matplotlib

    try:
        return f"<div>{plot(value).to_bytes('svg').decode('utf-8').partition('?>')[2]}</div>"
    except LrfitError as error:
        return f"<p>{escape(shown(error, 200))}</p>"


def rows_of(table: Any) -> Any:
    """The rows of a table; none of what a terminal draws with letters."""
    return getattr(table, "rows", None)


def _table(table: Any) -> str:
    title = f"<caption>{escape(shown(table.title, 200))}</caption>" if table.title else ""
    head = f"<tr>{_cells(table.header, 'th')}</tr>" if table.header else ""
    rows = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in table.rows)
    return f"<table>{title}{head}{rows}</table>"


def _cells(row: Any, tag: str) -> str:
    return "".join(
        f"<{tag} style='text-align:left'>{escape(shown(cell, 400))}</{tag}>" for cell in row
    )
