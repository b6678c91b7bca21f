"""Every command and every piece of Python in the README runs, and does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import README, Page, blocks, links, runnable, shell

TEXT = README.read_text(encoding="utf-8")
APART = ("main job", "tests")
"""Blocks that install the program first."""
LARGEST = 9_000


def block(mark: str) -> str:
    """The fenced block after a mark."""
    (found,) = (each.text for each in blocks(TEXT) if each.mark == mark)
    return found


@pytest.mark.parametrize(
    "brief", ["--effort quick --max-neurons 8", pytest.param("", marks=pytest.mark.soak)]
)
def test_the_main_job_prints_what_the_readme_shows(tmp_path: Path, brief: str) -> None:
    """With less effort it finds the same size sooner."""
    command = block("main job").strip().split("&& .venv/bin/")[-1]
    done = shell(f"{command} {brief}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "van_der_pol.network.h5").is_file()
    # Another processor rounds differently, and a search amplifies that: sizes are compared only.
    size = next(row for row in done.stdout.splitlines() if row.startswith("neurons "))
    assert size in block("output of the main job")
    assert "(tolerance 0.01: met)" in done.stdout


def test_every_block_runs_in_the_order_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = Page(tmp_path, capfd)
    run = runnable(README, apart=APART)
    assert [each.language for each in run] == ["console", "yaml", "python"]
    for each in run:
        page.run(each)
    assert (tmp_path / "bistable.h5").is_file()


def test_the_set_up_commands_are_one_line_each_and_the_tests_are_run_by_pytest() -> None:
    for mark in APART:
        (line,) = block(mark).strip().splitlines()
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -q ")
    assert block("tests").count(".venv/bin/python -m pytest") == 1


def test_every_command_is_in_the_table(tmp_path: Path) -> None:
    done = shell("lrfit --help", tmp_path)
    section = done.stdout.split("Commands:")[1].split("Options:")[0]
    names = re.findall(r"^  (\w+) ", section, re.MULTILINE)
    assert names
    assert sorted(re.findall(r"^\| `lrfit (\w+)", TEXT, re.MULTILINE)) == sorted(names)


def test_it_is_short_and_leads_to_every_page() -> None:
    assert len(TEXT.encode()) <= LARGEST
    targets = {*links(README)}
    assert all((README.parent / name).exists() for name in targets)
    pages = {path.relative_to(README.parent).as_posix() for path in README.parent.glob("docs/*/*")}
    written = {name for name in pages if name.endswith(".md")}
    made = {"docs/reference/commands.md", "docs/reference/python.md"}
    assert written - made <= targets
