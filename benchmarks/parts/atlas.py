"""Is what `lrfit.analyze` says about well-known systems true?

Every system of the atlas (or those of `systems`) is analyzed at the constant inputs of its facts,
in a process of its own that may use `limit` seconds of processor time, and every fact is found,
missed (nothing is said about it), contradicted (something else is claimed), not judged (nothing
of the kind is ever claimed), or without answer (the process was ended, or refused). Printed: these
counts by kind of fact, seconds for each system, and every fact that was missed or contradicted.

    python -m benchmarks atlas --set limit=60 --set systems='["lorenz", "rossler"]'
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.atlas.answers import ask
from benchmarks.atlas.entries import JUDGED, entries
from benchmarks.atlas.rest import CONTRADICTED, MISSED, OUTCOMES
from benchmarks.atlas.verdicts import NO_ANSWER, outcomes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`systems`: by name, empty for all 212. `limit`: seconds of processor time for each."""

    systems: tuple[str, ...] = ()
    limit: float = 60.0


QUICK = Settings(systems=("saddle_node", "van_der_pol_mu1", "lorenz"))


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in settings.systems or tuple(entries()):
        answers = ask(name, limit=settings.limit)
        judged = [asdict(one) for one in outcomes(entries()[name], answers)]
        rows.append(
            {
                "system": name,
                "seconds": answers.seconds,
                "ending": answers.ending,
                "outcomes": judged,
            }
        )
        counts = dict(Counter(one["outcome"] for one in judged))
        print(f"{name}: {answers.seconds:.1f} s, {counts}", file=sys.stderr, flush=True)
        save(rows)
    return rows


def table(figures: list[dict[str, Any]]) -> str:
    facts = [one for row in figures for one in row["outcomes"]]
    shown = (*OUTCOMES, NO_ANSWER)
    lines = [f"| kind of fact | {' | '.join(shown)} |", "|---|" + "---|" * len(shown)]
    for kind in (*JUDGED, "all"):
        counts = Counter(one["outcome"] for one in facts if kind in {one["kind"], "all"})
        lines.append(f"| {kind} | " + " | ".join(str(counts[name]) for name in shown) + " |")
    return "\n".join([*lines, "", _times(figures), "", *_listing(figures)])


def brief(figures: list[dict[str, Any]]) -> str:
    """How many facts were found and contradicted, and how fast."""
    counts = Counter(one["outcome"] for row in figures for one in row["outcomes"])
    return (
        f"{len(figures)} systems: {counts['found']} facts found, {counts[MISSED]} missed, "
        f"{counts[CONTRADICTED]} contradicted, {counts[NO_ANSWER]} without answer. "
        f"{_times(figures)}"
    )


def _times(figures: list[dict[str, Any]]) -> str:
    seconds = [row["seconds"] for row in figures]
    slowest = max(figures, key=lambda row: row["seconds"])
    return (
        f"CPU seconds for each system: median {statistics.median(seconds):.1f}, "
        f"largest {slowest['seconds']:.1f} ({slowest['system']})."
    )


def _listing(figures: list[dict[str, Any]]) -> list[str]:
    """Every fact that was contradicted, missed or left without answer."""
    lines = []
    for outcome in (CONTRADICTED, MISSED, NO_ANSWER):
        for row in figures:
            for one in row["outcomes"]:
                if one["outcome"] == outcome:
                    level = f" at {one['level']}" if one["level"] else ""
                    what = f"{one['kind']} ({one['fact']}){level}"
                    lines.append(f"- {outcome}: {row['system']}, {what}: {one['why']}")
    return lines
