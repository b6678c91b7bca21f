"""What a report says of a tuned network: its errors in closed loop, and what they are not.

Place in the flow: the `Tuning` of a fit becomes parts of a page. Needs matplotlib, since pages do.
"""

from __future__ import annotations

import math

from lrfit.fitting.result import Fit
from lrfit.fitting.tuning_report import Tuning
from lrfit.io.text import counted
from lrfit.reporting.page import Facts, Grid, Part


def closed_loop(record: Fit) -> list[Part]:
    """How it was tuned, its errors before and after, and what they are not; nothing untuned."""
    tuning = record.tuning
    if tuning is None:
        return []
    return [_how(tuning), _errors(tuning), Facts(rows=_facts(tuning)), _both(record)]


def _how(tuning: Tuning) -> str:
    copies = f" Every neuron has {tuning.copies} copies." if tuning.copies > 1 else ""
    return (
        f"All weights were tuned on {tuning.trials} {tuning.what}, in "
        f"{counted(tuning.rounds, 'round')} ({tuning.stop}); {tuning.validation_trials} further "
        f"ones chose the weights of round {tuning.best_round}. The errors below are of "
        f"{tuning.test_trials} that are new to the network.{copies}"
    )


def _errors(tuning: Tuning) -> Grid:
    """Plain, and with wrong weights; `Tuning` has no worst draw of the network before."""
    rows = [("as it is", f"{tuning.mse_before:.3g}", f"{tuning.mse:.3g}")]
    if tuning.weight_noise:
        wrong = f"with {tuning.wrong_text}"
        rows += [
            (
                f"{wrong}, median of {counted(tuning.draws, 'network')}",
                f"{tuning.wrong_before:.3g}",
                f"{tuning.wrong_median:.3g}",
            ),
            (f"{wrong}, the worst of them", "-", f"{tuning.wrong_worst:.3g}"),
        ]
    return Grid(
        header=("mean square error in closed loop", "before", "after"), rows=rows, numeric=True
    )


def _facts(tuning: Tuning) -> list[tuple[str, str]]:
    rows = []
    if tuning.goal is not None:
        rows.append(("asked for", f"{tuning.goal:g}: {'met' if tuning.met else 'not met'}"))
    if not math.isnan(tuning.right):
        target = f"{100 * tuning.target_right:.4g} %"
        rows.append(("right trials", f"{100 * tuning.right:.4g} % (target {target})"))
    rows.append(
        (
            "trials",
            f"duration {tuning.duration:.4g}, {tuning.solver} with dt {tuning.dt:.4g}, seed "
            f"{tuning.seed}; errors in the user's units squared, over trials, times and variables",
        )
    )
    return rows


def _both(record: Fit) -> str:
    report = record.report
    return (
        f"The error {report.error:.3g} ({report.criterion}) under 'What was found' was measured "
        "anew after tuning. It is that of the velocity field at points from all over the box, also "
        "where no trial goes, and says nothing of the trials; the errors here say nothing of what "
        "the network does elsewhere."
    )
