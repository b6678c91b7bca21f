"""`lrfit learn`, and analyze, plot, report and show of what it writes."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.learning.learn import learn
from tests.command_line import Run

SMALL = ["--neurons", "16", "--epochs", "30", "--rate", "0.2", "--test-trials", "16"]


def test_learn_writes_a_file_that_show_and_load_read(run: Run) -> None:
    found = run("learn", "flip_flop", *SMALL, "--seed", 3, "--json")
    assert found.code == 0
    told = json.loads(found.out)
    assert (told["command"], told["task"], told["neurons"], told["epochs"]) == (
        "learn",
        "flip_flop",
        16,
        30,
    )
    assert told["output"] == "flip_flop.trained.h5"
    trained = lrfit.load("flip_flop.trained.h5")
    assert trained.seed == 3
    assert trained.report.test_loss == told["test_loss"]
    shown = run("show", "flip_flop.trained.h5", "-v")
    assert "flip_flop, trained" in shown.out
    assert json.loads(run("show", "flip_flop.trained.h5", "--json").out)["kind"] == "trained"


def test_resume_goes_on_and_refuses_what_would_be_another_network(run: Run) -> None:
    run("learn", "context", *SMALL, "-o", "a.h5")
    again = run("learn", "--resume", "a.h5", "--epochs", 40, "-o", "b.h5")
    assert again.code == 0
    whole = [*SMALL]
    whole[3] = "40"
    run("learn", "context", *whole, "-o", "c.h5")
    one, two = lrfit.load("b.h5"), lrfit.load("c.h5")
    np.testing.assert_array_equal(one.network.J, two.network.J)
    assert "as it began" in run("learn", "--resume", "a.h5", "--rate", 0.3, "-o", "d.h5").error
    assert "--g" in run("learn", "--resume", "a.h5", "--g", 2, "-o", "d.h5").error
    assert run("learn", "--resume", "a.h5", "--epochs", 30, "-o", "d.h5").code == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nothing_like_it.yaml"], "there is no such file"),
        (["van_der_pol"], "has no task"),
        ([], "give a task"),
        (["flip_flop", "--neurons", "0"], "neurons is 0"),
        (["flip_flop", "--learn", "weights"], "unknown learn 'weights'"),
        (["flip_flop", "--g", "-1"], "at least zero"),
    ],
)
def test_what_makes_no_sense_is_one_line(run: Run, arguments: list[str], why: str) -> None:
    assert why in run("learn", *arguments, "-o", "x.h5").error
    assert not Path("x.h5").exists()


def test_dry_run_says_what_it_takes_and_writes_nothing(run: Run) -> None:
    told = json.loads(run("learn", "comparison", "--g", "0,1", "--dry-run", "--json").out)
    assert told["networks"] == 2
    assert told["memory_bytes"] > 128 * 128 * 4
    assert not list(Path().glob("*.h5"))


def test_several_strengths_make_a_table_with_a_figure(run: Run) -> None:
    found = run(
        "learn", "flip_flop", *SMALL, "--g", "0,1.2", "--seeds", 2, "--workers", 1, "-o", "t.h5"
    )
    assert found.code == 0
    assert "times faster than g 0" in found.out
    told = json.loads(run("show", "t.h5", "--json").out)
    assert [(each["g"], each["seed"]) for each in told["networks"]] == [
        (0.0, 0),
        (0.0, 1),
        (1.2, 0),
        (1.2, 1),
    ]
    assert lrfit.load("t.h5").losses.shape == (4, 30)
    assert run("plot", "t.h5", "-o", "t.svg").code == 0
    assert run("report", "t.h5", "-o", "t.html").code == 0


def test_analyze_and_all_figures_of_a_trained_network(run: Run) -> None:
    lrfit.save(learn("context", neurons=12, epochs=5, test_trials=8), "net.h5")
    told = json.loads(run("analyze", "net.h5", "--json", "-o", "change.h5").out)
    assert told["task"] == "context"
    assert len(told["relative_loss"]) == 13
    assert told["at"][0]["input"] == {
        "context1": 0.0,
        "context2": 0.0,
        "stream1": 0.0,
        "stream2": 0.0,
    }
    again = run("show", "change.h5")
    assert "functional rank" in again.out
    for kind in ("learning", "eigenvalues"):
        assert run("plot", "net.h5", "--kind", kind, "-o", f"{kind}.svg").code == 0
    told = json.loads(run("plot", "change.h5", "-o", "all.svg", "--json").out)
    assert (told["kind"], told["title"]) == ("change", "context: what learning changed")
    assert "has the figures learning, change" in run("plot", "net.h5", "--kind", "error").error
    page = run("report", "net.h5", "-o", "page.html")
    assert page.code == 0
    assert "functional rank" in Path("page.html").read_text(encoding="utf-8")


def test_an_analysis_at_an_input_that_is_not_there_is_one_line(run: Run) -> None:
    lrfit.save(learn("context", neurons=6, epochs=2, test_trials=4), "net.h5")
    assert "no input 'context3'" in run("analyze", "net.h5", "--input", "context3=1").error


def test_an_interrupt_with_keep_best_writes_the_network_and_exits_with_130(
    spawn: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = spawn(
        *("learn", "flip_flop", "--neurons", 16, "--epochs", 1_000_000, "--keep-best"),
        *("-v", "-o", "kept.h5"),
    )
    try:
        process.communicate(timeout=6)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    kept = lrfit.load(tmp_path / "kept.h5")
    assert kept.interrupted
    assert 0 < kept.epochs < 1_000_000
    assert b"interrupted" in out


def test_the_file_is_simulated_and_exported_as_the_network_it_holds(run: Run) -> None:
    trained = learn("flip_flop", neurons=10, epochs=3, test_trials=4)
    lrfit.save(trained, "net.h5")
    plan = ("--duration", 5, "--signal", "pulse1=pulse(t,1,2)", "--solver", "euler", "--dt", 0.5)
    assert run("simulate", "net.h5", *plan, "-o", "run.h5").code == 0
    wanted = lrfit.simulate(
        trained.network, duration=5.0, signal={"pulse1": "pulse(t,1,2)"}, solver="euler", dt=0.5
    )
    np.testing.assert_array_equal(lrfit.load("run.h5").z, wanted.z)
    found = lrfit.simulate(
        trained, duration=5.0, signal={"pulse1": "pulse(t,1,2)"}, solver="euler", dt=0.5
    )
    np.testing.assert_array_equal(found.z, wanted.z)
    assert run("export", "net.h5", "--to", "npz").code == 0
