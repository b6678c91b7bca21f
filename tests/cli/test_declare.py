"""Values of options without pydantic: the same as Typer's own, and Typer's where it must be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import typer

from lrfit.cli import declare
from lrfit.cli.app import app, load_commands
from lrfit.cli.declare import _taken_as_they_are

LINES = [
    "simulate n.h5 --duration 3 --points 7 --initial x=1 --initial x=2 --seed 3 --json",
    "simulate n.h5 --signal u=1 --signal v=2 --solver euler --target",
    "simulate n.h5 --points 1.5",
    "simulate n.h5 --solver no",
    "simulate",
    "minimize s.yaml --tol 1e-2 --max-neurons 40 --set a=1 --set b=2 --time-limit 5m",
    "minimize s.yaml --tol tight",
    "fit s.yaml --neurons 3 --method ols -o - --force --memory-limit 1GiB",
    "fit s.yaml --neurons 3 --method ols --memory-limit much",
    "fit s.yaml --neurons",
    "sample s.yaml --points 5",
    "show n.h5 -v --no-color",
]


def parsed(line: str) -> Any:
    """Values of a command line, or why it is refused."""
    words = line.split()
    group = typer.main.get_command(app)
    command = group.commands[words[0]]  # type: ignore[attr-defined]  # it is a group
    try:
        return command.make_context(words[0], words[1:]).params
    except Exception as error:
        return type(error).__name__, str(error), getattr(error, "message", "")


@pytest.mark.parametrize("line", LINES)
def test_values_and_refusals_are_those_of_typer(line: str, monkeypatch: Any) -> None:
    load_commands()
    ours = parsed(line)
    monkeypatch.setattr(declare, "_taken_as_they_are", lambda parameters: parameters)
    assert repr(parsed(line)) == repr(ours)


@pytest.mark.parametrize(
    "parameter",
    [
        SimpleNamespace(),
        SimpleNamespace(type_descriptor=None, get_runtime_param=len),
        SimpleNamespace(type_descriptor=object(), get_runtime_param=len),
        SimpleNamespace(
            type_descriptor=SimpleNamespace(parameter_info=None, annotation=int),
            get_runtime_param=len,
        ),
    ],
)
def test_what_is_not_as_expected_is_left_to_typer(parameter: Any) -> None:
    before = dict(vars(parameter))
    assert _taken_as_they_are([parameter]) == [parameter]
    assert vars(parameter) == before


def test_a_value_that_a_parser_refuses_by_valueerror_is_told_by_typer() -> None:
    def refuse(_: Any) -> Any:
        raise ValueError("no")

    typers = SimpleNamespace(coerce=lambda value, param, ctx: ("typer", value))
    plain = declare._Plain(refuse, lambda: typers)
    one, many = SimpleNamespace(multiple=False, nargs=1), SimpleNamespace(multiple=True, nargs=1)
    assert plain.coerce("a", one, None) == ("typer", "a")
    assert plain.coerce(["a"], many, None) == ("typer", ["a"])
    assert plain.coerce(None, many, None) == ()
    assert plain.coerce(None, one, None) is None
