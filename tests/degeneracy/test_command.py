"""`lrfit degenerate` and `lrfit perturb` as users run them, one after the other."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.cli.main import main
from lrfit.degeneracy.table import DegeneracyTable
from lrfit.perturbation import Perturbation

Run = Callable[..., Any]
SWING = """\
name: swing
dynamics: {x: y, y: -sin(x) - 0.2*y}
domain: {x: [-2, 2], y: [-2, 2]}
simulate: {initial: {x: 1.5}, duration: 12}
"""
QUICK = ("--candidates", 300, "--samples", 1024)


@pytest.fixture
def swing(tmp_path: Path) -> Path:
    path = tmp_path / "swing.yaml"
    path.write_text(SWING)
    return path


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the command says and writes, made once."""
    folder = tmp_path_factory.mktemp("family")
    (folder / "swing.yaml").write_text(SWING)
    out = io.TextIOWrapper(io.BytesIO())
    command = ["degenerate", folder / "swing.yaml", "--kinds", "driven,unstable", *QUICK, "--json"]
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        assert main([str(part) for part in command]) == 0
    out.seek(0)
    files = {path.name: path.read_bytes() for path in folder.glob("*.h5")}
    return json.loads(out.read()), files


@pytest.fixture
def solved(
    run: Run, family: tuple[dict[str, Any], dict[str, bytes]], tmp_path: Path
) -> dict[str, Any]:
    said, files = family
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return said


def test_the_files_of_a_family_are_written_and_run(
    run: Run, solved: dict[str, Any], tmp_path: Path
) -> None:
    assert solved["command"] == "degenerate"
    assert [each["kind"] for each in solved["solutions"]] == ["driven", "unstable"]
    assert solved["met"] is True
    assert solved["difference"][0][1] == pytest.approx(0.24, abs=0.01)
    for each in solved["solutions"]:
        assert each["trajectory_worst"] <= 0.01
        followed = run("simulate", each["output"], "--json", "-o", f"{each['kind']}.h5")
        assert followed.code == 0
        found = json.loads(followed.out)
        assert found["duration"] == pytest.approx(each["horizon"])
        record = lrfit.load(tmp_path / "swing.degeneracy.h5")
        assert isinstance(record, DegeneracyTable)
        z = lrfit.load(tmp_path / found["output"]).z[0]
        t = np.linspace(0.0, each["horizon"], len(z))
        worst = float(np.max(record.curve.deviation(t, z)))
        assert worst == pytest.approx(each["trajectory_worst"], rel=1e-3, abs=1e-9)


def test_a_family_is_told_apart_and_shown(run: Run, solved: dict[str, Any], tmp_path: Path) -> None:
    files = [each["output"] for each in solved["solutions"]]
    done = run("perturb", *files, "-o", "pushed.h5", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["separated"] is True
    assert told["networks"] == ["swing_driven", "swing_unstable"]
    rates = [each["rate_stated"] for each in solved["solutions"]]
    for i, rate in enumerate(rates):
        np.testing.assert_allclose(told["return_rate"][i], rate, rtol=0.05)
    assert told["pairs"][0]["unpushed_dprime"] < 0.1
    record = lrfit.load(tmp_path / "pushed.h5")
    assert isinstance(record, Perturbation)
    np.testing.assert_array_equal(record.return_rate, told["return_rate"])
    for file, kind in {"pushed.h5": "perturbation", "swing.degeneracy.h5": "degeneracy"}.items():
        shown = json.loads(run("show", file, "--json").out)
        source = told if kind == "perturbation" else solved
        assert shown["kind"] == kind
        common = set(source) & set(shown) - {"command", "output", "file"}
        assert {name: shown[name] for name in common} == {name: source[name] for name in common}
        assert run("show", file).out.count("swing") > 0


def test_a_person_sees_what_is_alike_and_what_is_not(run: Run, solved: dict[str, Any]) -> None:
    files = [each["output"] for each in solved["solutions"]]
    table = run("show", "swing.degeneracy.h5").out
    assert "driven, unstable" in table
    assert "24 %" in table
    study = run("perturb", *files, "--times", 1)
    assert study.code == 0
    assert "most telling" in study.out
    assert all(len(line) <= 79 for line in (table + study.out).splitlines())


def test_pushes_that_are_too_small_leave_a_pair_together(run: Run, solved: dict[str, Any]) -> None:
    files = [each["output"] for each in solved["solutions"]]
    done = run("perturb", *files, "--amplitudes", "1e-5,1e-4", "--json")
    assert done.code == 4
    assert json.loads(done.out)["separated"] is False
    assert "stays together" in done.err


def test_what_does_not_share_a_trajectory_is_warned_of(
    run: Run, solved: dict[str, Any], swing: Path
) -> None:
    first = solved["solutions"][0]["output"]
    again = ("--initial", "x=1,y=0.5", *QUICK, "-o", "other")
    assert run("degenerate", swing, "--kinds", "driven", *again).code == 0
    done = run("perturb", first, "other.driven.network.h5")
    assert "do not share a trajectory" in done.err
    # Both have the same name, and are told apart by a number.
    assert "swing_driven_2" in done.out


def test_a_missed_tolerance_is_written_and_said(run: Run, swing: Path, tmp_path: Path) -> None:
    few = ("--kinds", "autonomous", "--max-neurons", 2, "--tol", 1e-6, "--samples", 256)
    done = run("degenerate", swing, *few)
    assert done.code == 4
    assert "only until t=" in done.err
    assert (tmp_path / "swing.autonomous.network.h5").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("degenerate", "swing.yaml", "--kinds", "clok"), 2, "unknown kind 'clok'"),
        (("degenerate", "swing.yaml", "--tol", "2"), 2, "between 0 and 1"),
        (("degenerate", "swing.yaml", "--initial", "q=1"), 2, "no variable 'q'"),
        (("degenerate", "swing.yaml", "-o", "nowhere/x"), 5, "the folder does not exist"),
        (("degenerate", "missing.h5"), 3, "there is no such file"),
        (("perturb", "missing.h5"), 3, "no such file"),
        (("perturb", "swing.yaml"), 3, "swing.yaml"),
    ],
)
def test_bad_requests_are_refused_in_one_line(
    run: Run, swing: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = run(*arguments)
    assert done.code == code
    assert says in done.error


def test_what_is_there_is_not_overwritten(run: Run, swing: Path, tmp_path: Path) -> None:
    (tmp_path / "swing.unstable.network.h5").write_text("mine")
    done = run("degenerate", swing, "--kinds", "driven,unstable", *QUICK)
    assert done.code == 5
    assert "exists already" in done.error
    assert not (tmp_path / "swing.driven.network.h5").exists()
