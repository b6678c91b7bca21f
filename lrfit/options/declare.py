"""An option declared once: a field of a frozen dataclass that carries everything about it.

    tau: float | str = option("auto", kinds.NumberOr(words=("auto", "natural")), NETWORK,
                              help="Membrane time constant [auto].")

Place in the flow: options of a room are such a dataclass. `lrfit.cli.flags` makes flags of it,
`lrfit.systems.schema` keys of system.yaml, `lrfit.records` attributes of files, and the
dataclass itself checks what it is given by `check`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from lrfit.options.kinds import Kind

_KEY = "option"


@dataclass(frozen=True, kw_only=True)
class Option:
    """What is declared of one option beside its name, type and default.

    kind : of its values. panel : heading under which help lists it. help : with the default in
    brackets. in_file : whether system.yaml may give it. flags : names on the command line, by
    default that of the field with hyphens. metavar : in help, by default that of the kind.
    """

    kind: Kind
    panel: str
    help: str
    in_file: bool = True
    flags: str = ""
    metavar: str = ""


def option(
    default: Any,
    kind: Kind,
    panel: str,
    *,
    help: str,  # noqa: A002 - the word of the command line
    in_file: bool = True,
    flags: str = "",
    metavar: str = "",
) -> Any:
    """Declare an option as a field of a dataclass; a callable default makes a new one each time."""
    declared = Option(
        kind=kind, panel=panel, help=help, in_file=in_file, flags=flags, metavar=metavar
    )
    if callable(default):
        return dataclasses.field(default_factory=default, metadata={_KEY: declared})
    return dataclasses.field(default=default, metadata={_KEY: declared})


def options_of(owner: Any) -> dict[str, Option]:
    """The options that a dataclass declares, by name, in order."""
    return {
        field.name: field.metadata[_KEY]
        for field in dataclasses.fields(owner)
        if _KEY in field.metadata
    }


def check(values: Any) -> None:
    """Refuse values of an options dataclass that no computation could use; None is not checked.

    Raises
    ------
    UsageError
        In one line: the option, its value, and what is allowed.
    """
    for name, declared in options_of(values).items():
        value = getattr(values, name)
        if value is not None:
            declared.kind.check(name.replace("_", " "), value)
