"""Generated code against numpy written by hand, at 1e6 points and at one.

Per system, the ratio of the median times (user CPU, alternating pairs; below 1 the
generated code is faster) of a million points, against the faster of two ways of writing the
formula by hand: on the columns of the array as they are, and on contiguous copies of them;
and the microseconds of a call with one point, as in an integrator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.timing import cpu_seconds
from lrfit.core.arrays import Array
from lrfit.fields.expressions import CompiledField, compile_field

Velocity = Callable[[Array, Array], Array]
Columns = tuple[Array, ...]
Rates = Callable[[Columns, Columns], Columns]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Points of a call, and alternating rounds."""

    points: int = 1_000_000
    rounds: int = 15


QUICK = Settings(points=10_000, rounds=3)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A system: compiled, and its formula by hand on the columns of z and u."""

    name: str
    field: CompiledField
    by_hand: Rates


def cases() -> list[Case]:
    return [_van_der_pol(), _lorenz(), _wilson_cowan()]


def _van_der_pol(mu: float = 1.5) -> Case:
    field = compile_field(equations={"x": "y", "y": "mu*(1 - x**2)*y - x"}, parameters={"mu": mu})

    def by_hand(z: Columns, u: Columns) -> Columns:
        x, y = z
        return y, mu * (1.0 - x**2) * y - x

    return Case(name="van der Pol", field=field, by_hand=by_hand)


def _lorenz(sigma: float = 10.0, rho: float = 28.0, beta: float = 8.0 / 3.0) -> Case:
    field = compile_field(
        equations={"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"},
        parameters={"sigma": sigma, "rho": rho, "beta": beta},
    )

    def by_hand(z: Columns, u: Columns) -> Columns:
        x, y, z_ = z
        return sigma * (y - x), x * (rho - z_) - y, x * y - beta * z_

    return Case(name="Lorenz", field=field, by_hand=by_hand)


def _wilson_cowan() -> Case:
    k = {"c1": 16.0, "c2": 12.0, "c3": 15.0, "c4": 3.0, "ae": 1.3, "the": 4.0, "ai": 2.0}
    k |= {"thi": 3.7, "ke": 0.9945137, "ki": 0.9993886}
    field = compile_field(
        equations={"E": "-E + (ke - E)*se", "I": "-I + (ki - I)*si"},
        inputs=("P",),
        definitions={
            "se": "1/(1 + exp(-ae*(c1*E - c2*I + P - the))) - 1/(1 + exp(ae*the))",
            "si": "1/(1 + exp(-ai*(c3*E - c4*I - thi))) - 1/(1 + exp(ai*thi))",
        },
        parameters=k,
    )
    at_rest = [1.0 / (1.0 + np.exp(k[a] * k[th])) for a, th in (("ae", "the"), ("ai", "thi"))]
    c1, c2, c3, c4, ae, the, ai, thi, ke, ki = k.values()

    def by_hand(z: Columns, u: Columns) -> Columns:
        (e, i), (p,) = z, u
        se = 1.0 / (1.0 + np.exp(-ae * (c1 * e - c2 * i + p - the))) - at_rest[0]
        si = 1.0 / (1.0 + np.exp(-ai * (c3 * e - c4 * i - thi))) - at_rest[1]
        return -e + (ke - e) * se, -i + (ki - i) * si

    return Case(name="Wilson-Cowan", field=field, by_hand=by_hand)


def on_columns(rates: Rates) -> Velocity:
    """Hand-written, on strided views of the columns."""

    def velocity(z: Array, u: Array) -> Array:
        out = np.empty_like(z)
        for d, rate in enumerate(rates(tuple(z.T), tuple(u.T))):
            out[:, d] = rate
        return out

    return velocity


def on_copies(rates: Rates) -> Velocity:
    """Hand-written, on contiguous copies of the columns."""

    def velocity(z: Array, u: Array) -> Array:
        columns = tuple(np.ascontiguousarray(z.T)), tuple(np.ascontiguousarray(u.T))
        return np.stack(rates(*columns), axis=1)

    return velocity


def alternating(functions: list[Callable[[], object]], rounds: int) -> list[float]:
    """Median CPU seconds of each function, called in turns."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds + 1):
        for function, record in zip(functions, times, strict=True):
            record.append(cpu_seconds(function))
    return [float(np.median(record[1:])) for record in times]  # the first round warms up


def microseconds(function: Callable[[], object], calls: int = 2000) -> float:
    """CPU time of one call, in microseconds: the best of five runs of many calls."""

    def run() -> None:
        for _ in range(calls):
            function()

    runs = [alternating([run], 1)[0] for _ in range(5)]
    return min(runs) / calls * 1e6


def compare(case: Case, points: int, rounds: int) -> dict[str, float]:
    """Times of one system, in seconds (many points) and microseconds (one point)."""
    D, U = len(case.field.variables), len(case.field.inputs)
    generator = np.random.default_rng(0)
    z, u = generator.uniform(-1.0, 1.0, (points, D)), generator.uniform(0.0, 1.0, (points, U))
    ways = [case.field.velocity, on_columns(case.by_hand), on_copies(case.by_hand)]
    np.testing.assert_allclose(ways[0](z, u), ways[1](z, u), rtol=1e-12, atol=1e-13)
    compiled, *by_hand = alternating([partial(way, z, u) for way in ways], rounds)
    z1, u1 = z[:1].copy(), u[:1].copy()
    return {
        "compiled": compiled,
        "by_hand": min(by_hand),
        "ratio": compiled / min(by_hand),
        "compiled_one_us": microseconds(lambda: case.field.velocity(z1, u1)),
        "by_hand_one_us": microseconds(lambda: ways[1](z1, u1)),
        "jacobian_one_us": microseconds(lambda: case.field.jacobian(z1, u1)),
    }


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    return [
        {"system": case.name, **compare(case, settings.points, settings.rounds)} for case in cases()
    ]


def table(figures: list[dict[str, Any]]) -> str:
    lines = [
        "| system | generated | by hand | ratio | one point | by hand |",
        "|---|---|---|---|---|---|",
    ]
    for row in figures:
        lines.append(
            f"| {row['system']} | {1e3 * row['compiled']:.3g} ms | {1e3 * row['by_hand']:.3g} ms | "
            f"{row['ratio']:.2f} | {row['compiled_one_us']:.3g} us | "
            f"{row['by_hand_one_us']:.3g} us |"
        )
    return "\n".join(lines)
