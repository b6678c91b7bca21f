"""The report as one HTML file: no script, no external resource, nothing unescaped.

Place in the flow: `Section`s of text, tables, code and figures become a page that opens from disk,
on paper and on a telephone, light or dark as the reader's system is. Everything that comes from a
file is escaped here and nowhere else: what `Section` holds is plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files as resources

from lrfit.io.text import shown
from lrfit.plotting.picture import Picture

Cells = Sequence[str]
_NARROW = 5.0
"""Inches: a figure of less is not stretched over the page."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: `header`, rows of text. numeric : whether all columns but the first are numbers."""

    header: Cells
    rows: Sequence[Cells]
    numeric: bool = False


@dataclass(frozen=True, kw_only=True)
class Code:
    """Preformatted text: a command, a program, an equation."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names with what is to be said of them."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure with its caption."""

    picture: Picture
    caption: str


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Something long, folded away until it is asked for."""

    title: str
    content: Grid | Code


Part = str | Grid | Code | Facts | Figure | Fold


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with its parts; a `str` is a paragraph."""

    title: str
    parts: Sequence[Part]


def page(
    title: str,
    lead: str,
    sections: Sequence[Section],
    *,
    warnings: Sequence[str] = (),
    footer: str = "",
) -> str:
    """Return the whole page; warnings come first, before anything that is praised."""
    style = resources("lrfit.plotting").joinpath("page.css").read_text(encoding="utf-8")
    body = [
        f"<header><h1>{text(title)}</h1><p class='lead'>{text(lead)}</p></header>",
        _warnings(warnings),
        *(_section(section, number) for number, section in enumerate(sections, start=1)),
        f"<footer><p>{text(footer)}</p></footer>" if footer else "",
    ]
    return (
        "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        "<meta name='color-scheme' content='light dark'>\n"
        "<link rel='icon' href='data:,'>\n"
        f"<title>{text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def text(value: object, limit: int = 4000) -> str:
    """Any text on one line, safe in HTML."""
    return escape(shown(value, limit))


def block(value: str, limit: int = 200_000) -> str:
    """Text of several lines, safe in HTML: line by line, tabs as blanks."""
    lines = value[:limit].expandtabs(4).split("\n")
    return escape("\n".join(shown(line, 4000) for line in lines))


def _warnings(warnings: Sequence[str]) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{text(each)}</li>" for each in warnings)
    return f"<aside class='warnings' role='note'><h2>Warnings</h2><ul>{items}</ul></aside>"


def _section(section: Section, number: int) -> str:
    parts = "\n".join(_part(part, f"f{number}{k}") for k, part in enumerate(section.parts))
    return f"<section>\n<h2>{text(section.title)}</h2>\n{parts}\n</section>"


def _part(part: Part, name: str) -> str:
    if isinstance(part, str):
        return f"<p>{text(part)}</p>"
    if isinstance(part, Facts):
        rows = "".join(f"<dt>{text(n)}</dt><dd>{text(v)}</dd>" for n, v in part.rows)
        return f"<dl>{rows}</dl>"
    if isinstance(part, Code):
        return f"<pre tabindex='0'><code>{block(part.text)}</code></pre>"
    if isinstance(part, Grid):
        return _grid(part)
    if isinstance(part, Fold):
        return (
            f"<details><summary>{text(part.title)}</summary>{_part(part.content, name)}</details>"
        )
    label = text(part.picture.title)
    size = "narrow" if part.picture.figure.get_figwidth() < _NARROW else "broad"
    attributes = f"class='{size}' role='img' aria-label='{label}'"
    drawing = part.picture.inline(name).replace("<svg ", f"<svg {attributes} ", 1)
    return (
        f"<figure><div class='wide' tabindex='0'>{drawing}</div>"
        f"<figcaption>{text(part.caption)}</figcaption></figure>"
    )


def _grid(grid: Grid) -> str:
    kind = " class='numbers'" if grid.numeric else ""
    head = "".join(f"<th scope='col'>{text(cell)}</th>" for cell in grid.header)
    rows = "".join(
        f"<tr><th scope='row'>{text(row[0])}</th>"
        + "".join(f"<td>{text(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in grid.rows
    )
    return (
        f"<div class='wide' tabindex='0'><table{kind}><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )
