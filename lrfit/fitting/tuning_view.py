"""What is said about a tuned network, to a person and to a program.

Place in the flow: rows of `view`, which says everything about a network file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lrfit.cli.text import number

if TYPE_CHECKING:
    from lrfit.fitting.tuning_report import Size, Tuning

Row = tuple[str, str]


def tuning_fields(tuning: Tuning) -> dict[str, Any]:
    """Fields of the JSON object."""
    from lrfit.records.told import told_fields

    return told_fields(tuning)


def tuning_rows(tuning: Tuning, neurons: int) -> list[Row]:
    """How right a tuned network of so many neurons is in closed loop, and on what."""
    rows = [
        (
            "tuned",
            f"on {tuning.trials} {tuning.what}, {tuning.rounds} rounds ({tuning.stop}), "
            f"{tuning.solver}, dt {number(tuning.dt)}",
        ),
        (
            "closed loop",
            f"mean square {number(tuning.mse)} on {tuning.test_trials} new ones"
            f"{_goal(tuning)}; {number(tuning.mse_before)} before",
        ),
        (
            "wrong weights",
            f"with {tuning.wrong_text}: {number(tuning.wrong_median)} (median of {tuning.draws}), "
            f"{number(tuning.wrong_worst)} at worst{_robust(tuning)}; "
            f"{number(tuning.wrong_before)} before",
        ),
    ]
    if not tuning.weight_noise:
        rows.pop()
    if not math.isnan(tuning.right):
        text = f"{100 * tuning.right:.4g} % of trials (target {100 * tuning.target_right:.4g} %)"
        rows.append(("right", text))
    if tuning.copies > 1:
        single = neurons // tuning.copies
        rows.append(("clones", f"{tuning.copies} of each of {single} neurons{_parts(tuning)}"))
    if tuning.tried:
        rows.append(("sizes tried", _tried(tuning)))
    return rows


def _parts(tuning: Tuning) -> str:
    """What the error with wrong weights would be without clones, and without tuning."""
    if tuning.wrong_single is None or tuning.wrong_untuned is None:
        return ""
    return (
        f"; with wrong weights {number(tuning.wrong_single)} without clones, "
        f"{number(tuning.wrong_untuned)} without tuning"
    )


def _tried(tuning: Tuning) -> str:
    """The sizes that a search tried, the best of each, smallest first."""
    best: dict[tuple[int, int], Size] = {}
    for size in tuning.tried:
        key = size.neurons * size.copies, size.neurons
        if key not in best or (not size.met, size.mse) < (not best[key].met, best[key].mse):
            best[key] = size
    return ", ".join(_size(best[key]) for key in sorted(best))


def _size(size: Size) -> str:
    name = f"{size.neurons}" if size.copies == 1 else f"{size.neurons} x {size.copies}"
    right = "" if math.isnan(size.right) else f", {100 * size.right:.3g} % right"
    return f"{name} ({number(size.mse)}{right}{'' if size.met else ': too much'})"


def missed(tuning: Tuning) -> str:
    """What a tuned network was to reach on trials and did not, with what to do."""
    goals = []
    if tuning.goal is not None:
        mse = tuning.wrong_median if tuning.robust else tuning.mse
        weights = " with wrong weights" if tuning.robust else ""
        goals.append(f"mean square {number(tuning.goal)}{weights} (it is {number(mse)})")
    if tuning.goal_right is not None:
        goals.append(f"{100 * tuning.goal_right:g} % of trials right ({100 * tuning.right:.3g} %)")
    return (
        f"{' and '.join(goals)} was not reached on {tuning.test_trials} test trials; allow more "
        "neurons, --iterations or --trials"
    )


def _goal(tuning: Tuning) -> str:
    if tuning.goal is None or tuning.robust:
        return ""
    return f" (asked {number(tuning.goal)}: {_met(tuning)})"


def _robust(tuning: Tuning) -> str:
    if not tuning.robust or tuning.goal is None:
        return ""
    return f" (asked {number(tuning.goal)}: {_met(tuning)})"


def _met(tuning: Tuning) -> str:
    return "met" if tuning.met else "NOT met"


def tuning_details(tuning: Tuning) -> list[Row]:
    """What --verbose adds: how the rounds went, and what the trials were."""
    noise = f", noise {number(tuning.rate_noise)} on every rate" if tuning.rate_noise else ""
    trials = ("trials", f"of duration {number(tuning.duration)}, seed {tuning.seed}{noise}")
    if not 0 <= tuning.best_round < len(tuning.validation):  # a file may say anything
        return [trials]
    first, best = (float(tuning.validation[k]) for k in (0, tuning.best_round))
    text = (
        f"mean square on {tuning.validation_trials} validation trials, errors included, "
        f"{number(first)} before and {number(best)} after round {tuning.best_round}, whose "
        "weights were kept (half-widths squared)"
    )
    return [("rounds", text), trials]
