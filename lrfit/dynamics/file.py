"""Analysis files: the anatomy of a target, and of a network beside it.

    /analysis            attributes system, variables, inputs, faithful, verdict, differences
    /analysis/<i>        one tonic input: dataset `input`; groups target, network, comparison
    .../target           points (n, D), eigenvalues (n, D, 2) and eigenvalue_errors (n, D), kinds,
                         residual, hits; complete, completeness; continuum, cloud (n, D);
                         cycle<j>: points, multipliers, period, ...; exponents
    /analysis/run        the declared simulation, side by side

All states are in the user's units. `summary` holds what was printed for a person.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.dynamics import Anatomy, Cycle
from lrfit.dynamics.faithful import Comparison, Faithfulness, RunComparison
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.provenance import (
    Provenance,
    encoded,
    read_provenance,
    require_kind,
    root_attributes,
)

KIND = "lrfit-analysis"
_DATA_KIND = "lrfit-analysis-data"
_WORDS = {True: "yes", False: "no", None: "not judged"}


@dataclass(frozen=True, kw_only=True, eq=False)
class AnalysisRecord:
    """What `show` needs of an analysis file; the numbers are in its groups.

    faithful : None where a system alone was analyzed, or a network was not judged.
    summary : lines "name: value".
    """

    system: str
    faithful: bool | None
    verdict: str
    differences: tuple[str, ...]
    summary: tuple[str, ...]
    provenance: Provenance


def analysis_tree(
    system: str,
    anatomies: Sequence[Anatomy],
    faithfulness: Faithfulness | None,
    *,
    summary: Sequence[str],
    seed: int,
    history: Sequence[str] = (),
) -> Group:
    """Return the content of an analysis file; `history` are command lines."""
    domain = anatomies[0].flow.domain
    attributes: dict[str, Value] = {
        **encoded(_DATA_KIND),
        "system": system,
        "variables": list(domain.variables),
        "inputs": list(domain.inputs),
        "faithful": "" if faithfulness is None else _WORDS[faithfulness.faithful],
        "verdict": "" if faithfulness is None else faithfulness.verdict,
        "differences": [] if faithfulness is None else list(faithfulness.differences),
        "unjudged": [] if faithfulness is None else list(faithfulness.unjudged),
        "summary": list(summary),
    }
    comparisons = faithfulness.comparisons if faithfulness else [None] * len(anatomies)
    children: dict[str, Group | Dataset] = {
        str(i): _at_input(one, comparison)
        for i, (one, comparison) in enumerate(zip(anatomies, comparisons, strict=True))
    }
    if faithfulness is not None and faithfulness.run is not None:
        run = _run_attributes(faithfulness.run)
        children["run"] = Group(attributes={**encoded("lrfit-run"), **run})
    return Group(
        attributes=root_attributes(KIND, history=history, seed=seed),
        children={"analysis": Group(attributes=attributes, children=children)},
    )


def _run_attributes(run: RunComparison) -> dict[str, Value]:
    """The run's numbers; of the extremes the variable and both values, of rises both counts."""
    values: dict[str, Value] = {
        name: value
        for name, value in dataclasses.asdict(run).items()
        if isinstance(value, bool | int | float | str)
    }
    for name in ("lowest", "highest"):
        variable, *numbers = getattr(run, name)
        values |= {f"{name}_variable": variable, f"{name}_target": numbers[0]}
        values[f"{name}_network"] = numbers[1]
    for one in run.excursions:
        values[f"rises_{one.variable}"] = np.array([len(one.target), len(one.network)])
    return values


def _at_input(target: Anatomy, comparison: Comparison | None) -> Group:
    children: dict[str, Group | Dataset] = {
        "input": Dataset(data=target.flow.input),
        "target": _anatomy_group(target),
    }
    if comparison is not None:
        children["network"] = _anatomy_group(comparison.network)
        children["comparison"] = _comparison_group(comparison)
    return Group(attributes=encoded("lrfit-tonic"), children=children)


def _anatomy_group(anatomy: Anatomy) -> Group:
    fixed, domain = anatomy.fixed, anatomy.flow.domain
    attributes: dict[str, Value] = {
        **encoded("lrfit-anatomy"),
        "kinds": list(fixed.kinds),
        "starts": fixed.starts,
        "chance_of_more": fixed.chance_of_more,
        "complete": fixed.complete.status,
        "completeness": fixed.complete.text,
        **({} if fixed.degree is None else {"degree": fixed.degree}),
        **({} if fixed.index_sum is None else {"index_sum": fixed.index_sum}),
        "basins": [f"{name}: {share:.6g}" for name, share in anatomy.basins.items()],
        "duration": anatomy.duration,
        "notes": list(anatomy.notes),
    }
    children: dict[str, Group | Dataset] = {
        "points": Dataset(data=domain.state_from_box(fixed.points)),
        "eigenvalues": Dataset(data=_pairs(fixed.eigenvalues)),
        "eigenvalue_errors": Dataset(data=fixed.eigenvalue_errors),
        "residual": Dataset(data=fixed.residual),
        "hits": Dataset(data=fixed.hits.astype(np.int64)),
        "continuum": Dataset(data=domain.state_from_box(fixed.continuum)),
        "cloud": Dataset(data=domain.state_from_box(anatomy.cloud)),
        "cloud_sets": Dataset(data=anatomy.cloud_sets.astype(np.int64)),
        "starts": Dataset(data=domain.state_from_box(anatomy.starts)),
        "fate": Dataset(data=anatomy.fate.astype(np.int64)),
        **{f"cycle{i}": _cycle_group(c, anatomy) for i, c in enumerate(anatomy.cycles)},
    }
    if anatomy.orbits is not None:
        children["orbits"] = Group(
            attributes=encoded("lrfit-closed-orbits"),
            children={
                "periods": Dataset(data=anatomy.orbits.periods),
                "points": Dataset(data=domain.state_from_box(anatomy.orbits.points)),
            },
        )
    if anatomy.exponents is not None:
        found = anatomy.exponents
        children["exponents"] = Group(
            attributes={**encoded("lrfit-exponents"), "duration": found.duration},
            children={
                "values": Dataset(data=found.values),
                "errors": Dataset(data=found.errors),
            },
        )
    return Group(attributes=attributes, children=children)


def _cycle_group(cycle: Cycle, anatomy: Anatomy) -> Group:
    domain = anatomy.flow.domain
    return Group(
        attributes={
            **encoded("lrfit-cycle"),
            "stable": not cycle.repels,
            "period": cycle.period,
            "period_error": cycle.period_error,
            "multiplier_error": cycle.multiplier_error,
        },
        children={
            "points": Dataset(data=domain.state_from_box(cycle.points)),
            "lower": Dataset(data=domain.state_from_box(cycle.lower)),
            "upper": Dataset(data=domain.state_from_box(cycle.upper)),
            "multipliers": Dataset(data=_pairs(cycle.multipliers)),
        },
    )


def _comparison_group(comparison: Comparison) -> Group:
    attributes: dict[str, Value] = {
        **encoded("lrfit-comparison"),
        "differences": list(comparison.differences),
        "unjudged": list(comparison.unjudged),
        "fate_changed": comparison.fate_changed,
        "judged": comparison.judged,
        "border": comparison.border,
    }
    for name in ("cloud_distance", "yardstick", "orbits"):
        if (value := getattr(comparison, name)) is not None:
            attributes[name] = value
    if comparison.drift is not None:
        named = dataclasses.asdict(comparison.drift).items()
        attributes |= {f"drift_{name}": value for name, value in named}
    pairs = comparison.pairs
    points = [(m.target, m.network, m.distance, m.eigenvalue_error) for m in pairs.points]
    cycles = [(m.target, m.network, m.period, m.amplitude, m.shape) for m in pairs.cycles]
    return Group(
        attributes=attributes,
        children={
            "points": Dataset(
                data=np.array(points, dtype=float).reshape(-1, 4),
                attributes={"columns": ["target", "network", "distance", "eigenvalue_error"]},
            ),
            "cycles": Dataset(
                data=np.array(cycles, dtype=float).reshape(-1, 5),
                attributes={"columns": ["target", "network", "period", "amplitude", "shape"]},
            ),
        },
    )


def _pairs(values: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Complex numbers (...) as (..., 2): real and imaginary part."""
    return np.stack([values.real, values.imag], axis=-1)


def analysis_from_tree(root: Group) -> AnalysisRecord:
    """Read what `analysis_tree` wrote, as far as a person is shown it.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing.
    """
    require_kind(root, KIND)
    group = root.group("analysis")
    require_kind(group, _DATA_KIND)
    faithful = group.attribute("faithful", str)
    return AnalysisRecord(
        system=group.attribute("system", str),
        faithful={"yes": True, "no": False}.get(faithful),
        verdict=group.attribute("verdict", str),
        differences=tuple(group.attribute("differences", list, [])),
        summary=tuple(group.attribute("summary", list, [])),
        provenance=read_provenance(root),
    )
