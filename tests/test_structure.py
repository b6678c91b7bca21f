"""The house: who may import whom, and what the root of the package may load."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lrfit"
FLOORS = (
    {"core", "io", "integrate"},
    {"fields"},
    {"systems"},
    {"networks", "regression"},
    {"simulation"},
    {
        "records",
        "cli",
        "expressivity",
        "dynamics",
        "fitting",
        "running",
        "certification",
        "stressing",
        "scoring",
        "checking",
        "degeneracy",
        "perturbation",
        "plotting",
        "reporting",
    },
)
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Modules of this package that are imported at run time, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lrfit."):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("lrfit."))


def without_type_checking(tree: ast.Module) -> ast.Module:
    """The module without what only type checkers see."""

    class Remove(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            is_typing = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            return None if is_typing else self.generic_visit(node)

    return Remove().visit(tree)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_import_from_their_own_floor_or_below(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room not in FLOOR:
        assert room in ("__init__", "__main__"), f"{room} has no floor; give it one here"
        return
    tree = without_type_checking(ast.parse(path.read_text(encoding="utf-8")))
    for name in imported(tree):
        other = name.split(".")[1]
        assert FLOOR[other] <= FLOOR[room], f"{path.name} imports {name}, from a floor above"


def knows_a_terminal(path: Path) -> bool:
    return path.relative_to(PACKAGE).parts[0] == "cli" or path.stem.endswith("command")


@pytest.mark.parametrize("library", ["rich", "typer"])
def test_only_commands_know_a_terminal(library: str) -> None:
    for path in MODULES:
        if not knows_a_terminal(path):
            text = path.read_text(encoding="utf-8")
            assert f"import {library}" not in text, path
            assert f"from {library}" not in text, path


def test_every_room_says_what_it_is() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path.relative_to(PACKAGE)} has no docstring"
