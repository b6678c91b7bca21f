"""Facts about fixed points, sets of them, and basins, against what `lrfit.analyze` says.

Place in the flow: one fact and the claims at its input become an `Outcome`. Distances are in
half-widths of the box. "Contradicted" needs a claim of something else; silence is "missed".
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.atlas.entries import Entry, Fact
from lrfit.core.arrays import Array

Claims = Mapping[str, Any]

FOUND, MISSED, CONTRADICTED, NOT_JUDGED = "found", "missed", "contradicted", "not judged"
OUTCOMES = (FOUND, MISSED, CONTRADICTED, NOT_JUDGED)
PLACE = 1e-3
"""Half-widths within which two fixed points are one."""
RATE = 2e-3
"""Largest difference of an eigenvalue, relative to the largest modulus at the point."""
_SET = 0.02
"""Half-widths within which a point lies on a set of fixed points."""
_SAMPLES = 41
_TURNING = 1e-3
"""Imaginary over largest modulus below which focus and node are the same."""
_NEUTRAL = ("center", "neutral", "unstable, neutral", "degenerate", "nonhyperbolic")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One fact: `outcome` is one of `OUTCOMES`, `why` says what was claimed instead."""

    kind: str
    fact: str
    level: dict[str, float]
    outcome: str
    why: str = ""


def half_widths(entry: Entry) -> Array:
    """(D,), the user's units."""
    box = np.array([entry["domain"][name] for name in entry["variables"]], dtype=float)
    return np.asarray(0.5 * (box[:, 1] - box[:, 0]))


def state_of(entry: Entry, at: Mapping[str, float]) -> Array:
    """A state (D,) given by names."""
    return np.array([float(at[name]) for name in entry["variables"]])


def distances(entry: Entry, state: Array, states: Any) -> Array:
    """Largest difference of any variable from each of the states (n, D), half-widths."""
    rows = np.asarray(states, dtype=float).reshape(-1, len(state))
    return np.asarray(np.max(np.abs(rows - state) / half_widths(entry), axis=1))


def count(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """The number of isolated fixed points."""
    claimed, wanted = len(claims["fixed"]), int(fact["count"])
    if claimed == wanted:
        return FOUND, ""
    said = f"{claimed} instead of {wanted} fixed points (completeness: {claims['complete']})"
    if claims["continuum"]:
        return CONTRADICTED, f"{said}, and {len(claims['continuum'])} points of a continuum"
    if claimed > wanted or claims["complete"] == "proved":
        return CONTRADICTED, said
    return MISSED, said


def point(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """One fixed point: its place, eigenvalues and type."""
    state = state_of(entry, fact["at"])
    degenerate = fact["type"] in {"nonhyperbolic", "center"}
    within = 10.0 * PLACE if degenerate else PLACE
    within = max(within, 2.0 * float(fact.get("tolerance", 0.0)))
    away = distances(entry, state, [claimed["at"] for claimed in claims["fixed"]])
    if not len(away) or away.min() > within:
        near = distances(entry, state, claims["continuum"])
        if len(near) and near.min() <= _SET:
            return CONTRADICTED, "said to be one point of a continuum"
        nearest = f"; the nearest is {away.min():.3g} half-widths away" if len(away) else ""
        return MISSED, f"no fixed point there{nearest}"
    claimed = claims["fixed"][int(np.argmin(away))]
    room = 10.0 * RATE if degenerate else RATE
    if "eigenvalues" in fact and (off := _rates_off(fact, claimed)) > room:
        return CONTRADICTED, f"eigenvalues {_shown(claimed)}, {off:.2g} of the largest off"
    if not _same_type(fact, claimed):
        return CONTRADICTED, f"{claimed['kind']} instead of {fact['type']}: {_shown(claimed)}"
    return FOUND, ""


def _complex(values: Any) -> Array:
    pairs = [value if isinstance(value, list) else [value, 0.0] for value in values]
    return np.array([complex(*pair) for pair in pairs])


def _shown(claimed: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{re:.4g}{im:+.4g}i" if im else f"{re:.4g}" for re, im in claimed["eigenvalues"]
    )


def _rates_off(fact: Fact, claimed: Mapping[str, Any]) -> float:
    """Largest distance of a listed eigenvalue from the nearest claimed one, and the reverse."""
    wanted, said = _complex(fact["eigenvalues"]), _complex(claimed["eigenvalues"])
    gaps = np.abs(wanted[:, None] - said[None])
    size = max(float(np.max(np.abs(wanted))), 1e-300)
    return float(max(gaps.min(axis=0).max(), gaps.min(axis=1).max()) / size)


def _same_type(fact: Fact, claimed: Mapping[str, Any]) -> bool:
    wanted, said = fact["type"].replace("-", " "), claimed["kind"].replace("-", " ")
    if wanted in {"nonhyperbolic", "center"}:
        by_index = wanted == "nonhyperbolic" and said.endswith("nonhyperbolic")
        return (
            said in _NEUTRAL
            or by_index
            or (wanted == "nonhyperbolic" and _unstable_anyway(fact, said))
        )
    rates = _complex(claimed["eigenvalues"])
    barely = np.max(np.abs(rates.imag)) <= _TURNING * np.max(np.abs(rates))
    if barely:  # a double eigenvalue: node and focus are told apart by rounding
        wanted, said = (name.replace("saddle focus", "saddle") for name in (wanted, said))
        wanted, said = (name.replace("focus", "node") for name in (wanted, said))
    return bool(wanted == said)


def _unstable_anyway(fact: Fact, said: str) -> bool:
    """Whether a state with neutral directions is called unstable, as its other rates make it."""
    rates = _complex(fact.get("eigenvalues", [])).real
    unstable = len(rates) > 0 and np.max(rates) > RATE * np.max(np.abs(rates))
    return bool(unstable) and said.startswith(("saddle", "unstable"))


def fixed_set(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """A manifold of fixed points: a continuum is claimed, and its points lie on the manifold."""
    manifold = _manifold(entry, fact)
    isolated = [
        claimed["at"]
        for claimed in claims["fixed"]
        if distances(entry, np.array(claimed["at"]), manifold).min() <= 1e-4
    ]
    if len(isolated) > 2:
        return CONTRADICTED, f"{len(isolated)} isolated fixed points on the set"
    if not claims["continuum"]:
        return MISSED, "no continuum is claimed"
    off = [distances(entry, np.array(state), manifold).min() for state in claims["continuum"]]
    on = float(np.mean(np.array(off) <= max(_SET, 4.0 / _SAMPLES)))
    if on == 0.0:
        return MISSED, "the continuum that is claimed lies elsewhere"
    return FOUND, f"{on:.0%} of the continuum's points lie on the set"


def _manifold(entry: Entry, fact: Fact) -> Array:
    """States (n, D) on the set, on a grid of its parameters."""
    names = fact["parameter"] if isinstance(fact["parameter"], list) else [fact["parameter"]]
    ranges = [[float(end) for end in fact["range"][name]] for name in names]
    axes = [np.linspace(low, high, _SAMPLES) for low, high in ranges]
    grid = [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]
    known = {**(entry.get("parameters") or {}), **dict(zip(names, grid, strict=True))}
    columns = [
        np.broadcast_to(_value(str(fact["point"][name]), known), grid[0].shape)
        for name in entry["variables"]
    ]
    return np.stack(columns, axis=1)


def _value(text: str, known: Mapping[str, Any]) -> Any:
    """An expression of the atlas, a file of this repository, evaluated over arrays."""
    functions = {name: getattr(np, name) for name in ("sin", "cos", "exp", "sqrt", "tanh", "log")}
    code = compile(ast.parse(text, mode="eval"), "<fixed set>", "eval")
    return eval(code, {"__builtins__": {}}, {**functions, "pi": math.pi, **known})


def basin(entry: Entry, fact: Fact, claims: Claims) -> tuple[str, str]:
    """Shares of the box by volume, against the shares of the starts that went to each point."""
    starts = int(claims["starts"])
    undecided = claims["fates"].get("undecided", 0) / starts
    for at, share in zip(fact["of"], fact["shares"], strict=True):
        away = distances(entry, state_of(entry, at), [one["at"] for one in claims["fixed"]])
        if not len(away) or away.min() > 10.0 * PLACE:
            return MISSED, f"no fixed point at {at}"
        said = claims["fates"].get(f"fixed point {int(np.argmin(away))}", 0) / starts
        room = 3.0 * math.sqrt(max(share * (1.0 - share), 0.25 / starts) / starts)
        room += float(fact["tolerance"])
        if said - room > share or said + undecided + room < share:
            return CONTRADICTED, f"{said:.3f} instead of {share:.3f} of the starts go to {at}"
        if said + room < share:
            return MISSED, f"{undecided:.3f} of the starts are undecided"
    return FOUND, ""
