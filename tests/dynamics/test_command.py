"""`lrfit analyze` as a user runs it, and the verdict that every fit gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.records.store import load

Run = Callable[..., Any]


def test_a_system_by_itself_gets_its_points_and_its_cycle(run: Run) -> None:
    found = json.loads(run("analyze", "van_der_pol", "--json").out)
    assert (found["schema"], found["command"], found["faithful"]) == (1, "analyze", None)
    (at,) = found["at"]
    (point,) = at["target"]["fixed_points"]
    assert point["kind"] == "unstable focus"
    assert at["target"]["complete"] == "proved"
    (cycle,) = at["target"]["cycles"]
    assert cycle["period"] == pytest.approx(6.66329, abs=1e-5)
    assert cycle["highest"]["x"] == pytest.approx(2.0086, abs=1e-4)


def test_inputs_can_be_chosen_and_are_checked(run: Run) -> None:
    done = run("analyze", "pitchfork_bistable", "--input", "u=0", "--input", "u=0.5")
    assert done.code == 0
    assert "at u = 0\n" in done.out
    assert "at u = 0.5\n" in done.out
    assert max(map(len, done.out.splitlines())) < 80
    refused = run("analyze", "pitchfork_bistable", "--input", "w=0")
    assert refused.code == 2
    assert "w" in refused.error


def test_a_bad_network_is_told_what_differs_in_every_output(run: Run, network_file: Path) -> None:
    done = run("analyze", network_file, "-o", "a.h5")
    assert done.code == 0
    assert "faithful      NO" in done.out
    assert "warning: not faithful: " in done.err
    found = load("a.h5")
    assert isinstance(found, lrfit.Analysis)
    assert found.faithful is False
    assert found.differences
    assert found.history == (f"lrfit analyze {network_file}",)
    assert run("show", "a.h5").out.startswith(done.out)
    group = read_hdf5(Path("a.h5")).group("analysis")
    target = group.group("0").group("target")
    np.testing.assert_allclose(target.numbers("points", shape=(None, 2)), 0.0, atol=1e-12)
    np.testing.assert_array_equal(found.at[0].target.points, target.numbers("points"))
    again = run("analyze", network_file, "-o", "a.h5")
    assert again.code == 5
    assert "exists" in again.error


def test_what_is_neither_network_nor_system_is_refused(run: Run, network_file: Path) -> None:
    assert run("analyze", network_file, "-o", "a.h5", "-q").code == 0
    refused = run("analyze", "a.h5")
    assert refused.code == 2
    assert "neither a network nor a system" in refused.error
    assert run("analyze", "nothing_of_the_kind").code == 3


def test_every_fit_carries_the_quick_verdict(run: Run) -> None:
    good = json.loads(
        run("fit", "pitchfork_bistable", "--neurons", 40, "--json", "-o", "good.h5").out
    )
    assert (good["faithful"], good["verdict"], good["faithful_check"]) == (True, "yes", "quick")
    bad = run("fit", "pitchfork_bistable", "--neurons", 2, "--seed", 3, "-o", "bad.h5")
    assert "the dynamics differ: " in bad.err
    record = load("bad.h5")
    assert isinstance(record, lrfit.Fit)
    assert record.faithful.startswith("no (")
    assert "NOT those of the target" in run("show", "bad.h5").out


def test_a_measured_target_states_the_error_between_its_points(run: Run) -> None:
    assert run("sample", "damped_pendulum", "--points", 24, "-o", "grid.h5").code == 0
    found = json.loads(run("analyze", "grid.h5", "--json").out)
    assert 1e-7 < found["interpolation_error"] < 1e-3
    kinds = [point["kind"] for point in found["at"][0]["target"]["fixed_points"]]
    assert "stable focus" in kinds
