"""`lrfit tune` and `lrfit minimize` for tasks, as users run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lrfit
from lrfit.fitting.result import Fit
from tests.tuning.conftest import WELL

Run = Callable[..., Any]
FEW = ("--iterations", 2, "--test-trials", 32, "--validation-trials", 32, "--draws", 4, "--dt", 0.1)
QUICK = ("--effort", "quick", "--samples", 256, "--tau", 0.3)


@pytest.fixture
def network(start: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network file in a folder of its own, beside its system."""
    monkeypatch.chdir(tmp_path)
    Path("well.yaml").write_text(WELL, encoding="utf-8")
    lrfit.save(start, "well.h5")
    return "well.h5"


def test_a_tuned_network_is_written_and_both_errors_are_told(run: Run, network: str) -> None:
    done = run("tune", network, *FEW, "-o", "tuned.h5", "--json")
    assert done.code == 0
    told = json.loads(done.out)["tuning"]
    assert told["wrong_median"] < told["wrong_before"]
    assert told["on"] == "task"
    shown = run("show", "tuned.h5").out
    assert "over the box, measured after tuning" in " ".join(shown.split())
    assert "wrong weights" in shown


def test_a_mean_square_that_is_not_reached_is_code_4_with_the_network(
    run: Run, network: str
) -> None:
    done = run("tune", network, *FEW, "--mse", 1e-12, "-o", "tuned.h5", "-q")
    assert done.code == 4
    assert "mean square 1e-12 (it is" in done.err
    assert Path("tuned.h5").exists()


def test_the_smallest_network_for_a_task_is_found_from_the_system(run: Run, network: str) -> None:
    done = run("minimize", "well.yaml", "--task-tol", 0.01, *QUICK, "-o", "small.h5", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["neurons"] <= 2
    assert told["tuning"]["met"] is True
    assert told["tuning"]["tried"][0]["neurons"] == 1


def test_a_search_for_a_tolerance_may_end_with_tuning(run: Run, network: str) -> None:
    Path("decay.yaml").write_text(
        "name: decay\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\nsimulate: {duration: 0.3}\n",
        encoding="utf-8",
    )
    done = run("minimize", "decay.yaml", "--tol", 0.3, *QUICK, "--tune", "-o", "both.h5", "--json")
    told = json.loads(done.out)["tuning"]
    assert (told["on"], told["trials"]) == ("box", 256)
    assert told["wrong_median"] <= told["wrong_before"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("minimize", "well.yaml"), "--tol ERR"),
        (("minimize", "well.yaml", "--tol", 1, "--task-tol", 1), "give one"),
        (("minimize", "well.yaml", "--task-tol", 1, "--faithful"), "give one"),
        (("minimize", "well.yaml", "--task-tol", 1, "--tune"), "leave it out"),
        (("minimize", "well.yaml", "--score", 1, "--robust", 0.1), "--task-tol MSE"),
        (("minimize", "well.yaml", "--tol", 1, "--robust", 0.1), "--task-tol MSE"),
        (("tune", "well.h5", "--robust", 0.1), "--mse X"),
        (("tune", "well.h5", "--robust", 0.1, "--mse", 1, "--clones", 2), "leave out --clones"),
        (("tune", "well.h5", "--trials", 3), "learned by heart"),
        (("tune", "well.h5", "--clones", 100_000_000), "clones of each neuron"),
        (("tune", "well.h5", "--wrong", "Q"), "Q"),
        (("tune", "well.h5", "--dt", 5), "the leak diverges"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(
    run: Run, network: str, arguments: tuple[Any, ...], message: str
) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert message in done.err
    assert len(done.err.splitlines()) <= 2
    assert sorted(path.name for path in Path().iterdir()) == ["well.h5", "well.yaml"]
