"""Errors as users meet them: the right code, one line on stderr, no output, no file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

USAGE = [
    ["unknown"],
    ["--unknown"],
    ["fit"],
    ["fit", "van_der_pol", "extra"],
    ["fit", "van_der_pol", "--neurons", "many"],
    ["fit", "van_der_pol", "--neurons", "2.5"],
    ["fit", "van_der_pol", "--noise", "-1"],
    ["fit", "van_der_pol", "--noise", "nan"],
    ["fit", "van_der_pol", "--nonlinearity", "cube"],
    ["fit", "van_der_pol", "--method", "guess"],
    ["fit", "van_der_pol", "--criterion", "best"],
    ["fit", "van_der_pol", "--scale", "1"],
    ["fit", "van_der_pol", "--scale", "4:1"],
    ["fit", "van_der_pol", "--seed", "-1"],
    ["fit", "van_der_pol", "--seed", "9" * 40],
    ["fit", "van_der_pol", "--tau", "long"],
    ["fit", "van_der_pol", "--tau", "0"],
    ["fit", "van_der_pol", "--center", "x=1,y"],
    ["fit", "van_der_pol", "--set", "nu=2"],
    ["fit", "van_der_pol", "--set", "mu"],
    ["fit", "van_der_pol", "--set", "mu=1", "--set", "mu=2"],
    ["fit", "van_der_pol", "--candidates", "0"],
    ["fit", "van_der_pol", "--time-limit", "0"],
    ["minimize", "van_der_pol"],
    ["minimize", "van_der_pol", "--tol", "small"],
    ["sample", "van_der_pol", "--points", "1"],
    ["sample", "van_der_pol", "--points", "x=3"],
    ["sample", "van_der_pol", "--points", "100000"],
    ["sample", "fitzhugh_nagumo", "--hold", "J=1"],
    ["simulate"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_a_command_line_that_makes_no_sense_is_code_2(
    run: Run, tmp_path: Path, arguments: list[str]
) -> None:
    outcome = run(*arguments)
    assert outcome.error
    assert outcome.code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["minimize", "van_der_pol", "--tolerance", "0.1"], "did you mean --tol?"),
        (["fit", "van_der_pol", "--neuron", "5"], "did you mean --neurons?"),
        (["fit", "van_der_pol", "--cadidates", "5"], "did you mean --candidates?"),
        (["fit", "van_der_pol", "--xyz"], "there is no option --xyz; see lrfit fit --help"),
    ],
)
def test_an_option_that_there_is_not_leads_to_the_one_that_is_meant(
    run: Run, arguments: list[str], words: str
) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert words in outcome.error
    assert "--force" not in outcome.error


NAMED = {
    "--tol": ["minimize", "van_der_pol", "--tol", "small"],
    "--neurons": ["fit", "van_der_pol", "--neurons", "many"],
    "--scale": ["fit", "van_der_pol", "--scale", "1"],
}


@pytest.mark.parametrize("option", NAMED)
def test_a_bad_value_is_named_with_its_option(run: Run, option: str) -> None:
    assert option in run(*NAMED[option]).error


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name: [",
        "name: a\n",
        "name: a\ndynamics: {x: __import__('os')}\ndomain: {x: [0, 1]}\n",
        "name: a\ndynamics: {x: -x}\ndomain: {x: [1, 0]}\n",
        "name: ../a\ndynamics: {x: -x}\ndomain: {x: [0, 1]}\n",
        "name: a\ndynamics: {x: log(x)}\ndomain: {x: [-1, 1]}\n",
        "name: a\x1b[2J\ndynamics: {x: -x}\ndomain: {x: [0, 1]}\n",
    ],
)
@pytest.mark.parametrize("command", ["fit", "sample", "check"])
def test_a_system_that_makes_no_sense_is_code_3_and_names_its_file(
    run: Run, tmp_path: Path, text: str, command: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    outcome = run(command, path.name)
    assert "bad.yaml" in outcome.error
    assert outcome.code == 3
    assert [each.name for each in tmp_path.iterdir()] == ["bad.yaml"]


@pytest.mark.parametrize("name", ["missing.h5", ".", "fifo", "text.h5", "empty.h5", "\x1b[2J"])
@pytest.mark.parametrize("command", ["simulate", "show"])
def test_a_file_that_is_none_of_ours_is_code_3(
    run: Run, tmp_path: Path, name: str, command: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "text.h5").write_text("not HDF5 at all")
    (tmp_path / "empty.h5").touch()
    outcome = run(command, name)
    assert outcome.error
    assert outcome.code == 3


def test_a_missing_sample_system_gets_a_suggestion(run: Run) -> None:
    outcome = run("fit", "van_der_pole")
    assert "'van_der_pol'" in outcome.error
    assert outcome.code == 3


def test_an_output_that_exists_is_code_5_and_stays_as_it_was(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out.h5").write_text("mine")
    outcome = run("sample", "van_der_pol", "--points", 4, "-o", "out.h5")
    assert "--force" in outcome.error
    assert outcome.code == 5
    assert (tmp_path / "out.h5").read_text() == "mine"
    assert run("sample", "van_der_pol", "--points", 4, "-o", "out.h5", "--force").code == 0
    assert (tmp_path / "out.h5").read_bytes().startswith(b"\x89HDF")


@pytest.mark.parametrize("output", ["nowhere/out.h5", ".", "link.h5", "fifo"])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_an_output_that_cannot_be_written_is_code_5(
    run: Run, tmp_path: Path, output: str, force: list[str]
) -> None:
    (tmp_path / "link.h5").symlink_to(tmp_path / "elsewhere.h5")
    os.mkfifo(tmp_path / "fifo")
    before = sorted(path.name for path in tmp_path.iterdir())
    outcome = run("sample", "van_der_pol", "--points", 4, "-o", output, *force)
    assert outcome.error
    assert outcome.code == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_an_output_is_checked_before_the_work(run: Run) -> None:
    import time

    began = time.monotonic()
    outcome = run("minimize", "lorenz", "--tol", "1e-9", "-o", "nowhere/out.h5")
    assert outcome.code == 5
    assert time.monotonic() - began < 5


def test_debug_shows_the_traceback_before_the_line(run: Run) -> None:
    outcome = run("fit", "nothing_of_this_name", "--debug")
    assert outcome.code == 3
    assert "Traceback" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("lrfit: ")


def test_a_diverging_simulation_is_code_6_and_leaves_no_file(
    run: Run, tmp_path: Path, network_file: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    outcome = run(
        *("simulate", network_file, "--solver", "euler", "--process-noise", "1e5", "--dt", "0.1")
    )
    assert "diverged" in outcome.error
    assert outcome.code == 6
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "van_der_pol", "--neurons", "10000000"],
        ["fit", "van_der_pol", "--memory-limit", "1MB"],
        ["minimize", "van_der_pol", "--tol", "0.1", "--memory-limit", "10MiB"],
        ["sample", "lorenz", "--points", "200", "--memory-limit", "100MB"],
        ["simulate", "driven.network.h5", "--memory-limit", "1k"],
    ],
    ids=" ".join,
)
def test_what_needs_too_much_memory_is_refused_with_code_6(
    run: Run, tmp_path: Path, network_file: Path, arguments: list[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    outcome = run(*arguments)
    assert "memory" in outcome.error
    assert outcome.code == 6
    assert sorted(tmp_path.iterdir()) == before


def test_a_run_that_takes_too_long_is_ended_with_code_6(run: Run, network_file: Path) -> None:
    outcome = run("simulate", network_file, "--duration", "1e12", "--time-limit", "0.5")
    assert "time limit" in outcome.error
    assert outcome.code == 6


READERS = {
    "report": (),
    "plot": (),
    "export": ("--to", "npz"),
    "import": ("--tau", "1"),
    "show": (),
    "analyze": (),
    "simulate": (),
    "score": (),
    "stress": (),
    "certify": (),
    "pick": ("--neurons", "3"),
    "perturb": (),
    "fit": ("--neurons", "5"),
    "check": (),
    "minimize": ("--tol", "0.1"),
    "sample": ("--points", "4"),
    "degenerate": (),
}
NO_FILES = ["a\0b", "a\0b.h5", "x" * 300, "x" * 300 + ".h5", "é" * 200 + ".yaml", "", "\x1b[2J"]


@pytest.mark.parametrize("command", READERS)
def test_a_name_that_no_file_can_have_is_no_failure_to_write(
    run: Run, tmp_path: Path, command: str
) -> None:
    for name in NO_FILES:
        outcome = run(command, name, *READERS[command])
        assert outcome.code in (2, 3), name
        assert outcome.error
    assert list(tmp_path.iterdir()) == []
