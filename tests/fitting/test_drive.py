"""How inputs reach the network: the split is the stated one, and gates lose their lag."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrfit.certification.certify import certify
from lrfit.core.errors import UsageError
from lrfit.fitting.fit import fit
from lrfit.fitting.minimize import minimize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.setting import prepare
from lrfit.scoring.score import score
from lrfit.systems.open import load_system
from lrfit.systems.system import System

Quick = Callable[..., FitOptions]
SPLIT = b"""
name: split
parameters: {c: 2.0}
dynamics: {x: "-x + c*u + 0.5*u**2 + u*x*w + 3*d"}
domain: {x: [-2, 2]}
inputs: {u: [-0.5, 1], w: [-1, 1], d: [0, 1]}
simulate: {initial: {x: 0}, duration: 10, signals: {u: "pulse(t, 1, 2)", w: "pulse(t, 3, 4)"}}
"""
GATE = b"""
name: gate
dynamics: {x: "-0.2*x + gate*u + 0.5*u*x"}
domain: {x: [-1.5, 1.5]}
inputs: {u: [-1, 1], gate: [0, 1]}
task:
  duration: 3
  draws: {open: {choose: [0, 1]}}
  signals: {u: {steps: {every: 0.1, value: {uniform: [-1, 1]}}}, gate: %s}
"""
TONIC, FAST = b"open", b"{steps: {every: 0.1, value: {choose: [0, 1]}}}"


@pytest.fixture(scope="module")
def split() -> System:
    return load_system(SPLIT)


def test_auto_takes_the_affine_part_at_once_and_reports_the_split(
    split: System, quick: Quick
) -> None:
    """du: c + u + x w at w = 0 has the mean c + 0.25; w: u x at u = 0 has none."""
    setting = prepare(split, quick())
    assert (setting.drive.free, setting.drive.seen) == ((2,), (0, 1))
    expected = np.array([[2.25 * 0.75 / 2, 0.0, 0.0]])  # box units
    assert np.allclose(setting.drive.E, expected, rtol=1e-3)
    text = setting.drive.describe(split.domain.inputs)
    assert "u affine part at once (C u: 96% of its effect while others rest)" in text
    assert "w through neurons" in text
    assert "d at once (C u)" in text


@pytest.mark.parametrize("method", ["lstsq", "ols", "refine"])
def test_the_split_is_in_the_network_of_every_method(
    split: System, quick: Quick, method: str
) -> None:
    options = quick(tau=0.5, candidates=300, samples=512)
    found = fit(split, neurons=30 if method != "refine" else 8, method=method, options=options)  # type: ignore[arg-type]
    assert found.report.error < 0.1
    assert found.network.direct_input[0, 0] / 0.5 == pytest.approx(2.25, rel=2e-3)
    assert found.network.direct_input[0, 1] == 0.0
    assert found.network.direct_input[0, 2] / 0.5 == pytest.approx(3.0, rel=0.02)
    assert found.evidence["lag_signal"] > 0.1  # type: ignore[operator]
    assert any("--tau" in warning for warning in found.warnings)


def test_the_affine_part_at_once_lessens_what_the_lag_does_to_the_state(
    split: System, quick: Quick
) -> None:
    names = split.domain.inputs
    lags = [
        fit(
            split, neurons=30, options=quick(tau=0.5, samples=512, drive=dict.fromkeys(names, how))
        ).evidence["lag_state"]
        for how in ("auto", "filtered")
    ]
    assert 0 < lags[0] < 0.5 * lags[1]  # type: ignore[operator]


def mse(text: bytes, how: str, quick: Quick) -> float:
    system = load_system(text)
    options = quick(tau=0.1, noise=1e-5, samples=512, drive=dict.fromkeys(("u", "gate"), how))
    found = fit(system, neurons=60, options=options)
    return score(found.network, task=system, trials=40).mse


def test_a_gate_that_is_slow_loses_its_lag_by_the_shifted_reading(quick: Quick) -> None:
    text = GATE % TONIC
    late = mse(text, "filtered", quick)
    assert mse(text, "gated", quick) < 0.02 * late
    assert mse(text, "copied", quick) < 0.05 * late


def test_gates_that_jump_with_their_inputs_lose_their_lag_by_copies_alone(quick: Quick) -> None:
    text = GATE % FAST
    late = mse(text, "filtered", quick)
    assert mse(text, "copied", quick) < 0.05 * late


def test_copies_have_an_error_of_their_own_and_no_part_in_that_of_the_state(quick: Quick) -> None:
    system = load_system(GATE % FAST)
    options = quick(tau=0.1, samples=512, drive=dict.fromkeys(("u", "gate"), "copied"))
    report = fit(system, neurons=9, options=options).report
    assert len(report.error_by_variable) == 3
    assert report.error_overall == pytest.approx(report.error_by_variable[0], rel=1e-9)
    assert report.error_overall > 3 * np.max(report.error_by_variable[1:])  # they would hide it


@pytest.mark.parametrize("criterion", ["overall", "worst"])
def test_copies_refuse_one_number_for_all(quick: Quick, criterion: str) -> None:
    system = load_system(GATE % FAST)
    with pytest.raises(UsageError, match="would hide its error"):
        prepare(system, quick(drive={"u": "copied"}, criterion=criterion))


def test_gated_and_copied_do_not_mix_and_measured_points_have_neither(quick: Quick) -> None:
    system = load_system(GATE % TONIC)
    with pytest.raises(UsageError, match="choose one"):
        prepare(system, quick(drive={"u": "gated", "gate": "copied"}))
    gated = prepare(system, quick(drive={"u": "gated", "gate": "filtered"}))
    assert (gated.drive.gated, gated.drive.late) == ((0,), (1,))
    grid = load_system("pendulum_grid")
    assert prepare(grid, quick()).embedding is None


def test_networks_with_gates_can_be_minimised_but_not_certified(quick: Quick) -> None:
    system = load_system(GATE % TONIC)
    found = minimize(system, tol=0.1, options=quick(tau=0.1, samples=256, drive={"u": "gated"}))
    assert found.met
    assert found.system is system
    assert found.network.output is not None
    assert found.evidence["output_error"] < 0.1  # type: ignore[operator]
    with pytest.raises(UsageError, match="gated"):
        certify(found.network, target=system)


def test_six_dimensions_of_state_and_input_are_sampled_and_selected(quick: Quick) -> None:
    system = load_system("flip_flop_3bit")
    options = quick(
        drive=dict.fromkeys(("u1", "u2", "u3"), "filtered"), candidates=300, samples=2048
    )
    found = fit(system, neurons=60, method="ols", options=options)
    assert found.report.error < 0.35
    assert found.network.input_weights.any(axis=0).all()
