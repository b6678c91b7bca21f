"""Where a value comes from, as its file says; and the base of every result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Annotated

from lrfit.core.shapes import Untold


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What the root of an lrfit file says.

    history : command lines, oldest first. seed : of all random numbers. file_time : ISO 8601,
    "" when left out. creator_version, libraries : versions of lrfit and of what it used.
    """

    history: tuple[str, ...] = ()
    seed: int = 0
    file_time: str = ""
    creator_version: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Base of what files hold. `provenance` : of the file it was read from; None when computed."""

    provenance: Annotated[Provenance | None, Untold()] = None

    @property
    def history(self) -> tuple[str, ...]:
        """Command lines that led here, oldest first; none of what was computed in Python."""
        return () if self.provenance is None else self.provenance.history

    def _repr_html_(self) -> str | None:
        """For notebooks, when they show it: tables and figure; None where there are none."""
        # By name: what a notebook shows is far above, and nothing of it is needed before.
        shown: str | None = import_module("lrfit.plotting.notebook").html_of(self)
        return shown


@dataclass(frozen=True, kw_only=True, eq=False)
class SystemResult(Result):
    """Base of results about a system.

    parameters : of the system as they were used. overrides : those of them that were set beside
    its file. Files of version 0.1.0 have neither.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    overrides: Mapping[str, float] = field(default_factory=dict)
