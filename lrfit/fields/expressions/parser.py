"""Text -> tree: limits, Python's parser for the syntax, and a whitelisted walk.

Nothing is ever evaluated by Python as written. `scan` holds the limits and lets only numbers,
names and operators through; `ast.parse` reads the syntax; the walk keeps what the grammar has
(numbers, known names, + - * / **, signs, calls of known functions) and refuses all the rest.
Numbers become floats at once and constants fold as they are read, so that 9**9**9 is an
overflow, not a computation of hours.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lrfit.fields.expressions.errors import ExpressionError, excerpt
from lrfit.fields.expressions.fold import fold_checked
from lrfit.fields.expressions.hints import about_call, about_called_name, about_name
from lrfit.fields.expressions.operations import FUNCTIONS
from lrfit.fields.expressions.scanner import Token, scan
from lrfit.fields.expressions.tree import Expr, constant, symbol

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
_MISPLACED: dict[type[ast.expr], str] = {
    ast.Tuple: "empty parentheses, or a comma outside the arguments of a function",
    ast.Call: "only functions can be called, and * is written between factors",
    ast.Starred: "* needs a factor on either side",
}
_DECIMAL = "decimals are written with a point, 0.5, not with a comma"


def parse(
    text: str,
    *,
    names: Collection[str],
    where: str = "",
    functions: Mapping[str, int] = FUNCTIONS,
    hints: Mapping[str, str] | None = None,
) -> Expr:
    """Read an expression.

    Parameters
    ----------
    text : str
        Printable ASCII, at most 4,096 characters, 1,000 terms and 100 levels.
    names : collection of str
        The names that may stand in it, besides `pi`.
    where : str
        Key of the expression ("dynamics.x"), prefixed to messages and carried by errors.
    functions : mapping of str to int
        The functions that may be called, with their number of arguments.
    hints : mapping of str to str, optional
        What to say about particular unknown names.

    Raises
    ------
    ExpressionError
        One line, for anything that is not in the grammar.
    """
    if not isinstance(text, str):
        raise ExpressionError(f"expected a formula as text, not {type(text).__name__}", key=where)
    tokens = scan(text, key=where)
    reader = _Reader(
        names=names,
        functions=functions,
        hints=hints or {},
        key=where,
        decimal_comma=re.search(r"\d,\d", text) is not None,
    )
    reader.check_names(tokens)
    return reader.build(_python_tree(text, where))


def _python_tree(text: str, key: str) -> ast.expr:
    """Parse with Python; every way in which that fails is the same error."""
    try:
        return ast.parse(text.strip(" "), mode="eval").body
    except SyntaxError as error:
        indent = len(text) - len(text.lstrip(" "))
        place = f" near position {error.offset + indent}" if error.offset else ""
    except (ValueError, MemoryError, RecursionError):
        place = ""
    raise ExpressionError(
        f"{excerpt(text)} cannot be read as a formula{place}; check operators, commas and "
        "parentheses, and write * for products",
        key=key,
    )


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """What one expression may hold."""

    names: Collection[str]
    functions: Mapping[str, int]
    hints: Mapping[str, str]
    key: str
    decimal_comma: bool = False

    def refuse(self, message: str) -> ExpressionError:
        return ExpressionError(message, key=self.key)

    def check_names(self, tokens: list[Token]) -> None:
        """Refuse unknown names, functions that are not called and names that are."""
        for index, token in enumerate(tokens):
            if token.kind == "name":
                self._check_name(token, tokens[index + 1 : index + 4])

    def _check_name(self, token: Token, after: list[Token]) -> None:
        name, place = token.text, f"at position {token.position}"
        called = bool(after) and after[0].text == "("
        known = name == "pi" or name in self.names
        if keyword.iskeyword(name):
            raise self.refuse(f"{name!r} {place} is not part of expressions; write a formula")
        if name in self.functions and not called:
            raise self.refuse(f"{name} {place} is a function; write {name}(...)")
        if called and known:
            hint = about_called_name(name, after[1:])
            raise self.refuse(f"{excerpt(name)} {place} {hint}")
        if known or name in self.functions:
            return
        kind = "function" if called else "name"
        hint = self.hints.get(name) or self._suggest(name, called=called)
        raise self.refuse(f"unknown {kind} {excerpt(name)} {place}; {hint}")

    def _suggest(self, name: str, *, called: bool) -> str:
        return about_call(name, self.functions) if called else about_name(name, [*self.names])

    def build(self, root: ast.expr) -> Expr:
        """Walk Python's tree without recursion: a long sum is a deep tree."""
        done: list[Expr] = []
        todo: list[tuple[ast.expr | str, int]] = [(root, 0)]
        while todo:
            item, count = todo.pop()
            if isinstance(item, str):
                done[-count:] = [self._join(item, done[-count:])]
                continue
            op, operands = self._open(item)
            if operands:
                todo.append((op, len(operands)))
                todo.extend((operand, 0) for operand in reversed(operands))
            else:
                done.append(self._leaf(item))
        return done[0]

    def _join(self, op: str, args: list[Expr]) -> Expr:
        return args[0] if op == "plus" else fold_checked(op, *args, key=self.key)

    def _open(self, node: ast.expr) -> tuple[str, list[ast.expr]]:
        """Operation and operands of a node; no operands for a leaf."""
        match node:
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
                return _BINARY[type(operator)], [left, right]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return "negative", [operand]
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return "plus", [operand]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in self.functions:
                self._check_count(name, len(args))
                return name, args
            case ast.Constant() | ast.Name():
                return "leaf", []
        if isinstance(node, ast.Tuple) and self.decimal_comma:
            raise self.refuse(_DECIMAL)
        problem = _MISPLACED.get(type(node), "this syntax is not part of expressions")
        raise self.refuse(f"{problem}; use numbers, names, + - * / **, parentheses and functions")

    def _check_count(self, name: str, given: int) -> None:
        wanted = self.functions[name]
        if wanted != given:
            plural = "" if wanted == 1 else "s"
            comma = f" ({_DECIMAL})" if self.decimal_comma else ""
            raise self.refuse(f"{name} takes {wanted} argument{plural}, {given} given{comma}")

    def _leaf(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Name):
            if node.id == "pi":
                return constant(math.pi)
            if node.id in self.names:
                return symbol(node.id)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return self._number(node.value)
        raise self.refuse(f"{excerpt(ast.dump(node))} is not part of expressions")

    def _number(self, value: float) -> Expr:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.refuse("a number is too large; write numbers below 1e308")
        return constant(number)
