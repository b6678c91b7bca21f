"""The house: foundations are layers, capabilities are rooms, and nothing goes in circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lrfit"
LAYERS = (
    "core",
    "io",
    "options",
    "integrate",
    "fields",
    "systems",
    "networks",
    "simulation",
    "regression",
    "records",
    "cli",
)
"""Foundations, each of which knows only itself and those before it."""
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {*LAYERS}
"""Capabilities: each may import every foundation and other rooms, without a circle of rooms."""


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path) for path in MODULES}


def without_type_checking(tree: ast.Module) -> ast.Module:
    """The module without what only type checkers see."""

    class Remove(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            is_typing = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            return None if is_typing else self.generic_visit(node)

    return Remove().visit(tree)


def imported(path: Path) -> Iterator[str]:
    """Modules of this package that a module imports at run time, also inside of functions."""
    tree = without_type_checking(ast.parse(path.read_text(encoding="utf-8")))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lrfit."):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in NAMES else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("lrfit."))


IMPORTS = {module_name(path): set(imported(path)) for path in MODULES}


def package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def assert_no_circle(graph: Mapping[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_foundation_imports_only_itself_and_those_below(path: Path) -> None:
    package = package_of(module_name(path))
    if package in ROOMS or path.parent == PACKAGE:
        return
    allowed = {*LAYERS[: LAYERS.index(package) + 1]}
    for name in IMPORTS[module_name(path)]:
        assert package_of(name) in allowed, f"{path.name} imports {name}, from above"


def test_rooms_do_not_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {room: set() for room in ROOMS}
    for module, names in IMPORTS.items():
        room = package_of(module)
        if room in ROOMS:
            graph[room] |= {package_of(name) for name in names} & ROOMS - {room}
    assert_no_circle(graph)


def test_no_modules_import_each_other_in_a_circle_not_even_lazily() -> None:
    assert_no_circle({module: names - {module} for module, names in IMPORTS.items()})


def knows_a_terminal(path: Path) -> bool:
    return package_of(module_name(path)) == "cli" or path.stem.endswith("command")


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
