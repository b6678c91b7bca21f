"""Fits and their verdicts on the command line: what is written, shown and returned."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import lrfit
from lrfit.fitting import judge
from lrfit.fitting.result import Fit
from lrfit.fitting.view import fields as fit_fields
from lrfit.fitting.view import tables
from lrfit.io import read_hdf5
from tests.command_line import Run

FIT = ("fit", "driven.yaml", "--neurons", 6, "--samples", 64, "-o", "net.h5")
MINIMIZE = (
    *("minimize", "driven.yaml", "--tol", 0.5, "--method", "ols"),
    *("--candidates", 100, "--samples", 64, "-o", "net.h5"),
)
COMMANDS = pytest.mark.parametrize("command", [FIT, MINIMIZE], ids=["fit", "minimize"])


@dataclass(frozen=True)
class Verdict:
    """A verdict in the place of `Faithfulness`."""

    verdict: str
    differences: tuple[str, ...] = ()


Look = Callable[[Callable[[], Verdict]], None]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, system_file: Path) -> Look:
    """Put a function in the place of the quick look."""
    assert system_file.name == "driven.yaml"

    def put(result: Callable[[], Verdict]) -> None:
        monkeypatch.setattr(judge, "quick_look", lambda *_, **__: result())

    return put


def stored(path: Path) -> Fit:
    record = lrfit.load(path)
    assert isinstance(record, Fit)
    return record


@COMMANDS
def test_the_network_is_in_its_file_while_its_dynamics_are_looked_at(
    run: Run, look: Look, tmp_path: Path, command: tuple[object, ...]
) -> None:
    seen: list[Fit] = []

    def during() -> Verdict:
        seen.append(stored(tmp_path / "net.h5"))
        return Verdict("yes")

    look(during)
    assert run(*command).code == 0
    (first,) = seen
    assert first.faithful.startswith("not judged: the program ended")
    last = stored(tmp_path / "net.h5")
    assert last.faithful == "yes"
    assert (first.network.M == last.network.M).all()


@COMMANDS
def test_an_error_in_the_look_leaves_the_network_and_asks_for_a_report(
    run: Run, look: Look, tmp_path: Path, command: tuple[object, ...]
) -> None:
    def broken() -> Verdict:
        raise ValueError("operands could not be broadcast")

    look(broken)
    done = run(*command, "--json")
    assert done.code == 0
    found = json.loads(done.out)
    why = "not judged: internal error in the check (ValueError: operands could not be broadcast)"
    assert (found["faithful"], found["verdict"]) == (None, why)
    assert "please report it" in done.err
    assert stored(tmp_path / "net.h5").faithful == why
    assert why in " ".join(run("show", "net.h5").out.split())


@COMMANDS
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_in_the_look_ends_the_look_and_not_the_fit(
    run: Run, look: Look, tmp_path: Path, command: tuple[object, ...], number: int, code: int
) -> None:
    def struck() -> Verdict:
        signal.raise_signal(number)
        return Verdict("yes")

    look(struck)
    done = run(*command, "--json")
    assert done.code == code
    assert json.loads(done.out)["verdict"] == "not judged: interrupted"
    tree = read_hdf5(tmp_path / "net.h5")
    assert tree.attribute("complete", int) == 1
    record = stored(tmp_path / "net.h5")
    assert record.faithful == "not judged: interrupted"
    assert not record.interrupted


def test_an_interrupted_look_writes_to_standard_output_too(
    run: Run, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []

    def struck() -> Verdict:
        raise KeyboardInterrupt

    look(struck)
    monkeypatch.setattr("lrfit.cli.output.write_bytes", lambda data, _: written.append(data))
    assert run(*FIT[:-1], "-").code == 130
    (data,) = written
    assert read_hdf5(data, where="-").attribute("complete", int) == 1


def test_an_existing_file_is_still_refused_before_any_work(
    run: Run, look: Look, tmp_path: Path
) -> None:
    look(lambda: Verdict("yes"))
    (tmp_path / "net.h5").write_text("mine")
    assert run(*FIT).code == 5
    assert (tmp_path / "net.h5").read_text() == "mine"


@pytest.mark.parametrize(
    ("verdict", "check", "flag", "shown"),
    [
        ("yes", "quick", True, "those of the target (at a quick look; lrfit analyze looks closer)"),
        ("yes", "full", True, "those of the target (looked at closely)"),
        ("no (a; b (c))", "full", False, "NOT those of the target: a; b (c) (looked at closely)"),
        ("no", "full", False, "NOT those of the target (looked at closely)"),
        ("not judged: too slow", "quick", None, "not judged: too slow"),
        ("", "", None, None),
    ],
)
def test_three_verdicts_are_told_apart_and_files_of_earlier_versions_are_read(
    network_file: Path, verdict: str, check: str, flag: bool | None, shown: str | None
) -> None:
    record = replace(stored(network_file), faithful=verdict, faithful_check=check)
    fields = fit_fields(record)
    assert fields["faithful"] is flag
    assert fields["verdict"] == (verdict or None)
    rows = dict(tables(record, verbose=False)[0].rows)
    assert rows.get("dynamics") == shown
