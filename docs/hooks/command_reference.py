"""MkDocs hook: the command reference, made from the commands themselves.

The page that holds MARK gets, in its place, a section for every command: its help, its examples
and tables of its options. The commands are imported, nothing is run.
"""

from __future__ import annotations

import html
from typing import Any

import typer

from lrfit.cli import app as program
from lrfit.cli.declare import PANELS

MARK = "<!-- commands: made by docs/hooks/command_reference.py -->"
LAST_PANEL = PANELS[-1]


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the reference where its mark is (called by MkDocs for every page)."""
    return markdown.replace(MARK, command_reference()) if MARK in markdown else markdown


def commands() -> dict[str, Any]:
    """Every command by its name, in the order of help."""
    program.load_commands()
    group: Any = typer.main.get_command(program.app)
    return dict(group.commands)


def command_reference() -> str:
    """Markdown about all commands."""
    return "\n\n".join(section(name, command) for name, command in commands().items())


def section(name: str, command: Any) -> str:
    """One command: title, description, usage and examples, options by group."""
    context = command.make_context(name, [], resilient_parsing=True)
    title, *description = [_one_line(part) for part in (command.help or "").split("\n\n")]
    parameters = command.get_params(context)
    usage = [each.metavar for each in parameters if each.param_type_name == "argument"]
    examples = [line.strip() for line in (command.epilog or "").strip().splitlines()]
    parts = [
        f"## lrfit {name}",
        _escaped(title),
        *map(_escaped, description),
        _fenced("text", [" ".join(["lrfit", name, *usage, "[OPTIONS]"])]),
        "Examples:",
        _fenced("console", examples),
        *_tables(parameters, context),
    ]
    return "\n\n".join(parts)


def _tables(parameters: list[Any], context: Any) -> list[str]:
    """A table of every group of parameters, in the order of help."""
    panels: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        row = _row(parameter, context)
        if row is not None:
            panel = getattr(parameter, "rich_help_panel", None) or LAST_PANEL
            panels.setdefault(panel, []).append(row)
    return [_table(panel, panels[panel]) for panel in sorted(panels, key=_rank)]


def _rank(panel: str) -> int:
    """Position of a group of options: as in help, groups of one command come in the middle."""
    return PANELS.index(panel) if panel in PANELS else len(PANELS) // 2


def _row(parameter: Any, context: Any) -> tuple[str, str] | None:
    if parameter.param_type_name == "argument":
        return parameter.metavar, parameter.help or ""
    record = parameter.get_help_record(context)
    return None if record is None else (record[0], record[1])


def _table(panel: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| {panel} | |", "|---|---|"]
    lines += [f"| {_code(flag)} | {_escaped(_one_line(text))} |" for flag, text in rows]
    return "\n".join(lines)


def _fenced(language: str, lines: list[str]) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def _code(text: str) -> str:
    """Code in a cell of a table: a bar would end the cell in Markdown, so the code is HTML."""
    return f"<code>{html.escape(text).replace('|', '&#124;')}</code>"


def _escaped(text: str) -> str:
    """Text whose characters mean themselves, outside of the `code` that it may hold."""
    parts = text.split("`")
    for i, part in enumerate(parts):
        safe = part.replace("|", "&#124;") if i % 2 else html.escape(part, quote=False)
        parts[i] = safe if i % 2 else _plain(safe)
    return "`".join(parts)


def _plain(text: str) -> str:
    for character, entity in {"|": "&#124;", "*": "&#42;", "_": "&#95;", "[": "&#91;"}.items():
        text = text.replace(character, entity)
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())
