"""Time: CPU and wall clock, in alternating pairs, since other work shares the machine."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any

Task = Callable[[], Any]


def timed(task: Task) -> tuple[float, float, Any]:
    """Wall seconds, CPU seconds (all threads), result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = task()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def cpu_seconds(task: Task) -> float:
    """User and system time of a call."""
    return timed(task)[1]


def process_seconds(command: Sequence[str]) -> float:
    """User and system time of a whole process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and largest."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def pairs(
    ours: Callable[[], float], theirs: Callable[[], float], count: int
) -> dict[str, dict[str, float]]:
    """Spread of two measurements in alternation, and of the ratios of the pairs.

    The first pair warms up and does not count.
    """
    runs = [(ours(), theirs()) for _ in range(count + 1)][1:]
    return {
        "ours": spread([a for a, _ in runs]),
        "theirs": spread([b for _, b in runs]),
        "ratio": spread([a / b for a, b in runs]),
    }


def whole_cpu(task: Task) -> tuple[float, Any]:
    """CPU seconds of a call, worker processes that ended within it included; and its result."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, own, result = timed(task)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, result
