"""What is said about a perturbation study, to a person and to a program; the same for a file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number

if TYPE_CHECKING:
    from lrfit.perturbation import Perturbation, Push

ALIKE = 0.05
"""Trajectories further apart (rms, in excursions) are not called the same."""


def fields(study: Perturbation) -> dict[str, Any]:
    """Fields of the JSON object."""
    names, amplitudes = study.names, list(study.options.amplitudes)
    return {
        "networks": list(names),
        "duration": study.curve.duration,
        "rate": study.curve.rate,
        "scale": named(study.curve.domain.variables, study.curve.scale),
        "amplitudes": amplitudes,
        "process_noise": study.process_noise,
        "criterion": study.options.criterion,
        "exponents": {name: study.exponents[i] for i, name in enumerate(names)},
        "pushes": [_push(push) for push in study.pushes],
        "return_rate": study.return_rate,
        "divergence": study.divergence,
        "phase_shift": study.phase_shift,
        "off_path": study.off_path,
        "pairs": [_pair(study, k) for k in range(len(study.pairs))],
        "separated": study.separated,
        "most_telling": _push(study.pushes[study.telling]) if len(study.pairs) else None,
    }


def _push(push: Push) -> dict[str, Any]:
    return {
        "kind": push.kind,
        "label": push.label,
        "time": push.time,
        "width": push.width,
        "direction": push.direction,
    }


def _pair(study: Perturbation, k: int) -> dict[str, Any]:
    best = study.best_push(k)
    return {
        "networks": [study.names[i] for i in study.pairs[k]],
        "trajectories_differ": float(study.alike[k]),
        "unpushed_dprime": float(study.free_dprime[k]),
        "threshold": float("nan") if best is None else float(study.threshold[k, best]),
        "best_push": None if best is None else _push(study.pushes[best]),
        "dprime": study.dprime[k],
    }


def tables(study: Perturbation, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    pairs = [_pairs(study), _telling(study)] if len(study.pairs) else []
    return [_facts(study), _networks(study, verbose=verbose), *pairs]


def warnings(study: Perturbation) -> list[str]:
    """Pairs that a push need not tell apart, or that are no pair of one trajectory."""
    criterion = study.options.criterion
    found = []
    for (i, j), alike, free in zip(study.pairs, study.alike, study.free_dprime, strict=True):
        pair = f"{study.names[i]} and {study.names[j]}"
        if alike > ALIKE:
            found.append(f"{pair} do not share a trajectory: they are {alike:.2g} excursions apart")
        elif free >= criterion:
            found.append(f"{pair} are told apart without any push (d' {free:.2g})")
    return found


def _facts(study: Perturbation) -> Table:
    options = study.options
    sizes = ", ".join(f"{size:g}" for size in options.amplitudes)
    noise = f"{options.noise:g} per sqrt(1/rate), {number(study.process_noise)} per sqrt(time)"
    rows = [
        ("trajectory", f"0 to {study.curve.duration:g}, own rate {number(study.curve.rate)}"),
        ("distances", "in rms excursions of the trajectory"),
        ("pushes", f"{len(study.pushes)}, amplitudes {sizes}"),
        ("noise", noise),
    ]
    return Table(title=", ".join(study.names), rows=rows)


def _networks(study: Perturbation, *, verbose: bool) -> Table:
    """How networks come back: from the smallest amplitude; all pushes, or those of one time."""
    first = min(push.time for push in study.pushes)
    shown = [p for p, push in enumerate(study.pushes) if verbose or push.time == first]
    if study.options.draw and not verbose:
        shown = list(range(min(len(study.pushes), 4)))
    rows = [
        (
            name,
            str(study.pushes[p]),
            number(float(study.return_rate[i, p, 0])),
            number(float(study.divergence[i, p, 0])),
            number(float(study.phase_shift[i, p, -1])),
        )
        for i, name in enumerate(study.names)
        for p in shown
    ]
    header = ("network", "push", "return rate", "left at end", "phase shift")
    return Table(header=header, rows=rows)


def _pairs(study: Perturbation) -> Table:
    rows = []
    for k, (i, j) in enumerate(study.pairs):
        best = study.best_push(k)
        told = "not by these pushes"
        if best is not None:
            told = f"{number(float(study.threshold[k, best]))} {study.pushes[best]}"
        free = number(float(study.free_dprime[k]), digits=2)
        rows.append((f"{study.names[i]}", f"{study.names[j]}", free, told))
    header = ("pair", "", "d' unpushed", f"d' {study.options.criterion:g} from amplitude, push")
    return Table(header=header, rows=rows)


def _telling(study: Perturbation) -> Table:
    push = study.telling
    needed = float(max(study.threshold[:, push], key=lambda v: math.inf if math.isnan(v) else v))
    reach = "does not separate all of them" if math.isnan(needed) else f"all from {number(needed)}"
    return Table(rows=[("most telling", f"{study.pushes[push]}: {reach}")])
