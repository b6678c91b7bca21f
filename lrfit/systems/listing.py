"""The list of sample systems: what each is, in a line.

The folder of the sample systems has an index, so that listing them reads one file and evaluates
nothing. A system that the index does not have is read itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrfit.systems.library import sample_folder, sample_names, sample_path

INDEX = "index.json"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One line of the list of sample systems."""

    name: str
    path: Path
    dimension: int
    inputs: int
    kind: str
    reference: str


def list_samples() -> tuple[Sample, ...]:
    """All sample systems with what `lrfit systems` shows of them, in alphabetical order."""
    index = _index()
    return tuple(
        Sample(name=name, path=sample_path(name), **(index.get(name) or summary(name)))
        for name in sample_names()
    )


def _index() -> dict[str, dict[str, Any]]:
    """The summaries by name, empty where the folder has no index."""
    try:
        index: dict[str, dict[str, Any]] = json.loads((sample_folder() / INDEX).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return index


def summary(name: str) -> dict[str, Any]:
    """What the index says of a sample system, from its file."""
    from lrfit.systems.open import load_system  # noqa: PLC0415 - a slow import

    system = load_system(sample_path(name))
    return {
        "dimension": system.domain.dimension,
        "inputs": system.domain.input_count,
        "kind": system.kind,
        "reference": system.reference,
    }
