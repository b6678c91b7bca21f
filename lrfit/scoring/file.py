"""Score files: how a network did in every trial of a task.

    /score         scalars as attributes, in the words of `Score`; mse_by_variable, variance (D,),
                   mse_by_trial, right_by_trial (trials,)
    /score/draws   what was drawn in every trial, by name (trials,)
    /domain        the box

Place in the flow: a `Score` becomes a tree to write, and comes back from one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrfit.io.tree import Dataset, Group, Value
from lrfit.networks.digest import network_digest
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.provenance import (
    Provenance,
    encoded,
    read_provenance,
    require_kind,
    root_attributes,
)
from lrfit.scoring.study import Score

KIND = "lrfit-score"
_DATA_KIND = "lrfit-score-data"
_TYPES: Mapping[str, type[Any]] = {"float": float, "int": int, "str": str}
_SCALARS = {
    field.name: _TYPES[str(field.type)]
    for field in dataclasses.fields(Score)
    if str(field.type) in _TYPES
}
_BY_VARIABLE = ("mse_by_variable", "variance")
_BY_TRIAL = ("mse_by_trial", "right_by_trial")


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreRecord:
    """A score file in memory."""

    score: Score
    network_sha256: str
    provenance: Provenance


def score_tree(
    score: Score, *, network: LowRankNetwork | None = None, history: Sequence[str] = ()
) -> Group:
    """Return the content of a score file; `history` are command lines."""
    attributes: dict[str, Value] = {
        **encoded(_DATA_KIND),
        **{name: getattr(score, name) for name in _SCALARS},
        "judged": list(score.judged),
        "network_sha256": "" if network is None else network_digest(network),
    }
    children: dict[str, Group | Dataset] = {
        **{
            name: Dataset(data=getattr(score, name), dimensions=("variable",))
            for name in _BY_VARIABLE
        },
        **{name: Dataset(data=getattr(score, name), dimensions=("trial",)) for name in _BY_TRIAL},
        "draws": Group(
            attributes=encoded("lrfit-draws"),
            children={
                name: Dataset(data=values, dimensions=("trial",))
                for name, values in score.draws.items()
            },
        ),
    }
    return Group(
        attributes=root_attributes(KIND, history=history, seed=score.seed),
        children={
            "score": Group(attributes=attributes, children=children),
            "domain": domain_group(score.domain),
        },
    )


def score_from_tree(root: Group) -> ScoreRecord:
    """Read what `score_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing or of the wrong shape.
    """
    require_kind(root, KIND)
    group = root.group("score")
    require_kind(group, _DATA_KIND)
    domain = domain_from_group(root.group("domain"))
    values: dict[str, Any] = {name: group.attribute(name, kind) for name, kind in _SCALARS.items()}
    trials = values["trials"]
    values |= {name: group.numbers(name, shape=(domain.dimension,)) for name in _BY_VARIABLE}
    values |= {name: group.numbers(name, shape=(trials,)) for name in _BY_TRIAL}
    draws = group.group("draws")
    return ScoreRecord(
        score=Score(
            **values,
            judged=tuple(group.attribute("judged", list, [])),
            draws={name: draws.numbers(name, shape=(trials,)) for name in draws},
            domain=domain,
        ),
        network_sha256=group.attribute("network_sha256", str, ""),
        provenance=read_provenance(root),
    )
