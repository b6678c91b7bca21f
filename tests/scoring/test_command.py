"""`lrfit score`: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Outcome, Run

TASK = """
task:
  duration: 3
  draws: {c: {uniform: [0.3, 1]}}
  signals: {u: "c*pulse(t, 0.5, 1)"}
  judge: {variables: [x], at: 1.5, answer: {x: c}}
"""


def parsed(outcome: Outcome) -> dict[str, Any]:
    assert outcome.code == 0, outcome.err
    return dict(json.loads(outcome.out))


@pytest.fixture
def fitted(run: Run, tmp_path: Path, system_file: Path) -> Path:
    (tmp_path / "task.yaml").write_text(system_file.read_text() + TASK)
    assert run("fit", "task.yaml", "--neurons", 8, "-o", "n.h5").code == 0
    return tmp_path / "n.h5"


def test_the_summary_the_json_and_the_file_agree(run: Run, fitted: Path) -> None:
    found = parsed(run("score", fitted, "--trials", 40, "--json", "-o", "score.h5"))
    assert (found["schema"], found["command"], found["system"]) == (1, "score", "driven")
    assert (found["trials"], found["finished"], found["neurons"]) == (40, 40, 8)
    assert found["right"] == found["target_right"] == 1.0
    assert 0 < found["mse"] < 1e-2
    assert found["mse"] == pytest.approx(sum(found["mse_by_variable"].values()) / 2)
    shown = parsed(run("show", "score.h5", "--json"))
    assert (shown["kind"], shown["mse"], shown["right"]) == ("score", found["mse"], 1.0)
    assert len(shown["history"]) == 2
    table = run("score", fitted, "--trials", 40).out
    assert "100 % of 40 trials (x)" in table
    assert max(map(len, table.splitlines())) < 80


def test_seeds_decide_the_trials(run: Run, fitted: Path) -> None:
    same, again, other = (
        parsed(run("score", fitted, "--trials", 5, "--seed", seed, "--json"))["mse"]
        for seed in (1, 1, 2)
    )
    assert same == again
    assert same != other


def test_another_task_for_the_same_system(run: Run, fitted: Path, tmp_path: Path) -> None:
    text = (tmp_path / "task.yaml").read_text().replace("answer: {x: c}", "answer: {x: -c}")
    (tmp_path / "opposite.yaml").write_text(text)
    found = parsed(run("score", fitted, "--task", "opposite.yaml", "--trials", 5, "--json"))
    assert (found["right"], found["target_right"]) == (0.0, 0.0)


def test_a_system_without_task_and_noise_without_euler_are_refused(
    run: Run, fitted: Path, network_file: Path
) -> None:
    refused = run("score", network_file)
    assert (refused.code, "has no task" in refused.error) == (2, True)
    noisy = run("score", fitted, "--rate-noise", 0.1)
    assert (noisy.code, "solver euler" in noisy.error) == (2, True)
    assert run("score", fitted, "--rate-noise", 0.1, "--solver", "euler", "--trials", 3).code == 0
    (fitted.parent / "taken.h5").write_text("mine")
    assert run("score", fitted, "-o", "taken.h5").code == 5
