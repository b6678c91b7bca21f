"""What learning changed in a network: one panel each, or all that are known on a page.

singular-values   of the change, and the share of it that the first ones hold
loss-by-rank      loss of the change cut to every rank, as a share of that without a change
eigenvalues       of W0 and W, with the circle of radius g, or the ellipse of the bulk
fixed-points      what the network reads at them
subspaces         variance in the first components of the activity and of its recurrent part
overlaps          of leading directions with input and output weights

Place in the flow: a `TrainedAnalysis`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from lrfit.core.errors import UsageError
from lrfit.learning.analysis import TrainedAnalysis
from lrfit.learning.change import BELOW, ConnectivityChange
from lrfit.plotting.style import (
    BLUE,
    COLUMN,
    CYCLE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PAGE,
    PAPER,
    TOLERANCE,
    VERMILION,
    few_ticks,
    new_figure,
    quantity,
    written,
)

_LOWEST = 1e-4
_COMPONENTS = 15


def draw(analysis: TrainedAnalysis) -> Figure:
    """All panels; of a network without a known task those that need none."""
    panels = {kind: PANELS[kind] for kind in panels_of(analysis)}
    rows = 1 if len(panels) < 3 else 2
    figure = new_figure(PAGE, 2.6 if rows == 1 else 4.6)
    for axes, panel in zip(
        figure.subplots(rows, len(panels) // rows).flat, panels.values(), strict=True
    ):
        panel(axes, analysis)
    figure.suptitle(written(_title(analysis), 90), x=0.01, ha="left", fontsize=7.0)
    return figure


def panels_of(analysis: TrainedAnalysis) -> tuple[str, ...]:
    """Words of the panels that can be drawn."""
    return tuple(PANELS) if analysis.change is not None else ("eigenvalues", "fixed-points")


def _title(analysis: TrainedAnalysis) -> str:
    if analysis.change is None:
        return analysis.heading
    rank = analysis.change.functional_rank
    told = "functional rank above 25" if rank is None else f"functional rank {rank}"
    return f"{analysis.heading}: {told}"


def draw_panel(analysis: TrainedAnalysis, kind: str) -> Figure:
    """One panel.

    Raises
    ------
    UsageError
        It is about learning, of which nothing is known.
    """
    if kind not in panels_of(analysis):
        raise UsageError(
            f"{kind} shows what learning changed, which the file of this network does not say; "
            f"draw {' or '.join(panels_of(analysis))}"
        )
    figure = new_figure(COLUMN, 2.6)
    PANELS[kind](figure.subplots(), analysis)
    return figure


def _change_of(analysis: TrainedAnalysis) -> ConnectivityChange:
    """What learning changed, in panels that are drawn only where it is known."""
    assert analysis.change is not None
    return analysis.change


def _singular_values(axes: Axes, analysis: TrainedAnalysis) -> None:
    change = _change_of(analysis)
    number = np.arange(1, len(change.singular_values) + 1)
    axes.plot(number, change.singular_values, color=BLUE, marker="o", ms=2.6)
    axes.set_xlabel("number")
    axes.set_ylabel("singular value of W - W0")
    axes.set_ylim(bottom=0.0)
    share = axes.twinx()
    share.spines["right"].set_visible(True)
    share.plot(number, 100.0 * change.share, color=ORANGE, lw=0.9)
    share.set_ylim(0.0, 103.0)
    share.set_ylabel("share of |W - W0|² (%)", color=ORANGE)
    axes.set_title(f"change of norm {change.change_norm:.3g}")
    few_ticks(axes)


def _loss_by_rank(axes: Axes, analysis: TrainedAnalysis) -> None:
    change = _change_of(analysis)
    relative = np.maximum(change.relative_loss, _LOWEST)
    axes.plot(change.rank, relative, color=BLUE, marker="o", ms=2.6)
    axes.axhline(BELOW, color=TOLERANCE, ls="--", lw=0.8, label="5 %")
    rank = change.functional_rank
    if rank is not None:
        axes.axvline(rank, color=FAINT, ls=":", lw=0.9, label=f"functional rank {rank}")
    shuffled = change.shuffled_relative
    axes.axhline(max(shuffled, _LOWEST), color=GREEN, lw=0.8, label="beside shuffled W0")
    axes.set_yscale("log")
    axes.set_xlabel("rank of the change")
    axes.set_ylabel("loss, relative to no change")
    axes.set_title("how much of the change is needed")
    axes.legend()
    few_ticks(axes, 5, None)


def _eigenvalues(axes: Axes, analysis: TrainedAnalysis) -> None:
    found = analysis.eigenvalues
    look: dict[str, Any] = {"ls": "", "marker": "o", "mew": 0.0}
    if found.before is not None:
        before = found.before
        axes.plot(before.real, before.imag, color=FAINT, ms=2.6, alpha=0.6, label="W0", **look)
    axes.plot(found.after.real, found.after.imag, color=BLUE, ms=2.0, label="W", **look)
    wide, high = (2.0 * found.radius * (1.0 + k * found.symmetry) for k in (1, -1))
    axes.add_patch(Ellipse((0.0, 0.0), wide, high, fill=False, ec=INK, lw=0.7, ls="--"))
    axes.axvline(1.0, color=FAINT, lw=0.6, ls=":")
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("real part")
    axes.set_ylabel("imaginary part")
    of_bulk = "ellipse of the bulk" if analysis.g is None else "circle of radius g"
    axes.set_title(f"eigenvalues, {of_bulk}")
    axes.legend(loc="upper right", frameon=True, edgecolor=PAPER, framealpha=1.0, handlelength=0.6)
    few_ticks(axes)


def _fixed_points(axes: Axes, analysis: TrainedAnalysis) -> None:
    """In the plane of the first two outputs; of one output against |x|."""
    names = analysis.outputs
    plane = len(names) > 1
    for at in analysis.at[:1]:
        places = at.outputs[:, :2] if plane else _with_size(at.outputs, at.states)
        stable = at.unstable == 0
        axes.plot(*places[stable].T, ls="", marker="o", ms=5, color=INK, label="stable")
        look: dict[str, Any] = {"ls": "", "marker": "o", "ms": 4, "mfc": PAPER, "zorder": 4}
        axes.plot(*places[~stable].T, mec=VERMILION, label="unstable", **look)
        for place, count in zip(places[~stable], at.unstable[~stable], strict=True):
            axes.annotate(
                str(count), place, xytext=(4, 2), textcoords="offset points", fontsize=5.5
            )
        slow = at.slow_outputs[:, :2] if plane else _with_size(at.slow_outputs, at.slow_states)
        if len(slow):
            axes.plot(*slow.T, ls="", marker="x", ms=3.5, color=ORANGE, label="slow")
    axes.set_xlabel(quantity(names[0]) if names else "output")
    axes.set_ylabel(quantity(names[1]) if plane else "rms of the state")
    axes.set_title("fixed points, with unstable directions")
    axes.margins(0.15)
    axes.legend()
    few_ticks(axes)


def _with_size(outputs: np.ndarray, states: np.ndarray) -> np.ndarray:
    first = outputs[:, 0] if outputs.shape[1] else np.zeros(len(outputs))
    return np.column_stack([first, np.sqrt(np.mean(states**2, axis=1))])


def _subspaces(axes: Axes, analysis: TrainedAnalysis) -> None:
    activity = analysis.activity
    assert activity is not None
    number = np.arange(1, _COMPONENTS + 1)
    shown = (
        (activity.share, INK, "currents x"),
        (activity.recurrent_share, BLUE, "recurrent part h"),
        (activity.input_share, ORANGE, "input part B v"),
    )
    for share, color, label in shown:
        axes.plot(number, 100.0 * share[:_COMPONENTS], color=color, marker="o", ms=2, label=label)
    axes.axhline(99.0, color=FAINT, ls=":", lw=0.8)
    axes.set_ylim(top=101.0)
    axes.set_xlabel("components")
    axes.set_ylabel("share of the variance (%)")
    axes.set_title("activity in test trials")
    axes.legend()
    few_ticks(axes)


def _overlaps(axes: Axes, analysis: TrainedAnalysis) -> None:
    change = _change_of(analysis)
    number = np.arange(1, len(change.left_outputs) + 1)
    shown = (
        (change.left_outputs, "left with outputs", "-"),
        (change.right_inputs, "right with inputs", "-"),
        (change.left_inputs, "left with inputs", ":"),
        (change.right_outputs, "right with outputs", ":"),
    )
    for (values, label, dashes), color in zip(shown, CYCLE, strict=False):
        axes.plot(number, values, color=color, ls=dashes, marker="o", ms=2, lw=0.9, label=label)
    axes.axhline(change.chance_outputs, color=FAINT, ls="--", lw=0.7, label="by chance")
    axes.set_ylim(0.0, 1.5)  # room for the legend
    axes.set_xlabel("direction of the change")
    axes.set_ylabel("overlap")
    axes.set_title("singular vectors and weights")
    axes.legend(loc="upper right")
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


PANELS: Mapping[str, Callable[[Axes, TrainedAnalysis], None]] = {
    "singular-values": _singular_values,
    "loss-by-rank": _loss_by_rank,
    "eigenvalues": _eigenvalues,
    "fixed-points": _fixed_points,
    "subspaces": _subspaces,
    "overlaps": _overlaps,
}
"""By the words of `plot --kind`."""
