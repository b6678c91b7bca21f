"""What is said about a stress test to a person."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.stressing.result import Effect, Stress


def tables(found: Stress, *, verbose: bool) -> list[Table]:
    """A description for a person: the run, and one row for every kind of error."""
    ideal = (
        "not known"
        if math.isnan(found.target_distance)
        else f"{number(found.target_distance)} away, orbit {number(found.target_orbit)}"
    )
    rows = [
        *parameter_rows(found.parameters, found.overrides),
        (
            "run",
            f"{number(found.duration)} of time, {counted(found.draws, 'draw')}, seed {found.seed}",
        ),
        ("its target", f"{ideal} (rms, half-widths of the box)"),
        ("orbit size", number(found.orbit_size)),
    ]
    header = ("errors in", "relative", "distance: median, worst", "orbit: median, worst", "lost")
    name = title_with(found.system or "network", found.overrides)
    return [
        Table(title=f"{name}, {counted(found.neurons, 'neuron')}", rows=rows),
        Table(header=header, rows=[_row(effect, found.draws) for effect in found.effects]),
    ]


def _row(effect: Effect, draws: int) -> tuple[str, ...]:
    lost = f"{effect.lost} of {draws}"
    return (
        effect.where,
        f"{effect.relative:g}",
        f"{number(effect.distance_median)}, {number(effect.distance_worst)}",
        f"{number(effect.orbit_median)}, {number(effect.orbit_worst)}",
        lost + (f" ({effect.diverged} diverged)" if effect.diverged else ""),
    )
