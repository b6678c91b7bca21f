"""What is said about where a file comes from, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrfit.core.provenance import Provenance


def origin_fields(provenance: Provenance) -> dict[str, Any]:
    """Fields of the JSON object."""
    return {
        "history": list(provenance.history),
        "file_time": provenance.file_time or None,
        "creator_version": provenance.creator_version,
    }


def origin_rows(provenance: Provenance) -> list[tuple[str, str]]:
    """Rows of a table: the commands that led to a file, and what wrote it."""
    time = f", {provenance.file_time}" if provenance.file_time else ""
    made = f"lrfit {provenance.creator_version}{time}"
    return [*(("command", line) for line in provenance.history), ("made by", made)]
