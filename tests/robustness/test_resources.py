"""Memory is told before the work and refused beyond the limit; nothing leaks."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lrfit as package

Lrfit = Callable[..., Any]

PEAK = """
import os, subprocess, sys
with subprocess.Popen([sys.executable, "-m", "lrfit", *sys.argv[1:]]) as process:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
print(usage.ru_maxrss * 1024)
"""
ONE_DIMENSIONAL = """\
name: bistable
dynamics: {x: x - x**3}
domain: {x: [-1.5, 1.5]}
simulate: {initial: {x: 0.5}, duration: 1}
"""
HEAVY: dict[str, tuple[str, ...]] = {
    "lstsq": ("fit", "s.yaml", "--neurons", "300"),
    "lstsq, small": ("fit", "s.yaml", "--neurons", "10"),
    "ols": ("fit", "s.yaml", "--neurons", "20", "--method", "ols", "--samples", "8192"),
    "minimize by ols": ("minimize", "s.yaml", "--tol", "0.01", "--method", "ols"),
    "simulate": ("simulate", "n.h5", "--points", "300000"),
    "sample": ("sample", "s.yaml", "--points", "1500"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
@pytest.mark.parametrize("way", HEAVY)
def test_the_memory_told_is_within_a_factor_of_what_is_taken(
    lrfit: Lrfit, folder: Path, environment: dict[str, str], way: str
) -> None:
    told = lrfit(*HEAVY[way], "--dry-run", "--json").summary["memory_bytes"]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *HEAVY[way], "-q", "-o", "out.h5"],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    taken = int(done.stdout.split()[-1])
    assert taken / 1.5 < told < taken * 1.5


@pytest.mark.parametrize("way", HEAVY)
def test_too_much_is_refused_with_the_numbers_and_the_remedy(
    lrfit: Lrfit, folder: Path, way: str
) -> None:
    done = lrfit(*HEAVY[way], "-o", "out.h5", "--memory-limit", "20MB")
    assert done.code == 6
    assert "more than the" in done.line
    assert "--memory-limit" in done.line
    assert not (folder / "out.h5").exists()


def resident() -> int:
    """Bytes this process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def growth(calls: int) -> float:
    """Bytes per call that fits and simulations leave behind."""
    system = package.load_system(ONE_DIMENSIONAL)

    def call() -> None:
        fit = package.fit(system, neurons=8, samples=256)
        package.simulate(fit, duration=1.0, points=5)

    for _ in range(calls // 4):
        call()
    before = resident()
    for _ in range(calls):
        call()
    return (resident() - before) / calls


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_calls_leave_no_memory_behind() -> None:
    assert growth(60) < 20_000


@pytest.mark.soak
def test_a_thousand_calls_leave_no_memory_behind(
    tell: Callable[[str, object], None],
) -> None:
    left = growth(1000)
    tell("bytes left by a call", left)
    assert left < 1000
