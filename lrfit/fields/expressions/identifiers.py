"""What may be a name in expressions; loaded without the parser."""

from __future__ import annotations

import keyword
import re

from lrfit.fields.expressions.errors import excerpt
from lrfit.fields.expressions.operations import RESERVED


def name_problem(name: str) -> str | None:
    """Why `name` cannot name a variable, an input or a parameter; None if it can."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name):
        return f"{excerpt(name)} is not a name; use at most 64 letters, digits and _"
    if name in RESERVED:
        return f"the name {name!r} is taken by the expression language; choose another"
    if keyword.iskeyword(name):
        return f"{name!r} is a reserved word; choose another name"
    return None
