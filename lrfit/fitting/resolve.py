"""Options of a fit, resolved: given by the user, else by the system's file, else the program's."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.fitting.options import FitOptions
from lrfit.systems.given import Ranges, Target, as_system
from lrfit.systems.system import System


def resolve(
    target: Target,
    options: FitOptions | None,
    given: Mapping[str, Any],
    *,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
) -> tuple[System, FitOptions]:
    """The system that a user means, and the options of a fit of it.

    options : all of them; by default those of the system's file. given : single ones, in place of
    these.

    Raises
    ------
    UsageError
        An unknown option, or a value out of range.
    InputError
        The system cannot be read.
    """
    system = as_system(target, domain=domain, inputs=inputs, overrides=overrides)
    if options is None:
        return system, resolve_options(system, given)
    _require_known(given)
    return system, dataclasses.replace(options, **given)


def resolve_options(system: System, given: Mapping[str, Any]) -> FitOptions:
    """Options of a fit: given by the user, else by the system's file, else the program's.

    Raises
    ------
    UsageError
        An unknown option, or a value out of range.
    """
    _require_known(given)
    chosen = {**system.network, **{k: v for k, v in given.items() if v is not None}}
    if given.get("update") == "continuous" and given.get("dt") is None:
        chosen.pop("dt", None)  # the file's, which belongs to the file's own update
    chosen["drive"] = {**system.drive, **chosen.get("drive", {})}
    return FitOptions(**chosen)


def _require_known(given: Mapping[str, Any]) -> None:
    known = {field.name for field in dataclasses.fields(FitOptions)}
    if unknown := sorted(set(given) - known):
        raise UsageError(f"unknown option {unknown[0]!r}; known are {', '.join(sorted(known))}")
