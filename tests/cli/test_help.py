"""Help starts with examples, fits a terminal, names every option, and is quick."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer

import lrfit
from lrfit.cli.app import app, load_commands
from lrfit.cli.main import main

load_commands()
PROGRAM: Any = typer.main.get_command(app)
COMMANDS = ["systems", "check", "minimize", "pick", "fit", "certify", "simulate", "sample", "show"]


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    assert main([*command, "--help"]) == 0
    caught = capsys.readouterr()
    assert caught.err == ""
    return caught.out


def test_the_program_alone_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = help_of(capsys)
    assert main([]) == 0
    assert capsys.readouterr().out == wanted


def test_all_commands_are_there_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert [name for name in PROGRAM.commands if name in COMMANDS] == COMMANDS
    text = help_of(capsys)
    positions = [text.index(f"\n  {name} ") for name in COMMANDS]
    assert positions == sorted(positions)


@pytest.mark.parametrize("name", PROGRAM.commands)
def test_help_starts_with_examples_and_is_narrow(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    lines = help_of(capsys, name).splitlines()
    assert lines[0].startswith(f"lrfit {name}: ")
    assert lines[2] == "Examples:"
    assert lines[3].startswith("  lrfit ")
    assert max(map(len, lines)) < 80


@pytest.mark.parametrize("name", PROGRAM.commands)
def test_every_option_has_help_and_a_group(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, name)
    for parameter in PROGRAM.commands[name].params:
        assert parameter.help, parameter.name
        assert parameter.rich_help_panel, parameter.name
        assert parameter.opts[0] in text or parameter.metavar in text


@pytest.mark.parametrize("width", ["40", "200"])
def test_help_fits_other_widths(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert "Examples:" in help_of(capsys, "fit")


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    import tomllib
    from pathlib import Path

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"lrfit {lrfit.__version__}\n"
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == lrfit.__version__


@pytest.mark.parametrize("arguments", [["--version", "-v"], ["--verbose", "--version"]])
def test_version_with_verbose_says_what_refines_networks(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRFIT_KERNEL", "numpy")
    assert main(arguments) == 0
    version, refinement = capsys.readouterr().out.splitlines()
    assert version == f"lrfit {lrfit.__version__}"
    assert refinement == "refinement by NumPy (LRFIT_KERNEL is numpy)"
    monkeypatch.delenv("LRFIT_KERNEL")
    assert main(arguments) == 0
    refinement = capsys.readouterr().out.splitlines()[1]
    assert refinement.startswith(("refinement by compiled kernel", "refinement by NumPy (no "))
    monkeypatch.setenv("LRFIT_KERNEL", "fast")
    assert main(arguments) == 2
    assert "set it to auto or numpy" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["fit", "--help"]])
def test_nothing_heavy_is_imported_for_help(arguments: list[str]) -> None:
    code = (
        "import sys; from lrfit.cli.main import main; main(sys.argv[1:]);"
        "heavy = {'numpy', 'scipy', 'h5py', 'sklearn', 'rich', 'matplotlib', 'yaml'};"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
