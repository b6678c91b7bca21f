"""From a system file to a network file to a trajectory, as users do it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import lrfit
from lrfit.cli.main import main

pytestmark = pytest.mark.usefixtures("no_look")
SMALL = ("--method", "ols", "--candidates", "300", "--samples", "256")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return os.environ | {"PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1"}


def told(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, Any]:
    """The JSON object of a command that ended with `code`."""
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == code
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


def test_minimize_writes_a_network_whose_file_says_what_was_printed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "minimize", "van_der_pol", "--tol", "0.2", *SMALL)
    promised = "schema command system neurons error field_error max_error criterion tol met method "
    promised += "nonlinearity noise seed seconds output"
    assert set(promised.split()) <= set(found)
    assert (found["met"], found["output"]) == (True, "van_der_pol.network.h5")
    assert found["error"] <= 0.2
    with h5py.File(here / found["output"]) as file:
        assert file["network/M"].shape == (found["neurons"], 2)
        assert file["report"].attrs["error"] == found["error"]
        assert file["report"].attrs["met"] == 1
        assert list(file["report/path/neurons"])[-1] >= found["neurons"]


def test_the_reported_error_is_that_of_the_network_in_the_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fresh points, and the equation written out anew from the arrays of the file."""
    found = told(capsys, "fit", "van_der_pol", "--neurons", 40, "--criterion", "overall")
    rng = np.random.default_rng(99)
    z = rng.uniform([-3, -4], [3, 4], size=(20_000, 2))
    x, y = z.T
    g = np.stack([y, (1 - x**2) * y - x], axis=1)
    with h5py.File(here / found["output"]) as file:
        net = {name: file["network"][name][()] for name in ("M", "N", "bias", "center")}
        tau = file["network"].attrs["tau"]
    rates = np.tanh((z - net["center"]) @ net["M"].T + net["bias"])
    f = (net["center"] - z + rates @ net["N"]) / tau
    h = np.array([3.0, 4.0])
    noise = found["noise"] ** 2 * np.sum((net["N"] / tau / h) ** 2)
    total = np.mean(np.sum((g / h) ** 2, axis=1))
    field = np.mean(np.sum(((f - g) / h) ** 2, axis=1))
    assert found["error"] == pytest.approx(np.sqrt((field + noise) / total), rel=0.05)
    assert found["field_error"] == pytest.approx(np.sqrt(field / total), rel=0.05)


def test_a_tolerance_out_of_reach_is_code_4_with_the_best_network_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(
        capsys, "minimize", "van_der_pol", "--tol", "1e-6", *SMALL, "--max-neurons", 6, code=4
    )
    assert found["met"] is False
    assert lrfit.load(found["output"]).met is False
    assert (
        main(
            [
                "minimize",
                "van_der_pol",
                "--tol",
                "1e-6",
                *SMALL,
                "--max-neurons",
                "6",
                "-q",
                "-o",
                "again.h5",
            ]
        )
        == 4
    )
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "1e-06 was not reached" in caught.err
    assert "again.h5" in caught.err


def test_a_pipeline_of_two_commands_hands_the_network_on(
    here: Path, environment: dict[str, str]
) -> None:
    program = f"'{sys.executable}' -m lrfit"
    first = f"{program} minimize van_der_pol --tol 0.3 {' '.join(SMALL)} -o -"
    done = subprocess.run(
        ["sh", "-c", f"{first} | {program} simulate - --json -o run.h5"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["output"] == "run.h5"
    history = lrfit.load(here / found["output"]).provenance.history
    assert [line.split()[1] for line in history] == ["minimize", "simulate"]
    assert "neurons" in done.stderr  # the summary of the first command


def test_equal_runs_give_equal_bytes_without_times(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    for name in ("a.h5", "b.h5"):
        told(capsys, "minimize", "van_der_pol", "--tol", "0.3", *SMALL, "-o", name)
        told(capsys, "simulate", name, "-o", f"t{name}")
    assert (here / "a.h5").read_bytes() == (here / "b.h5").read_bytes()
    one, two = (lrfit.load(here / f"t{name}") for name in ("a.h5", "b.h5"))
    assert np.array_equal(one.z, two.z)


def test_a_grid_is_fitted_as_the_system_it_was_sampled_from(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "sample", "damped_pendulum", "--points", 40, "-o", "grid.h5")
    found = told(capsys, "fit", "grid.h5", "--neurons", 60, "-o", "net.h5")
    assert found["error"] < 0.05
    simulated = told(capsys, "simulate", "net.h5", "--duration", 2, "--target")
    assert max(simulated["target_difference"].values()) < 0.2


INTERRUPTED_AT_ITS_FIRST_NETWORK = """
import contextlib, os, signal, sys
from lrfit.cli import main as program
from lrfit.tuning import minimize_command as minimize

@contextlib.contextmanager
def display(**_):
    def tell(stage, done, total, neurons, error):
        if neurons is not None and not sent:
            sent.append(neurons)
            os.kill(os.getpid(), signal.SIGINT)
    sent = []
    yield tell

minimize.progress_display = display
sys.exit(program.main())
"""


@pytest.mark.parametrize("keep", [[], ["--keep-best"]])
def test_an_interrupted_search_keeps_its_best_only_when_asked(
    here: Path, environment: dict[str, str], keep: list[str]
) -> None:
    command = ["minimize", "pitchfork_bistable", "--tol", "0.01", "--json", *keep]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_ITS_FIRST_NETWORK, *command],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    if not keep:
        assert (done.stdout, done.stderr) == (b"", b"lrfit: interrupted\n")
        assert list(here.iterdir()) == []
        return
    found = json.loads(done.stdout)
    record = lrfit.load(here / found["output"])
    assert record.interrupted
    assert record.network.neurons == found["neurons"]
    assert record.provenance.history[0].startswith("lrfit minimize")


def test_the_library_does_what_the_commands_do(here: Path) -> None:
    fit = lrfit.minimize(
        "van_der_pol", tol=0.3, method="ols", candidates=300, samples=256, overrides={"mu": 0.5}
    )
    assert fit.met
    lrfit.save(fit, "net.h5")
    record = lrfit.load("net.h5")
    assert isinstance(record, lrfit.Fit)
    one = lrfit.simulate(fit, duration=2.0, initial={"x": 1.0})
    two = lrfit.simulate("net.h5", duration=2.0, initial=[1.0, 0.0])
    three = lrfit.simulate(record, duration=2.0, initial=[{"x": 1.0}])
    assert np.array_equal(one.z, two.z)
    assert np.array_equal(one.z, three.z)
    lrfit.save(one, "run.h5")
    assert np.array_equal(lrfit.load("run.h5").z, one.z)


def test_a_python_function_is_a_target(here: Path) -> None:
    fit = lrfit.fit(
        lambda z, u: np.stack([-z[:, 0] + u[:, 0]], axis=1),
        domain={"x": (-1, 1)},
        inputs={"u": (-1, 1)},
        neurons=4,
    )
    trajectory = lrfit.simulate(fit, duration=1.0, signal={"u": "0.5"}, target=True)
    assert trajectory.target is not None
    assert np.allclose(trajectory.u, 0.5)
    with pytest.raises(lrfit.UsageError, match="domain"):
        lrfit.fit(lambda z, u: -z, neurons=4)
    with pytest.raises(lrfit.UsageError, match="candidate"):
        lrfit.fit("van_der_pol", neurons=4, candidate=3)
