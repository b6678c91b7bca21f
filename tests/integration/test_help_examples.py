"""Every example that help shows works as it stands, in the order in which help shows them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from lrfit.cli.app import app, load_commands
from lrfit.cli.main import main

pytestmark = pytest.mark.usefixtures("no_look")
load_commands()
PROGRAM: Any = typer.main.get_command(app)
EXAMPLES = {
    name: [line.strip() for line in (command.epilog or "").strip().splitlines()]
    for name, command in {"lrfit": PROGRAM, **PROGRAM.commands}.items()
}
BRIEF = {
    "check": "--samples 512",
    "degenerate": "--candidates 800 --samples 1024",
    "expand": "--focus box",
    "fit": "--candidates 300 --samples 512",
    "minimize": "--method ols --candidates 300 --samples 512",
    "reduce": "--trials 64 --starts 1 --iterations 10 --neurons 2",
    "stress": "--draws 3",
    "tune": "--iterations 1 --test-trials 8 --validation-trials 8 --draws 2",
}
"""Options that only save time; those of an example come later and so are the ones that count."""
REFINED = "--effort quick --max-neurons 8 --samples 512"
"""Where an example needs the method refine."""
TUNED = "--effort quick --samples 512"
"""Where its networks are tuned on trials."""
IN_ORDER = list(dict.fromkeys(line for lines in EXAMPLES.values() for line in lines))


def brief(line: str) -> str:
    """The line with the options that save time right after the name of each command."""
    given = BRIEF | ({"minimize": REFINED} if "--frontier" in line else {})
    given |= {"minimize": TUNED} if "--task-tol" in line else {}
    for name, options in given.items():
        line = line.replace(f"lrfit {name} ", f"lrfit {name} {options} ")
    return line


def test_every_help_has_examples_of_its_command() -> None:
    for name, lines in EXAMPLES.items():
        assert len(lines) >= 2
        assert name == "lrfit" or sum(f"lrfit {name} " in f"{line} " for line in lines) >= 2


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment in which `lrfit` is this source tree's program."""
    program = tmp_path / "bin" / "lrfit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m lrfit "$@"\n')
    program.chmod(0o755)
    root = str(Path(__file__).resolve().parents[2])
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PYTHONPATH": root, "PATH": path, "OPENBLAS_NUM_THREADS": "1"}


def test_the_examples_of_help_work_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: dict[str, str]
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for line in IN_ORDER:
        quick = brief(line)
        if "|" in line:
            done = subprocess.run(["sh", "-c", quick], env=shell, check=False)
            assert done.returncode == 0, line
        else:
            assert main(shlex.split(quick)[1:]) == 0, line
