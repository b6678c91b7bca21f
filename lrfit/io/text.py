"""Ground floor: text that came from outside, made safe to show on one line."""

from __future__ import annotations


def shown(text: object, limit: int = 120) -> str:
    """Return `text` with everything unprintable escaped, in at most `limit` characters.

    Control characters, line breaks, bidirectional marks and undecodable bytes of file names
    become Python's escapes. A second call changes nothing.
    """
    head = str(text)[: limit + 1]
    safe = "".join(c if c.isprintable() else _escape(c) for c in head)
    return safe if len(safe) <= limit else safe[: limit - 3] + "..."


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def byte_size(count: float) -> str:
    """Return a number of bytes for a person: 512 bytes, 1.0 MiB, 2.0 GiB."""
    for power, unit in ((3, "GiB"), (2, "MiB"), (1, "KiB")):
        if count >= 1024**power:
            return f"{count / 1024**power:.1f} {unit}"
    return f"{count:.0f} bytes"
