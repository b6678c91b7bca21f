"""What is said about populations, to a person and to a program; the same for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.browsing.mixture_view import population_fields, population_tables
from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.clustering.gains import PLACES
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.clustering.gains import Gains
    from lrfit.clustering.resampling import Resampling
    from lrfit.clustering.result import Populations
    from lrfit.clustering.stability import Stability
    from lrfit.core.arrays import Array

_CHOSEN = {
    "stability": "the number on which subsamples agree",
    "given": "as given",
    "known": "those of the mixture",
}
_MEASURES = {"right": "right trials", "faithful": "faithful dynamics", "": "outcome"}


def fields(found: Populations) -> dict[str, Any]:
    """Fields of the JSON object."""
    sizes = np.bincount(found.labels, minlength=found.count)
    return {
        "system": found.system,
        "neurons": found.neurons,
        "source": found.told,
        "count": found.count,
        "chosen_by": found.chosen_by,
        "zero_mean": found.zero_mean,
        "variables": list(found.domain.variables),
        "input_names": list(found.domain.inputs),
        "features": list(found.features),
        "sizes": sizes,
        **population_fields(found.mixture),
        "stability": None if found.stability is None else _stability_fields(found.stability),
        "resampling": None if found.resampling is None else _resampling_fields(found.resampling),
        "gains": None if found.gains is None else _gain_fields(found.gains, found),
        "notes": list(found.notes),
        "seed": found.seed,
    }


def _stability_fields(stability: Stability) -> dict[str, Any]:
    names = ("count", "median", "lowest", "highest", "bic")
    columns = [getattr(stability, name) for name in names]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return {"subsamples": stability.subsamples, "chosen": stability.chosen, "numbers": rows}


def _resampling_fields(found: Resampling) -> dict[str, Any]:
    rows = [
        {
            "count": int(found.count[r]),
            "refitted": bool(found.refitted[r]),
            "field_error": found.field_error[r],
            "outcome": found.outcome[r],
        }
        for r in range(len(found.count))
    ]
    return {
        "neurons": found.neurons,
        "measure": found.measure,
        "own": found.own,
        "mixtures": rows,
    }


def _gain_fields(gains: Gains, found: Populations) -> list[dict[str, Any]]:
    inputs = found.domain.inputs
    return [
        {
            "context": named(inputs, gains.context[c]),
            **{
                place: {
                    "state": gains.state[c, k],
                    "gain": gains.gain[c, k],
                    "share_between_populations": gains.between[c, k],
                    "drive": {name: gains.drive[c, k, :, :, u] for u, name in enumerate(inputs)},
                }
                for k, place in enumerate(PLACES[: gains.gain.shape[1]])
            },
        }
        for c in range(len(gains.context))
    ]


def tables(found: Populations, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    told = [_facts(found)]
    if found.stability is not None:
        told.append(_stability(found.stability))
    if found.resampling is not None:
        told.append(_resampling(found.resampling))
    if found.gains is not None:
        told += _gains(found.gains, found)
    return [*told, *population_tables(found.mixture, verbose=verbose)]


def _facts(found: Populations) -> Table:
    rows = [
        ("loadings", f"{found.told}; {counted(found.neurons, 'neuron')}"),
        ("populations", f"{found.count}, {_CHOSEN.get(found.chosen_by, '')}"),
        ("means", "all 0" if found.zero_mean else "free"),
        *(("note", note) for note in found.notes),
    ]
    return Table(title=f"populations of {found.system}", rows=rows)


def _stability(stability: Stability) -> Table:
    rows = [
        (
            str(stability.count[k]),
            number(float(stability.median[k])),
            f"{number(float(stability.lowest[k]))} to {number(float(stability.highest[k]))}",
            number(float(stability.bic[k]), digits=5),
        )
        for k in range(len(stability.count))
    ]
    return Table(
        title=f"agreement of {stability.subsamples} subsamples (adjusted Rand index)",
        header=("populations", "median", "range", "BIC"),
        rows=rows,
    )


def _resampling(found: Resampling) -> Table:
    measure = _MEASURES.get(found.measure, "outcome")
    draws = found.field_error.shape[1]
    own = "" if np.isnan(found.own) else f"; the original: {_outcome(found, np.array([found.own]))}"
    rows = [
        (
            str(found.count[r]),
            "fitted again" if found.refitted[r] else "drawn",
            _spread(found.field_error[r]),
            _outcome(found, found.outcome[r]),
        )
        for r in range(len(found.count))
    ]
    drawn = f"{counted(draws, 'network')} of {counted(found.neurons, 'neuron')}"
    return Table(
        title=f"drawn from the mixtures: {drawn} each{own}",
        header=("populations", "N", "field error", measure),
        rows=rows,
    )


def _outcome(found: Resampling, values: Array) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return "-"
    if found.measure == "faithful":
        return f"{round(float(known.sum()))} of {len(known)}"
    return _spread(100 * known, "%")


def _spread(values: Array, unit: str = "") -> str:
    """The median, with the lowest and the highest value where there are several."""
    known = values[np.isfinite(values)]
    if not len(known):
        return "-"
    middle = f"{number(float(np.median(known)))} {unit}".strip()
    if len(known) == 1:
        return middle
    return f"{middle} ({number(float(known.min()))} to {number(float(known.max()))})"


def _gains(gains: Gains, found: Populations) -> list[Table]:
    inputs = found.domain.inputs
    P, between = gains.gain.shape[2], bool(np.any(np.isfinite(gains.between)))
    rows = [
        (
            context_text(gains, inputs, c),
            place,
            *(number(float(gain)) for gain in gains.gain[c, k]),
            *([number(float(gains.between[c, k]))] if between else []),
        )
        for c in range(len(gains.context))
        for k, place in enumerate(PLACES[: gains.gain.shape[1]])
    ]
    told = [
        Table(
            title="gains: the mean slope of the neurons"
            + ", and the share of its variance that is between populations" * between,
            header=(
                "context",
                "at",
                *(f"population {p}" for p in range(P)),
                *["of variance"] * between,
            ),
            rows=rows,
        )
    ]
    if lines := [line for u in range(len(inputs)) if (line := _passing(gains, inputs, u))]:
        told.append(Table(title="drive for one unit of each input, at the centre", rows=lines))
    return told


def context_text(gains: Gains, inputs: tuple[str, ...], c: int) -> str:
    """A context in short: the inputs that are not 0."""
    pairs = zip(inputs, gains.context[c], strict=False)
    return ", ".join(f"{name} {value:.3g}" for name, value in pairs if value) or "no input"


def _passing(gains: Gains, inputs: tuple[str, ...], u: int) -> tuple[str, str] | None:
    """Through which population an input acts, in contexts of the others; None without drive."""
    drive = np.linalg.norm(gains.whole_drive[:, 0, :, u], axis=1)
    others = np.flatnonzero(np.linalg.norm(np.delete(gains.context, u, axis=1), axis=1))
    contexts = others if len(others) else np.arange(len(drive))
    if not np.max(drive, initial=0.0) > _LEAST * np.max(np.abs(gains.drive), initial=0.0):
        return None
    p = gains.main_population(u)
    parts = [
        f"{number(float(drive[c]))} with {context_text(gains, inputs, c)} "
        f"(gain {number(float(gains.gain[c, 0, p]))})"
        for c in contexts.tolist()
    ]
    return inputs[u], f"through population {p}: {'; '.join(parts)}"


_LEAST = 1e-3
"""Of the largest drive of all: an input with less has none."""
