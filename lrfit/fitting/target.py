"""From what a user means to a System and its resolved options: given, else file, else program."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.fitting.options import FitOptions
from lrfit.systems.callable_field import Velocity, system_from_callable
from lrfit.systems.system import System, load_system

Target = System | str | Path | bytes | Velocity
Ranges = Mapping[str, tuple[float, float]]


def as_system(
    target: Target,
    *,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
) -> System:
    """Return the System that the user means.

    Parameters
    ----------
    target : System, path, name of a sample system, "-", bytes, or callable
        A callable is velocity(z (P, D), u (P, U)) -> (P, D), and needs `domain`.
    domain, inputs : mapping of name to (lowest, highest)
        Of a callable.
    overrides : mapping of parameter to number
        Set beside the file.

    Raises
    ------
    InputError, UsageError
        As `load_system` and `system_from_callable`.
    """
    if callable(target) and not isinstance(target, System):
        if domain is None:
            raise UsageError("a Python function needs its domain; give domain={'x': (-1, 1), ...}")
        return system_from_callable(target, domain=domain, inputs=inputs)
    if domain is not None or inputs is not None:
        raise UsageError("domain and inputs belong to a Python function; a system has its own")
    if isinstance(target, System):
        if overrides:
            raise UsageError("a System has its parameters already; load it with the overrides")
        return target
    return load_system(target, overrides=overrides)


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
