"""What is said about an analysis, to a person and to a program."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.records.view import origin, origin_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrfit.dynamics import Anatomy, Cycle
    from lrfit.dynamics.analyze import Analysis
    from lrfit.dynamics.faithful import Comparison, RunComparison
    from lrfit.dynamics.file import AnalysisRecord
    from lrfit.dynamics.orbits import ClosedOrbits

Row = tuple[str, str]
MOST_POINTS = 12
_FAITHFUL = {True: "yes", False: "NO", None: "not judged"}


def analysis_fields(found: Analysis) -> dict[str, Any]:
    """Fields of the JSON object."""
    verdict = found.faithfulness
    comparisons = _comparisons(found)
    pairs = zip(found.anatomies, comparisons, strict=True)
    return {
        "system": found.system.name,
        "dimension": found.system.domain.dimension,
        "neurons": None if found.network is None else found.network.neurons,
        "faithful": None if verdict is None else verdict.faithful,
        "verdict": None if verdict is None else verdict.verdict,
        "differences": None if verdict is None else list(verdict.differences),
        "unjudged": None if verdict is None else list(verdict.unjudged),
        "at": [_at(target, comparison) for target, comparison in pairs],
        "run": None if verdict is None or verdict.run is None else dataclasses.asdict(verdict.run),
        "lyapunov_time": None if verdict is None else verdict.lyapunov_time,
        "interpolation_error": found.interpolation_error,
    }


def _comparisons(found: Analysis) -> Sequence[Comparison | None]:
    """One for each anatomy; none where a system alone was analyzed, or the network not judged."""
    verdict = found.faithfulness
    if verdict is None or not verdict.comparisons:
        return [None] * len(found.anatomies)
    return verdict.comparisons


def _at(target: Anatomy, comparison: Comparison | None) -> dict[str, Any]:
    fields = {
        "input": named(target.flow.domain.inputs, target.flow.input),
        "target": _anatomy(target),
    }
    if comparison is None:
        return fields
    return {
        **fields,
        "network": _anatomy(comparison.network),
        "points": [dataclasses.asdict(match) for match in comparison.pairs.points],
        "cycles": [dataclasses.asdict(match) for match in comparison.pairs.cycles],
        "cloud_distance": comparison.cloud_distance,
        "yardstick": comparison.yardstick,
        "drift": None if comparison.drift is None else dataclasses.asdict(comparison.drift),
        "orbits": comparison.orbits,
        "fate_changed": comparison.fate_changed,
        "judged": comparison.judged,
        "border": comparison.border,
        "differences": list(comparison.differences),
        "unjudged": list(comparison.unjudged),
    }


def _anatomy(anatomy: Anatomy) -> dict[str, Any]:
    domain, fixed = anatomy.flow.domain, anatomy.fixed
    return {
        "fixed_points": [
            {
                "at": named(domain.variables, domain.state_from_box(fixed.points[i])),
                "kind": fixed.kinds[i],
                "eigenvalues": [[rate.real, rate.imag] for rate in fixed.eigenvalues[i]],
                "eigenvalue_errors": list(fixed.eigenvalue_errors[i]),
                "residual": fixed.residual[i],
                "starts": int(fixed.hits[i]),
            }
            for i in range(len(fixed.points))
        ],
        "continuum": len(fixed.continuum),
        "complete": fixed.complete.status,
        "completeness": fixed.complete.text,
        "degree": fixed.degree,
        "chance_of_more": fixed.chance_of_more,
        "cycles": [_cycle(cycle, anatomy) for cycle in anatomy.cycles],
        "closed_orbits": None
        if anatomy.orbits is None
        else {
            "count": len(anatomy.orbits.periods),
            "shortest_period": float(anatomy.orbits.periods.min()),
            "longest_period": float(anatomy.orbits.periods.max()),
        },
        "exponents": None if anatomy.exponents is None else list(anatomy.exponents.values),
        "exponent_errors": None if anatomy.exponents is None else list(anatomy.exponents.errors),
        "chaotic": anatomy.chaotic,
        "irregular_sets": anatomy.irregular_sets,
        "basins": dict(anatomy.basins),
        "notes": list(anatomy.notes),
    }


def _cycle(cycle: Cycle, anatomy: Anatomy) -> dict[str, Any]:
    domain = anatomy.flow.domain
    return {
        "stable": not cycle.repels,
        "period": cycle.period,
        "period_error": cycle.period_error,
        "lowest": named(domain.variables, domain.state_from_box(cycle.lower)),
        "highest": named(domain.variables, domain.state_from_box(cycle.upper)),
        "multipliers": [[value.real, value.imag] for value in cycle.multipliers],
        "multiplier_error": cycle.multiplier_error,
    }


def analysis_tables(found: Analysis) -> list[Table]:
    """A description for a person: the verdict first, then one table for each tonic input."""
    verdict = found.faithfulness
    tables = []
    if verdict is not None and found.network is not None:
        rows = [("faithful", _FAITHFUL[verdict.faithful])]
        rows += [("differs", difference) for difference in verdict.differences]
        rows += [("not judged", reason) for reason in verdict.unjudged]
        if verdict.run is not None:
            rows += _run_rows(verdict.run, verdict.lyapunov_time)
        tables.append(
            Table(title=f"{found.system.name}, {found.network.neurons} neurons", rows=rows)
        )
    comparisons = _comparisons(found)
    for target, comparison in zip(found.anatomies, comparisons, strict=True):
        rows = _rows(target) if comparison is None else _compared(comparison)
        tables.append(Table(title=_title(found, target), rows=rows))
    if found.interpolation_error is not None:
        error = f"about {number(found.interpolation_error)} of the rms speed between the points"
        tables[-1] = Table(
            title=tables[-1].title, rows=[*tables[-1].rows, ("interpolation", error)]
        )
    return tables


def _title(found: Analysis, target: Anatomy) -> str:
    levels = zip(target.flow.domain.inputs, target.flow.input, strict=True)
    level = ", ".join(f"{name} = {value:.4g}" for name, value in levels)
    return f"at {level}" if level else found.system.name if found.network is None else "anatomy"


def _rows(anatomy: Anatomy) -> list[Row]:
    """One flow by itself."""
    fixed = anatomy.fixed
    rows = [("fixed points", f"{len(fixed.points)}; {fixed.complete}")]
    for i in range(min(len(fixed.points), MOST_POINTS)):
        rates = ", ".join(_complex(rate) for rate in fixed.eigenvalues[i])
        rows.append((f"  {fixed.kinds[i]}", f"{_place(anatomy, i)}; eigenvalues {rates}"))
    if len(fixed.points) > MOST_POINTS:
        rows.append(("  ...", f"{len(fixed.points) - MOST_POINTS} more"))
    if len(fixed.continuum):
        rows.append(("continuum", f"of fixed points, met by {len(fixed.continuum)} starts"))
    rows += [(f"cycle {i}", _of_cycle(cycle, anatomy)) for i, cycle in enumerate(anatomy.cycles)]
    if anatomy.exponents is not None:
        pairs = zip(anatomy.exponents.values, anatomy.exponents.errors, strict=True)
        values = ", ".join(f"{number(v)} ± {number(e, digits=1)}" for v, e in pairs)
        what = "chaotic" if anatomy.chaotic else "not chaotic for sure"
        rows.append(("exponents", f"{values} ({what})"))
    if anatomy.irregular_sets > 1:
        several = f"on {anatomy.irregular_sets} sets side by side; exponents are means over them"
        rows.append(("irregular motion", several))
    if anatomy.orbits is not None:
        rows.append(("closed orbits", _of_orbits(anatomy.orbits)))
    shares = ", ".join(f"{name} {share:.0%}" for name, share in anatomy.basins.items())
    return [*rows, ("starts go to", shares), *(("not judged", note) for note in anatomy.notes)]


def _of_orbits(orbits: ClosedOrbits) -> str:
    low, high = orbits.periods.min(), orbits.periods.max()
    return (
        f"a continuum of them, not a limit cycle: {len(orbits.periods)} starts return to "
        f"themselves, with periods from {low:.5g} to {high:.5g}"
    )


def _place(anatomy: Anatomy, index: int) -> str:
    domain = anatomy.flow.domain
    z = domain.state_from_box(anatomy.fixed.points[index])
    z = np.where(np.abs(z) < 1e-9 * domain.half_width, 0.0, z)
    return ", ".join(f"{name} {value:.4g}" for name, value in zip(domain.variables, z, strict=True))


def _complex(value: complex) -> str:
    if abs(value.imag) <= 1e-9 * abs(value):
        return f"{value.real:.3g}"
    return f"{value.real:.3g}{value.imag:+.3g}i"


def _of_cycle(cycle: Cycle, anatomy: Anatomy) -> str:
    domain = anatomy.flow.domain
    low, high = domain.state_from_box(cycle.lower), domain.state_from_box(cycle.upper)
    spans = ", ".join(
        f"{name} {a:.3g} to {b:.3g}" for name, a, b in zip(domain.variables, low, high, strict=True)
    )
    period = f"{'unstable, ' if cycle.repels else ''}period {cycle.period:.6g}; {spans}"
    if math.isnan(abs(cycle.leading)):
        return period
    error = number(cycle.multiplier_error, digits=1)
    return f"{period}; Floquet multiplier {_complex(cycle.leading)} ± {error}"


def _compared(comparison: Comparison) -> list[Row]:
    """Network beside target."""
    target, network, pairs = comparison.target, comparison.network, comparison.pairs
    rows: list[Row] = [
        ("fixed points", f"target {len(target.fixed.points)}, network {len(network.fixed.points)}")
    ]
    for match in pairs.points[:MOST_POINTS]:
        rows.append(
            (
                f"  {target.fixed.kinds[match.target]}",
                f"{_place(target, match.target)}; network {match.distance:.2g} half-widths away, "
                f"eigenvalues {match.eigenvalue_error:.2%} off",
            )
        )
    for cycle in pairs.cycles:
        of_target = target.cycles[cycle.target]
        rows.append(
            (
                "unstable cycle" if of_target.repels else f"cycle {cycle.target}",
                f"period {of_target.period:.6g}; network: period {cycle.period:+.2%}, "
                f"amplitude {cycle.amplitude:+.2%}, at most {cycle.shape:.2g} half-widths away",
            )
        )
    if target.exponents is not None and network.exponents is not None:
        first, second = target.exponents, network.exponents
        rows.append(
            (
                "largest exponent",
                f"target {first.values[0]:.3g} ± {first.errors[0]:.1g}, network "
                f"{second.values[0]:.3g} ± {second.errors[0]:.1g}",
            )
        )
    if comparison.cloud_distance is not None and comparison.yardstick is not None:
        rows.append(
            (
                "chaotic set",
                f"{comparison.cloud_distance:.2g} standard deviations away; halves of the "
                f"target's: {comparison.yardstick:.2g}",
            )
        )
    if comparison.drift is not None:
        drift = comparison.drift
        rows.append(
            ("drift", f"{drift.moved:.2g} half-widths in {drift.duration:.4g} along the continuum")
        )
    if comparison.orbits is not None:
        rows.append(
            (
                "closed orbits",
                f"the network leaves them by up to {comparison.orbits:.2g} half-widths",
            )
        )
    rows.append(
        (
            "other fate",
            f"{comparison.fate_changed:.0%} of {comparison.judged} starts (of {len(target.fate)}) "
            "that stay in the box",
        )
    )
    if comparison.border:
        rows.append(("border", f"{comparison.border:.1%} of it leaks"))
    return rows


def _run_rows(run: RunComparison, lyapunov_time: float | None) -> list[Row]:
    """The declared simulation."""
    if run.network_ending != "done" or run.target_ending != "done":
        return [("declared run", f"network: {run.network_ending}; target: {run.target_ending}")]
    if math.isinf(run.horizon):
        together = f"together for all of {run.duration:.4g}"
    else:
        together = f"0.2 half-widths apart after {run.horizon:.3g} of {run.duration:.4g}"
        if lyapunov_time is not None:
            together += f" ({run.horizon / lyapunov_time:.2g} Lyapunov times)"
    rows = [("declared run", f"{together}; {run.distance}")]
    if not math.isnan(run.apart):
        shifted = f"at most {run.apart:.2g} half-widths apart when 5 % early or late is allowed"
        rows.append(("with shifts", shifted))
    return rows


def shown(
    record: AnalysisRecord, *, file: str, verbose: bool
) -> tuple[dict[str, Any], list[Table]]:
    """What `lrfit show` says of such a file: fields of the JSON object, and tables."""
    fields = {
        "kind": "analysis",
        "system": record.system,
        "faithful": record.faithful,
        "differences": list(record.differences),
        **origin(record.provenance),
    }
    rows = [("" if ": " in line else "at", line) for line in record.summary]
    return fields, [
        Table(title=f"analysis of {record.system}", rows=[*rows, *origin_rows(record.provenance)])
    ]
