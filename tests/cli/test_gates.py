"""Gated and copied inputs from the command line: file, report, simulation, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import lrfit
from lrfit.fitting.result import Fit
from tests.command_line import Outcome, Run

pytestmark = pytest.mark.usefixtures("no_look")
GATE = """
name: gate
dynamics: {x: "-0.2*x + gate*u"}
domain: {x: [-1.5, 1.5]}
inputs: {u: [-1, 1], gate: [0, 1]}
simulate: {initial: {x: 0.3}, duration: 3, signals: {u: "pulse(t, 1, 2)", gate: 1}}
"""


def parsed(outcome: Outcome) -> dict[str, Any]:
    assert outcome.code == 0, outcome.err
    return dict(json.loads(outcome.out))


def fitted(run: Run, folder: Path, how: str) -> dict[str, Any]:
    (folder / "gate.yaml").write_text(GATE)
    drives = ["--drive", f"u={how}", "--drive", f"gate={how}"]
    command = [
        "fit",
        "gate.yaml",
        "--neurons",
        60,
        "--samples",
        256,
        "--tau",
        0.2,
        *drives,
        "-o",
        "n.h5",
        "--json",
    ]
    return parsed(run(*command, "--force"))


@pytest.mark.parametrize("how", ["gated", "copied"])
def test_the_state_is_read_without_lag_in_both_forms(run: Run, tmp_path: Path, how: str) -> None:
    late = fitted(run, tmp_path, "filtered")
    assert late["evidence"]["lag_state"] > 0.05
    command = ["simulate", "n.h5", "--target", "--force", "--json"]
    behind = parsed(run(*command))
    assert behind["input_lag"]["u"] > 0.2
    fitted(run, tmp_path, how)
    found = [parsed(run(*command, "--space", space)) for space in ("latent", "full")]
    assert found[0]["variables"] == ["x"]
    assert found[0]["initial"][0]["x"] == pytest.approx(0.3, abs=1e-9)
    assert found[0]["target_difference"]["x"] < 0.3 * behind["target_difference"]["x"]
    assert found[0]["final"][0]["x"] == pytest.approx(found[1]["final"][0]["x"], abs=1e-5)


def test_the_report_and_the_file_say_how_the_state_is_read(run: Run, tmp_path: Path) -> None:
    found = fitted(run, tmp_path, "gated")
    assert found["evidence"]["output_error"] < 0.05
    assert found["evidence"]["lag_left"] == pytest.approx(0.887, rel=0.15)  # (1/3) / rms F
    shown = run("show", "n.h5").out
    assert "gate gated (read without lag)" in " ".join(shown.split())
    assert "state read with error" in shown
    assert max(map(len, shown.splitlines())) < 80
    with h5py.File(tmp_path / "n.h5") as file:
        output = file["network/output"]
        assert output["rates"].shape == (1, 60)
        assert "phi(x)" in output.attrs["equation"]
    record = lrfit.load(tmp_path / "n.h5")
    assert isinstance(record, Fit)
    network = record.network
    assert network.output is not None
    y, v = np.array([[0.2]]), np.array([[0.5, 0.9]])
    rates = network.nonlinearity.phi(network.current(y, v))
    assert np.allclose(network.state(y, v), network.output.read(y, v, rates))
    assert record.system.name == "gate"
    assert run("certify", "n.h5").code == 2


def test_a_damaged_output_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    fitted(run, tmp_path, "copied")
    with h5py.File(tmp_path / "n.h5", "r+") as file:
        del file["network/output/copied"]
        file["network/output/copied"] = np.array([0, 7])
    refused = run("simulate", "n.h5", "--force")
    assert (refused.code, "copies disagree" in refused.error) == (3, True)


def test_mixing_gated_and_copied_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(GATE)
    drives = ["--drive", "u=gated", "--drive", "gate=copied"]
    refused = run("fit", "gate.yaml", "--neurons", 10, *drives)
    assert (refused.code, "choose one" in refused.error) == (2, True)
    unknown = run("fit", "gate.yaml", "--neurons", 10, "--drive", "u=gatd")
    assert (unknown.code, "did you mean 'gated'?" in unknown.error) == (2, True)
