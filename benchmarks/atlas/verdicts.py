"""Every fact of one system of the atlas against what was claimed at its input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.atlas import motion, rest
from benchmarks.atlas.answers import Answers
from benchmarks.atlas.entries import JUDGED, Entry, Fact, level_of
from benchmarks.atlas.rest import NOT_JUDGED, Claims, Outcome

NO_ANSWER = "no answer"
"""Outcome of a fact at an input that the process did not finish."""
Check = Callable[[Entry, Fact, Claims], tuple[str, str]]
CHECKS: dict[str, Check] = {
    "fixed_points": rest.count,
    "fixed_point": rest.point,
    "fixed_set": rest.fixed_set,
    "basin": rest.basin,
    "cycle": motion.cycle,
    "lyapunov": motion.lyapunov,
    "attractor": motion.attractor,
    "conserved": motion.conserved,
}


def outcomes(entry: Entry, answers: Answers) -> list[Outcome]:
    """One for every fact of a kind that is judged, in the order of the file."""
    return [_outcome(entry, fact, answers) for fact in entry["facts"] if fact["kind"] in JUDGED]


def _outcome(entry: Entry, fact: Fact, answers: Answers) -> Outcome:
    level = level_of(entry, fact)
    if level is None:
        return _of(fact, {}, NOT_JUDGED, "the fact states no constant input")
    claims = next((one for one in answers.claims if one["level"] == level), None)
    if claims is None:
        return _of(fact, level, NO_ANSWER, answers.ending)
    if "error" in claims:
        return _of(fact, level, NO_ANSWER, claims["error"])
    return _of(fact, level, *CHECKS[fact["kind"]](entry, fact, claims))


def _of(fact: Fact, level: dict[str, float], outcome: str, why: str) -> Outcome:
    return Outcome(kind=fact["kind"], fact=_brief(fact), level=level, outcome=outcome, why=why)


def _brief(fact: Fact) -> str:
    """What a reader needs to find the fact in the file again."""
    shown: dict[str, Any] = {
        name: fact[name]
        for name in ("at", "type", "count", "period", "stable", "values", "shares", "expression")
        if name in fact
    }
    return ", ".join(f"{name} {value}" for name, value in shown.items())
