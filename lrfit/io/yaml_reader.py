"""Ground floor: strict YAML with line numbers, built from parser events.

Everything that makes YAML surprising or dangerous is refused with its line: anchors and aliases
(a kilobyte of them expands without end), merge keys, tags, directives, repeated keys, several
documents, keys that are not text, deep nesting, tabs, control characters.
`yaml.load` is never called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from lrfit.core.errors import InputError
from lrfit.io.regular import read_regular_file
from lrfit.io.text import byte_size, shown
from lrfit.io.yaml_scalars import plain_scalar

YamlValue = str | int | float | bool | list["YamlValue"] | dict[str, "YamlValue"] | None
YamlPath = tuple[str | int, ...]

MAX_BYTES = 2**20
MAX_DEPTH = 20
MAX_NODES = 20_000

# What YAML does not allow, and besides: U+0085, U+2028 and U+2029, which the parser counts as
# line breaks and an editor does not; a byte-order mark inside the text; and tabs, which are
# errors as indentation and elsewhere mean different things to the C and the Python parser.
_FORBIDDEN = re.compile(
    "[^\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_LINE_BREAK = re.compile("\r\n|\r|\n")
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*%")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """A YAML document as plain Python values, with the line of everything in it.

    value : the top-level mapping. where : file name, for messages. lines : path -> 1-based line.
    """

    value: dict[str, YamlValue]
    where: str
    lines: dict[YamlPath, int]

    def line(self, path: YamlPath = ()) -> int:
        """Return the line of the key or item at `path`, or of its nearest known ancestor."""
        known = (path[:end] for end in range(len(path), -1, -1) if path[:end] in self.lines)
        return self.lines[next(known)]

    def error(self, message: str, path: YamlPath = ()) -> InputError:
        """Return the InputError that names this file and the line of `path`."""
        return InputError(message, where=self.where, line=self.line(path))


def read_yaml_file(path: Path | str) -> tuple[Document, str]:
    """Read a YAML file of at most 1 MiB; return the document and its text.

    Raises
    ------
    InputError
        Not a readable regular file, or not strict YAML (see `read_yaml`).
    """
    data = read_regular_file(path, limit=MAX_BYTES)
    where = shown(path, 300)
    text = _decode(data, where)
    return read_yaml(text, where=where), text


def read_yaml(source: str | bytes, *, where: str) -> Document:
    """Read one strict YAML document whose top level is a mapping.

    Parameters
    ----------
    source : str or bytes
        UTF-8; a byte-order mark at the start and CRLF are accepted.
    where : str
        File name (or "<stdin>") for messages.

    Raises
    ------
    InputError
        With file and line, for everything named in the module's docstring.
    """
    text = _decode(source, where) if isinstance(source, bytes) else source
    _check_text(text, where)
    return _Builder(where).document(text.removeprefix("\ufeff"))


def _decode(data: bytes, where: str) -> str:
    _check_size(len(data), where)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError("this is not UTF-8 text; save it as UTF-8", where=where, line=line) from (
            error
        )


def _check_size(size: int, where: str) -> None:
    if size > MAX_BYTES:
        raise InputError(
            f"the text has {byte_size(size)}, more than the {byte_size(MAX_BYTES)} allowed; "
            "large data belongs in an HDF5 file",
            where=where,
        )


def _check_text(text: str, where: str) -> None:
    _check_size(len(text), where)
    if bad := _FORBIDDEN.search(text, 1 if text.startswith("\ufeff") else 0):
        line = len(_LINE_BREAK.findall(text, 0, bad.start())) + 1
        raise InputError(
            f"the character {shown(bad[0])} is not allowed; "
            + ("use spaces" if bad[0] == "\t" else "remove it"),
            where=where,
            line=line,
        )
    if directive := _DIRECTIVE.match(text):
        line = len(_LINE_BREAK.findall(directive[0])) + 1
        raise InputError(
            "directives (%YAML, %TAG) are not allowed; remove the line", where=where, line=line
        )


def _events(text: str) -> Iterator[yaml.Event]:
    # The C parser is some fifty times faster; the tests hold both to the same answers.
    return yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    """Turns the events of one document into values, refusing as it goes."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.lines: dict[YamlPath, int] = {(): 1}
        self.nodes = 0
        self.events: Iterator[yaml.Event] = iter(())

    def document(self, text: str) -> Document:
        self.events = _events(text)
        try:
            value = self._only_mapping()
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from error
        return Document(value=value, where=self.where, lines=self.lines)

    def _only_mapping(self) -> dict[str, YamlValue]:
        next(self.events)  # the start of the stream
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise InputError(
                "the text is empty; write `key: value` lines", where=self.where, line=1
            )
        first = next(self.events)
        if not isinstance(first, yaml.MappingStartEvent):
            self._refuse_extras(first)
            raise self._error("the top level must be a mapping, `key: value` lines", first)
        value = self._node(first, ())
        next(self.events)  # the end of the document
        if isinstance(after := next(self.events), yaml.DocumentStartEvent):
            raise self._error("a second document starts here; keep one per file", after)
        assert isinstance(value, dict)
        return value

    def _node(self, event: yaml.Event, path: YamlPath) -> YamlValue:
        self._refuse_extras(event)
        self.lines.setdefault(path, _line(event))
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._error(f"more than {MAX_NODES:,} values; use an HDF5 file", event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(path) >= MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep; write it flatter", event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        return self._list(path)

    def _mapping(self, path: YamlPath) -> dict[str, YamlValue]:
        result: dict[str, YamlValue] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in result:
                first = self.lines[*path, key]
                raise self._error(
                    f"the key {shown(key)} is repeated (first on line {first}); keep one", event
                )
            self.lines[*path, key] = _line(event)
            result[key] = self._node(next(self.events), (*path, key))
        return result

    def _list(self, path: YamlPath) -> list[YamlValue]:
        result: list[YamlValue] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            result.append(self._node(event, (*path, len(result))))
        return result

    def _key(self, event: yaml.Event) -> str:
        self._refuse_extras(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._error("a key must be plain text, not a list or a mapping", event)
        key: str = event.value
        if key == "<<":
            raise self._error("merge keys (<<) are not allowed; write the keys out", event)
        if not key.strip() or not key.isprintable():
            raise self._error("a key must be printable text; name it", event)
        return key

    def _scalar(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        text: str = event.value
        if bad := _UNPRINTABLE.search(text):
            raise self._error(f"the escape for {shown(bad[0])} is not allowed; remove it", event)
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        try:
            return plain_scalar(text)
        except OverflowError:
            raise self._error(
                f"{shown(text, 30)} is beyond the largest number, 1.8e308; write a smaller one",
                event,
            ) from None

    def _refuse_extras(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._error(f"aliases (*{shown(event.anchor)}) are not allowed; repeat it", event)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.anchor is not None:
            raise self._error(f"anchors (&{shown(event.anchor)}) are not allowed; remove it", event)
        if event.tag is not None:
            raise self._error(f"tags ({shown(event.tag)}) are not allowed; remove it", event)

    def _error(self, message: str, event: yaml.Event) -> InputError:
        return InputError(message, where=self.where, line=_line(event))

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> InputError:
        mark = error.problem_mark or error.context_mark
        problem = shown(error.problem or error.context or "unknown problem")
        return InputError(
            f"this is not YAML: {problem}; put text that holds : , # or brackets in quotes",
            where=self.where,
            line=mark.line + 1 if mark else 1,
        )
