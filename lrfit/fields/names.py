"""Names that a user gives, of systems (and so of files) and of quantities; help with typos."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from lrfit.io.text import shown

_TITLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)
LONGEST = 64
"""Characters of a name."""
MOST_NAMES = 100
"""State variables, and as many inputs: far beyond what can be sampled."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return "did you mean 'x'?", or the choices themselves where none is close."""
    known = list(choices)
    folded = {choice.lower(): choice for choice in known}
    close = difflib.get_close_matches(word[:LONGEST].lower(), list(folded)[:200], n=1)
    if close:
        return f"did you mean {shown(folded[close[0]], 60)!r}?"
    if not known:
        return "there are none here"
    listed = ", ".join(shown(choice, 60) for choice in known[:20])
    return f"choose from {listed}" + (", ..." if len(known) > 20 else "")


def why_no_identifier(name: str) -> str:
    """Say why `name` cannot name a variable, an input or a parameter; "" when it can."""
    from lrfit.fields.expressions.identifiers import name_problem  # noqa: PLC0415 - when used

    return name_problem(name) or ""


def title_problem(name: str) -> str:
    """Say why `name` cannot name a system, and so its files; "" when it can."""
    if _TITLE.fullmatch(name) and len(name) <= LONGEST:
        return ""
    return (
        f"{shown(name, 60)!r} cannot name a system and its files; use at most {LONGEST} letters, "
        "digits, _ and -"
    )


def title_from(text: str) -> str:
    """Turn any text, such as a file's stem, into a name that `title_problem` accepts."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "_", text, flags=re.ASCII).strip("_-")
    return kept[:LONGEST] or "system"
