"""`lrfit certify` as users run it: what it says, its codes, its file, its refusals."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.certification import Certificate
from lrfit.core.errors import InputError, UsageError
from lrfit.fitting.file import network_tree
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import Fit
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.records.store import load, load_network, value_from_tree
from lrfit.records.system_group import stored

Run = Callable[..., Any]
TWO = "name: two\ndynamics: {x: %s, y: -x}\ndomain: {x: [0.5, 2], y: [-1, 1]}\n"


def test_the_summary_gives_bounds_place_and_work(run: Run, network_file: Path) -> None:
    done = run("certify", network_file)
    assert (done.code, done.err) == (0, "")
    for text in ("certified over the whole box", "largest error", "at most", "rms speed", "boxes"):
        assert text in done.out
    assert max(map(len, done.out.splitlines())) < 80


def test_json_has_every_field_and_nothing_is_written(run: Run, network_file: Path) -> None:
    before = sorted(Path.cwd().iterdir())
    found = json.loads(run("certify", network_file, "--json", "--gap", 0.05).out)
    assert (found["schema"], found["command"], found["status"]) == (1, "certify", "certified")
    assert found["lower"] <= found["upper"] <= 1.05 * found["lower"]
    assert found["sampled"] <= found["upper"]
    assert set(found["upper_by_variable"]) == {"x", "y"}
    assert set(found["worst_input"]) == {"u"}
    assert found["output"] is None
    assert sorted(Path.cwd().iterdir()) == before


def test_the_bound_is_about_the_error_that_the_report_measures(
    run: Run, network_file: Path
) -> None:
    found = json.loads(run("certify", network_file, "--json").out)
    record = load_network(network_file)
    z, u = (np.array([list(found[key].values())]) for key in ("worst_point", "worst_input"))
    network, system = record.network, record.system
    error = (network.velocity(z, u) - system.velocity(z, u)) / system.domain.half_width
    assert np.linalg.norm(error) / found["rms_speed"] == pytest.approx(found["lower"], rel=1e-6)
    assert record.report.max_error == pytest.approx(found["sampled"], rel=0.3)  # of 64 points


def test_a_tolerance_is_proved_with_code_0_or_refused_with_code_4(
    run: Run, network_file: Path
) -> None:
    upper = json.loads(run("certify", network_file, "--json").out)["upper"]
    assert run("certify", network_file, "--tol", 1.1 * upper).code == 0
    refuted = run("certify", network_file, "--tol", 0.9 * upper, "-q")
    assert refuted.code == 4
    assert "REFUTED: the error is at least" in refuted.out
    assert refuted.err.startswith("lrfit: driven: not proved: the error is at least")
    assert refuted.err.count("\n") == 1


def test_a_limit_gives_what_is_certain_by_then_and_code_4(run: Run, network_file: Path) -> None:
    done = run("certify", network_file, "--max-boxes", 3, "--gap", 1e-4, "--json")
    found = json.loads(done.out)
    assert (done.code, found["status"]) == (4, "undecided")
    assert "not certified: the limit of 3 boxes came before the gap 0.0001" in done.err
    assert found["upper"] > found["lower"]


def test_the_file_is_shown_as_it_was_said(run: Run, network_file: Path) -> None:
    done = run("certify", network_file, "-o", "c.h5", "--json")
    said = json.loads(done.out)
    record = load("c.h5")
    assert isinstance(record, Certificate)
    assert record.upper == said["upper"]
    assert record.history[0] == "lrfit fit driven.yaml"
    shown = json.loads(run("show", "c.h5", "--json").out)
    assert shown["kind"] == "certificate"
    assert {key: shown[key] for key in ("upper", "lower", "boxes", "worst_point")} == {
        key: said[key] for key in ("upper", "lower", "boxes", "worst_point")
    }
    assert "largest error" in run("show", "c.h5").out
    assert run("certify", network_file, "-o", "c.h5").code == 5
    assert run("certify", network_file, "-o", "c.h5", "--force").code == 0


def test_the_file_can_go_to_a_pipe(spawn: Callable[..., Any], network_file: Path) -> None:
    out, err = spawn("certify", network_file, "-o", "-").communicate(timeout=60)
    record = value_from_tree(read_hdf5(out, where="pipe"), name="c")
    assert isinstance(record, Certificate)
    assert b"certified over the whole box" in err


def network_for(target: Any, path: Path, network_file: Path) -> Path:
    """A network file with weights from another one, against another target."""
    record = load_network(network_file)
    weights = record.network
    network = dataclasses.replace(
        weights,
        input_weights=np.zeros((weights.neurons, 0)),
        direct_input=np.zeros((2, 0)),
        domain=target.domain,
    )
    fit = Fit(
        network=network,
        report=dataclasses.replace(record.report, worst_input=np.empty(0)),
        stored=stored(target),
        options=FitOptions(),
        method="ols",
    )
    path.write_bytes(to_bytes(network_tree(fit)))
    return path


def test_a_formula_without_bounds_is_refused_with_line_and_place(
    run: Run, network_file: Path, tmp_path: Path
) -> None:
    target = lrfit.load_system(TWO % '"(x - 1)/(1 - exp(1 - x))"')
    path = network_for(target, tmp_path / "n.h5", network_file)
    done = run("certify", path, "-o", "c.h5")
    assert done.code == 3
    assert "dx/dt has no bounds near x = 1, y = " in done.error
    assert not Path("c.h5").exists()


def test_a_sampled_target_is_refused(run: Run, network_file: Path, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(TWO % "y")
    assert run("sample", tmp_path / "two.yaml", "--points", 8, "-o", "grid.h5").code == 0
    path = network_for(lrfit.load_system("grid.h5"), tmp_path / "n.h5", network_file)
    done = run("certify", path)
    assert done.code == 3
    assert "is given by samples: nothing is certain between the points" in done.error


@pytest.mark.parametrize(
    "option", [("--gap", "0"), ("--gap", "nan"), ("--tol", "-1"), ("--max-boxes", "0")]
)
def test_values_that_make_no_sense_are_usage_errors(
    run: Run, network_file: Path, option: tuple[str, str]
) -> None:
    done = run("certify", network_file, *option)
    assert done.code == 2
    assert "give" in done.error


def test_python_takes_files_networks_and_targets(network_file: Path, system_file: Path) -> None:
    by_file = lrfit.certify(network_file, gap=0.05)
    network = load_network(network_file).network
    by_value = lrfit.certify(network, target=system_file, gap=0.05)
    assert by_file.upper == by_value.upper
    with pytest.raises(UsageError, match="give its target"):
        lrfit.certify(network)


def test_a_refusal_names_the_file_and_the_line_of_the_system_in_it(run: Run) -> None:
    text = "name: limit\ndynamics:\n  x: sinh(x)/x - 1 - x\ndomain: {x: [-1, 1]}\n"
    fit = lrfit.fit(text, neurons=4, method="ols", samples=64)
    lrfit.save(fit, "limit.h5")
    done = run("certify", "limit.h5")
    assert done.code == 3
    assert done.err.startswith("lrfit: limit.h5 (its /system):3: dx/dt has no bounds near x = ")


def test_a_system_in_a_file_that_cannot_be_read_is_named_once(network_bytes: bytes) -> None:
    record = value_from_tree(read_hdf5(network_bytes, where="n.h5"), name="n")
    broken = dataclasses.replace(record.stored, text="name: s\ndynamics: {x: qq}\n")
    with pytest.raises(InputError) as caught:
        broken.load()
    message = str(caught.value)
    assert message.startswith("n.h5 (its /system):")
    assert "the target cannot be rebuilt: " in message
    assert message.count("n.h5") == 1
