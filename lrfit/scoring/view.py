"""What is said about a score to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.io.text import counted
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.scoring.result import Score


def tables(score: Score, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    each = named(score.domain.variables, score.mse_by_variable)
    texts = ", ".join(f"{name} {number(value)}" for name, value in each.items())
    noise = f", rate noise {number(score.rate_noise)}" if score.rate_noise else ""
    lost = score.trials - score.finished
    rows = [
        *parameter_rows(score.parameters, score.overrides),
        (
            "right",
            f"{_percent(score.right)} of {counted(score.trials, 'trial')} "
            f"({', '.join(score.judged)})",
        ),
        ("target itself", _percent(score.target_right)),
        *([] if score.loss is None else [("loss", number(score.loss))]),
        ("mean square", f"{number(score.mse)} off {_targets(score)}; {texts}"),
        ("relative", f"{number(score.relative)} of the target's rms{_units(score)}"),
        ("solver", f"{score.solver}, dt {number(score.dt)}{noise}, seed {score.seed}"),
        *([("diverged", f"{counted(lost, 'trial')}, counted as wrong")] if lost else []),
    ]
    name = title_with(score.system, score.overrides)
    return [Table(title=f"score of {name}, {counted(score.neurons, 'neuron')}", rows=rows)]


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def _targets(score: Score) -> str:
    return "the target's own trajectories" if score.loss is None else "the task's targets"


def _units(score: Score) -> str:
    return ", box units" if score.loss is None else ""
