"""Whole processes, from start to the file on disk, in alternating pairs with a reference.

`--help` against Python's own start and against Python with the import of Typer, the least such a
program needs; what reads and writes HDF5 against Python with the imports of NumPy and h5py; whole
fits and searches against Python's own start. CPU time is user + system, worker processes included;
medians with least and most; ratios of CPU time are medians over pairs.
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

START, TYPER, HDF5 = "pass", "import typer", "import numpy, h5py"


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
    """A command of lrfit, beside what Python does for `reference`."""

    command: str
    reference: str
    pairs: int


def cases(settings: Settings) -> list[Case]:
    few = partial(Case, pairs=settings.pairs)
    return [
        few(command="--help", reference=START),
        few(command="--help", reference=TYPER),
        few(command="--version", reference=START),
        few(command="fit van_der_pol --neurons 64 -o network.h5", reference=HDF5),
        few(command="sample van_der_pol --points 201 -o grid.h5", reference=HDF5),
        few(command="fit grid.h5 --neurons 64 -o again.h5", reference=HDF5),
        few(command="show network.h5", reference=HDF5),
        few(command="simulate network.h5 -o trajectory.h5", reference=HDF5),
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
            force = ["--force"] if "-o" in case.command.split() else []
            ours = [sys.executable, "-m", "lrfit", *case.command.split(), *force]
            theirs = [sys.executable, "-c", case.reference]
            found = pairs(
                partial(process_seconds, ours, Path(folder)),
                partial(process_seconds, theirs, Path(folder)),
                case.pairs,
            )
            rows.append(
                {
                    "case": f"lrfit {case.command}",
                    "reference": f"python -c '{case.reference}'",
                    **found,
                }
            )
            save(rows)
    return rows


def table(figures: list[dict[str, Any]]) -> str:
    lines = ["| command | CPU seconds | wall | reference | ratio of CPU |", "|---|---|---|---|---|"]
    for row in figures:
        cpu, ratio, wall = row["cpu"]["ours"], row["cpu"]["ratio"], row["wall"]["ours"]
        lines.append(
            f"| `{row['case']}` | {_spread(cpu)} | {wall['median']:.2g} | `{row['reference']}` | "
            f"{_spread(ratio)} |"
        )
    return "\n".join(lines)


def _spread(values: dict[str, float]) -> str:
    shown = [_number(values[key]) for key in ("median", "least", "most")]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"
