"""The target as a flow: translated from its YAML, at a constant input or under its signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import yaml

from benchmarks.judge.expressions import function, jumps, translate
from benchmarks.judge.flow import Flow, guarded
from lrfit.core.arrays import Array

_SAMPLES = 4001
_STILL = 1e-9
_LEVELS = 8
"""At most so many constant inputs, the longest held first."""
_POINTS = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A system file, read anew: `document` is the YAML as plain values."""

    document: Mapping[str, Any]

    @classmethod
    def of(cls, text: str) -> Target:
        """Read the YAML text of a system file."""
        return cls(document=yaml.safe_load(text))

    @property
    def variables(self) -> list[str]:
        """Names of the state variables."""
        return list(self.document["dynamics"])

    @cached_property
    def box(self) -> tuple[Array, Array]:
        """Middle and half-widths (D,)."""
        return _box([self.document["domain"][name] for name in self.variables])

    @cached_property
    def input_ranges(self) -> dict[str, tuple[float, float]]:
        """Range of every input."""
        found = {}
        for name, given in (self.document.get("inputs") or {}).items():
            low, high = given["range"] if isinstance(given, Mapping) else given
            found[name] = (float(low), float(high))
        return found

    @cached_property
    def signals(self) -> dict[str, str]:
        """The declared input as expressions of t; inputs without one are at rest."""
        declared = (self.document.get("simulate") or {}).get("signals") or {}
        return {name: str(declared.get(name, self.resting[name])) for name in self.input_ranges}

    @cached_property
    def resting(self) -> dict[str, float]:
        """Zero where the range contains it, else the middle of the range."""
        return {
            name: 0.0 if low <= 0.0 <= high else 0.5 * (low + high)
            for name, (low, high) in self.input_ranges.items()
        }

    @property
    def duration(self) -> float | None:
        """Of the declared run; None where it is not declared."""
        declared = (self.document.get("simulate") or {}).get("duration")
        return None if declared is None else float(declared)

    @cached_property
    def initial(self) -> Array:
        """The declared initial state (D,) in half-widths; the middle of the box without one."""
        middle, half = self.box
        declared = (self.document.get("simulate") or {}).get("initial") or {}
        z = [float(declared.get(name, m)) for name, m in zip(self.variables, middle, strict=True)]
        return np.asarray((np.array(z) - middle) / half)

    def flow(self, signals: Mapping[str, Any]) -> Flow:
        """The flow under inputs given as numbers or as expressions of t."""
        middle, half = self.box
        names = {name: f"x{i}" for i, name in enumerate(self.variables)}
        body = [
            f"x{i} = {m!r} + {h!r}*s{i}"
            for i, (m, h) in enumerate(zip(middle.tolist(), half.tolist(), strict=True))
        ]
        for j, name in enumerate(self.input_ranges):
            body.append(f"u{j} = {translate(signals[name], {'t': 't'})}")
            names[name] = f"u{j}"
        for name, value in (self.document.get("parameters") or {}).items():
            names[name] = f"({float(value)!r})"
        for k, (name, text) in enumerate((self.document.get("define") or {}).items()):
            body.append(f"d{k} = {translate(text, names)}")
            names[name] = f"d{k}"
        rates = [
            f"({translate(self.document['dynamics'][name], names)})/{h!r}"
            for name, h in zip(self.variables, half.tolist(), strict=True)
        ]
        states = [f"s{i}" for i in range(len(half))]
        return Flow(
            velocity=function(guarded(states, body, rates), "velocity"),
            read=lambda y: y,
            begin=lambda zeta: np.array(zeta, dtype=float),
            jumps=tuple(sorted({t for text in signals.values() for t in jumps(text)})),
            watched=len(half),
        )

    def natural_time(self, level: Mapping[str, float]) -> float:
        """Rms of the state over the rms of its velocity, over points of the box; a unit of time."""
        velocity = self.flow(level).velocity
        points = _uniform(len(self.variables), _POINTS)
        rates = np.array([velocity(point, 0.0) for point in points])
        # The median of the speed: a field that is steep in one corner has no faster motion there.
        speed = float(np.median(np.linalg.norm(rates, axis=1)))
        rms = float(np.sqrt(np.mean(np.sum(points**2, axis=1))))
        return rms / speed if speed > 0 else 1.0

    def levels(self) -> list[dict[str, float]]:
        """Constant inputs that the signals hold; an input that never stands still is at rest."""
        if not self.input_ranges:
            return [{}]
        t = np.linspace(0.0, self.duration or 1.0, _SAMPLES)
        still, columns = np.ones(_SAMPLES - 1, dtype=bool), []
        for name, (low, high) in self.input_ranges.items():
            signal = function(f"def u(t): return {translate(self.signals[name], {'t': 't'})}", "u")
            values = np.array([float(signal(float(time))) for time in t])
            steady = np.abs(np.diff(values)) <= _STILL * (high - low)
            if not np.any(steady):
                values[:] = self.resting[name]
                steady[:] = True
            still &= steady
            columns.append(values)
        held = np.round(np.stack(columns, axis=1)[:-1][still], 9)
        if not len(held):
            return [dict(self.resting)]
        kinds, counts = np.unique(held, axis=0, return_counts=True)
        order = np.argsort(-counts, kind="stable")[:_LEVELS]
        return [dict(zip(self.input_ranges, kinds[k].tolist(), strict=True)) for k in order]


def _box(ranges: list[Any]) -> tuple[Array, Array]:
    limits = np.array(ranges, dtype=float)
    return 0.5 * (limits[:, 1] + limits[:, 0]), 0.5 * (limits[:, 1] - limits[:, 0])


def _uniform(dimension: int, count: int) -> Array:
    return np.random.default_rng(12).uniform(-1.0, 1.0, (count, dimension))
