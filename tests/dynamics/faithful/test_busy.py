"""The same verdicts on a machine that is too busy: work is counted, not timed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

LOOK = """
from tests.dynamics.faithful.conftest import rotor, target_of
from lrfit.dynamics.faithful import quick_look
system = target_of(rotor(1.5, 1.5))
for network in (rotor(1.5, 1.5), rotor(1.5, 1.5, tau=1.1)):
    print(quick_look(system, network).verdict)
"""
SPIN = "while True: pass"
OTHERS = 4


@contextmanager
def one_processor() -> Iterator[None]:
    """Children that are started inside share the first processor that this process may use."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that compute without end on that processor."""
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen([sys.executable, "-c", SPIN])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


def verdicts() -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=Path(__file__).parents[3],
        check=True,
        capture_output=True,
        text=True,
        timeout=280,
    )
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs processor affinity")
def test_a_fifth_of_a_processor_changes_no_verdict() -> None:
    with one_processor():
        idle = verdicts()
        assert idle.count("\n") == 2
        assert idle.startswith("yes\nno (")
        with busy(OTHERS):
            assert verdicts() == idle
