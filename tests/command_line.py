"""The command line as users run it, in this process: exit code, stdout, stderr, files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lrfit.cli.main import main
from lrfit.fitting.field_error import field_report
from lrfit.fitting.file import network_tree
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import Fit, SizePath
from lrfit.io.hdf5_writer import to_bytes
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.records.system_group import stored
from lrfit.systems.open import load_system
from lrfit.systems.sampling import draw_set

DRIVEN = """\
name: driven
reference: made for tests
time_unit: ms
parameters: {k: 1.0}
dynamics: {x: y, y: -k*x - y + u}
domain: {x: [-1, 1], y: [-1, 1]}
inputs: {u: [-1, 1]}
simulate: {initial: {x: 0.5}, duration: 4, signals: {u: "pulse(t, 1, 2)"}}
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line of an error, checked to be one, on stderr, with nothing on stdout."""
        assert self.out == ""
        assert self.err.startswith("lrfit: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        assert len(self.err.encode()) < 2000
        assert "Traceback" not in self.err
        return self.err.removeprefix("lrfit: ").rstrip("\n")


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty working directory, in this process."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = main([str(each) for each in arguments])
        caught = capfd.readouterr()
        return Outcome(code=code, out=caught.out, err=caught.err)

    return command


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """For child processes: this source tree, one BLAS thread."""
    here = str(Path(__file__).resolve().parents[1])
    return os.environ | {"PYTHONPATH": here, "OPENBLAS_NUM_THREADS": "1", "NO_COLOR": "1"}


@pytest.fixture
def spawn(tmp_path: Path, environment: dict[str, str]) -> Callable[..., subprocess.Popen[bytes]]:
    """Start the program in a process of its own."""

    def start(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [sys.executable, "-m", "lrfit", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            **{**pipes, **options},  # type: ignore[call-overload]
        )

    return start


@pytest.fixture(scope="session")
def network_bytes() -> bytes:
    """A small network file, made without any search."""
    system = load_system(DRIVEN)
    rng = np.random.default_rng(0)
    network = LowRankNetwork(
        M=rng.normal(size=(6, 2)),
        N=0.3 * rng.normal(size=(6, 2)),
        bias=rng.normal(size=6),
        center=np.zeros(2),
        input_weights=rng.normal(size=(6, 1)),
        direct_input=np.zeros((2, 1)),
        tau=0.5,
        nonlinearity=nonlinearity("tanh"),
        domain=system.domain,
    )
    sizes = np.array([2.0, 4.0, 6.0])
    fit = Fit(
        network=network,
        report=field_report(network, draw_set(system, 64, 0), criterion="overall", noise=1e-4),
        stored=stored(system),
        options=FitOptions(criterion="overall", seed=5),
        method="ols",
        paths=(SizePath(method="ols", neurons=sizes, training=1 / sizes, validation=2 / sizes),),
        tol=0.01,
        met=False,
        warnings=("a warning",),
        seconds=0.5,
    )
    return to_bytes(network_tree(fit, history=["lrfit fit driven.yaml"]))


@pytest.fixture
def network_file(tmp_path: Path, network_bytes: bytes) -> Path:
    path = tmp_path / "driven.network.h5"
    path.write_bytes(network_bytes)
    return path


@pytest.fixture
def system_file(tmp_path: Path) -> Path:
    path = tmp_path / "driven.yaml"
    path.write_text(DRIVEN)
    return path
