"""The program as a process: signals, pipes, closed and full outputs, start-up."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Spawn = Callable[..., Any]

BUSY = """
import sys
from lrfit.cli import main as program

def work(arguments):
    import numpy as np
    from lrfit.io.atomic import _temporary
    from lrfit.cli import signals
    from pathlib import Path
    signals.clean_up_in(Path("."))
    matrix = np.random.default_rng(0).normal(size=(4000, 4000))
    with _temporary(Path("out.h5"), overwrite=False):
        print("ready", flush=True)
        np.linalg.svd(matrix)
    return 0

program._run = work
sys.exit(program.main())
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_inside_a_long_svd_ends_it_within_a_second_and_leaves_nothing(
    tmp_path: Path, environment: dict[str, str], number: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.3)  # well inside the decomposition, which takes minutes
        assert any(tmp_path.iterdir())
        began = time.monotonic()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        assert time.monotonic() - began < 8.0
    assert process.returncode == code
    assert err.decode() in ("lrfit: interrupted\n", "lrfit: terminated\n")
    assert list(tmp_path.iterdir()) == []


SLOW_PYTHON = """
import sys, time
from lrfit.cli import main as program

def work(arguments):
    print("ready", flush=True)
    while True:
        time.sleep(0.01)

program._run = work
sys.exit(program.main())
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_in_python_unwinds_by_itself(
    tmp_path: Path, environment: dict[str, str], number: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_PYTHON],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert err.count(b"\n") == 1


IN_AN_EXEC = SLOW_PYTHON.replace(
    "    while True:\n        time.sleep(0.01)",
    "    exec('while True: time.sleep(0.01)', {'time': time})",
)


def test_an_interrupt_inside_exec_has_its_code_too(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Modules of dataclasses and named tuples run `exec` while they are imported."""
    assert "exec(" in IN_AN_EXEC
    with subprocess.Popen(
        [sys.executable, "-c", IN_AN_EXEC],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130


IN_A_DESTRUCTOR = SLOW_PYTHON.replace(
    "    while True:\n        time.sleep(0.01)",
    """
    class Slow:
        def __del__(self):
            while not program.signals.received():
                time.sleep(0.01)
            time.sleep(0.01)
    Slow()
    while True:
        time.sleep(0.01)""",
)
IN_AN_IMPORT = SLOW_PYTHON.replace(
    "    while True:\n        time.sleep(0.01)",
    """
    try:
        while True:
            time.sleep(0.01)
    except KeyboardInterrupt:
        raise ImportError("initialization failed")""",
)


@pytest.mark.parametrize("program", [IN_A_DESTRUCTOR, IN_AN_IMPORT])
def test_an_interrupt_that_python_or_c_code_swallows_is_not_lost(
    tmp_path: Path, environment: dict[str, str], program: str
) -> None:
    assert program != SLOW_PYTHON
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (143, b"lrfit: terminated\n")


def test_an_embedding_program_keeps_its_own_signal_handlers() -> None:
    from lrfit.cli.main import main

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert main(["--version"]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_reader_that_goes_away_is_no_noise(spawn: Spawn) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn("systems", stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (5, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments", [["systems"], ["--help"], ["sample", "van_der_pol", "--points", "4", "-o", "-"]]
)
def test_a_full_standard_output_is_one_line_and_code_5(
    spawn: Spawn, tmp_path: Path, arguments: list[str]
) -> None:
    with Path("/dev/full").open("wb") as full:
        process = spawn(*arguments, stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert err.count(b"\n") == 1
    assert b"No space left" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_limit_on_the_size_of_files_is_one_line_and_code_5(
    tmp_path: Path, environment: dict[str, str], unbuffered: str
) -> None:
    program = f"ulimit -f 4; '{sys.executable}' -m lrfit sample lorenz --points 12"
    for target, name in (("-o - > out.bin", "standard output"), ("-o file.h5", "file.h5")):
        done = subprocess.run(
            ["sh", "-c", f"{program} {target}"],
            cwd=tmp_path,
            env=environment | {"PYTHONUNBUFFERED": unbuffered},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 5
        assert name in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "file.h5").exists()


def test_a_closed_standard_output_is_quiet_and_code_5(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m lrfit systems >&-"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (5, b"")


def test_a_grid_goes_through_a_pipe(spawn: Spawn, tmp_path: Path) -> None:
    first = spawn("sample", "van_der_pol", "--points", "5", "-o", "-", "--json")
    second = spawn("show", "-", "--json", stdin=first.stdout)
    out, err = second.communicate(timeout=60)
    _, summary = first.communicate(timeout=60)
    assert (first.returncode, second.returncode, err) == (0, 0, b"")
    assert b'"points": 25' in out
    assert b'"command": "sample"' in summary
    assert list(tmp_path.iterdir()) == []


def test_hdf5_is_not_written_to_a_terminal(tmp_path: Path, environment: dict[str, str]) -> None:
    import pty

    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "lrfit", "sample", "van_der_pol", "-o", "-"],
        cwd=tmp_path,
        env=environment,
        stdout=follower,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(follower)
        _, err = process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 2
    assert b"terminal" in err


def test_a_table_on_a_terminal_is_narrow_and_has_color(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    import pty

    leader, follower = pty.openpty()
    colored = {name: value for name, value in environment.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [sys.executable, "-m", "lrfit", "show", "van_der_pol"],
        cwd=tmp_path,
        env=colored | {"TERM": "xterm-256color", "COLUMNS": "200"},
        stdout=follower,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(follower)
        out = _drain(leader)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert "van_der_pol" in out
    assert "\x1b[" in out
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines())) < 80


def _drain(descriptor: int) -> str:
    """Everything that is written to a terminal until its writer ends."""
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # Linux's end of file for a terminal
            break
        if not part:
            break
        parts.append(part)
    os.close(descriptor)
    return b"".join(parts).decode()


def test_help_starts_within_five_times_typer_itself(environment: dict[str, str]) -> None:
    def seconds(*arguments: str) -> float:
        began = time.monotonic()
        subprocess.run(
            [sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        return time.monotonic() - began

    rounds = [
        (seconds("-c", "pass") + seconds("-c", "import typer"), seconds("-m", "lrfit", "--help"))
        for _ in range(3)
    ]
    assert statistics.median(ours / base for base, ours in rounds) < 5
