"""The smallest network by the compiled kernel and by NumPy: one evaluation, and whole searches.

Per system: microseconds of CPU time of one start's evaluation, in a batch of four as most batches
of a search are (medians over alternating rounds); and neurons and CPU seconds, those of worker
processes included, of `minimize` by either, in turn and in a process of its own each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import lrfit
from benchmarks.timing import cpu_seconds
from lrfit.core.arrays import Array
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.goal import WithinTolerance
from lrfit.fitting.options import FitOptions
from lrfit.fitting.setting import prepare
from lrfit.regression.kernel_library import SETTING, description
from lrfit.regression.problem import RefinementProblem, first_points
from lrfit.regression.variable_projection import evaluate

BY = {"kernel": "auto", "NumPy": "numpy"}
_SEARCH = """
import json, resource, sys, lrfit
found = lrfit.minimize(sys.argv[1], tol=float(sys.argv[2]), effort=sys.argv[3], seed=0)
used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
seconds = sum(one.ru_utime + one.ru_stime for one in used)
print(json.dumps({"neurons": found.network.neurons, "met": found.met, "cpu": seconds}))
"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Systems with a size near their smallest, tolerance and effort of the searches, rounds."""

    systems: tuple[tuple[str, int], ...] = (
        ("van_der_pol", 6),
        ("lorenz", 7),
        ("hopf_normal_form", 5),
        ("coupled_fitzhugh_nagumo", 8),
    )
    tolerance: float = 0.01
    effort: str = "normal"
    rounds: int = 15


QUICK = Settings(systems=(("pitchfork_bistable", 2),), tolerance=0.1, effort="quick", rounds=2)


@contextmanager
def refined_by(name: str) -> Iterator[None]:
    """Within, the kernel or NumPy evaluates."""
    before = os.environ.get(SETTING)
    os.environ[SETTING] = BY[name]
    try:
        yield
    finally:
        os.environ.pop(SETTING)
        if before is not None:
            os.environ[SETTING] = before


def search_problem(system: str, neurons: int) -> RefinementProblem:
    """What the search of a system refines at one size."""
    setting = prepare(lrfit.load_system(system), FitOptions())
    explorer = Explorer(setting, goal=WithinTolerance(0.01))
    return first_points(explorer.common.problem, explorer.points.count(neurons))


def evaluation(problem: RefinementProblem, theta: Array, rounds: int) -> dict[str, float]:
    """Microseconds of one start's evaluation by either."""
    seconds: dict[str, list[float]] = {name: [] for name in BY}
    for _ in range(rounds):
        for name, found in seconds.items():
            with refined_by(name):
                found.append(cpu_seconds(lambda: [evaluate(problem, theta) for _ in range(20)]))
    return {name: 1e6 * float(np.median(s)) / 20 / len(theta) for name, s in seconds.items()}


def search(system: str, settings: Settings, by: str) -> dict[str, Any]:
    """Neurons and CPU seconds of one `minimize`."""
    command = [sys.executable, "-c", _SEARCH, system, str(settings.tolerance), settings.effort]
    environment = os.environ | {SETTING: BY[by]}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(settings: Settings, save: Callable[[Any], None]) -> dict[str, Any]:
    with refined_by("kernel"):
        report: dict[str, Any] = {"kernel": description(), "rows": []}
    for system, neurons in settings.systems:
        problem = search_problem(system, neurons)
        theta = np.random.default_rng(0).normal(0, 1, (4, neurons, problem.parameters))
        row = {"system": system, "microseconds": evaluation(problem, theta, settings.rounds)}
        report["rows"].append(row | {"search": {by: search(system, settings, by) for by in BY}})
        save(report)
    return report


def table(figures: dict[str, Any]) -> str:
    lines = [
        "| system | one start: kernel | NumPy | ratio | `minimize`: kernel | NumPy | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in figures["rows"]:
        one, whole = row["microseconds"], row["search"]
        mine, plain = whole["kernel"], whole["NumPy"]
        lines.append(
            f"| {row['system']} | {one['kernel']:.3g} µs | {one['NumPy']:.3g} µs | "
            f"{one['NumPy'] / one['kernel']:.2g} | "
            f"{mine['neurons']} neurons, {mine['cpu']:.3g} s | "
            f"{plain['neurons']} neurons, {plain['cpu']:.3g} s | {plain['cpu'] / mine['cpu']:.2g} |"
        )
    return "\n".join([*lines, "", f"Refinement by {figures['kernel']}. Times are CPU times."])
