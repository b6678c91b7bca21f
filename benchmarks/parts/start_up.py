"""Whole processes, from start to the file on disk, in alternating pairs with a reference.

Every command of a day's work against Python with the imports of what it cannot do without: NumPy,
h5py, Typer and the tables of rich; `--help` and whole searches against Python's own start too. CPU
time is user + system, worker processes included; medians with least and most; ratios of CPU time
are medians over pairs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.timing import pairs, process_seconds

GOALS = {
    "import lrfit": 0.3,
    "--help": 1.0,
    "--version": 1.0,
    "systems": 1.0,
    "show network.h5": 2.0,
    "show network.h5 --json": 2.0,
    "check van_der_pol": 2.0,
    "simulate network.h5 -o trajectory.h5": 2.0,
    "fit van_der_pol --method ols --neurons 60 -o network.h5": 4.0,
}
"""Most CPU time of commands against the imports of the libraries."""

START, LIBRARIES = "pass", "import numpy, h5py, typer, rich.table"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`pairs`: runs of each, `minimize_pairs` of the searches for `tol`."""

    pairs: int = 9
    minimize_pairs: int = 5
    systems: tuple[str, ...] = ("pitchfork_bistable", "van_der_pol", "lorenz_scaled")
    tol: float = 1e-2


QUICK = Settings(pairs=2, minimize_pairs=1, systems=("pitchfork_bistable",))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command of lrfit, or an import, beside what Python does for `reference`."""

    command: str
    reference: str
    pairs: int

    @property
    def arguments(self) -> list[str]:
        """What Python is started with."""
        if self.command.startswith("import "):
            return ["-c", self.command]
        force = ["--force"] if "-o" in self.command.split() else []
        return ["-m", "lrfit", *self.command.split(), *force]

    @property
    def told(self) -> str:
        """What was run, for a person."""
        imports = self.command.startswith("import ")
        return f"python -c '{self.command}'" if imports else f"lrfit {self.command}"


COMMANDS = (
    "import lrfit",
    "--help",
    "--version",
    "systems",
    "fit van_der_pol --method ols --neurons 60 -o network.h5",
    "show network.h5",
    "show network.h5 --json",
    "check van_der_pol",
    "simulate network.h5 -o trajectory.h5",
    "sample van_der_pol --points 201 -o grid.h5",
    "fit grid.h5 --neurons 64 -o again.h5",
    "analyze network.h5",
    "report network.h5 -o page.html",
)
"""In an order in which every file is there when it is read."""


def cases(settings: Settings) -> list[Case]:
    few = partial(Case, pairs=settings.pairs)
    return [
        few(command="--help", reference=START),
        *(few(command=command, reference=LIBRARIES) for command in COMMANDS),
        *(
            Case(
                command=f"minimize {system} --tol {settings.tol:g} -o smallest.h5",
                reference=START,
                pairs=settings.minimize_pairs,
            )
            for system in settings.systems
        ),
    ]


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(settings):
            ours = [sys.executable, *case.arguments]
            theirs = [sys.executable, "-c", case.reference]
            found = pairs(
                partial(process_seconds, ours, Path(folder)),
                partial(process_seconds, theirs, Path(folder)),
                case.pairs,
            )
            rows.append(
                {
                    "case": case.told,
                    "reference": f"python -c '{case.reference}'",
                    "goal": GOALS.get(case.command) if case.reference == LIBRARIES else None,
                    **found,
                }
            )
            save(rows)
    return rows


def table(figures: list[dict[str, Any]]) -> str:
    lines = [
        "| command | CPU seconds | wall | reference | ratio of CPU | goal |",
        "|---|---|---|---|---|---|",
    ]
    for row in figures:
        cpu, ratio, wall = row["cpu"]["ours"], row["cpu"]["ratio"], row["wall"]["ours"]
        lines.append(
            f"| `{row['case']}` | {_spread(cpu)} | {wall['median']:.2g} | `{row['reference']}` | "
            f"{_spread(ratio)} | {_goal(row)} |"
        )
    return "\n".join(lines)


def _spread(values: dict[str, float]) -> str:
    shown = [_number(values[key]) for key in ("median", "least", "most")]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def _goal(row: dict[str, Any]) -> str:
    goal = row.get("goal")
    return "" if goal is None else f"{goal:g}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"
