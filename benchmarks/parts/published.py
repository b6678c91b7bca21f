"""Published numbers: the van der Pol example of Beiran et al. 2021 (figure 7).

Mean absolute error of the flow over components and a 20 x 20 grid on [-3, 3]^2, where the mean of
|F| is 3.07. Theirs: 0.028 for the mean-field solution with 50 populations (median), 2.0 (ridge)
and 78 (none) for networks of 100,000 neurons sampled from it. lrfit: greedy and refined
networks of a few neurons, with and without bias, at lrfit's default noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import lrfit
from benchmarks.parts.size_at_equal_error import VAN_DER_POL
from lrfit.core.arrays import Array

PUBLISHED = (
    {"network": "mean field, 50 populations", "error": 0.028},
    {"network": "100,000 sampled neurons, ridge", "error": 2.0},
    {"network": "100,000 sampled neurons", "error": 78.0},
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`ols`: sizes; `refine`: tolerances of the search, whose error is relative and overall."""

    ols: tuple[int, ...] = (20, 40)
    refine: tuple[float, ...] = (1e-1, 1e-2, 3e-3)
    effort: str = "quick"


QUICK = Settings(ols=(20,), refine=(1e-1,))


def measure(settings: Settings, save: Callable[[Any], None]) -> dict[str, Any]:
    z, wanted = grid()
    rows = []
    for bias in (True, False):
        for count in settings.ols:
            fit = lrfit.fit(VAN_DER_POL, neurons=count, method="ols", bias=bias)
            rows.append(_row(f"lrfit OLS{'' if bias else ', no bias'}", fit, z, wanted))
        for tol in settings.refine:
            fit = lrfit.minimize(
                VAN_DER_POL, tol=tol, criterion="overall", bias=bias, effort=settings.effort
            )
            rows.append(_row(f"lrfit refine{'' if bias else ', no bias'}", fit, z, wanted))
    return {
        "mean_speed": float(np.mean(np.abs(wanted))),
        "published": list(PUBLISHED),
        "measured": rows,
    }


def grid() -> tuple[Array, Array]:
    """Their grid (400, 2), and the flow there."""
    x, y = (a.ravel() for a in np.meshgrid(*[np.linspace(-3, 3, 20)] * 2))
    return np.stack([x, y], axis=1), np.stack([y, (1 - x**2) * y - x], axis=1)


def _row(name: str, fit: lrfit.Fit, z: Array, wanted: Array) -> dict[str, Any]:
    found = fit.network.velocity(z, np.empty((len(z), 0)))
    return {
        "network": name,
        "neurons": fit.network.neurons,
        "error": float(np.mean(np.abs(found - wanted))),
    }


def table(figures: dict[str, Any]) -> str:
    lines = ["| network | mean absolute error of the flow |", "|---|---|"]
    for row in figures["published"]:
        lines.append(f"| Beiran et al. 2021: {row['network']} | {row['error']:g} |")
    for row in sorted(figures["measured"], key=lambda row: row["neurons"]):
        lines.append(f"| {row['network']}, {row['neurons']} neurons | {row['error']:.2g} |")
    return "\n".join(lines)
