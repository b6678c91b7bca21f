"""How a command is declared: option groups as dataclasses, and help that starts with examples.

A command is a function of its arguments and of option groups (dataclasses whose fields are
Annotated Typer options); `command` spreads the groups into the parameters that Typer sees and
gathers their values again. The help is plain text, so that no help needs rich.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

LAST = "Help"
PANELS = ("Arguments", "Size", "Network", "Search", "System", "Output", "Running", LAST)
"""Order of the groups of options; any other group comes in the middle of these."""
Function = TypeVar("Function", bound=Callable[..., Any])


def command(app: typer.Typer, *, examples: str, name: str | None = None) -> Callable[[Any], Any]:
    """Register a command; `examples` are command lines that work as they stand, one per line."""

    def register(function: Function) -> Function:
        typer_name = name or function.__name__
        app.command(typer_name, cls=_Command, epilog=examples)(spread(function))
        return function

    return register


def spread(function: Callable[..., Any]) -> Callable[..., Any]:
    """Replace every dataclass parameter of `function` by the fields of the dataclass."""
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, Any] = {
        name: hint for name, hint in hints.items() if dataclasses.is_dataclass(hint)
    }

    def run(**values: Any) -> Any:
        for name, group in groups.items():
            names = [field.name for field in dataclasses.fields(group)]
            values[name] = group(**{field: values.pop(field) for field in names})
        return function(**values)

    parameters = [
        parameter
        for name in inspect.signature(function).parameters
        for parameter in _parameters(function, name, hints[name])
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # PEP 362
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    return run


def _parameters(function: Callable[..., Any], name: str, hint: Any) -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    if not dataclasses.is_dataclass(hint):
        default = inspect.signature(function).parameters[name].default
        return [inspect.Parameter(name, keyword, default=default, annotation=hint)]
    hints = get_type_hints(hint, include_extras=True)
    return [
        inspect.Parameter(
            field.name, keyword, default=_default(field), annotation=hints[field.name]
        )
        for field in dataclasses.fields(hint)
    ]


def _default(field: dataclasses.Field[Any]) -> Any:
    missing = field.default is dataclasses.MISSING
    return inspect.Parameter.empty if missing else field.default


def _write_title_and_examples(owner: Any, ctx: Any, formatter: Any) -> None:
    title, *rest = (owner.help or "").split("\n\n", 1)
    formatter.write(f"{ctx.command_path}: {' '.join(title.split())}\n")
    with formatter.section("Examples"):
        for line in (owner.epilog or "").strip().splitlines():
            formatter.write(f"  {line.strip()}\n")
    formatter.write_paragraph()
    formatter.write_usage(ctx.command_path, _usage(owner, ctx))
    for text in rest:
        formatter.write_paragraph()
        formatter.write_text(text)


def _usage(owner: Any, ctx: Any) -> str:
    if isinstance(owner, TyperGroup):
        return "COMMAND [OPTIONS]"
    arguments = [item.metavar for item in owner.get_params(ctx) if _is_argument(item)]
    return " ".join([*arguments, "[OPTIONS]"])


class _Command(TyperCommand):
    """A command whose help has: title, examples, usage, text, options in groups."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All options and arguments, that for help included."""
        return _taken_as_they_are(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        _write_title_and_examples(self, ctx, formatter)
        panels: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = _help_record(parameter, ctx)
            panel = getattr(parameter, "rich_help_panel", None)
            if record is not None:
                panels.setdefault(panel or LAST, []).append(record)
        for panel in sorted(panels, key=_rank):
            with formatter.section(panel):
                formatter.write_dl(panels[panel])


def _taken_as_they_are(parameters: list[Any]) -> list[Any]:
    """Let text stay text, and our own parsers make values, without the help of pydantic.

    Typer makes a pydantic schema of every parameter, and importing pydantic takes as long as
    importing NumPy. Other types, values that a parser refuses by ValueError, and versions of
    Typer that do it in another way are left to Typer.
    """
    for each in parameters:
        typers, declared = (
            getattr(each, name, None) for name in ("get_runtime_param", "type_descriptor")
        )
        parse = getattr(getattr(declared, "parameter_info", None), "parser", None)
        own = parse or getattr(declared, "annotation", None) in (bool, str, list[str])
        if typers is not None and own and "get_runtime_param" not in vars(each):
            plain = _Plain(parse or _same, typers)
            each.get_runtime_param = lambda plain=plain: plain
    return parameters


@dataclasses.dataclass(frozen=True)
class _Plain:
    """Makes values of text, as the object does that `typers` returns."""

    parse: Callable[[Any], Any]
    typers: Callable[[], Any]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value of a parameter."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            return [self.parse(each) for each in value] if several else self.parse(value)
        except ValueError:
            return self.typers().coerce(value, param=param, ctx=ctx)


def _same(value: Any) -> Any:
    return value


def _rank(panel: str) -> int:
    return PANELS.index(panel) if panel in PANELS else len(PANELS) // 2


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _help_record(parameter: Any, ctx: Any) -> tuple[str, str] | None:
    if _is_argument(parameter):
        return parameter.metavar, parameter.help
    record = parameter.get_help_record(ctx)
    return None if record is None else (record[0], record[1])


class Group(TyperGroup):
    """The list of commands, with examples before it."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The program's own options, that for help included."""
        return _taken_as_they_are(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        _write_title_and_examples(self, ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, _first_sentence(self.commands[name].help or ""))
                    for name in self.list_commands(ctx)
                ]
            )
        records = [item.get_help_record(ctx) for item in self.get_params(ctx)]
        with formatter.section("Options"):
            formatter.write_dl([record for record in records if record is not None])

    def list_commands(self, ctx: Any) -> list[str]:
        """Commands in the order of a day's work, not of the alphabet."""
        return list(self.commands)


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split()).rstrip(".")
