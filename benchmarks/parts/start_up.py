"""Start-up: whole processes against Python's own start, in alternating pairs.

`--help` and `--version` against Python with the import of Typer, the least such a program needs;
a whole `minimize`, from process start to the file on disk, against `python -c pass`. Times are
user + system CPU time, worker processes included; medians with least and most.
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

HELP = "lrfit --help"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`pairs`: runs of each; `system` and `tol` of the whole `minimize`."""

    pairs: int = 9
    minimize_pairs: int = 5
    system: str = "pitchfork_bistable"
    tol: float = 1e-2


QUICK = Settings(pairs=2, minimize_pairs=1)


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    lrfit, bare = [sys.executable, "-m", "lrfit"], [sys.executable, "-c", "pass"]
    typer = [sys.executable, "-c", "import typer"]
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "network.h5")
        command = [*lrfit, "minimize", settings.system, "--tol", str(settings.tol), "--quiet"]
        command += ["--force", "-o", output]
        cases = (
            (HELP, [*lrfit, "--help"], "python -c 'import typer'", typer, settings.pairs),
            (
                "lrfit --version",
                [*lrfit, "--version"],
                "python -c 'import typer'",
                typer,
                settings.pairs,
            ),
            (
                f"lrfit minimize {settings.system} --tol {settings.tol:g}",
                command,
                "python -c pass",
                bare,
                settings.minimize_pairs,
            ),
        )
        rows = []
        for name, ours, reference, theirs, count in cases:
            found = pairs(partial(process_seconds, ours), partial(process_seconds, theirs), count)
            rows.append({"case": name, "reference": reference, **found})
            save(rows)
    return rows


def table(figures: list[dict[str, Any]]) -> str:
    lines = ["| command | CPU seconds | reference | ratio |", "|---|---|---|---|"]
    for row in figures:
        shown = [
            f"{row[key]['median']:.2g} ({row[key]['least']:.2g} to {row[key]['most']:.2g})"
            for key in ("ours", "ratio")
        ]
        lines.append(f"| `{row['case']}` | {shown[0]} | `{row['reference']}` | {shown[1]} |")
    return "\n".join(lines)
