"""What libraries take from the environment fails in our words, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lrfit.cli.main import main
from lrfit.core.resources import address_space


def command(
    folder: Path, environment: dict[str, str], *arguments: str, kilobytes: str = "unlimited"
) -> Any:
    """Run lrfit as a process with that much address space."""
    return subprocess.run(
        ["sh", "-c", f'ulimit -v {kilobytes}; exec "$0" -m lrfit "$@"', sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("epoch", ["x", "-5", "1.5", "1e5", " 1", "9" * 25, "253402300800", "²"])
def test_a_time_that_is_none_is_refused_by_its_name(
    epoch: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert main(["systems"]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "SOURCE_DATE_EPOCH" in caught.err
    assert caught.err.count("\n") == 1


@pytest.mark.parametrize("epoch", ["", "0", "1700000000", "253402300799"])
def test_a_time_is_taken(epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert main(["systems", "-q"]) == 0


def test_settings_of_libraries_that_make_no_sense_change_nothing(
    folder: Path, environment: dict[str, str]
) -> None:
    """scipy imports `numpy.f2py`, which reads the time; matplotlib the name of the backend."""
    strange = {"MPLBACKEND": "x", "SOURCE_DATE_EPOCH": "", "COLUMNS": "x", "TERM": "x", "TZ": "x"}
    done = command(
        folder, environment | strange, "plot", "n.h5", "--kind", "tuning", "-o", "tuning.png"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "tuning.png").stat().st_size > 1000


def test_a_program_that_calls_main_keeps_its_own_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MPLBACKEND", "x")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    before = dict(os.environ)
    assert main(["systems", "-q"]) == 0
    assert dict(os.environ) == before


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v is Linux's")
@pytest.mark.parametrize("kilobytes", ["60000", "300000", "500000"])
def test_too_little_address_space_is_told_before_a_library_ends_the_process(
    folder: Path, environment: dict[str, str], kilobytes: str
) -> None:
    arguments = ("fit", "s.yaml", "--neurons", "5", "-o", "out.h5")
    done = command(folder, environment, *arguments, kilobytes=kilobytes)
    assert done.returncode == 6
    assert done.stderr.startswith("lrfit: not enough memory")
    assert done.stderr.count("\n") == 1
    assert not (folder / "out.h5").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v is Linux's")
def test_what_is_said_to_be_enough_address_space_is(
    folder: Path, environment: dict[str, str]
) -> None:
    free = {name: value for name, value in environment.items() if "THREADS" not in name}
    arguments = ("fit", "s.yaml", "--neurons", "5", "-q", "-o", "out.h5")
    done = command(folder, free, *arguments, kilobytes=str(512 * 1024))
    assert (done.returncode, (folder / "out.h5").exists()) == (0, True)


def test_no_limit_is_none() -> None:
    script = "from lrfit.core.resources import address_space; print(address_space())"
    for limit, told in [("unlimited", "None"), ("1048576", str(2**30))]:
        done = subprocess.run(
            ["sh", "-c", f'ulimit -v {limit}; exec "$0" -c "$1"', sys.executable, script],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == told or address_space() is not None
