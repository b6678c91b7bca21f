"""What is said about an analysis, to a person and to a program; the same for a file."""

from __future__ import annotations

import cmath
import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.dynamics import sampled_view
from lrfit.io.text import counted
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.dynamics.analysis import Analysis, AtInput, InputComparison
    from lrfit.dynamics.dynamics import Dynamics, LimitCycle, OrbitFamily
    from lrfit.dynamics.faithful import RunComparison

Row = tuple[str, str]
MOST_POINTS = 12
_FAITHFUL = {"yes": "yes", "no": "NO"}
_CHAOTIC = {True: " (chaotic)", False: " (not chaotic for sure)", None: ""}


def fields(found: Analysis) -> dict[str, Any]:
    """Fields of the JSON object."""
    compared = found.compared
    return {
        "system": found.system,
        "parameters": dict(found.parameters),
        "overrides": dict(found.overrides),
        "dimension": len(found.variables),
        "neurons": found.neurons,
        "faithful": found.faithful,
        "verdict": found.verdict if compared else None,
        "differences": found.differences if compared else None,
        "unjudged": found.unjudged if compared else None,
        **({} if found.tuned is None else {"tuned": found.tuned}),
        "at": [_at(found, one) for one in found.at],
        "run": None if found.run is None else _run(found.run),
        "lyapunov_time": found.lyapunov_time,
        "interpolation_error": found.interpolation_error,
        "symmetry": found.symmetry,
        "equivariance_error": found.equivariance_error,
    }


def _run(run: RunComparison) -> dict[str, Any]:
    ends = {name: dataclasses.astuple(getattr(run, name)) for name in ("lowest", "highest")}
    return {**dataclasses.asdict(run), **ends}


def _at(found: Analysis, one: AtInput) -> dict[str, Any]:
    told = {
        "input": named(found.inputs, one.input),
        "target": _dynamics(found, one.target),
    }
    if one.network is not None:
        told["network"] = _dynamics(found, one.network)
    if one.sampled is not None:
        told["sampled"] = sampled_view.fields(one.sampled, found.variables)
    return told if one.comparison is None else {**told, **dataclasses.asdict(one.comparison)}


def _dynamics(found: Analysis, there: Dynamics) -> dict[str, Any]:
    exponents, orbits = there.exponents, there.orbits
    return {
        "fixed_points": [_point(found, there, i) for i in range(len(there.points))],
        "continuum": len(there.continuum),
        "complete": there.complete.status,
        "completeness": there.complete.text,
        "degree": there.degree,
        "chance_of_more": there.chance_of_more,
        "cycles": [_cycle(found, cycle) for cycle in there.cycles],
        "closed_orbits": None if orbits is None else _orbits(orbits),
        "exponents": None if exponents is None else exponents.values,
        "exponent_errors": None if exponents is None else exponents.errors,
        "chaotic": there.chaotic,
        "irregular_sets": there.irregular_sets,
        "starts": len(there.fate),
        "basins": there.basins,
        "notes": there.notes,
    }


def _point(found: Analysis, there: Dynamics, i: int) -> dict[str, Any]:
    return {
        "at": named(found.variables, there.points[i]),
        "kind": there.kinds[i],
        "eigenvalues": _pairs(there.eigenvalues[i]),
        "eigenvalue_errors": there.eigenvalue_errors[i],
        "residual": there.residual[i],
        "starts": there.hits[i],
    }


def _cycle(found: Analysis, cycle: LimitCycle) -> dict[str, Any]:
    return {
        "stable": cycle.stable,
        "period": cycle.period,
        "period_error": cycle.period_error,
        "lowest": named(found.variables, cycle.lower),
        "highest": named(found.variables, cycle.upper),
        "multipliers": _pairs(cycle.multipliers),
        "multiplier_error": cycle.multiplier_error,
    }


def _orbits(orbits: OrbitFamily) -> dict[str, Any]:
    return {
        "count": len(orbits.periods),
        "shortest_period": orbits.periods.min(),
        "longest_period": orbits.periods.max(),
    }


def _pairs(values: Any) -> list[list[float]]:
    """Complex numbers as pairs of real and imaginary part."""
    return [[value.real, value.imag] for value in values]


def tables(found: Analysis, *, verbose: bool) -> list[Table]:
    """A description for a person: the verdict first, then one table for each constant input."""
    told = [_verdict(found)] if found.compared or not found.at else []
    if not told and (known := parameter_rows(found.parameters, found.overrides)):
        told = [Table(title=_name(found), rows=known)]
    for one in found.at:
        rows = _rows(found, one.target)
        if one.network is not None and one.comparison is not None:
            rows = _compared(found, one.target, one.network, one.comparison)
        if one.sampled is not None:
            rows += sampled_view.rows(one.sampled, one.target, found.variables)
        told.append(Table(title=_title(found, one), rows=rows))
    if found.symmetry and told:
        last = told.pop()
        told.append(Table(title=last.title, rows=[*last.rows, _symmetry(found)]))
    if found.interpolation_error is not None:
        error = f"about {number(found.interpolation_error)} of the rms speed between the points"
        last = told.pop()
        told.append(Table(title=last.title, rows=[*last.rows, ("interpolation", error)]))
    return told


def _symmetry(found: Analysis) -> Row:
    who = "the network's" if found.compared else "its"
    error = number(found.equivariance_error, digits=2)
    return "symmetry", f"{found.symmetry}; {who} equivariance error is {error}"


def _verdict(found: Analysis) -> Table:
    rows = parameter_rows(found.parameters, found.overrides)
    rows += [("faithful", _FAITHFUL.get(found.answer, found.answer or "-"))]
    rows += [("differs", difference) for difference in found.differences]
    rows += [("not judged", reason) for reason in found.unjudged]
    rows += [] if found.tuned is None else [("tuned", found.tuned)]
    if found.run is not None:
        rows += _run_rows(found.run, found.lyapunov_time)
    size = "" if found.neurons is None else f", {counted(found.neurons, 'neuron')}"
    return Table(title=f"{_name(found)}{size}", rows=rows)


def _name(found: Analysis) -> str:
    return title_with(found.system, found.overrides)


def _title(found: Analysis, one: AtInput) -> str:
    levels = zip(found.inputs, one.input, strict=True)
    level = ", ".join(f"{name} = {value:.4g}" for name, value in levels)
    if level:
        return f"at {level}"
    return "anatomy" if found.compared or found.parameters else _name(found)


def _rows(found: Analysis, there: Dynamics) -> list[Row]:
    """One flow by itself."""
    count = len(there.points)
    rows = [("fixed points", f"{count}; {there.complete}")]
    shown = there.listed(MOST_POINTS)
    for i in shown:
        rates = ", ".join(_complex(rate) for rate in there.eigenvalues[i])
        rows.append((f"  {i}: {there.kinds[i]}", f"{_place(found, there, i)}; eigenvalues {rates}"))
    if count > len(shown):
        rows.append(("  ...", f"{count - len(shown)} more, which no start goes to"))
    if len(there.continuum):
        rows.append(
            ("continuum", f"of fixed points, met by {counted(len(there.continuum), 'start')}")
        )
    rows += [(f"cycle {i}", _of_cycle(found, cycle)) for i, cycle in enumerate(there.cycles)]
    if there.exponents is not None:
        pairs = zip(there.exponents.values, there.exponents.errors, strict=True)
        values = ", ".join(f"{number(v)} ± {number(e, digits=1)}" for v, e in pairs)
        rows.append(("exponents", f"{values}{_CHAOTIC[there.chaotic]}"))
    if there.irregular_sets > 1:
        several = (
            f"on {counted(there.irregular_sets, 'set')} side by side; exponents are means over them"
        )
        rows.append(("irregular motion", several))
    if there.orbits is not None:
        rows.append(("closed orbits", _of_orbits(there.orbits)))
    shares = ", ".join(f"{name} {share:.0%}" for name, share in there.basins.items())
    return [*rows, ("starts go to", shares), *(("not judged", note) for note in there.notes)]


def _of_orbits(orbits: OrbitFamily) -> str:
    low, high = orbits.periods.min(), orbits.periods.max()
    return (
        f"a continuum of them, not a limit cycle: {counted(len(orbits.periods), 'start')} "
        "came back "
        f"to where it began, with periods from {low:.5g} to {high:.5g}"
    )


def _place(found: Analysis, there: Dynamics, index: int) -> str:
    z = there.points[index]
    if found.domain is not None:
        z = np.where(np.abs(z) < 1e-9 * found.domain.half_width, 0.0, z)
    return ", ".join(f"{name} {value:.4g}" for name, value in zip(found.variables, z, strict=True))


def _complex(value: complex) -> str:
    if abs(value.imag) <= 1e-9 * math.hypot(value.real, value.imag):
        return f"{value.real:.3g}"
    return f"{value.real:.3g}{value.imag:+.3g}i"


def _of_cycle(found: Analysis, cycle: LimitCycle) -> str:
    ends = zip(found.variables, cycle.lower, cycle.upper, strict=True)
    spans = ", ".join(f"{name} {a:.3g} to {b:.3g}" for name, a, b in ends)
    period = f"{'' if cycle.stable else 'unstable, '}period {cycle.period:.6g}; {spans}"
    if cmath.isnan(cycle.leading):
        return period
    error = number(cycle.multiplier_error, digits=1)
    return f"{period}; Floquet multiplier {_complex(cycle.leading)} ± {error}"


def _compared(
    found: Analysis, target: Dynamics, network: Dynamics, comparison: InputComparison
) -> list[Row]:
    """Network beside target."""
    counts = f"target {len(target.points)}, network {len(network.points)}"
    starts = f"{counted(comparison.judged, 'start')} (of {len(target.fate)})"
    rows = [
        ("fixed points", counts),
        *_point_rows(found, target, comparison),
        *_other_points(found, network, comparison),
        *_cycle_rows(target, comparison),
        *_motion_rows(target, network, comparison),
        ("other fate", f"{comparison.fate_changed:.0%} of {starts} that stay in the box"),
    ]
    if comparison.border:
        rows.append(("border", f"{comparison.border:.1%} of it leaks"))
    return rows


def _point_rows(found: Analysis, target: Dynamics, comparison: InputComparison) -> list[Row]:
    return [
        (
            f"  {pair.target}: {target.kinds[pair.target]}",
            f"{_place(found, target, pair.target)}; network's {pair.network} is "
            f"{pair.distance:.2g} half-widths away, "
            f"eigenvalues {pair.eigenvalue_error:.2%} off",
        )
        for pair in comparison.points
        if pair.target in target.listed(MOST_POINTS)
    ]


def _other_points(found: Analysis, network: Dynamics, comparison: InputComparison) -> list[Row]:
    """Fixed points of a network alone to which starts go."""
    paired = {pair.network for pair in comparison.points}
    return [
        (f"  network's {j}: {network.kinds[j]}", _place(found, network, j))
        for j in network.listed(0)
        if j not in paired
    ]


def _cycle_rows(target: Dynamics, comparison: InputComparison) -> list[Row]:
    rows = []
    for pair in comparison.cycles:
        cycle = target.cycles[pair.target]
        name = f"cycle {pair.target}" if cycle.stable else "unstable cycle"
        text = (
            f"period {cycle.period:.6g}; network: period {pair.period:+.2%}, amplitude "
            f"{pair.amplitude:+.2%}, at most {pair.shape:.2g} half-widths away"
        )
        rows.append((name, text))
    return rows


def _motion_rows(target: Dynamics, network: Dynamics, comparison: InputComparison) -> list[Row]:
    """Irregular motion, drift along a continuum, and closed orbits, as far as there are any."""
    rows = []
    if target.exponents is not None and network.exponents is not None:
        both = zip(("target", "network"), (target.exponents, network.exponents), strict=True)
        text = ", ".join(f"{who} {e.values[0]:.3g} ± {e.errors[0]:.1g}" for who, e in both)
        rows.append(("largest exponent", text))
    if comparison.cloud_distance is not None and comparison.yardstick is not None:
        text = (
            f"{comparison.cloud_distance:.2g} standard deviations away; halves of the target's: "
            f"{comparison.yardstick:.2g}"
        )
        rows.append(("chaotic set", text))
    if (drift := comparison.drift) is not None:
        text = f"{drift.moved:.2g} half-widths in {drift.duration:.4g} along the continuum"
        rows.append(("drift", text))
    if comparison.orbits is not None:
        text = f"the network leaves them by up to {comparison.orbits:.2g} half-widths"
        rows.append(("closed orbits", text))
    return rows


def _run_rows(run: RunComparison, lyapunov_time: float | None) -> list[Row]:
    """The declared simulation."""
    if not run.followed:
        return [("declared run", f"network: {run.network_ending}; target: {run.target_ending}")]
    if math.isinf(run.horizon):
        together = f"together for all of {run.duration:.4g}"
    else:
        together = f"0.2 half-widths apart after {run.horizon:.3g} of {run.duration:.4g}"
        if lyapunov_time:
            together += f" ({run.horizon / lyapunov_time:.2g} Lyapunov times)"
    rows = [("declared run", f"{together}; {run.distance}")]
    if not math.isnan(run.apart):
        shifted = f"at most {run.apart:.2g} half-widths apart when 5 % early or late is allowed"
        rows.append(("with shifts", shifted))
    return rows
