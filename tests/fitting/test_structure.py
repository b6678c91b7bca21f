"""Networks with structure: they have it exactly, in the file, and it costs what it must."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.expressivity.structure import EXACT, violation
from lrfit.fitting.fit import fit
from lrfit.fitting.minimize import minimize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.policy import search_policy
from lrfit.fitting.result import Fit
from lrfit.systems.build import from_callable
from lrfit.systems.system import System

QUICK = search_policy("quick")
BRIEF = replace(QUICK, effort=QUICK.effort.scaled(0.1))
METHODS = ("refine", "ols", "omp", "lstsq")


def from_file(found: lrfit.Fit, folder: Path) -> Fit:
    lrfit.save(found, folder / "found.h5")
    record = lrfit.load(folder / "found.h5")
    assert isinstance(record, Fit)
    return record


def made(system: System, method: str, **given: Any) -> lrfit.Fit:
    options = FitOptions(effort="quick", candidates=200, **given)
    return fit(system, neurons=6, method=method, options=options, policy=BRIEF)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_symmetric_networks_are_odd_in_the_file(
    method: str, pendulum_system: System, tmp_path: Path
) -> None:
    record = from_file(made(pendulum_system, method, symmetric=True), tmp_path)
    network, generator = record.network, np.random.default_rng(5)
    z = network.domain.state_from_box(generator.uniform(-1, 1, (500, 2)))
    u = np.empty((500, 0))
    np.testing.assert_array_equal(network.bias, 0.0)
    np.testing.assert_array_equal(network.center, 0.0)
    np.testing.assert_allclose(network.velocity(-z, u), -network.velocity(z, u), rtol=1e-12)
    assert record.options.symmetric
    assert not record.options.bias
    assert record.evidence["violation_symmetric"] <= EXACT


def test_a_target_that_is_odd_about_the_middle_of_its_box_is_served(tmp_path: Path) -> None:
    system = from_callable(lambda z, u: (z - 5) - (z - 5) ** 3 + u, **SHIFTED)
    options = FitOptions(effort="quick", symmetric=True)
    found = minimize(system, tol=0.02, options=options)
    network = from_file(found, tmp_path).network
    assert found.met
    np.testing.assert_array_equal(network.center, 5.0)
    z, u = np.linspace(3, 7, 101)[:, None], np.linspace(-0.4, 0.9, 101)[:, None]
    np.testing.assert_allclose(network.velocity(10 - z, -u), -network.velocity(z, u), atol=1e-10)


SHIFTED: dict[str, Any] = {"domain": {"x": (3, 7)}, "inputs": {"u": (-0.5, 1)}}


@pytest.mark.parametrize("method", METHODS)
def test_one_bias_for_all_neurons_is_one_number_in_the_file(
    method: str, pendulum_system: System, tmp_path: Path
) -> None:
    record = from_file(made(pendulum_system, method, shared_bias=True, seed=1), tmp_path)
    bias = record.network.bias
    assert np.unique(bias).size == 1
    assert bias[0] != 0.0
    assert record.evidence["violation_shared_bias"] == 0.0


def test_a_shared_bias_is_worth_more_than_none() -> None:
    """On a target with an even part, which no network without bias can have about that centre."""
    skew = from_callable(lambda z, u: z - z**3 + 0.5 * z**2, domain={"x": (-2, 2)})
    errors = [
        fit(
            skew,
            neurons=4,
            method="refine",
            options=FitOptions(effort="quick", center={"x": 0.0}, **kind),
        ).report.error
        for kind in ({"shared_bias": True}, {"bias": False})
    ]
    assert errors[0] < 0.2 * errors[1]


def test_nonnegative_rates_come_from_the_nonlinearity(
    bistable_system: System, tmp_path: Path
) -> None:
    options = FitOptions(nonnegative_rates=True, nonlinearity="softplus")
    found = fit(bistable_system, neurons=3, method="lstsq", options=options)
    network = from_file(found, tmp_path).network
    z = np.linspace(-50, 50, 1001)[:, None]
    assert np.all(network.nonlinearity.phi(network.current(z, np.empty((1001, 0)))) >= 0.0)
    assert violation(network, "nonnegative_rates") == 0.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"symmetric": True, "nonlinearity": "softplus"}, "tanh, erf, sin"),
        ({"nonnegative_rates": True}, "sigmoid, relu, softplus"),
        ({"symmetric": True, "shared_bias": True}, "no bias"),
    ],
)
def test_structures_that_cannot_be_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        FitOptions(**given)


def test_a_target_without_parity_is_refused_in_one_line() -> None:
    skew = from_callable(lambda z, u: z - z**2, domain={"x": (-1, 2)})
    with pytest.raises(
        UsageError, match=r"not odd about x=0 or x=0.5 .*even part 0\.\d"
    ) as refusal:
        fit(skew, neurons=2, method="lstsq", options=FitOptions(symmetric=True))
    assert "\n" not in str(refusal.value)


def test_columns_of_m_are_orthogonal_in_the_file_and_in_any_units(
    pendulum_system: System, tmp_path: Path
) -> None:
    record = from_file(made(pendulum_system, "refine", orthogonal=True), tmp_path)
    first, second = record.network.M.T
    assert abs(first @ second) < 1e-12 * np.linalg.norm(first) * np.linalg.norm(second)
    assert record.evidence["violation_orthogonal"] <= EXACT
    with pytest.raises(UsageError, match="refine"):
        made(pendulum_system, "ols", orthogonal=True)


def test_noise_and_weight_noise_are_in_the_error_as_the_formula_says(
    pendulum_system: System,
) -> None:
    """Monte Carlo: rates with independent noise, weights with relative noise, many draws."""
    sigma, delta = 0.02, 0.03
    found = made(pendulum_system, "ols", noise=sigma, weight_noise=delta, criterion="overall")
    network, generator = found.network, np.random.default_rng(6)
    h = network.domain.half_width
    z = network.domain.state_from_box(generator.uniform(-1, 1, (4000, 2)))
    wanted = pendulum_system.velocity(z, np.empty((4000, 0))) / h
    rates = np.tanh(network.current(z, np.empty((4000, 0))))
    squares = []
    for _ in range(300):
        noisy = rates + sigma * generator.standard_normal(rates.shape)
        N = network.N * (1 + delta * generator.standard_normal(network.N.shape))
        velocity = (noisy @ N - (z - network.center)) / network.tau / h
        squares.append(np.mean(np.sum((velocity - wanted) ** 2, axis=1)))
    measured = np.sqrt(np.mean(squares) / np.mean(np.sum(wanted**2, axis=1)))
    assert found.report.error == pytest.approx(measured, rel=0.03)
    assert found.report.error > 1.5 * found.report.field_error


def test_a_price_on_weight_noise_makes_refined_weights_less_sensitive(
    pendulum_system: System,
) -> None:
    plain = made(pendulum_system, "refine")
    priced = made(pendulum_system, "refine", weight_noise=1e-2)
    assert priced.report.sensitivity < 0.8 * plain.report.sensitivity
    cost = np.hypot(priced.report.field_error, 1e-2 * priced.report.sensitivity)
    assert cost < 1.02 * np.hypot(plain.report.field_error, 1e-2 * plain.report.sensitivity)
