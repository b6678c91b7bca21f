"""What a certificate costs, and what it finds beyond the samples.

For every sample system with at most so many axes (D + U): the network that `minimize` finds
quickly for the tolerance, then its certificate. Printed: size; the largest error at the points
of its report; the certified bound, and how far at most it lies above the truth; boxes examined;
and seconds of CPU, of workers too, sampling included. Systems that are refused say why.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from threadpoolctl import threadpool_limits

import lrfit
from benchmarks.timing import whole_cpu
from lrfit.systems.library import sample_names


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`systems`: sample systems by name, empty for all; `axes`: at most so many, D + U."""

    systems: tuple[str, ...] = ()
    gap: float = 0.01
    tol: float = 0.01
    axes: int = 3


QUICK = Settings(systems=("pitchfork_bistable",), gap=0.1, tol=0.1)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One system; `reason` says why it was refused, or what stopped the proof."""

    system: str
    axes: int
    neurons: int
    sampled: float
    lower: float | None = None
    upper: float | None = None
    gap: float | None = None
    boxes: int | None = None
    seconds: float | None = None
    reason: str = ""


def certified(name: str, *, tol: float, gap: float) -> Row:
    found = lrfit.minimize(name, tol=tol, effort="quick")
    domain = found.system.domain
    known = {
        "system": name,
        "axes": domain.dimension + domain.input_count,
        "neurons": found.network.neurons,
        "sampled": found.report.max_error,
    }
    try:
        seconds, proof = whole_cpu(lambda: lrfit.certify(found, gap=gap))
    except lrfit.LrfitError as error:
        return Row(**known, reason=re.sub(r"\S*/", "", str(error), count=1))  # without the folder
    return Row(
        **known,
        lower=proof.lower,
        upper=proof.upper,
        gap=proof.gap,
        boxes=proof.boxes,
        seconds=seconds,
        reason=proof.reason,
    )


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with threadpool_limits(1):
        for name in settings.systems or sample_names():
            domain = lrfit.load_system(name).domain
            if domain.dimension + domain.input_count > settings.axes:
                continue
            rows.append(asdict(certified(name, tol=settings.tol, gap=settings.gap)))
            save(rows)
    return rows


def table(figures: list[dict[str, Any]]) -> str:
    lines = [
        "| system | neurons | sampled | bound | above truth | boxes | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in figures:
        known = f"| {row['system']} | {row['neurons']} | {row['sampled']:.4f} |"
        if row["upper"] is None:
            lines.append(f"{known} refused: {row['reason']} | | | |")
            continue
        lines.append(
            f"{known} {row['upper']:.4f} | {row['gap']:.1%} | {row['boxes']} | "
            f"{row['seconds']:.2g} |"
        )
    return "\n".join(lines)


def brief(figures: list[dict[str, Any]]) -> str:
    """How many, how close and how fast."""
    proved = [row for row in figures if row["upper"] is not None]
    gap = max(row["gap"] for row in proved)
    slowest = max(proved, key=lambda row: row["seconds"])
    return (
        f"{len(proved)} of {len(figures)} sample systems: bounds of the largest error at "
        f"most {gap:.1%} above the truth, in at most {slowest['seconds']:.2g} s of CPU time "
        f"({slowest['system']}, {slowest['boxes']} boxes)."
    )
