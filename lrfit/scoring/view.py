"""What is said about a score, to a person and to a program; the same for its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.records.view import origin, origin_rows

if TYPE_CHECKING:
    from lrfit.scoring.file import ScoreRecord
    from lrfit.scoring.study import Score

_FIELDS = (
    "system",
    "neurons",
    "trials",
    "seed",
    "duration",
    "dt",
    "solver",
    "rate_noise",
    "right",
    "target_right",
    "mse",
    "relative",
    "finished",
)


def score_fields(score: Score) -> dict[str, Any]:
    """Fields of the JSON object."""
    return {
        **{name: getattr(score, name) for name in _FIELDS},
        "mse_by_variable": named(score.domain.variables, score.mse_by_variable),
        "judged": list(score.judged),
    }


def score_table(score: Score) -> Table:
    """A description for a person."""
    each = named(score.domain.variables, score.mse_by_variable)
    texts = ", ".join(f"{name} {number(value)}" for name, value in each.items())
    noise = f", rate noise {number(score.rate_noise)}" if score.rate_noise else ""
    lost = score.trials - score.finished
    rows = [
        ("right", f"{_percent(score.right)} of {score.trials} trials ({', '.join(score.judged)})"),
        ("target itself", _percent(score.target_right)),
        ("mean square", f"{number(score.mse)} off the target's own trajectories; {texts}"),
        ("relative", f"{number(score.relative)} of the target's rms, box units"),
        ("solver", f"{score.solver}, dt {number(score.dt)}{noise}, seed {score.seed}"),
        *([("diverged", f"{lost} trials, counted as wrong")] if lost else []),
    ]
    return Table(title=f"{score.system}, {score.neurons} neurons", rows=rows)


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def shown(record: ScoreRecord, *, file: str, verbose: bool) -> tuple[dict[str, Any], list[Table]]:
    """What `lrfit show` says of such a file: fields of the JSON object, and tables."""
    fields = {
        "kind": "score",
        **score_fields(record.score),
        "network_sha256": record.network_sha256,
        **origin(record.provenance),
    }
    table = score_table(record.score)
    rows = [*table.rows, *origin_rows(record.provenance)]
    return fields, [Table(title=f"score of {table.title}", rows=rows)]
