"""What is said of a tuned network: its error on trials, and apart from it that over the box."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import lrfit
from lrfit.dynamics.view import fields as analysis_fields
from lrfit.dynamics.view import tables as analysis_tables
from lrfit.fitting.result import Fit
from lrfit.fitting.view import fields, tables
from lrfit.reporting.closed_loop import closed_loop
from lrfit.reporting.page import Facts, Grid

WELL = b"""
name: well
dynamics: {z: "z - z**3 + u"}
domain: {z: [-1.6, 1.6]}
inputs: {u: [-0.5, 0.5]}
task:
  duration: 4
  draws: {c: {choose: [-0.4, -0.2, 0.2, 0.4]}}
  signals: {u: "c*pulse(t, 0.5, 2)"}
"""


@cache
def start() -> Fit:
    return lrfit.fit(
        WELL, neurons=6, method="ols", tau=0.3, candidates=100, samples=256, look=False
    )


@cache
def tuned() -> Fit:
    return lrfit.tune(
        start(), iterations=2, test_trials=16, validation_trials=16, draws=4, mse=1e-15, look=False,
        workers=1,
    )  # fmt: skip


@cache
def page() -> str:
    return lrfit.report(tuned())


def words(told: list[Any]) -> str:
    """What is said to a person, on one line."""
    return " ".join(cell for table in told for row in table.rows for cell in row)


def test_a_network_that_was_not_tuned_has_no_such_section() -> None:
    assert closed_loop(start()) == []
    assert start().tuned is None


def test_errors_before_and_after_are_those_of_the_tuning() -> None:
    tuning = tuned().tuning
    assert tuning is not None
    how, grid, facts, both = closed_loop(tuned())
    assert isinstance(grid, Grid)
    assert [row[1:] for row in grid.rows] == [
        (f"{tuning.mse_before:.3g}", f"{tuning.mse:.3g}"),
        (f"{tuning.wrong_before:.3g}", f"{tuning.wrong_median:.3g}"),
        ("-", f"{tuning.wrong_worst:.3g}"),
    ]
    assert f"{tuning.trials} trials of its task" in str(how)
    assert isinstance(facts, Facts)
    rows = dict(facts.rows)
    assert rows["asked for"] == "1e-15: not met"
    assert rows["right trials"].startswith(f"{100 * tuning.right:.4g} %")
    assert f"{tuned().report.error:.3g}" in str(both)
    assert "points from all over the box" in str(both)


def test_without_errors_in_the_weights_the_table_tells_of_none() -> None:
    tuning = tuned().tuning
    assert tuning is not None
    exact = dataclasses.replace(tuned(), tuning=dataclasses.replace(tuning, weight_noise=0.0))
    grid = closed_loop(exact)[1]
    assert isinstance(grid, Grid)
    assert [row[0] for row in grid.rows] == ["as it is"]


def test_the_page_begins_with_the_error_in_closed_loop_and_its_figure() -> None:
    html = page()
    first, second = (html.index(title) for title in ("How right it is in", "What was found</h2>"))
    assert first < html.index("Test trials of the network beside the target") < second
    assert "the mean square 1e-15 in closed loop was not reached" in html
    assert "no figure of the task" not in html


def test_trajectories_of_a_network_without_task_and_clones_are_called_so() -> None:
    tuning = tuned().tuning
    assert tuning is not None
    other = dataclasses.replace(tuning, on="box", copies=3, right=float("nan"))
    how, _, facts, _ = closed_loop(dataclasses.replace(tuned(), tuning=other))
    assert "trajectories from all over its box" in str(how)
    assert "3 copies" in str(how)
    assert isinstance(facts, Facts)
    assert "right trials" not in dict(facts.rows)


def test_show_tells_both_errors_apart() -> None:
    tuning = tuned().tuning
    assert tuning is not None
    text = words(tables(tuned(), verbose=False))
    assert "over the box, measured after tuning" in text
    assert f"on {tuning.trials} trials of its task" in text
    assert "rounds mean square" not in text
    verbose = words(tables(tuned(), verbose=True))
    assert f"after round {tuning.best_round}" in verbose
    assert "over the box, measured after" not in words(tables(start(), verbose=True))
    told = fields(tuned())["tuning"]
    assert (told["mse"], told["wrong_worst"]) == (tuning.mse, tuning.wrong_worst)


def test_analyze_says_on_what_a_network_was_tuned_and_its_file_too(tmp_path: Path) -> None:
    found = lrfit.analyze(tuned(), inputs={"u": 0.0})
    line = tuned().tuned
    assert line is not None
    assert f"mean square {tuned().tuning.mse:.3g} on 16 new ones" in line  # type: ignore[union-attr]
    assert line in words(analysis_tables(found, verbose=False))
    assert json.loads(json.dumps(analysis_fields(found)["tuned"])) == line
    lrfit.save(found, tmp_path / "analysis.h5")
    again = lrfit.load(tmp_path / "analysis.h5")
    assert again.tuned == line  # type: ignore[union-attr]


@pytest.mark.parametrize("of", ["system", "untuned"])
def test_analyze_says_nothing_of_it_elsewhere(of: str) -> None:
    system = lrfit.load_system(WELL)
    found = lrfit.analyze(system if of == "system" else start(), inputs={"u": 0.0})
    assert found.tuned is None
    assert "tuned" not in analysis_fields(found)
    assert "tuned" not in words(analysis_tables(found, verbose=False))
