"""Every command and every piece of Python in the README runs, and does what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def block(mark: str) -> str:
    """The first fenced block after a mark."""
    found = re.search(rf"<!-- {mark} -->\n+```\w*\n(.*?)```", README, re.DOTALL)
    assert found, f"README has no block marked {mark!r}"
    return found.group(1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, with an `lrfit` that is this checkout's."""
    folder = tmp_path_factory.mktemp("readme")
    program = folder / "bin" / "lrfit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m lrfit "$@"\n')
    program.chmod(0o755)
    return folder


def shell(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    environment = os.environ | {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_the_main_job_prints_what_the_readme_shows(place: Path) -> None:
    command = block("main job").strip().split("&& .venv/bin/")[-1]
    done = shell(command, place)
    assert done.returncode == 0, done.stderr
    assert (place / "van_der_pol.network.h5").is_file()
    # Another processor rounds differently, and a search amplifies that: sizes are compared only.
    size = next(row for row in done.stdout.splitlines() if row.startswith("neurons "))
    assert size in block("output of the main job")
    assert "(tolerance 0.01: met)" in done.stdout


@pytest.mark.parametrize("mark", ["tour", "degenerate"])
def test_every_command_of_a_tour_runs(place: Path, mark: str) -> None:
    commands = [line.split("   #")[0].strip() for line in block(mark).splitlines()]
    assert len(commands) > (5 if mark == "tour" else 2)
    for command in commands:
        done = shell(command, place)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout


def test_the_system_file_in_the_readme_is_valid(place: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert found
    (place / "mine.yaml").write_text(found.group(1))
    done = shell("lrfit check mine.yaml --json", place)
    assert done.returncode == 0, done.stderr


def test_the_python_in_the_readme_runs(place: Path) -> None:
    (place / "example.py").write_text(block("python"))
    done = shell(f"{shlex.quote(sys.executable)} -W error example.py", place)
    assert done.returncode == 0, done.stderr
    assert (place / "bistable.h5").is_file()


def test_every_command_is_in_the_table_and_every_link_of_the_tests_is_kept(place: Path) -> None:
    done = shell("lrfit --help", place)
    section = done.stdout.split("Commands:")[1].split("Options:")[0]
    for name in re.findall(r"^  (\w+) ", section, re.MULTILINE):
        assert f"| `lrfit {name}" in README
    assert block("tests").count(".venv/bin/python -m pytest") == 1
