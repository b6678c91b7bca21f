"""Options of a fit, resolved: given by the user, else by the system's file, else the program's."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.fitting.options import FitOptions
from lrfit.systems.system import System


def resolve_options(system: System, given: Mapping[str, Any]) -> FitOptions:
    """Options of a fit: given by the user, else by the system's file, else the program's.

    Raises
    ------
    UsageError
        An unknown option, or a value out of range.
    """
    known = {field.name for field in dataclasses.fields(FitOptions)}
    if unknown := sorted(set(given) - known):
        raise UsageError(f"unknown option {unknown[0]!r}; known are {', '.join(sorted(known))}")
    chosen = {**system.network, **{k: v for k, v in given.items() if v is not None}}
    if given.get("update") == "continuous" and given.get("dt") is None:
        chosen.pop("dt", None)  # the file's, which belongs to the file's own update
    chosen["drive"] = {**system.drive, **chosen.get("drive", {})}
    return FitOptions(**chosen)
