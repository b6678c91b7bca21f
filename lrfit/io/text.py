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


_LONG = 10_000
"""From here on digits are grouped."""


def brief(value: object, *facts: str) -> str:
    """What Python prints of a value: its class, and the facts that a reader wants to know.

    Facts that are empty are left out.

    Examples
    --------
    >>> from lrfit.io.text import brief
    >>> brief(3, "an odd number", "")
    '<int: an odd number>'
    """
    told = ", ".join(shown(fact, 200) for fact in facts if fact)
    return f"<{type(value).__name__}: {told}>"


def counted(count: int, noun: str, several: str = "") -> str:
    """Return a number with its noun: "1 neuron", "2 neurons", "12,000 neurons".

    several : the plural, where it is not the noun with an s.

    Examples
    --------
    >>> from lrfit.io.text import counted
    >>> counted(1, "neuron"), counted(0, "boundary", "boundaries")
    ('1 neuron', '0 boundaries')
    """
    number = f"{count:,}" if abs(count) >= _LONG else str(count)
    return f"{number} {noun if count == 1 else several or f'{noun}s'}"
