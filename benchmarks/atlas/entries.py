"""Systems of the atlas: read, converted to lrfit's own documents, and their constant inputs.

Place in the flow: `atlas.yaml` becomes entries (plain mappings); `document` is what a user would
write into a system.yaml, and `levels` the constant inputs at which facts are stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Entry = Mapping[str, Any]
"""One system of the atlas."""
Fact = Mapping[str, Any]

ATLAS = Path(__file__).with_name("atlas.yaml")
JUDGED = (
    "fixed_points",
    "fixed_point",
    "fixed_set",
    "basin",
    "cycle",
    "lyapunov",
    "attractor",
    "conserved",
)
"""Kinds of facts about which `lrfit.analyze` says something."""
_RUNS, _PERIODS = 3.0, 6.0
"""A declared run lasts three times the longest listed trajectory, or six periods."""


@cache
def entries() -> dict[str, Entry]:
    """All systems by name, in the order of the file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with ATLAS.open(encoding="utf-8") as file:
        found = yaml.load(file, Loader=loader)
    return {entry["name"]: entry for entry in found["systems"]}


def document(entry: Entry) -> dict[str, Any]:
    """The system as lrfit's own document; inputs get their range, and their default as signal."""
    found: dict[str, Any] = {"name": entry["name"], "kind": entry["kind"]}
    found["reference"] = entry["source"]
    if entry.get("parameters"):
        found["parameters"] = dict(entry["parameters"])
    if entry.get("aux"):
        found["define"] = dict(entry["aux"])
    # lrfit orders the variables as they stand here; facts are in the order of the atlas.
    found["dynamics"] = {name: entry["equations"][name] for name in entry["variables"]}
    found["domain"] = dict(entry["domain"])
    inputs = entry.get("inputs") or {}
    if inputs:
        found["inputs"] = {name: given["range"] for name, given in inputs.items()}
    simulate: dict[str, Any] = {
        "initial": dict(zip(entry["variables"], entry["initial_condition"], strict=True))
    }
    if duration := _duration(entry["facts"]):
        simulate["duration"] = duration
    if inputs:
        simulate["signals"] = {name: str(given["default"]) for name, given in inputs.items()}
    return found | {"simulate": simulate}


def _duration(facts: Sequence[Fact]) -> float:
    """Long enough for the listed trajectories and the first stable cycle; 0 without."""
    times = [max(fact["times"]) for fact in facts if fact["kind"] == "trajectory"]
    periods = [
        fact["period"] for fact in facts if fact["kind"] == "cycle" and fact.get("stable", True)
    ]
    return float(max([0.0, *(_RUNS * t for t in times), *(_PERIODS * p for p in periods[:1])]))


def text(entry: Entry) -> str:
    """The document as YAML."""
    return yaml.safe_dump(document(entry), sort_keys=False)


def level_of(entry: Entry, fact: Fact) -> dict[str, float] | None:
    """The constant input at which a fact holds; None where it does not say."""
    names = list(entry.get("inputs") or {})
    given = fact.get("input") or {}
    if set(given) != set(names):
        return None
    return {name: float(given[name]) for name in names}


def levels(entry: Entry) -> list[dict[str, float]]:
    """The distinct constant inputs of the facts that are judged, in the order of the facts."""
    found: list[dict[str, float]] = []
    for fact in entry["facts"]:
        level = level_of(entry, fact) if fact["kind"] in JUDGED else None
        if level is not None and level not in found:
            found.append(level)
    return found
