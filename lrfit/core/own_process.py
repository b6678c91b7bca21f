"""Whether this process is the program `lrfit` and nothing else.

A library must not fork: the program around it may have threads, open files and handlers of which
it knows nothing. The command line knows all of its own, and says so here.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

WATCHDOG = "lrfit-watchdog"
"""The thread that waits for signals (`lrfit.cli.signals`): inside of a read, without any lock."""

_state = {"own": False}


def claim() -> None:
    """Say that this process is the program `lrfit`; nothing of another program is in it."""
    _state["own"] = True


def may_fork() -> bool:
    """Whether a copy of this process can go on working: on Linux, in the program, without threads.

    Of several threads only the one that forks is in the copy, and what another had locked stays
    locked there for ever. The watchdog has nothing locked. Threads of libraries (OpenBLAS) are
    seen by the number of all threads that Linux has of the process.
    """
    if not (_state["own"] and sys.platform == "linux"):
        return False
    known = threading.enumerate()
    if {thread.name for thread in known} - {threading.main_thread().name, WATCHDOG}:
        return False
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir()) == len(known)
    except OSError:
        return False
