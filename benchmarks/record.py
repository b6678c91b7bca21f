"""One part's figures as JSON: what was measured, with which settings, where, with what."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("lrfit", "numpy", "scipy", "scikit-learn", "nengo", "pysindy", "torch")


def versions() -> dict[str, str]:
    """Of every package that may take part; "-" where it is not installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "-"
    return found


def machine() -> dict[str, Any]:
    """What times depend on; `load` is the number of runnable processes, ours included."""
    blas = {f"{item['internal_api']} {item['version']}" for item in threadpool_info()}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "blas": sorted(blas),
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def record(
    part: str, settings: Any, figures: Any, *, quick: bool, complete: bool = True
) -> dict[str, Any]:
    """Everything about one measurement, as plain values; not `complete`: saved on the way."""
    return {
        "schema": 1,
        "part": part,
        "quick": quick,
        "complete": complete,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": versions(),
        "settings": asdict(settings),
        "figures": figures,
    }


def write(report: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write a report under its part's name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report['part']}.json"
    text = json.dumps(report, indent=1, default=float)
    beside = path.with_suffix(".partial")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def read_all(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Every report of a folder, by part."""
    found = sorted(folder.glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in found}
