"""Time: CPU and wall clock, in alternating pairs, since other work shares the machine."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
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


def process_seconds(command: Sequence[str], folder: Path) -> dict[str, float]:
    """CPU time of a whole process and its children, run in `folder`, and wall time."""
    before, began = _children_cpu(), time.perf_counter()
    subprocess.run(
        command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wall = time.perf_counter() - began
    return {"cpu": _children_cpu() - before, "wall": wall}


def _children_cpu() -> float:
    """User and system time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and largest."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def pairs(
    ours: Callable[[], dict[str, float]], theirs: Callable[[], dict[str, float]], count: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Spread of two measurements in alternation, and of the ratios of the pairs, by quantity.

    The first pair warms up and does not count.
    """
    runs = [(ours(), theirs()) for _ in range(count + 1)][1:]
    return {
        key: {
            "ours": spread([a[key] for a, _ in runs]),
            "theirs": spread([b[key] for _, b in runs]),
            "ratio": spread([a[key] / b[key] for a, b in runs]),
        }
        for key in runs[0][0]
    }


def whole_cpu(task: Task) -> tuple[float, Any]:
    """CPU seconds of a call, worker processes that ended within it included; and its result."""
    before = _children_cpu()
    _, own, result = timed(task)
    return own + _children_cpu() - before, result
