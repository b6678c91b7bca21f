"""SIGINT and SIGTERM end a command within a second, with its code, and nothing is left."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lrfit.io import read_hdf5

Start = Callable[..., Any]
Lrfit = Callable[..., Any]
Outputs = Callable[[], dict[str, bytes]]

LONG: dict[str, tuple[str, ...]] = {
    "minimize": ("minimize", "s.yaml", "--tol", "1e-3", "--effort", "exhaustive"),
    "select": ("minimize", "s.yaml", "--tol", "1e-5", "--method", "ols"),
    "simulate": (
        "simulate",
        "n.h5",
        "--duration",
        "2e4",
        "--dt",
        "0.003",
        "--solver",
        "euler",
        "--points",
        "9",
    ),
    "sample": ("sample", "s.yaml", "--points", "2500"),
    "inside LAPACK": ("fit", "s.yaml", "--neurons", "4000", "--samples", "8192"),
}
CODES = {signal.SIGINT: (130, -2), signal.SIGTERM: (143, -15)}
"""A negative one: before the program's first line; a shell calls both the same."""
SLACK = 4.0
"""Seconds for what takes less than one on a machine that is not busy."""
WORDS = {signal.SIGINT: "lrfit: interrupted\n", signal.SIGTERM: "lrfit: terminated\n"}


@pytest.fixture
def start(cold_zygote: Any, tmp_path: Path) -> Start:
    """Start a command that has its imports still to do: a signal may come in the midst of them."""
    return lambda *arguments, **options: cold_zygote.start(tmp_path, *arguments, **options)


def seconds_of_work(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end_with(running: Any, number: int) -> tuple[Any, float]:
    """Send a signal; what came of it, and the seconds until the end."""
    began = time.monotonic()
    running.kill(number)
    done = running.wait()
    return done, time.monotonic() - began


def interrupt_often(
    start: Start, outputs: Outputs, command: str, number: signal.Signals, count: int
) -> list[float]:
    """Signal runs at random moments, and check what they leave; the seconds each took to end."""
    rng, took = random.Random(command), []
    for _ in range(count):
        running = start(*LONG[command], "-o", "out.h5")
        time.sleep(rng.uniform(0.0, 1.5))
        done, seconds = end_with(running, number)
        if done.code == 0:
            (running.cwd / "out.h5").unlink()
            continue
        assert done.code in CODES[number]
        assert done.err == (WORDS[number] if done.code > 0 else "")
        assert done.out == ""
        assert outputs() == {}
        took.append(seconds)
    return took


@pytest.mark.parametrize("number", CODES, ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", LONG)
def test_a_signal_at_any_time_ends_it_within_a_second_and_leaves_nothing(
    start: Start, outputs: Outputs, command: str, number: signal.Signals
) -> None:
    assert max(interrupt_often(start, outputs, command, number, 1), default=0.0) < SLACK


@pytest.mark.soak
@pytest.mark.parametrize("number", CODES, ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", LONG)
def test_twenty_signals_leave_nothing(
    start: Start,
    outputs: Outputs,
    tell: Callable[[str, object], None],
    command: str,
    number: signal.Signals,
) -> None:
    took = sorted(interrupt_often(start, outputs, command, number, 20))
    median, most = took[len(took) // 2], took[-1]
    tell(
        f"{command} by {number.name}",
        f"{len(took)} ended, median {median:.2f} s, most {most:.2f} s",
    )
    assert median < SLACK


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_a_signal_in_the_middle_of_a_long_decomposition(start: Start, outputs: Outputs) -> None:
    running = start(*LONG["inside LAPACK"], "-o", "out.h5")
    while seconds_of_work(running.pid) < 4.0:
        time.sleep(0.05)
    done, seconds = end_with(running, signal.SIGTERM)
    assert (done.code, done.err, outputs()) == (143, WORDS[signal.SIGTERM], {})
    assert seconds < SLACK


def workers_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="needs Linux's /proc to see processes"
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_no_worker_outlives_its_parent(start: Start, folder: Path, number: signal.Signals) -> None:
    assert (folder / "s.yaml").exists()
    running = start(*LONG["minimize"], "-o", "out.h5")
    deadline, workers = time.monotonic() + 60, []
    while not workers:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        workers = workers_of(running.pid)
    end_with(running, number)
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_interrupted_search_that_keeps_its_best_writes_it_whole_and_says_so(
    start: Start, folder: Path, outputs: Outputs
) -> None:
    search = ("minimize", "s.yaml", "--tol", "0.001", "--max-neurons", "5", "--json")
    for delay in (2, 4, 8, 16):  # until a first network is there
        running = start(*search, "--effort", "exhaustive", "--keep-best", "-o", "out.h5")
        time.sleep(delay)
        done, _ = end_with(running, signal.SIGINT)
        assert done.code == 130
        if outputs():
            break
        assert done.err == WORDS[signal.SIGINT]
    assert list(outputs()) == ["out.h5"]
    tree = read_hdf5(folder / "out.h5")
    assert (tree.attribute("complete", int), tree.attribute("interrupted", int)) == (1, 1)
    assert len(tree.group("network").numbers("M")) == done.summary["neurons"]
    shown = start("show", "out.h5").wait()
    assert "interrupted" in shown.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("systems",),
        ("check", "s.yaml", "--json"),
        ("show", "n.h5"),
        ("sample", "s.yaml", "--points", "9", "-o", "-"),
        ("simulate", "n.h5", "-o", "-"),
        ("fit", "s.yaml", "--neurons", "9", "-o", "-"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_standard_output_that_is_closed_or_full_ends_with_code_5(
    lrfit: Lrfit, folder: Path, outputs: Outputs, arguments: tuple[str, ...]
) -> None:
    assert folder.is_dir()
    closed = lrfit(*arguments, closed=[1])
    assert (closed.code, closed.out, closed.err) == (5, "", "")
    full = lrfit(*arguments, stdout="/dev/full")
    assert full.code == 5
    assert "No space left" in full.line
    assert outputs() == {}


def test_a_result_that_is_written_stays_when_its_summary_cannot_be_printed(
    lrfit: Lrfit, folder: Path
) -> None:
    done = lrfit("sample", "s.yaml", "--points", "9", "-o", "out.h5", stdout="/dev/full")
    assert done.code == 5
    assert "velocity" in read_hdf5(folder / "out.h5").children


def test_nothing_at_all_to_write_to_still_gives_the_code(lrfit: Lrfit, folder: Path) -> None:
    assert folder.is_dir()
    assert lrfit("check", "nothing.yaml", closed=[0, 1, 2]).code == 3
    assert lrfit("fit", "s.yaml", "--neurons", "9", "-o", "a.h5", closed=[0, 2]).code == 0
