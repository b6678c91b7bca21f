"""Mixtures fitted to a target: their error is that of the formula, and of networks drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.expansion import mixture_search
from lrfit.expansion.from_data import measured, mixture_of, target_rows
from lrfit.expansion.gaussian import moments
from lrfit.expansion.gaussian_populations import Parameters
from lrfit.expansion.mixture_search import FoundPopulations, MixtureSearch
from lrfit.expansion.projection import Projection, TargetRows
from lrfit.fitting.options import FitOptions
from lrfit.fitting.setting import prepare
from lrfit.networks.mixtures.averages import gaussian_derivatives, gaussian_squares
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.systems.open import load_system
from tests.command_line import Run

pytestmark = pytest.mark.usefixtures("no_look")
TANH = nonlinearity("tanh")
DRIVEN = b"""\
name: driven
dynamics: {x: y, y: x - x**3 - y + u * y}
domain: {x: [-1.5, 1.5], y: [-1, 3]}
inputs: {u: [0, 1]}
simulate: {initial: {x: 0.5, y: 0}, duration: 10}
"""
LINE = b"""\
name: line
dynamics: {x: x - x**3}
domain: {x: [-2, 2]}
simulate: {initial: {x: 0.5}, duration: 10}
"""


def van_der_pol_rows(count: int, noise: float) -> TargetRows:
    """Van der Pol's oscillator on [-3, 3]², box units."""
    at = np.random.default_rng(0).uniform(-1.0, 1.0, (count, 2))
    x, y = 3.0 * at.T
    return TargetRows(
        seen=at,
        leak=at,
        velocity=np.column_stack([y, (1.0 - x**2) * y - x]) / 3.0,
        free=np.zeros((count, 0)),
        weight=np.full(count, 1.0 / count),
        kappa=(0.3, 1000.0),
        noise=noise,
    )


def test_moments_are_those_of_the_mean_field_and_of_its_derivatives() -> None:
    mean, spread = np.array([[0.7, -1.2]]), np.array([[0.5, 2.0]])
    found = moments(TANH, mean, spread)
    slope, second, third = gaussian_derivatives(TANH, mean, spread)
    _, _, square, first_square, second_square = gaussian_squares(TANH, mean, spread)
    expected = [square, first_square / spread, (second_square - square) / spread**2]
    np.testing.assert_allclose(found.value[1], slope, rtol=1e-4)
    np.testing.assert_allclose(found.value[2:], expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.by_mean[:2], [slope, second], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found.by_spread[:2], spread * [second, third], atol=1e-3)


@pytest.mark.parametrize("means", [True, False])
def test_the_gradient_is_that_of_the_error(means: bool) -> None:
    rows = van_der_pol_rows(40, 1e-2)
    rows = TargetRows(**{**vars(rows), "free": rows.seen[:, :1] ** 2, "weight_noise": 0.3})
    parameters = Parameters(coordinates=2, neurons=50.0, means=means, bias=True)
    projection = Projection(rows, parameters, TANH)
    theta = parameters.drawn(2, (0.5, 2.0), np.random.default_rng(1))
    theta[:, -1] = [0.3, -0.4]
    _, gradient = projection.evaluate(theta)
    for at in np.ndindex(theta.shape):
        step = np.zeros_like(theta)
        step[at] = 1e-5 * (parameters.free(2)[at] > 0.0)
        low, high = projection.evaluate(theta - step)[0], projection.evaluate(theta + step)[0]
        assert gradient[at] * np.sum(step) == pytest.approx(0.5 * (high - low), abs=1e-13)


def test_the_error_is_that_of_mean_field_and_scatter_in_the_users_units() -> None:
    setting = prepare(
        load_system(DRIVEN),
        FitOptions(samples=256, noise=0.0, criterion="overall", center="middle"),
    )
    points = setting.samples.training
    rows = target_rows(setting, points)
    parameters = Parameters(coordinates=rows.seen.shape[1], neurons=100.0, means=True, bias=True)
    theta = parameters.drawn(2, (0.3, 1.0), np.random.default_rng(0))
    populations = parameters.populations(theta)
    solved = Projection(rows, parameters, TANH).solved(populations)
    mixture = mixture_of(FoundPopulations(populations=populations, solved=solved), setting)
    fitted = measured(mixture, points, 100)
    assert fitted.scatter > 0.1 * fitted.field_error > 0.0
    # The known part of direct inputs is taken off before the fit, which is relative to the rest.
    whole = np.mean(points.weight * np.sum(points.velocity**2, axis=1))
    assert fitted.error**2 * whole == pytest.approx(solved.value * rows.total, rel=1e-4)


def test_without_a_price_few_populations_suffice_and_with_it_they_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oracle: 0.48, then 0.014 and less of zero-mean populations, van der Pol, no price."""
    monkeypatch.setattr(mixture_search, "KEPT", 2)
    monkeypatch.setattr(mixture_search, "STEPS", 100)

    def error(count: int, neurons: float) -> float:
        search = MixtureSearch(
            rows=van_der_pol_rows(64, 0.0),
            parameters=Parameters(coordinates=2, neurons=neurons, means=False, bias=True),
            phi=TANH,
            scale=(0.2, 3.0),
            seed=(0,),
        )
        return float(np.sqrt(search.found(count).solved.value))

    assert error(1, np.inf) == pytest.approx(0.48, abs=0.06)
    assert error(2, np.inf) < 0.014
    priced = error(2, 1000.0)
    assert priced > 0.2
    assert priced == error(2, 1000.0)


def test_the_command_writes_a_network_and_its_mixture_whose_networks_err_as_expected(
    run: Run,
) -> None:
    Path("line.yaml").write_bytes(LINE)
    options = ["--from", "data", "--zero-mean", "--populations", 1, "--neurons", 100]
    options += ["--focus", "box"]
    found = run("expand", "line.yaml", *options, "-o", "line.h5", "--mixture", "mixture.yaml")
    assert found.code == 0
    assert "fitted to the target" in found.out
    fitted = lrfit.load("line.h5").expansion.mixture
    mixture, generator = lrfit.load("mixture.yaml").field.mixture, np.random.default_rng(1)
    np.testing.assert_array_equal(mixture.covariance, fitted.mixture.covariance)
    assert not np.any(mixture.mean)
    z = np.linspace(-2.0, 2.0, 100)[:, None]
    errors = [
        mixture.sampled(100, generator).velocity(z, np.zeros((100, 0))) - (z - z**3)
        for _ in range(300)
    ]
    relative = np.sqrt(np.mean(np.square(errors)) / np.mean((z - z**3) ** 2))
    assert relative == pytest.approx(fitted.error, rel=0.1)
    assert run("expand", "line.yaml", "--mixture", "mixture.h5", "-o", "n.h5").code == 2


def test_what_makes_no_sense_is_refused() -> None:
    for options, what in (
        ({"means": False}, "give --from data"),
        ({"from_": "data", "method": "robust"}, "choose sampled"),
        ({"from_": "data", "neurons": 3, "populations": 4}, "4 populations of 3 neurons"),
    ):
        with pytest.raises(UsageError, match=what):
            lrfit.expand(LINE, **options)
