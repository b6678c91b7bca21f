"""What commands do when all is well: outputs, files, defaults, and what is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lrfit.records.store import load
from lrfit.simulation.trajectory import Trajectory
from lrfit.systems.open import load_system
from lrfit.systems.system import System

Run = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("no_look")


def parsed(outcome: Any) -> dict[str, Any]:
    """The one JSON object on stdout, as strict JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    assert outcome.code == 0, outcome.err
    assert outcome.out.count("\n") == 1
    value = json.loads(outcome.out, parse_constant=refuse)
    assert value["schema"] == 1
    return value  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------- systems


def test_systems_lists_every_sample_with_its_dimensions(run: Run) -> None:
    found = parsed(run("systems", "--json"))["systems"]
    assert len(found) >= 14
    driven = next(each for each in found if each["name"] == "fitzhugh_nagumo")
    assert (driven["dimension"], driven["inputs"]) == (2, 1)
    assert all(each["kind"] and each["reference"] for each in found)
    table = run("systems").out
    assert all(each["name"] in table for each in found)
    assert max(map(len, table.splitlines())) < 80


# --------------------------------------------------------------------------------- check


def test_check_gives_every_promised_field(run: Run) -> None:
    found = parsed(run("check", "van_der_pol", "--json"))
    assert (found["command"], found["system"]) == ("check", "van_der_pol")
    assert (found["dimension"], found["inputs"], found["parity"]) == (2, 0, "odd")
    assert found["error_floor"] == 0
    assert found["memory_bytes"] > 2**20


def test_check_knows_the_floor_of_fitzhugh_nagumo_without_bias(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fhn.yaml").write_text(
        "name: fhn\nparameters: {I: 0.5}\n"
        "dynamics: {v: v - v**3/3 - w + I, w: 0.08*(v + 0.7 - 0.8*w)}\n"
        "domain: {v: [-2.5, 2.5], w: [-1, 2]}\n"
    )
    found = parsed(run("check", "fhn.yaml", "--no-bias", "--json"))
    assert found["error_floor"] == pytest.approx(0.334, abs=1e-3)
    assert found["parity"] == "neither"
    none, *cures = found["cures"]
    assert none["error"] > 0.333
    assert [cure["name"] for cure in cures] == ["bias", "constant input", "center"]
    assert all(cure["floor"] == 0 and cure["error"] < 0.1 for cure in cures)
    fitted = parsed(run("fit", "fhn.yaml", "--neurons", 5, "--no-bias", "--json"))
    assert fitted["error_floor"] == found["error_floor"]
    assert parsed(run("show", "fhn.network.h5", "--json"))["error_floor"] == found["error_floor"]
    assert "floor        0.334 overall" in run("show", "fhn.network.h5").out
    assert parsed(run("check", "fhn.yaml", "--json"))["error_floor"] == 0


def test_check_reads_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    text = b"name: decay\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert parsed(run("check", "-", "--json"))["system"] == "decay"


# -------------------------------------------------------------------------------- sample


def test_sample_writes_what_load_reads_back(run: Run, tmp_path: Path) -> None:
    found = parsed(run("sample", "damped_pendulum", "--points", 6, "--json"))
    assert found["output"] == "damped_pendulum.grid.h5"
    system = load(tmp_path / "damped_pendulum.grid.h5")
    assert isinstance(system, System)
    assert system.data is not None
    original = load_system("damped_pendulum")
    assert np.array_equal(
        system.data.velocity, original.velocity(system.data.state, system.data.input)
    )


def test_sample_has_the_layout_and_the_history_of_its_command(run: Run, tmp_path: Path) -> None:
    arguments = ("--points", "v=5,w=4", "--hold", "I=0.5", "--set", "eps=0.1", "-o", "g.h5")
    assert run("sample", "fitzhugh_nagumo", *arguments).code == 0
    with h5py.File(tmp_path / "g.h5") as file:
        assert list(file.attrs["variables"]) == ["v", "w"]
        assert file["velocity/w"].shape == (5, 4)
        assert np.all(np.diff(file["axes/v"][()]) > 0)
        assert file.attrs["encoding-type"] == "lrfit-grid"
        assert list(file.attrs["history"]) == [
            "lrfit sample fitzhugh_nagumo --points v=5,w=4 --hold I=0.5 --set eps=0.1"
        ]


# ---------------------------------------------------------------------------------- show


def test_show_describes_a_network_file(run: Run, network_file: Path) -> None:
    found = parsed(run("show", network_file, "--json"))
    assert (found["kind"], found["system"], found["neurons"]) == ("network", "driven", 6)
    assert found["met"] is False
    assert found["history"] == ["lrfit fit driven.yaml"]
    table = run("show", network_file)
    assert "NOT met" in table.out
    assert "a warning" in table.out
    assert max(map(len, table.out.splitlines())) < 80
    assert "path ols" in run("show", network_file, "-v").out


def test_show_describes_a_system_and_a_grid(run: Run, system_file: Path) -> None:
    assert parsed(run("show", system_file, "--json"))["kind"] == "system"
    run("sample", "van_der_pol", "--points", 4)
    found = parsed(run("show", "van_der_pol.grid.h5", "--json"))
    assert (found["kind"], found["points"]) == ("grid", 16)


# ------------------------------------------------------------------------------ simulate


def simulated(run: Run, *arguments: object) -> Trajectory:
    """The trajectory that a successful command wrote to out.h5."""
    outcome = run("simulate", *arguments, "-o", "out.h5", "--force", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    record = load("out.h5")
    assert isinstance(record, Trajectory)
    return record


def test_simulate_takes_its_defaults_from_the_system_file(run: Run, network_file: Path) -> None:
    record = simulated(run, network_file)
    trajectory = record
    assert trajectory.t[-1] == 4.0
    assert np.array_equal(trajectory.z[0, 0], [0.5, 0.0])
    assert trajectory.u[0, (trajectory.t > 1.01) & (trajectory.t < 1.99)].min() == 1.0
    assert trajectory.u[0, trajectory.t > 2.01].max() == 0.0
    assert trajectory.time_unit == "ms"
    assert record.history == (
        "lrfit fit driven.yaml",
        f"lrfit simulate {network_file} --quiet",
    )


def test_simulate_from_several_states_and_with_a_signal(run: Run, network_file: Path) -> None:
    states = ("--initial", "x=0.1,y=-0.2", "--initial", "y=0.3")
    trajectory = simulated(
        run, network_file, *states, "--signal", "u=0.5*t", "--duration", "2", "--points", "21"
    )
    assert np.array_equal(trajectory.z[:, 0], [[0.1, -0.2], [0.5, 0.3]])
    assert np.allclose(trajectory.u[:, :, 0], 0.5 * trajectory.t)
    assert trajectory.z.shape == (2, 21, 2)


def test_latent_and_full_network_agree(run: Run, network_file: Path) -> None:
    latent = simulated(run, network_file)
    full = simulated(run, network_file, "--space", "full", "--store-rates")
    assert np.allclose(latent.z, full.z, atol=1e-6)
    assert full.x is not None
    assert full.x.shape == (1, 1001, 6)


def test_target_and_noise_trials_are_in_the_file(run: Run, network_file: Path) -> None:
    noisy = ("--solver", "euler", "--dt", "0.01", "--rate-noise", "0.1", "--trials", "3")
    one = simulated(run, network_file, *noisy, "--seed", "4", "--target")
    two = simulated(run, network_file, *noisy, "--seed", "4")
    other = simulated(run, network_file, *noisy, "--seed", "5")
    assert one.target is not None
    assert one.target.shape == one.z.shape
    assert np.array_equal(one.z, two.z)
    assert not np.array_equal(one.z, other.z)
    assert np.std(one.z[:, -1], axis=0).min() > 0


def test_simulate_json_has_status_and_final_states(run: Run, network_file: Path) -> None:
    found = parsed(run("simulate", network_file, "--target", "--json", "-o", "a.h5"))
    assert found["status"] == ["done"]
    assert found["complete"] is True
    assert set(found["final"][0]) == {"x", "y"}
    assert found["target_difference"]["x"] > 0
    assert found["output"] == "a.h5"


def test_runs_of_two_networks_of_one_system_are_called_after_their_files(
    run: Run, network_bytes: bytes
) -> None:
    for name in ("memory.h5", "other.network.h5"):
        Path(name).write_bytes(network_bytes)
        assert run("simulate", name, "--quiet").code == 0
    assert sorted(path.name for path in Path().glob("*.trajectory.h5")) == [
        "memory.trajectory.h5",
        "other.trajectory.h5",
    ]


def test_a_run_that_is_only_told_writes_no_file(run: Run, network_file: Path) -> None:
    before = sorted(Path().iterdir())
    for _ in range(2):
        assert parsed(run("simulate", network_file, "--json"))["output"] is None
    assert sorted(Path().iterdir()) == before


def test_the_trajectory_opens_in_xarray(run: Run, network_file: Path) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    simulated(run, network_file)
    with xarray.open_dataset("out.h5", group="trajectory", engine="h5netcdf") as dataset:
        assert dataset["z"].sel(variable="x", trial=0).dims == ("t",)
        assert dataset["t"].attrs["units"] == "ms"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--signal", "w=1"],
        ["--initial", "q=1"],
        ["--solver", "dop853", "--dt", "0.1"],
        ["--rate-noise", "0.1"],
        ["--trials", "0"],
        ["--points", "1"],
        ["--solver", "euler", "--dt", "100"],
    ],
    ids=" ".join,
)
def test_a_simulation_that_makes_no_sense_is_code_2(
    run: Run, network_file: Path, arguments: list[str]
) -> None:
    outcome = run("simulate", network_file, *arguments)
    assert outcome.error
    assert outcome.code == 2


def test_a_signal_that_is_no_expression_is_code_3(run: Run, network_file: Path) -> None:
    outcome = run("simulate", network_file, "--signal", "u=__import__('os')")
    assert outcome.error
    assert outcome.code == 3


# ------------------------------------------------------------------------------- dry runs


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "van_der_pol", "--neurons", "8"],
        ["minimize", "van_der_pol", "--tol", "0.1", "--method", "ols"],
        ["sample", "lorenz"],
        ["simulate", "driven.network.h5", "-o", "run.h5"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_dry_run_tells_memory_and_output_and_writes_nothing(
    run: Run, tmp_path: Path, network_file: Path, arguments: list[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    found = parsed(run(*arguments, "--dry-run", "--json"))
    assert found["dry_run"] is True
    assert found["memory_bytes"] > 0
    assert found["output"].endswith(".h5")
    assert run(*arguments, "--dry-run").code == 0
    assert sorted(tmp_path.iterdir()) == before


def test_options_are_resolved_from_flag_then_file_then_program(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "name: s\ndynamics: {x: -x + u}\ndomain: {x: [-1, 1]}\n"
        "inputs: {u: {range: [-1, 1], drive: filtered}}\n"
        "network: {noise: 0.01, nonlinearity: erf, bias: false}\n"
    )
    command = ("fit", "s.yaml", "--dry-run", "--json")
    options = parsed(run(*command, "--nonlinearity", "sin", "--bias"))["options"]
    assert (options["nonlinearity"], options["bias"], options["noise"]) == ("sin", True, 0.01)
    assert (options["candidates"], options["drive"]) == (3000, {"u": "filtered"})
    assert parsed(run(*command, "--drive", "u=direct"))["options"]["drive"] == {"u": "direct"}
    assert parsed(run(*command))["options"]["bias"] is False


# ----------------------------------------------------------------------------- discrete time


def test_a_network_fitted_for_euler_steps_says_so_and_runs_with_them(run: Run) -> None:
    euler = ("--update", "euler", "--dt", "0.1")
    fitted = run("fit", "van_der_pol", *euler, "--neurons", "30", "-o", "e.h5", "--json")
    assert fitted.code == 0
    told = json.loads(fitted.out)
    assert (told["update"], told["dt"]) == ("euler", 0.1)
    assert "Euler, dt 0.1" in run("show", "e.h5").out
    trajectory = simulated(run, "e.h5")
    assert (trajectory.solver, trajectory.dt) == ("euler", 0.1)
    for other in (["--solver", "rk45"], ["--dt", "0.05"]):
        outcome = run("simulate", "e.h5", *other, "-o", "o.h5", "--force")
        assert "fitted for Euler steps of dt = 0.1" in outcome.err
    assert run("simulate", "e.h5", "-o", "o.h5", "--force").err == ""
    refused = run("certify", "e.h5")
    assert (refused.code, "flow map" in refused.error) == (2, True)


def test_limits_and_the_correlation_time_of_the_noise_are_options(
    run: Run, network_file: Path
) -> None:
    noisy = ("--solver", "euler", "--rate-noise", "0.1", "--noise-time")
    slow = simulated(run, network_file, *noisy, "2.0")
    quick = simulated(run, network_file, *noisy, "0.5")
    tau = simulated(run, network_file, *noisy[:-1])
    assert slow.experiment["noise_time"] == 2.0
    assert not np.array_equal(slow.z, quick.z)
    np.testing.assert_array_equal(quick.z, tau.z)  # its tau is 0.5
    assert "give --rate-noise" in run("simulate", network_file, "--noise-time", "1").error
    limited = run("simulate", network_file, "--max-steps", "20")
    assert (limited.code, "step limit at t=" in limited.error) == (6, True)
    bounded = run("simulate", network_file, "--bound", "0.6", "--initial", "x=0.4,y=0.5")
    assert (bounded.code, "diverged at t=" in bounded.error) == (6, True)
