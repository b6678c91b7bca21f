"""What is said about a network that was reduced from a trained one.

Place in the flow: rows of `view`, which says everything about a network file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.text import number
from lrfit.io.text import counted
from lrfit.records.told import told_fields

if TYPE_CHECKING:
    from lrfit.fitting.reduction_report import Peer, Reduction, Tried

Row = tuple[str, str]
_FIGURE = ("trained_path", "path", "trained_points", "points")
"""Arrays that only the figure needs."""
_METHODS = {
    "truncation": "truncated change of W",
    "projection": "projected network",
    "lint": "low-rank network trained on the rates",
    "activity": "low-rank network trained on the activity",
}


def reduction_fields(reduction: Reduction) -> dict[str, Any]:
    """Fields of the JSON object."""
    told = told_fields(reduction)
    return {name: value for name, value in told.items() if name not in _FIGURE} | {
        "same_states": reduction.same_states
    }


def reduction_rows(reduction: Reduction, neurons: int) -> list[Row]:
    """How well a network of so many neurons does what the trained one does."""
    return [
        ("reduced from", _trained(reduction)),
        ("rank", _rank(reduction)),
        ("on trials", _figures(reduction, neurons)),
        ("outputs", f"R2 {reduction.outputs_r2:.5g} on {reduction.test_trials} new trials"),
        ("stable states", _states(reduction)),
        *(("instead", _peer(each)) for each in reduction.peers),
        *([("sizes tried", _sizes(reduction))] if len(reduction.tried) > 1 else []),
    ]


def not_reached(reduction: Reduction) -> str:
    """What a reduced network was to reach and did not, with what to do."""
    return (
        f"relative loss {number(reduction.relative_loss)} with {_share(reduction.right)} of the "
        f"trials right, asked were {number(reduction.tol)} and the "
        f"{_share(reduction.trained_right)} of the trained network; allow more --starts, --trials "
        "or --neurons"
    )


def _trained(reduction: Reduction) -> str:
    if reduction.recorded_r2 is not None:
        return (
            f"recorded rates of {counted(reduction.trained_neurons, 'neuron')}: R2 "
            f"{reduction.recorded_r2:.4g} by a network regressed on them; their task is not known"
        )
    return (
        f"{counted(reduction.trained_neurons, 'neuron')} trained on {reduction.task}: relative "
        f"loss {number(reduction.trained_relative_loss)}, {_share(reduction.trained_right)} right"
    )


def _rank(reduction: Reduction) -> str:
    return (
        f"{reduction.rank}, {_METHODS.get(reduction.by, reduction.by)}: R2 "
        f"{reduction.rates_r2:.4g} of the rates; its components hold "
        f"{100 * reduction.components:.4g} % of the recurrent activity"
    )


def _figures(reduction: Reduction, neurons: int) -> str:
    met = "met" if reduction.met else "NOT met"
    return (
        f"{counted(neurons, 'neuron')}: relative loss {number(reduction.relative_loss)} (asked "
        f"{number(reduction.tol)}: {met}), {_share(reduction.right)} right; "
        f"{number(reduction.relative_loss_before)} and {_share(reduction.right_before)} before "
        "tuning in closed loop"
    )


def _states(reduction: Reduction) -> str:
    own, trained = len(reduction.stable), len(reduction.trained_stable)
    text = f"{own} at rest, the trained network {trained}"
    if not (own and trained):
        return text
    return f"{text}; outputs within {number(reduction.states_apart)}"


def _peer(peer: Peer) -> str:
    text = (
        f"{_METHODS.get(peer.method, peer.method)}: rank {peer.rank}, relative loss "
        f"{number(peer.relative_loss)}, {_share(peer.right)} right, R2 of rates {peer.rates:.4g}"
    )
    return text if peer.enough else f"{text}: not enough"


def _sizes(reduction: Reduction) -> str:
    """The best of every size, smallest first."""
    best: dict[int, Tried] = {}
    for each in reduction.tried:
        known = best.get(each.neurons)
        if known is None or (each.met, each.right) > (known.met, known.right):
            best[each.neurons] = each
    return ", ".join(
        f"{size} ({_share(best[size].right)}{'' if best[size].met else ': too few'})"
        for size in sorted(best)
    )


def _share(right: float) -> str:
    return f"{100 * right:.4g} %"
