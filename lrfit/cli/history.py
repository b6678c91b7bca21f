"""The command line, as files record it.

Where the output went is left out: it is not part of what was computed, and equal computations
must give equal files.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

_current: list[str] = []


def begin(arguments: Sequence[str]) -> None:
    """Remember the arguments of the command that starts now."""
    _current[:] = arguments


def command_line() -> str:
    """The current command line: `lrfit minimize van_der_pol --tol 1e-2`."""
    kept, skip = ["lrfit"], False
    for argument in _current:
        if skip or argument == "--force" or argument.startswith("--output="):
            skip = False
        elif argument in ("-o", "--output"):
            skip = True
        elif not (argument.startswith("-o") and not argument.startswith("--")):
            kept.append(argument)
    return shlex.join(kept)
