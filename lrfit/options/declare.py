"""An option declared once: a field of a frozen dataclass that carries everything about it.

    tau: float | str = option("auto", kinds.NumberOr(words=("auto", "natural")), NETWORK,
                              help="Membrane time constant [auto].")

Place in the flow: options of a room are such a dataclass. `lrfit.cli.flags` makes flags of it,
`lrfit.systems.schema` keys of system.yaml, `lrfit.records` attributes of files, and the
dataclass itself checks what it is given by `check`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from lrfit.core.errors import UsageError
from lrfit.io.text import shown
from lrfit.options.kinds import Kind
from lrfit.options.python_values import nearest, require_instance

Values = TypeVar("Values")

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
    """Declare an option as a field of a dataclass.

    A callable default makes a new one each time; `...` is one that must be given.
    """
    declared = Option(
        kind=kind, panel=panel, help=help, in_file=in_file, flags=flags, metavar=metavar
    )
    if default is ...:
        return dataclasses.field(metadata={_KEY: declared})
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
    """Refuse values of an options dataclass that no computation could use.

    None is a value where it is the default, and means: as another rule says.

    Raises
    ------
    UsageError
        In one line: the option, its value, and what is allowed.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(values)}
    for name, declared in options_of(values).items():
        value = getattr(values, name)
        if value is not None or defaults[name] is not None:
            declared.kind.check(name.replace("_", " "), value)


def replaced(
    cls: type[Values],
    values: Values | None,
    changes: Mapping[str, Any],
    *,
    name: str = "options",
) -> Values:
    """Options with some of them changed; None stands for the defaults.

    name : of the parameter that gives `values`, for messages.

    Raises
    ------
    UsageError
        These are no options of this class, one that is changed does not exist, or a value is
        refused.
    """
    require_instance(name, values, cls)
    known = [field.name for field in dataclasses.fields(cast(Any, cls))]
    for each in changes:
        if each not in known:
            raise UsageError(f"unknown option {shown(each, 60)!r}; {nearest(each, known)}")
    return cast(
        Values, dataclasses.replace(cast(Any, cls() if values is None else values), **changes)
    )
