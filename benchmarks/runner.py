"""Run one part: its settings in, its JSON out, saved as often as the part wishes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.record import record, write


def module_of(part: str) -> Any:
    """The module of a part."""
    return importlib.import_module(f"benchmarks.parts.{part}")


def run(part: str, *, quick: bool, folder: Path, changes: Mapping[str, Any]) -> None:
    """Measure and write; `changes` to the settings are recorded with them."""
    module = module_of(part)
    settings = replace(module.QUICK if quick else module.Settings(), **changes)

    def save(figures: Any) -> None:
        write(record(part, settings, figures, quick=quick), folder)

    print(f"{part}: {settings}", file=sys.stderr, flush=True)
    save(module.measure(settings, save))
