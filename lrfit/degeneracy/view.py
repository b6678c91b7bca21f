"""What is said about degenerate solutions, to a person and to a program; the same for a file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.degeneracy import Degeneracy, Solution
    from lrfit.degeneracy.table import DegeneracyTable


def fields(table: DegeneracyTable) -> dict[str, Any]:
    """Fields of the JSON object."""
    return {
        "system": table.system,
        "parameters": dict(table.parameters),
        "overrides": dict(table.overrides),
        "duration": table.curve.duration,
        "rate": table.curve.rate,
        "scale": named(table.curve.domain.variables, table.curve.scale),
        "tol": table.tol,
        "tube": table.tube,
        "met": table.success,
        "seed": table.seed,
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


def tables(table: DegeneracyTable, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    unit = f" {table.time_unit}" if table.time_unit else ""
    facts = [
        *parameter_rows(table.parameters, table.overrides),
        ("trajectory", f"0 to {table.curve.duration:g}{unit}, own rate {number(table.curve.rate)}"),
        ("distances", "in rms excursions of the trajectory"),
        ("rates", "exponents of the Jacobians along it: stated, measured"),
    ]
    solutions = Table(
        header=("solution", "neurons", "holds until", "rms", "worst", "rates"),
        rows=[_row(table, i) for i in range(len(table.kinds))],
    )
    written = zip(table.kinds, table.files, strict=True)
    files = Table(rows=[(kind, file or "-") for kind, file in written])
    pairs = [_pairs(table)] if len(table.kinds) > 1 else []
    title = title_with(table.system, table.overrides)
    return [Table(title=title, rows=facts), solutions, *pairs, files]


def _row(table: DegeneracyTable, i: int) -> tuple[str, ...]:
    missed = "" if table.met[i] else " (MISSED)"
    return (
        table.kinds[i],
        str(table.neurons[i]),
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


def shortfall(found: Degeneracy) -> str:
    """What is missing of solutions that do not hold, in a sentence."""
    missed = [solution for solution in found.solutions if not solution.met]
    if missed:
        names = ", ".join(f"{each.kind} {_reason(each)}" for each in missed)
        return f"{names}; try more --max-neurons or --samples, or a shorter --duration"
    return "two fields differ by less than 20 %; set their rates further apart"


def _reason(solution: Solution) -> str:
    if solution.horizon < solution.duration and solution.kind != "unstable":
        return f"is within the tolerance only until t={solution.horizon:.4g}"
    return "does not contract as stated"
