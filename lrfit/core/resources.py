"""What the machine offers to this process: cores and memory.

Place in the flow: executors ask how many processes to start, commands whether there is memory
enough for their work. How much work needs how much memory is for the rooms to say.
"""

from __future__ import annotations

import os
from pathlib import Path

MOST_WORKERS = 12
"""Processes of one search, at most: it sets twelve tasks at a time (`DescentPolicy.batch`)."""


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usual_workers() -> int:
    """How many processes share work unless a number is asked for."""
    return min(available_cores(), MOST_WORKERS)


def address_space() -> int | None:
    """Bytes of address space that this process may take (`ulimit -v`); None without a limit."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def available_memory() -> int | None:
    """Bytes this process may still take: of the machine, and of its control group; None if
    the system does not say.
    """
    known = [value for value in (_free_memory(), _group_memory()) if value is not None]
    return min(known, default=None)


def _free_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        sizes = dict(line.split(":", 1) for line in lines)
        return int(sizes["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        try:
            return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, AttributeError):
            return None


def _group_memory() -> int | None:
    """What Linux's control group (a container, a batch job) leaves."""
    folder = Path("/sys/fs/cgroup")
    try:
        most = (folder / "memory.max").read_text("ascii").strip()
        used = int((folder / "memory.current").read_text("ascii"))
        return None if most == "max" else int(most) - used
    except (OSError, ValueError):
        return None
