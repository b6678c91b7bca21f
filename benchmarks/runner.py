"""Run one part: its settings in, its JSON out, saved as often as the part wishes."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.record import read_all, record, write


def module_of(part: str) -> Any:
    """The module of a part."""
    return importlib.import_module(f"benchmarks.parts.{part}")


def run(
    part: str, *, quick: bool, folder: Path, changes: Mapping[str, Any], extend: bool = False
) -> None:
    """Measure and write; `changes` to the settings are recorded with them."""
    module = module_of(part)
    settings = replace(module.QUICK if quick else module.Settings(), **changes)

    def save(figures: Any, *, complete: bool = False) -> None:
        rows = figures
        if kept:
            rows = sorted([*kept, *figures], key=lambda row: order.index(row["system"]))
        write(record(part, settings, rows, quick=quick, complete=complete), folder)

    kept = kept_rows(read_all(folder).get(part), settings) if extend else []
    order = list(module.targets(settings)) if kept else []
    print(f"{part}: {settings}", file=sys.stderr, flush=True)
    asked = settings
    if kept:
        done = {row["system"] for row in kept}
        names = tuple(name for name in order if name not in done)
        asked = replace(settings, systems=names)
    save(module.measure(asked, save), complete=True)


def kept_rows(before: dict[str, Any] | None, settings: Any) -> list[dict[str, Any]]:
    """Rows of systems that were measured with the very same settings."""
    if before is None or before["settings"] != json.loads(json.dumps(asdict(settings))):
        return []
    return list(before["figures"])
