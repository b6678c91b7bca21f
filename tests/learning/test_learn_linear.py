"""learn_linear() and `lrfit learn linear`: what they take, what they say, and their file."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.cli.flags import OutputFlags, ReportFlags
from lrfit.core.errors import OutputError, UsageError
from lrfit.learning.linear_command import TargetFlags, learn_linear_command
from lrfit.learning.linear_options import LinearOptions
from lrfit.learning.linear_view import tables
from tests.command_line import Run

SMALL: dict[str, Any] = {"neurons": 64, "gs": (0.6, 0.3), "seeds": 2, "rate": 0.01}


@cache
def found() -> lrfit.LinearLearning:
    return lrfit.learn_linear(**SMALL)


def test_speeds_are_relative_to_no_initial_connectivity_which_is_added() -> None:
    learned = found().learned
    assert [each.g for each in learned] == [0.0, 0.3, 0.6]
    for each in learned:
        assert each.speed_up == learned[0].epochs / each.epochs
        assert each.expected_beta == pytest.approx(1 / (1 - each.g**2))
    assert np.allclose(found().epochs_by_draw.mean(axis=1), [each.epochs for each in learned])


def test_curves_begin_at_rest_and_end_where_all_networks_have_learned() -> None:
    result = found()
    assert np.allclose(np.diff(result.s), 0.01)
    for row, each in enumerate(result.learned):
        known = np.isfinite(result.z[row])
        last = int(np.sum(known)) - 1
        assert known[: last + 1].all()
        assert abs(result.z[row, 0]) < 1e-14
        assert result.loss[row, 0] == pytest.approx(result.target**2 / 2)
        assert np.all(np.diff(result.loss[row, : last + 1]) < 0)
        assert result.loss[row, last] < 0.0101 * result.loss[row, 0]
        assert result.s[last] >= each.time - 0.01
    assert np.isnan(result.z[:, -1]).any()


def test_the_time_of_learning_is_what_its_name_says() -> None:
    row = found().learned[0]
    assert row.time == pytest.approx(row.beta**2 * found().rate * row.epochs)


def test_what_is_learned_before_the_point_of_comparison_is_compared_with_nothing() -> None:
    far = lrfit.learn_linear(32, (0.0,), 8.0, seeds=1, rate=2e-5)
    assert far.s[-1] < 0.1
    assert np.isnan(far.learned[0].output_ratio)
    assert "-" in tables(far, verbose=False)[2].rows[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gs": (1.0,)}, "g is 1; give numbers from 0 to 0.95"),
        ({"gs": (-0.1,)}, "g is -0.1"),
        ({"gs": ()}, "at least one"),
        ({"target": 0.0}, "target is 0"),
        ({"neurons": 4}, "neurons is 4; give 16 to 4096"),
        ({"seeds": 0}, "seeds is 0"),
        ({"rate": 1e-9}, "rate is 1e-09; give a number from"),
        ({"gs": (0.8,), "rate": 0.2}, r"rate is 0.2; at g = 0.8 .* \(1 - g\^2\)\^2 = 0.13"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        lrfit.learn_linear(**{**SMALL, **changes})


def test_the_default_rate_is_that_of_the_largest_g() -> None:
    assert LinearOptions(gs=(0.5, 0.1)).used_rate == pytest.approx(0.005 * 0.75**2)


def command(path: Path | None, capsys: pytest.CaptureFixture[str], **report: bool) -> str:
    output = OutputFlags(output=None if path is None else str(path), force=report.pop("force", 0))
    assert learn_linear_command(SMALL, output, ReportFlags(**report), seed=0) == 0
    return capsys.readouterr().out


def test_the_file_and_the_json_say_what_the_function_returns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.h5"
    told = json.loads(command(path, capsys, json=True))
    assert (told["command"], told["task"], told["output"]) == ("learn", "linear", str(path))
    assert [each["speed_up"] for each in told["learned"]] == [e.speed_up for e in found().learned]
    again = lrfit.load(path)
    assert isinstance(again, lrfit.LinearLearning)
    assert np.array_equal(again.values, found().values, equal_nan=True)
    assert again.learned == found().learned
    with pytest.raises(OutputError):
        command(path, capsys)


def test_the_table_has_a_row_for_every_g(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = command(tmp_path / "a.h5", capsys, verbose=True)
    assert "linear networks, 64 neurons" in text
    assert "3 networks" not in text
    for title in ("1 % of the first", "simulation over formula", "least and most"):
        rows = text.partition(title)[2].splitlines()[2:5]
        assert [row.split()[0] for row in rows] == ["0", "0.3", "0.6"]


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.h5"
    output = OutputFlags(output=str(path), dry_run=True)
    assert learn_linear_command(SMALL, output, ReportFlags(json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["dry_run"] is True
    assert told["g"] == [0.0, 0.3, 0.6]
    assert told["memory_bytes"] == 2 * 8 * 64**2
    assert not path.exists()


def test_strengths_are_g_and_options_of_other_tasks_are_refused(tmp_path: Path) -> None:
    output = OutputFlags(output=str(tmp_path / "a.h5"), dry_run=True)
    given = {"neurons": 64, "g": (0.3,)}
    assert learn_linear_command(given, output, ReportFlags(quiet=True)) == 0
    with pytest.raises(UsageError, match="linear networks have no --keep-best"):
        learn_linear_command({**given, "keep_best": True}, output, ReportFlags())


def test_the_target_is_the_only_flag_of_its_own() -> None:
    assert set(TargetFlags.__dataclass_fields__) == {"target"}


def test_the_command_lets_linear_networks_learn(run: Run) -> None:
    found = run("learn", "linear", "--neurons", 64, "--g", "0,0.6", "--seeds", 1, "--json")
    assert json.loads(found.out)["learned"][1]["speed_up"] > 2.0
    assert run("show", "linear.learning.h5").code == 0
    refused = run("learn", "linear", "--epochs", 5)
    assert refused.code == 2
    assert "linear networks have no --epochs" in refused.err
    assert "leave it out, or learn linear" in run("learn", "flip_flop", "--target", 1).err
