"""Score files come back as they were written, and damaged ones are refused in one line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.records.store import tree_of, value_from_tree
from lrfit.scoring.result import Score


@pytest.fixture
def score() -> Score:
    return Score(
        system="s",
        neurons=3,
        trials=4,
        seed=2,
        duration=5.0,
        dt=0.1,
        solver="euler",
        rate_noise=0.01,
        right=0.75,
        target_right=1.0,
        mse=1 / 3,
        relative=0.1,
        finished=3,
        mse_by_variable=np.array([1 / 7, 0.2]),
        variance=np.array([1.0, 2.0]),
        mse_by_trial=np.array([0.1, np.nan, 0.2, 0.3]),
        right_by_trial=np.array([1.0, 0.0, 1.0, 1.0]),
        judged=("x",),
        draws={"c": np.array([1.0, -1.0, 1.0, 1.0])},
        domain=Domain(variables=("x", "y"), lower=-np.ones(2), upper=np.ones(2)),
    )


def test_everything_comes_back(score: Score, tmp_path: Path) -> None:
    lrfit.save(score, tmp_path / "s.h5", history=["lrfit score n.h5"])
    after = lrfit.load(tmp_path / "s.h5")
    assert isinstance(after, Score)
    for field in dataclasses.fields(Score):
        given, found = getattr(score, field.name), getattr(after, field.name)
        if field.name == "draws":
            assert np.array_equal(given["c"], found["c"])
        elif field.name == "provenance":
            assert (given, found.history) == (None, ("lrfit score n.h5",))
        elif field.name == "domain":
            assert found.variables == given.variables
        elif isinstance(given, np.ndarray):
            assert np.array_equal(given, found, equal_nan=True)
        else:
            assert given == found


@pytest.mark.parametrize("missing", ["mse_by_trial", "variance", "draws"])
def test_what_is_missing_is_said(score: Score, missing: str) -> None:
    tree = read_hdf5(to_bytes(tree_of(score)), where="s.h5")
    inner = tree.group("score")
    children = {name: node for name, node in inner.children.items() if name != missing}
    broken = dataclasses.replace(
        tree, children={**tree.children, "score": dataclasses.replace(inner, children=children)}
    )
    with pytest.raises(InputError, match=missing):
        value_from_tree(broken, name="s")
