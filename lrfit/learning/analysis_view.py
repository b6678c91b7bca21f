"""What is said about the analysis of a full-rank network, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted
from lrfit.learning.activity import MOST, components_for
from lrfit.learning.points_view import complex_text, pairs, points_fields, points_table

if TYPE_CHECKING:
    from lrfit.learning.activity import Activity
    from lrfit.learning.analysis import TrainedAnalysis
    from lrfit.learning.change import ConnectivityChange
    from lrfit.learning.spectrum import ConnectivityEigenvalues

RANKS = 11
"""Ranks that the table shows; more with -v."""


def fields(analysis: TrainedAnalysis) -> dict[str, Any]:
    """Fields of the JSON object; of a network without a task nothing about learning."""
    return {
        "task": analysis.task,
        "neurons": analysis.neurons,
        "g": analysis.g,
        "epochs": analysis.epochs,
        "epochs_to_10_percent": analysis.epochs_to_tenth,
        "right": analysis.right,
        "seed": analysis.seed,
        **_change_fields(analysis.change),
        **_spectrum_fields(analysis.eigenvalues),
        **_activity_fields(analysis.activity),
        "at": [points_fields(analysis, each) for each in analysis.at],
    }


def _change_fields(change: ConnectivityChange | None) -> dict[str, Any]:
    """What learning changed; nothing where that is not known."""
    if change is None:
        return {}
    return {
        "initial_norm": change.initial_norm,
        "change_norm": change.change_norm,
        "singular_values": change.singular_values,
        "share": change.share,
        "rank": change.rank,
        "truncation_loss": change.truncation_loss,
        "relative_loss": change.relative_loss,
        "first_below": change.first_below,
        "functional_rank": change.functional_rank,
        "full_loss": change.full_loss,
        "untrained_loss": change.untrained_loss,
        "shuffled_loss": change.shuffled_loss,
        "shuffled_relative": change.shuffled_relative,
        "overlap": {
            "left_outputs": change.left_outputs,
            "left_inputs": change.left_inputs,
            "right_outputs": change.right_outputs,
            "right_inputs": change.right_inputs,
            "chance_outputs": change.chance_outputs,
            "chance_inputs": change.chance_inputs,
        },
    }


def _spectrum_fields(found: ConnectivityEigenvalues) -> dict[str, Any]:
    return {
        "spectral_radius_before": None if found.before is None else _radius(found.before),
        "spectral_radius_after": _radius(found.after),
        "bulk_radius": found.radius,
        "bulk_symmetry": found.symmetry,
        "outliers": pairs(found.outliers),
    }


def _activity_fields(activity: Activity | None) -> dict[str, Any]:
    if activity is None:
        return {}
    return {
        "variance": activity.variance,
        "recurrent_variance": activity.recurrent_variance,
        "input_variance": activity.input_variance,
        "dimension": activity.dimension,
        "recurrent_dimension": activity.recurrent_dimension,
        "recurrent_share": activity.recurrent_share,
        "variance_in_inputs": activity.in_input,
        "variance_in_recurrent": activity.in_recurrent,
        "recurrent_in_inputs": activity.alignment,
    }


def _radius(eigenvalues: Any) -> float:
    return float(np.max(np.abs(eigenvalues), initial=0.0))


def tables(analysis: TrainedAnalysis, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    change = analysis.change
    return [
        _facts(analysis),
        *([] if change is None else [_by_rank(change, None if verbose else RANKS)]),
        *(points_table(analysis, each) for each in analysis.at),
    ]


def _facts(analysis: TrainedAnalysis) -> Table:
    change, activity = analysis.change, analysis.activity
    rows = [
        *_learned(analysis),
        *([] if change is None else _changed(change)),
        ("eigenvalues", _spectrum(analysis.eigenvalues)),
        *([] if activity is None else [("activity", _activity(activity))]),
    ]
    return Table(title=analysis.heading, rows=rows)


def _learned(analysis: TrainedAnalysis) -> list[tuple[str, str]]:
    if analysis.task is None or analysis.right is None:
        return [("task", "not known, so nothing is said of what learning changed")]
    tenth = analysis.epochs_to_tenth
    learned = "not reached" if tenth is None else f"after {counted(tenth, 'epoch')}"
    return [
        ("tenth of the loss", f"{learned} of {analysis.epochs}"),
        ("right trials", f"{100 * analysis.right:.4g} %"),
    ]


def _changed(change: ConnectivityChange) -> list[tuple[str, str]]:
    return [
        (
            "change of W",
            f"norm {number(change.change_norm)} beside {number(change.initial_norm)} of W0",
        ),
        ("functional rank", _ranks(change)),
        ("shuffled W0", f"loss {number(change.shuffled_relative)} of that without the change"),
        ("overlaps", _overlaps(change)),
    ]


def _ranks(change: ConnectivityChange) -> str:
    first, stays = change.first_below, change.functional_rank
    if first is None:
        return f"above {int(change.rank[-1])}: no truncation has less than 5 % of the loss"
    if stays == first:
        return f"{first}: from there on the loss stays below 5 % of that without the change"
    after = "never stays there" if stays is None else f"stays there from {stays} on"
    return f"the loss is below 5 % first at rank {first}, and {after}"


def _overlaps(change: ConnectivityChange) -> str:
    def told(values: Any) -> str:
        return ", ".join(f"{value:.2g}" for value in values[:3])

    return (
        f"left directions with outputs {told(change.left_outputs)} (by chance "
        f"{change.chance_outputs:.2g}); right ones with inputs {told(change.right_inputs)} "
        f"({change.chance_inputs:.2g})"
    )


def _spectrum(found: ConnectivityEigenvalues) -> str:
    before = "" if found.before is None else f"{number(_radius(found.before))} before, "
    when = "" if found.before is None else " after"
    where = number(found.edge)
    if found.symmetry:
        where = f"an ellipse of {where} times {1 + found.symmetry:.3g}, {1 - found.symmetry:.3g}"
    told = ", ".join(complex_text(z) for z in found.outliers)
    far = f"beyond {where}: {told}" if told else f"none beyond {where}"
    return f"radius {before}{number(_radius(found.after))}{when}; {far}"


def _activity(activity: Activity) -> str:
    ninety = components_for(activity.recurrent_share, 0.9)
    return (
        f"recurrent part: variance {number(activity.recurrent_variance)} of "
        f"{number(activity.variance)}, 90 % in {ninety}, {100 * MOST:.0f} % in "
        f"{counted(activity.recurrent_dimension, 'component')}; driven by inputs: "
        f"{number(activity.input_variance)}"
    )


def _by_rank(change: ConnectivityChange, most: int | None) -> Table:
    rows = [
        (
            str(int(rank)),
            "-" if k == 0 else f"{change.singular_values[k - 1]:.3g}",
            "-" if k == 0 else f"{100 * change.share[k - 1]:.1f} %",
            number(float(loss)),
            number(float(relative)),
        )
        for k, (rank, loss, relative) in enumerate(
            zip(change.rank, change.truncation_loss, change.relative_loss, strict=True)
        )
    ]
    header = ("rank", "singular value", "share of change", "loss", "relative")
    return Table(header=header, rows=rows[:most])
