"""What is said about a stress test, to a person and to a program; the same for its file."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.records.view import origin, origin_rows

if TYPE_CHECKING:
    from lrfit.stressing.file import StressRecord
    from lrfit.stressing.study import Effect, Stress

_FIELDS = ("draws", "seed", "duration", "step", "orbit_size", "target_distance", "target_orbit")


def stress_fields(found: Stress, system: str | None, neurons: int) -> dict[str, Any]:
    """Fields of the JSON object."""
    return {
        "system": system,
        "neurons": neurons,
        **{name: getattr(found, name) for name in _FIELDS},
        "effects": [asdict(effect) for effect in found.effects],
    }


def stress_tables(found: Stress, system: str, neurons: int) -> list[Table]:
    """A description for a person: the run, and one row for every kind of error."""
    ideal = (
        "not known"
        if math.isnan(found.target_distance)
        else f"{number(found.target_distance)} away, orbit {number(found.target_orbit)}"
    )
    rows = [
        ("run", f"{number(found.duration)} of time, {found.draws} draws, seed {found.seed}"),
        ("its target", f"{ideal} (rms, half-widths of the box)"),
        ("orbit size", number(found.orbit_size)),
    ]
    header = ("errors in", "relative", "distance: median, worst", "orbit: median, worst", "lost")
    return [
        Table(title=f"{system}, {neurons} neurons", rows=rows),
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


def shown(record: StressRecord, *, file: str, verbose: bool) -> tuple[dict[str, Any], list[Table]]:
    """What `lrfit show` says of such a file: fields of the JSON object, and tables."""
    fields = {
        "kind": "stress",
        **stress_fields(record.stress, record.system, record.neurons),
        "network_sha256": record.network_sha256,
        **origin(record.provenance),
    }
    tables = stress_tables(record.stress, record.system, record.neurons)
    return fields, [*tables, Table(rows=origin_rows(record.provenance))]
