"""The smallest network: sizes, evidence, reproducibility, and what happens at the limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fitting.field_error import field_report
from lrfit.fitting.fit import fit
from lrfit.fitting.minimize import minimize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import Fit
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.sampling import draw_set
from lrfit.systems.system import System

Quick = Callable[..., FitOptions]


@pytest.fixture(scope="module")
def small(bistable_system: System) -> Fit:
    return minimize(bistable_system, tol=0.01, options=FitOptions(effort="quick", max_neurons=8))


def test_two_neurons_suffice_for_a_bistable_unit(small: Fit) -> None:
    assert small.met is True
    assert small.network.neurons <= 2
    assert small.report.error <= 0.01


def test_the_error_is_confirmed_on_points_of_another_seed(
    small: Fit, bistable_system: System
) -> None:
    fresh = draw_set(bistable_system, 2**14, 12345)
    again = field_report(small.network, fresh, criterion="per-variable", noise=1e-4)
    assert again.error == pytest.approx(small.report.error, rel=0.02)


def test_the_evidence_says_what_was_found_one_size_below(small: Fit) -> None:
    evidence = small.evidence
    assert evidence["starts_within_tolerance"] >= 1
    assert evidence["error_one_below"] > 0.01
    assert evidence["starts_one_below"] > 4
    assert evidence["work_one_below"] > 0
    sizes, errors = small.paths[0].neurons, small.paths[0].validation
    assert np.all(np.diff(sizes) > 0)
    assert errors[sizes == small.network.neurons][0] <= 0.01


def test_the_result_does_not_depend_on_the_number_of_workers(
    bistable_system: System, quick: Quick, small: Fit
) -> None:
    alone = minimize(bistable_system, tol=0.01, options=quick(), workers=1)
    np.testing.assert_array_equal(alone.network.M, small.network.M)
    np.testing.assert_array_equal(alone.network.N, small.network.N)
    assert alone.report.error == small.report.error


def test_another_seed_gives_another_network_of_the_same_size(
    bistable_system: System, quick: Quick, small: Fit
) -> None:
    other = minimize(bistable_system, tol=0.01, options=quick(seed=1))
    assert other.network.neurons == small.network.neurons
    assert not np.array_equal(other.network.M, small.network.M)


def test_units_do_not_matter(quick: Quick, small: Fit) -> None:
    scaled = from_callable(
        lambda z, u: 1024 * (z / 1024 - (z / 1024) ** 3), domain={"x": (-2048, 2048)}
    )
    found = minimize(scaled, tol=0.01, options=quick())
    assert found.network.neurons == small.network.neurons
    assert found.report.error == pytest.approx(small.report.error, rel=1e-9)


def test_an_affine_input_costs_no_neurons_when_it_may_act_at_once(
    pushed_system: System, quick: Quick
) -> None:
    found = minimize(pushed_system, tol=0.01, options=quick(drive={"u": "auto"}))
    assert found.met
    assert found.network.neurons <= 2
    np.testing.assert_array_equal(found.network.input_weights, 0.0)
    np.testing.assert_allclose(found.network.direct_input / found.network.tau, 1.0, rtol=0.02)


def test_a_filtered_input_enters_the_neurons(pushed_system: System, quick: Quick) -> None:
    found = minimize(pushed_system, tol=0.03, options=quick(drive={"u": "filtered"}))
    assert found.met
    assert np.any(found.network.input_weights)
    np.testing.assert_array_equal(found.network.direct_input, 0.0)


def test_a_network_without_bias_has_none_and_keeps_its_centre(
    pendulum_system: System, quick: Quick
) -> None:
    found = minimize(pendulum_system, tol=0.05, options=quick(bias=False))
    assert found.met
    np.testing.assert_array_equal(found.network.bias, 0.0)
    np.testing.assert_array_equal(found.network.center, 0.0)


@pytest.mark.parametrize("criterion", ["per-variable", "overall", "worst"])
def test_the_tolerance_means_the_criterion_asked_for(
    pendulum_system: System, quick: Quick, criterion: str
) -> None:
    found = minimize(pendulum_system, tol=0.05, options=quick(criterion=criterion))
    report = found.report
    named = {
        "per-variable": report.error_per_variable,
        "overall": report.error_overall,
        "worst": report.error_worst,
    }
    assert found.met
    assert report.error == named[criterion] <= 0.05


def test_tau_and_centre_are_honoured_when_given(bistable_system: System, quick: Quick) -> None:
    options = quick(tau=0.25, center={"x": 0.5})
    found = minimize(bistable_system, tol=0.02, options=options)
    assert found.network.tau == pytest.approx(0.25, rel=1e-12)
    assert found.network.center[0] == pytest.approx(0.5, rel=1e-12)


def test_a_tolerance_out_of_reach_gives_the_best_network_and_says_so(
    bistable_system: System, quick: Quick
) -> None:
    found = minimize(bistable_system, tol=1e-9, options=quick(max_neurons=3))
    assert found.met is False
    assert found.network.neurons <= 3
    assert found.report.error > 1e-9


def test_a_time_limit_is_a_cap_and_its_use_is_reported(
    pendulum_system: System, quick: Quick
) -> None:
    found = minimize(pendulum_system, tol=1e-3, options=quick(time_limit=1e-3))
    assert "time limit" in str(found.evidence["stopped"])
    assert np.isfinite(found.report.error)


@pytest.mark.parametrize("tol", [0.0, -1.0, np.nan, np.inf])
def test_an_impossible_tolerance_is_refused(bistable_system: System, tol: float) -> None:
    with pytest.raises(UsageError, match="tol is"):
        minimize(bistable_system, tol=tol)


@pytest.mark.parametrize("rule", ["ols", "omp"])
def test_greedy_selection_meets_the_tolerance_and_names_what_won(
    pendulum_system: System, quick: Quick, rule: str
) -> None:
    options = quick(candidates=300, max_neurons=64)
    found = minimize(pendulum_system, tol=0.05, method=rule, options=options)
    assert found.met
    assert found.method in (rule, "random")
    path = found.paths[0]
    assert path.method == rule
    assert np.all(np.diff(path.training) <= 1e-12)


def test_refined_networks_are_smaller_than_selected_ones(
    pendulum_system: System, quick: Quick
) -> None:
    options = quick(candidates=300, max_neurons=64)
    selected = minimize(pendulum_system, tol=0.02, method="ols", options=options)
    refined = minimize(pendulum_system, tol=0.02, options=quick())
    assert refined.network.neurons < selected.network.neurons


@pytest.mark.parametrize("method", ["lstsq", "ols", "omp", "refine"])
def test_fit_gives_the_size_asked_for(pendulum_system: System, quick: Quick, method: str) -> None:
    found = fit(pendulum_system, neurons=7, method=method, options=quick(candidates=300))
    assert found.network.neurons == 7
    assert found.method == method
    assert found.met is None


def test_more_random_neurons_fit_better(pendulum_system: System, quick: Quick) -> None:
    few = fit(pendulum_system, neurons=10, options=quick())
    many = fit(pendulum_system, neurons=100, options=quick())
    assert many.report.error < 0.2 * few.report.error


def test_fewer_neurons_than_variables_are_refused(pendulum_system: System) -> None:
    with pytest.raises(UsageError, match="cannot carry 2 variables"):
        fit(pendulum_system, neurons=1)


def test_a_planted_network_is_found_with_no_more_neurons() -> None:
    generator = np.random.default_rng(5)
    M, N = generator.normal(0, 1.5, (3, 2)), generator.normal(0, 1.0, (3, 2))
    b = generator.normal(0, 0.8, 3)
    planted = from_callable(
        lambda z, u: np.tanh(z @ M.T + b) @ N - z, domain={"x": (-1, 1), "y": (-1, 1)}
    )
    found = minimize(planted, tol=1e-6, options=FitOptions(noise=1e-7, effort="quick"))
    assert found.met
    assert found.network.neurons <= 3


def test_what_the_search_finds_survives_the_final_solve() -> None:
    """Its networks keep their centre within bounds: clipped at the end they would be lost."""
    system = load_system("parametric_working_memory")
    options = FitOptions(
        criterion="overall",
        effort="quick",
        drive=dict.fromkeys(system.domain.inputs, "filtered"),
    )
    path = minimize(system, tol=0.01, options=options).paths[0]
    large = path.neurons >= 8
    assert np.count_nonzero(large) > 5
    assert np.all(path.validation[large] < 1.5 * path.training[large])
