"""The page of benchmarks says what the committed JSON says; nothing rests on other settings."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("benchmarks", reason="benchmarks are in the repository alone")

from benchmarks import record, report, runner
from benchmarks.parts import size_at_equal_error as sizes
from benchmarks.peers import sklearn_omp, trials

REPORTS = record.read_all()


def test_the_block_of_the_page_is_made_of_the_committed_json() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert page.count(report.BEGIN) == 1
    assert report.updated(page, report.page_block(REPORTS)) == page


def test_another_number_in_the_json_is_another_block() -> None:
    changed = copy.deepcopy(REPORTS)
    changed["size_at_equal_error"]["figures"][0]["sizes"]["refine"][0] = 4711
    assert "4711" in report.page_block(changed)
    assert "4711" not in report.page_block(REPORTS)


def test_figure_and_table_are_made_of_the_committed_json() -> None:
    for part, (name, _, draw) in report.FIGURES.items():
        figure = (report.DOCS / "figures" / name).read_text(encoding="utf-8")
        assert figure == draw(REPORTS[part])
        ElementTree.fromstring(figure)
    table = (record.RESULTS / "table.md").read_text(encoding="utf-8")
    assert all(report.section(one) in table for one in REPORTS.values())


@pytest.mark.parametrize("part", sorted(REPORTS))
def test_committed_figures_say_where_they_come_from_and_are_not_quick(part: str) -> None:
    found = REPORTS[part]
    assert found["quick"] is False
    assert found["machine"]["cores"]
    assert found["versions"]["numpy"] != "-"
    assert found["settings"]
    assert '"/' not in json.dumps(found)  # no path of the machine


@pytest.mark.parametrize("limit", [1, 2, 7, 63, 64])
def test_bisection_finds_the_smallest_number_that_does(limit: int) -> None:
    assert sizes.bisect(lambda n: n >= limit, 64) == limit


def test_bisection_says_so_when_nothing_does() -> None:
    assert sizes.bisect(lambda n: n >= 65, 64) is None


def test_order_of_a_path_is_the_order_in_which_columns_were_taken() -> None:
    pytest.importorskip("sklearn")
    Phi = np.eye(6)
    target = np.array([[0.0, 3.0, 1.0, 0.0, 2.0, 0.0]]).T
    (order,) = sklearn_omp.paths(Phi, target, 3)
    assert order.tolist() == [1, 4, 2]
    assert sklearn_omp.union([order, order + 1], 1).tolist() == [1, 2]


def test_trials_step_the_task_with_the_input_of_the_step() -> None:
    u = np.array([[[1.0], [0.0]]])
    z = trials.follow(lambda z, u: u - z, np.array([[0.5]]), u, 0.1)
    np.testing.assert_allclose(z[0, :, 0], [0.5, 0.55, 0.495], rtol=1e-14)


def test_a_faster_task_is_the_sample_system_with_every_rate_multiplied() -> None:
    task = next(one for one in trials.TASKS if one.name == "van der Pol, x5")
    z = np.array([[1.5, -2.0]])
    expected = 5.0 * np.array([[-2.0, (1 - 1.5**2) * -2.0 - 1.5]])
    np.testing.assert_allclose(task.velocity(z, np.empty((1, 0))), expected, rtol=1e-14)


def test_an_unknown_part_is_refused_with_the_known_ones() -> None:
    command = [sys.executable, "-m", "benchmarks", "no_such_part"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 2
    assert "size_at_equal_error" in done.stderr


def test_lrfit_never_imports_a_peer() -> None:
    peers = {"nengo", "brian2", "torch", "pysindy", "benchmarks"}
    package = Path(__file__).parents[2] / "lrfit"
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported: list[str] = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module or ""]
            assert not {name.partition(".")[0] for name in imported} & peers, path


def test_rows_are_kept_only_if_they_were_measured_with_the_same_settings() -> None:
    settings = sizes.Settings(seeds=3)
    before = record.record("size_at_equal_error", settings, [{"system": "a"}], quick=False)
    before = json.loads(json.dumps(before))
    assert runner.kept_rows(before, settings) == [{"system": "a"}]
    assert runner.kept_rows(before, sizes.Settings(seeds=4)) == []
    assert runner.kept_rows(None, settings) == []


def test_a_run_that_was_stopped_is_shown_as_such() -> None:
    whole = {**REPORTS["start_up"], "complete": True}
    assert "Stopped" not in report.section(whole)
    assert "Stopped" in report.section({**whole, "complete": False})
