"""The same verdicts on a machine that is too busy: work is counted, not timed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from lrfit.dynamics.faithful import quick_look
from tests.dynamics.faithful.conftest import rotor, target_of

SPIN = "while True: pass"


@contextmanager
def one_processor() -> Iterator[None]:
    """This thread and its children share the first processor that this process may use."""
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


def verdicts() -> list[str]:
    system = target_of(rotor(1.5, 1.5))
    networks = rotor(1.5, 1.5), rotor(1.5, 1.5, tau=1.1)
    return [quick_look(system, network).verdict for network in networks]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs processor affinity")
@pytest.mark.parametrize("others", [2, pytest.param(4, marks=pytest.mark.soak)])
def test_a_third_of_a_processor_changes_no_verdict(others: int) -> None:
    with one_processor():
        idle = verdicts()
        assert idle[0] == "yes"
        assert idle[1].startswith("no (")
        with busy(others):
            assert verdicts() == idle
