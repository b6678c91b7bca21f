"""What `lrfit.analyze` says about one system of the atlas, as plain values in the user's units.

    python -m benchmarks.atlas.claims NAME

Prints one line of JSON for each constant input of the system's facts, as soon as it is known, so
that a process that is stopped for its use of processor time leaves what it had. This is the one
module that reads the result of `lrfit.analyze`: a change of its names is followed here.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

import lrfit
from benchmarks.atlas.entries import entries, levels, text
from lrfit.core.arrays import Array
from lrfit.dynamics import name_of

_POINTS = 128
"""States of a cycle, and of a continuum, that are handed on."""


def main() -> None:
    entry = entries()[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{entry['name']}.yaml"
        path.write_text(text(entry), encoding="utf-8")
        system = lrfit.load_system(path)
    for level in levels(entry):
        began = _used()
        answer: dict[str, Any] = {"level": level}
        try:
            found = lrfit.analyze(system, inputs=[level])
            answer |= claims_of(found.anatomies[0])
        except lrfit.LrfitError as error:
            answer["error"] = str(error)
        print(json.dumps(answer | {"seconds": _used() - began}), flush=True)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def claims_of(anatomy: Any) -> dict[str, Any]:
    """The anatomy at one input as plain values; states in the user's units."""
    domain, fixed, exponents = anatomy.flow.domain, anatomy.fixed, anatomy.exponents
    points = [
        {
            "at": domain.state_from_box(point).tolist(),
            "kind": kind,
            "eigenvalues": _complex(rates),
            "hits": int(hits),
        }
        for point, kind, rates, hits in zip(
            fixed.points, fixed.kinds, fixed.eigenvalues, fixed.hits, strict=True
        )
    ]
    codes = np.asarray(anatomy.fate)
    return {
        "fixed": points,
        "complete": fixed.complete.status,
        "continuum": _states(domain, fixed.continuum),
        "cycles": [_orbit(domain, cycle) for cycle in anatomy.cycles],
        "orbits": _family(domain, anatomy.orbits),
        "exponents": None if exponents is None else _numbers(exponents.values),
        "exponent_errors": None if exponents is None else _numbers(exponents.errors),
        "chaotic": bool(anatomy.chaotic),
        "clouds": [
            _cloud(domain, anatomy.cloud[anatomy.cloud_sets == number])
            for number in range(anatomy.irregular_sets)
        ],
        "starts": len(codes),
        "fates": {name_of(int(code)): int(np.sum(codes == code)) for code in np.unique(codes)},
    }


def _orbit(domain: Any, cycle: Any) -> dict[str, Any]:
    """An isolated closed orbit."""
    return {
        "period": float(cycle.period),
        "lower": domain.state_from_box(cycle.lower).tolist(),
        "upper": domain.state_from_box(cycle.upper).tolist(),
        "points": domain.state_from_box(_thinned(cycle.points)).tolist(),
        "multipliers": _complex(cycle.multipliers),
        "repels": bool(cycle.repels),
    }


def _family(domain: Any, orbits: Any) -> list[dict[str, Any]]:
    """Closed orbits side by side, as around a centre."""
    if orbits is None:
        return []
    found = []
    for period, points in zip(orbits.periods, orbits.points, strict=True):
        z = domain.state_from_box(points)
        found.append(
            {
                "period": float(period),
                "lower": z.min(axis=0).tolist(),
                "upper": z.max(axis=0).tolist(),
                "points": _thinned(z).tolist(),
            }
        )
    return found


def _cloud(domain: Any, cloud: Array) -> dict[str, Any]:
    """Range, mean and standard deviation of states of one set of irregular motion."""
    z = domain.state_from_box(cloud)
    return {
        "lower": z.min(axis=0).tolist(),
        "upper": z.max(axis=0).tolist(),
        "mean": z.mean(axis=0).tolist(),
        "std": z.std(axis=0).tolist(),
    }


def _states(domain: Any, zeta: Array) -> list[list[float]]:
    return [domain.state_from_box(row).tolist() for row in _thinned(np.asarray(zeta))]


def _thinned(states: Array) -> Array:
    return states[:: max(1, len(states) // _POINTS)]


def _numbers(values: Iterable[float]) -> list[float]:
    return [float(value) for value in values]


def _complex(values: Iterable[complex]) -> list[list[float]]:
    return [[complex(value).real, complex(value).imag] for value in values]


if __name__ == "__main__":
    main()
