"""What is said about degenerate solutions, to a person and to a program; the same for a file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.records.view import origin, origin_rows

if TYPE_CHECKING:
    from lrfit.degeneracy.file import DegeneracyRecord, DegeneracyTable


def degeneracy_fields(table: DegeneracyTable) -> dict[str, Any]:
    """Fields of the JSON object."""
    return {
        "system": table.system,
        "duration": table.curve.duration,
        "rate": table.curve.rate,
        "scale": named(table.curve.domain.variables, table.curve.scale),
        "tol": table.tol,
        "tube": table.tube,
        "met": table.success,
        "solutions": [_solution(table, i) for i in range(len(table.kinds))],
        "likeness": table.likeness,
        "difference": table.difference,
    }


def _solution(table: DegeneracyTable, i: int) -> dict[str, Any]:
    return {
        "kind": table.kinds[i],
        "output": table.files[i] or None,
        "neurons": int(table.neurons[i]),
        "rate_stated": float(table.rate[i]),
        "exponents_stated": table.stated[i],
        "exponents_measured": table.exponents[i],
        "horizon": float(table.horizon[i]),
        "trajectory_rms": float(table.rms[i]),
        "trajectory_worst": float(table.worst[i]),
        "met": bool(table.met[i]),
    }


def degeneracy_tables(table: DegeneracyTable, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    unit = f" {table.time_unit}" if table.time_unit else ""
    facts = [
        ("trajectory", f"0 to {table.curve.duration:g}{unit}, own rate {number(table.curve.rate)}"),
        ("distances", "in rms excursions of the trajectory"),
        ("rates", "exponents of the Jacobians along it: stated, measured"),
    ]
    solutions = Table(
        header=("solution", "neurons", "holds until", "rms", "worst", "rates"),
        rows=[_row(table, i) for i in range(len(table.kinds))],
    )
    tables = [Table(title=table.system, rows=facts), solutions]
    if len(table.kinds) > 1:
        tables.append(_pairs(table))
    if verbose:
        written = zip(table.kinds, table.files, strict=True)
        tables.append(Table(rows=[(kind, file or "-") for kind, file in written]))
    return tables


def _row(table: DegeneracyTable, i: int) -> tuple[str, ...]:
    missed = "" if table.met[i] else " (MISSED)"
    return (
        table.kinds[i],
        f"{table.neurons[i]:.0f}",
        f"{table.horizon[i]:.4g}{missed}",
        percent(table.rms[i]),
        percent(table.worst[i]),
        f"{_list(table.stated[i])}; {_list(table.exponents[i])}",
    )


def _pairs(table: DegeneracyTable) -> Table:
    kinds = table.kinds
    rows = [
        (f"{a}, {b}", percent(table.likeness[i, j]), percent(table.difference[i, j]))
        for j, b in enumerate(kinds)
        for i, a in enumerate(kinds[:j])
    ]
    return Table(header=("pair", "trajectories differ", "fields differ"), rows=rows)


def _list(values: Any) -> str:
    return ", ".join(number(float(value)) for value in values)


def percent(value: float) -> str:
    """A share for a person."""
    share = 100.0 * value
    return "-" if math.isnan(value) else f"{share:.0f} %" if share >= 10 else f"{share:.2g} %"


def shown(
    record: DegeneracyRecord, *, file: str, verbose: bool
) -> tuple[dict[str, Any], list[Table]]:
    """What `lrfit show` says of such a file: fields of the JSON object, and tables."""
    fields = {
        "kind": "degeneracy",
        **degeneracy_fields(record.table),
        **origin(record.provenance),
    }
    tables = degeneracy_tables(record.table, verbose=True)
    return fields, [*tables, Table(rows=origin_rows(record.provenance))]
