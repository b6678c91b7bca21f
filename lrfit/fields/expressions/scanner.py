"""Text -> tokens, and every limit that must hold before Python's own parser sees the text.

Deep nesting can crash CPython's parser and odd literals make it warn, so that what reaches
it is already known to be numbers, known names, operators and balanced parentheses, and few
of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from lrfit.fields.expressions.errors import ExpressionError, excerpt

MAX_CHARACTERS = 4096
MAX_TERMS = 1000
MAX_LEVELS = 100

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*|//|[-+*/(),])",
    re.ASCII,
)
_GLUED = re.compile(r"[A-Za-z0-9_.]+")
_GRAMMAR = "use numbers, names, + - * / **, parentheses and functions"
_HINTS = {
    "^": "use ** for powers",
    "//": "use / for division",
    ".": "a dot only stands inside a number",
    "=": "write only the right-hand side",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """`kind` is "number", "name" or "operator"; `position` counts characters from 1."""

    kind: str
    text: str
    position: int


def scan(text: str, *, key: str = "") -> list[Token]:
    """Split into tokens, holding the limits.

    Raises
    ------
    ExpressionError
        If the text is empty, too long, too deep, not printable ASCII, holds characters that
        are not in the grammar, or its parentheses do not match.
    """
    try:
        _check_characters(text)
        tokens = _tokens(text)
        _check_terms(tokens)
        _check_levels(tokens)
    except ExpressionError as error:
        raise ExpressionError(error.message, key=key) from None
    return tokens


def _check_characters(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(text)} characters, more than {MAX_CHARACTERS}; "
            "split it with intermediate quantities"
        )
    if not text.strip(" "):
        raise ExpressionError("the expression is empty; write a number or a formula")
    for position, character in enumerate(text, 1):
        if not " " <= character <= "~":
            raise ExpressionError(
                f"character {character!a} at position {position} is not printable ASCII; "
                "write on one line with plain letters, digits and signs"
            )


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    start = 0
    while start < len(text):
        if text[start] == " ":
            start += 1
            continue
        match = _TOKEN.match(text, start)
        if match is None or match.group() == "//":
            raise _bad_character(match.group() if match else text[start], start + 1)
        kind = str(match.lastgroup)
        if kind == "number" and (glued := _GLUED.match(text, match.end())):
            raise _bad_number(match.group() + glued.group(), start + 1)
        tokens.append(Token(kind=kind, text=match.group(), position=start + 1))
        start = match.end()
    return tokens


def _bad_character(character: str, position: int) -> ExpressionError:
    return ExpressionError(
        f"{character!r} at position {position} is not part of expressions; "
        f"{_HINTS.get(character, _GRAMMAR)}"
    )


def _bad_number(number: str, position: int) -> ExpressionError:
    return ExpressionError(
        f"{excerpt(number)} at position {position} is not a number; "
        "write decimal numbers such as 12, 0.5 or 1e-3, and * for products"
    )


def _check_terms(tokens: list[Token]) -> None:
    terms = sum(token.kind != "operator" for token in tokens)
    terms -= sum(a.kind == "name" and b.text == "(" for a, b in pairwise(tokens))  # functions
    if terms > MAX_TERMS:
        raise ExpressionError(
            f"the expression has {terms} terms, more than {MAX_TERMS}; "
            "split it with intermediate quantities"
        )


def _check_levels(tokens: list[Token]) -> None:
    """Bound the nesting: open parentheses, and chains of signs and powers, which nest too."""
    chains = [0]  # signs and powers since the last + - * / , of every open parenthesis
    operand = False  # whether the previous token ends an operand, so that a sign is binary
    levels = 0
    for token in tokens:
        if token.text == "(":
            chains.append(0)
            levels += 1
        elif token.text == ")":
            _expect_open(chains, token.position)
            levels -= 1 + chains.pop()
        elif token.text == "**" or (token.text in ("+", "-") and not operand):
            chains[-1] += 1
            levels += 1
        elif token.kind == "operator":
            levels -= chains[-1]
            chains[-1] = 0
        operand = token.text == ")" or token.kind != "operator"
        if levels > MAX_LEVELS:
            raise ExpressionError(
                f"the expression is nested deeper than {MAX_LEVELS} levels; "
                "split it with intermediate quantities"
            )
    if len(chains) > 1:
        raise ExpressionError("a parenthesis is not closed; add ')'")


def _expect_open(chains: list[int], position: int) -> None:
    if len(chains) == 1:
        raise ExpressionError(f"')' at position {position} closes nothing; remove it")
