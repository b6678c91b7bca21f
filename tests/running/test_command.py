"""`lrfit simulate` does what lrfit.simulate does with the same experiment, and says it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import lrfit
from tests.command_line import Run


def test_the_command_and_python_do_the_same_experiment(run: Run, network_file: Path) -> None:
    flags = ("--solver", "euler", "--rate-noise", 0.1, "--trials", 2, "--seed", 3)
    outcome = run("simulate", network_file, *flags, "--initial", "x=0.1", "-o", "a.h5", "--json")
    assert outcome.code == 0, outcome.err
    experiment = lrfit.Experiment(
        solver="euler", rate_noise=0.1, trials=2, seed=3, initial={"x": 0.1}
    )
    expected = lrfit.simulate(network_file, experiment)
    written = lrfit.load("a.h5")
    assert np.array_equal(written.z, expected.z)
    assert np.array_equal(written.u, expected.u)
    said = json.loads(outcome.out)
    assert (said["system"], said["neurons"], said["trials"]) == ("driven", 6, 2)
    assert written.experiment["system"] == "driven"


def test_a_dry_run_says_what_would_be_done(run: Run, network_file: Path) -> None:
    flags = ("--solver", "euler", "--dt", 0.05, "--trials", 3, "--points", 11)
    said = json.loads(run("simulate", network_file, *flags, "--dry-run", "--json").out)
    found = {name: said[name] for name in ("trials", "duration", "points", "solver", "space")}
    expected = {"trials": 3, "duration": 4.0, "points": 11, "solver": "euler", "space": "latent"}
    assert found == expected
    assert not [*Path().glob("*.trajectory.h5")]


def test_a_full_rank_network_is_saved_shown_simulated_and_exported(
    run: Run, tmp_path: Path
) -> None:
    network = lrfit.FullRankNetwork(
        J=[[0.0, -3.0], [-3.0, 0.0]],
        tau=0.1,
        nonlinearity="tanh",
        input_weights=[[1.0], [-1.0]],
        output_weights=[[1.0, -1.0]],
        inputs=("push",),
        outputs=("choice",),
    )
    lrfit.save(network, tmp_path / "pair.h5", history=["made by hand"])
    shown = json.loads(run("show", "pair.h5", "--json").out)
    assert (shown["kind"], shown["neurons"], shown["nonlinearities"]) == (
        "rate-network",
        2,
        {"tanh": 2},
    )
    args = ("--duration", "2", "--signal", "push=1", "-o", "t.h5", "--json")
    said = json.loads(run("simulate", "pair.h5", *args).out)
    assert (said["system"], said["neurons"], said["variables"]) == ("pair", 2, ["choice"])
    again = lrfit.load("t.h5")
    assert again.history[0] == "made by hand"
    expected = lrfit.simulate(network, duration=2.0, signal=[1.0])
    np.testing.assert_array_equal(again.z, expected.z)
    assert again.z[0, -1, 0] > 1.5
    assert run("export", "pair.h5", "--to", "npz").code == 0
    np.testing.assert_array_equal(np.load("pair.npz")["J"], network.J)
    refused = run("export", "t.h5", "--to", "npz", "--force")
    assert (refused.code, "holds no network" in refused.err) == (2, True)
    refused = run("certify", "pair.h5")
    assert (refused.code, "lrfit-rate-network" in refused.err) == (3, True)
