"""The list of sample systems: what each is, in a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lrfit.systems.library import sample_names, sample_path
from lrfit.systems.open import load_system


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
    return tuple(_summary(name) for name in sample_names())


def _summary(name: str) -> Sample:
    path = sample_path(name)
    system = load_system(path)
    return Sample(
        name=name,
        path=path,
        dimension=system.domain.dimension,
        inputs=system.domain.input_count,
        kind=system.kind,
        reference=system.reference,
    )
