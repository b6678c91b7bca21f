"""What is said about the table of learning against g, to a person and to a program."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.learning.study import Learned, LearningStudy

COLUMNS = (
    "epochs_to_tenth",
    "change_norm",
    "functional_rank",
    "relative_at_10",
    "shuffled",
    "right",
)


def fields(study: LearningStudy) -> dict[str, Any]:
    """Fields of the JSON object."""
    options = study.options
    return {
        "task": study.task,
        "neurons": options.neurons,
        "epochs": options.epochs,
        "rate": options.rate,
        "batch": options.batch,
        "seed": options.seed,
        "networks": [asdict(each) for each in study.networks],
        "medians": [
            {"g": g, **{name: study.median(g, name) for name in COLUMNS}} for g in study.strengths
        ],
        "speed_up": {f"{g:g}": speed_up(study, g) for g in study.strengths},
    }


def speed_up(study: LearningStudy, g: float) -> float:
    """How many times faster than with the smallest g a tenth of the loss was reached."""
    if not study.networks:
        return float("nan")
    slowest = study.median(min(study.strengths), "epochs_to_tenth")
    own = study.median(g, "epochs_to_tenth")
    return slowest / own if own > 0 and math.isfinite(own) else float("nan")


def tables(study: LearningStudy, *, verbose: bool) -> list[Table]:
    """A description for a person: every network, and how much faster learning is with g."""
    options = study.options
    title = (
        f"{study.task}, {counted(options.neurons, 'neuron')}, {counted(options.epochs, 'epoch')}"
    )
    header = ("g", "seed", "to 10 %", "|dW|", "rank", "at rank 10", "shuffled", "right")
    rows = [_row(each) for each in study.networks]
    found = [Table(title=title, header=header, rows=rows or [("-",) * len(header)])]
    faster = [
        (f"g {g:g}", f"{number(speed_up(study, g), digits=2)} times faster than g "
         f"{min(study.strengths):g}, change {number(study.median(g, 'change_norm'))}")
        for g in study.strengths
    ]  # fmt: skip
    return [*found, Table(rows=faster)] if faster else found


def _row(each: Learned) -> tuple[str, ...]:
    first, stays = each.first_below, each.functional_rank
    rank = "-" if math.isnan(first) else f"{first:g}"
    if not (math.isnan(first) or stays == first):
        rank = f"{rank} (stays: {'never' if math.isnan(stays) else f'{stays:g}'})"
    return (
        f"{each.g:g}",
        str(each.seed),
        number(each.epochs_to_tenth, digits=5),
        number(each.change_norm),
        rank,
        number(each.relative_at_10, digits=2),
        number(each.shuffled, digits=2),
        f"{100 * each.right:.3g} %",
    )
