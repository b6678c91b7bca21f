"""Every option that commands share, in groups; None means: from the system file or the program.

Defaults are resolved where the work is done (flag, then file, then program), never here.
"""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, make_dataclass
from dataclasses import field as field_of
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrfit.core.errors import UsageError
from lrfit.options import text_values as values
from lrfit.options.declare import Option, options_of
from lrfit.options.kinds import Choice, Switch
from lrfit.options.text_values import choice

if TYPE_CHECKING:
    from lrfit.systems.system import System

SYSTEM, OUTPUT, RUN = "System", "Output", "Running"


def flag(panel: str, *names: str, help: str, metavar: str | None = None, parse: Any = None) -> Any:  # noqa: A002 - Typer's word
    """One option of a group; `parse` makes a value of its text."""
    return typer.Option(
        *names,
        help=help,
        metavar=metavar,
        parser=None if parse is None else option(parse),
        rich_help_panel=panel,
        show_default=False,
    )


def choices(panel: str, name: str, *words: str, help: str) -> Any:  # noqa: A002 - Typer's word
    """One option that takes one of some words."""
    return flag(panel, name, help=help, metavar="|".join(words), parse=choice(*words))


def option(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Make a parser of Typer's from one of ours: its refusal names the option."""

    def parsed(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        try:
            return parse(text)
        except UsageError as error:
            raise typer.BadParameter(str(error)) from None

    return parsed


def flags_of(name: str, owner: Any, *panels: str, only: tuple[str, ...] = ()) -> Any:
    """A group of flags, a dataclass called `name`, from the options that `owner` declares.

    panels : only options under these headings. only : only these fields. Every flag is None
    where it is not given, unless it must be: defaults are resolved where the work is done.
    """
    declared = [
        (field, each)
        for field, each in options_of(owner).items()
        if each.panel in panels and (not only or field in only)
    ]
    required = {each.name for each in fields(owner) if _is_required(each)}
    made = [
        (
            field,
            _annotated(field, each),
            field_of() if field in required else field_of(default=None),
        )
        for field, each in declared
    ]
    namespace = {"__doc__": name, "OWNER": owner}
    return make_dataclass(name, made, frozen=True, kw_only=True, namespace=namespace)


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _annotated(name: str, declared: Option) -> Any:
    """The annotation from which Typer makes the flag of an option."""
    flags = declared.flags or f"--{name.replace('_', '-')}"
    kind, metavar = declared.kind, declared.metavar or declared.kind.metavar
    if isinstance(kind, Switch):
        return Annotated[bool | None, flag(declared.panel, flags, help=declared.help)]
    if kind.repeats:
        chosen = flag(declared.panel, flags, metavar=metavar, help=declared.help)
        return Annotated[list[str] | None, chosen]
    if isinstance(kind, Choice):
        metavar = metavar or "|".join(kind.words)
    chosen = flag(declared.panel, flags, metavar=metavar, parse=kind.from_text, help=declared.help)
    return Annotated[Any, chosen]


SystemArgument = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM",
        help="A system.yaml, a sampled grid in HDF5, the name of a sample system (see "
        "`lrfit systems`), or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]
FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Any file that lrfit wrote, a sampled field, a system, or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]
NetworkArgument = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="A file written by `lrfit fit` or `lrfit minimize`, or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class SystemFlags:
    """How the system is read."""

    set_: Annotated[
        list[str] | None,
        flag(SYSTEM, "--set", metavar="NAME=VALUE", help="Override a parameter; repeatable."),
    ] = None
    order: Annotated[
        Any,
        choices(
            SYSTEM,
            "--order",
            *("C", "F"),
            help="Order of the axes of a sampled field's arrays: C as h5py writes, F reversed, as "
            "MATLAB, Julia and Fortran write [as the file says or shows].",
        ),
    ] = None

    def subject(self, name: str) -> "tuple[str | System, dict[str, float]]":
        """What the user named, read if --order says how; and the parameters yet to be set."""
        from lrfit.systems.constants import overridden

        parameters = overridden(self.set_)
        if self.order is None:
            return name, parameters
        from lrfit.systems.open import load_system

        return load_system(name, overrides=parameters, order=self.order), {}


@dataclass(frozen=True, kw_only=True)
class LimitFlags:
    """What a command may take."""

    memory_limit: Annotated[
        Any,
        flag(
            RUN,
            "--memory-limit",
            metavar="SIZE",
            parse=values.size,
            help="Refuse to start what needs more, such as 4GiB [80 % of what is available].",
        ),
    ] = None


SeedOption = Annotated[
    Any,
    flag(RUN, "--seed", metavar="SEED", parse=values.whole, help="Seed of all random numbers [0]."),
]


ForceOption = Annotated[bool, flag(OUTPUT, "--force", help="Replace the output file if it exists.")]


@dataclass(frozen=True, kw_only=True)
class OutputFlags:
    """Where the result goes."""

    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="FILE",
            help="Output file, or - for HDF5 on standard output "
            "[<name>.<kind>.h5 in the working directory].",
        ),
    ] = None
    force: ForceOption = False
    dry_run: Annotated[
        bool,
        flag(
            OUTPUT,
            "--dry-run",
            help="Check everything, say what would be done and what it needs; write nothing.",
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class RecordFlags:
    """Where the result goes of a command that prints it, and writes a file only when asked to."""

    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="FILE",
            help="Write the result as HDF5 too; - is standard output [not written].",
        ),
    ] = None
    force: ForceOption = False


@dataclass(frozen=True, kw_only=True)
class StoreFlags:
    """What a network file holds beyond what is needed."""

    store_connectivity: Annotated[
        bool, flag(OUTPUT, "--store-J", help="Store the connectivity J = M N^T as well.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class ReportFlags:
    """What is printed."""

    json: Annotated[bool, flag(RUN, "--json", help="Print one JSON object instead of a table.")] = (
        False
    )
    quiet: Annotated[
        bool, flag(RUN, *("--quiet", "-q"), help="No progress, no warnings, no table.")
    ] = False
    verbose: Annotated[bool, flag(RUN, *("--verbose", "-v"), help="A longer table.")] = False
    no_color: Annotated[
        bool, flag(RUN, "--no-color", help="No colors (also: the variable NO_COLOR).")
    ] = False
    debug: Annotated[bool, flag(RUN, "--debug", help="Show the traceback of an error.")] = False


def given(*groups: Any) -> dict[str, Any]:
    """What the user gave, by name: the fields of option groups that are not None."""
    return {
        field.name: _value(group, field.name)
        for group in groups
        for field in fields(group)
        if getattr(group, field.name) is not None
    }


def _value(group: Any, name: str) -> Any:
    """What a flag means; several texts of one that repeats are one value."""
    given, owner = getattr(group, name), getattr(group, "OWNER", None)
    declared = options_of(owner).get(name) if owner is not None else None
    repeats = declared is not None and declared.kind.repeats
    return declared.kind.from_texts(given) if declared is not None and repeats else given
