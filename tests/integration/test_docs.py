"""The documentation: its code runs, its links lead to files, its references are complete."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path
from types import ModuleType

import pytest

import lrfit
from lrfit.records.kinds import KINDS
from tests.documents import DOCS, PAGES, README, ROOT, RUN, Page, blocks, links, runnable
from tests.test_structure import PACKAGE, ROOMS

pytestmark = pytest.mark.usefixtures("no_look")
WITH_CODE = [path for path in PAGES if runnable(path)]
DOCUMENTS = [*PAGES, README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", WITH_CODE, ids=name_of)
def test_every_block_of_a_page_runs_after_those_before_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in path.parent.glob("files/*"):
        shutil.copy(file, tmp_path)
    page = Page(tmp_path, capfd)
    for block in runnable(path):
        page.run(block)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_block_is_run_or_says_that_it_is_text(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8")):
        assert block.language in {*RUN, "text"}, block.text[:200]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_and_figure_leads_to_a_file(path: Path) -> None:
    for target in links(path):
        # The gallery lies outside of docs/; a hook makes it a part of the site.
        place = (path.parent / target).resolve()
        if place.is_relative_to(DOCS / "gallery"):
            place = ROOT / "figures" / place.name
        assert place.exists(), target


def test_every_figure_is_on_a_page() -> None:
    shown = {(path.parent / target).resolve() for path in PAGES for target in links(path)}
    assert {*(DOCS / "figures").iterdir()} <= shown


def hook(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / "hooks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_of_commands_has_every_command_with_every_option() -> None:
    made = hook("command_reference")
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    text = made.on_page_markdown(page)
    sections = dict(
        re.findall(r"^## lrfit (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    )
    commands = made.commands()
    assert list(sections) == list(commands)
    for name, command in commands.items():
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert parameter.opts[-1] in sections[name], (name, parameter.name)
        for line in command.epilog.strip().splitlines():
            assert line.strip() in sections[name]


def test_a_row_of_the_reference_has_two_cells_whatever_the_help_says() -> None:
    made = hook("command_reference")
    rows = [line for line in made.command_reference().splitlines() if line.startswith("| ")]
    assert len(rows) > 100
    assert {row.count("|") for row in rows} == {3}
    assert escape("<name>.<kind>.h5", quote=False) in "\n".join(rows)


def test_the_reference_of_python_has_every_public_name_once() -> None:
    page = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    named = re.findall(r"^::: lrfit\.(\w+)$", page, re.MULTILINE)
    assert sorted(named) == sorted({*lrfit.__all__} - {"__version__"})


def test_the_page_of_files_has_every_kind_of_file() -> None:
    page = (DOCS / "reference" / "files.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"| `{kind.encoding}` |" in page


def test_page_and_picture_of_the_architecture_have_every_package() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    picture = (DOCS / "figures" / "architecture.svg").read_text(encoding="utf-8")
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages > ROOMS
    assert {*re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)} >= packages
    assert {*re.findall(r'class="n">(\w+)<', picture)} == packages


def equations() -> list[int]:
    text = (DOCS / "theory.md").read_text(encoding="utf-8")
    inside = "".join(block.text for block in blocks(text))
    return [int(number) for number in re.findall(r" \((\d+)\)$", inside, re.MULTILINE)]


def test_equations_are_numbered_in_order_and_have_anchors() -> None:
    text = (DOCS / "theory.md").read_text(encoding="utf-8")
    numbers = equations()
    assert numbers == [*range(1, len(numbers) + 1)]
    assert [int(n) for n in re.findall(r'<a id="eq-(\d+)">', text)] == numbers


def test_modules_that_the_theory_names_exist() -> None:
    text = (DOCS / "theory.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [\d, ]+ \| (.*) \|$", text, re.MULTILINE)
    assert len(rows) > 10
    for row in rows:
        folder = ROOT
        for name in re.findall(r"`([\w/]+\.py)`", row):
            path = ROOT / name if "/" in name else folder / name
            assert path.is_file(), name
            folder = path.parent


def test_equations_that_the_code_cites_exist() -> None:
    known = {*equations()}
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for cited in re.findall(r"docs/theory, eqs?\. (\d+(?:(?:,| and| to) \d+)*)", text):
            assert {int(n) for n in re.findall(r"\d+", cited)} <= known, (path, cited)


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="of the extra docs")
    pytest.importorskip("mkdocstrings", reason="of the extra docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path / "s")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "s" / "reference" / "python.html").read_text(encoding="utf-8")
    for name in {*lrfit.__all__} - {"__version__"}:
        assert f'id="lrfit.{name}"' in page
    shutil.rmtree(tmp_path / "s")
