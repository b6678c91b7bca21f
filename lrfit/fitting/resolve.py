"""Options of a fit, resolved: given by the user, else by the system's file, else the program's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lrfit.fitting.options import FitOptions
from lrfit.options.declare import replaced
from lrfit.options.python_values import require_function, require_instance
from lrfit.systems.given import Ranges, Target, as_system
from lrfit.systems.system import System

if TYPE_CHECKING:
    from lrfit.fitting.policy import SearchPolicy


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
    return system, replaced(FitOptions, options, given)


def resolve_options(system: System, given: Mapping[str, Any]) -> FitOptions:
    """Options of a fit: given by the user, else by the system's file, else the program's.

    Raises
    ------
    UsageError
        An unknown option, or a value out of range.
    """
    chosen = {**system.network, **{k: v for k, v in given.items() if v is not None}}
    if given.get("update") == "continuous" and given.get("dt") is None:
        chosen.pop("dt", None)  # the file's, which belongs to the file's own update
    options = replaced(FitOptions, None, chosen)
    return dataclasses.replace(options, drive={**system.drive, **options.drive})


def require_helpers(
    *,
    progress: Callable[..., Any] | None,
    on_found: Callable[..., Any] | None,
    policy: SearchPolicy | None,
) -> None:
    """Refuse, of what a program hands to a search, all that is not what it should be.

    Raises
    ------
    UsageError
        Something else than a function, or than a `SearchPolicy`.
    """
    from lrfit.fitting.policy import SearchPolicy  # noqa: PLC0415 - checks load no search

    require_function("progress", progress)
    require_function("on_found", on_found)
    require_instance("policy", policy, SearchPolicy)
