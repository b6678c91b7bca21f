"""Neurons that differ, and the readout that is solved again for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lrfit
from lrfit.expansion.heterogeneity import Price, correlation, jittered, refitted
from lrfit.expansion.neurons import field_at
from lrfit.expansion.samples import own_samples


@pytest.fixture(scope="module")
def clones() -> lrfit.LowRankNetwork:
    fit = lrfit.fit("pitchfork_bistable", neurons=6, samples=256, method="ols", look=False)
    return lrfit.expand(fit, neurons=90, focus="box", look=False).network


@pytest.mark.parametrize("count", [64, 512])  # fewer points than neurons, and more
def test_the_readout_minimizes_its_objective(clones: lrfit.LowRankNetwork, count: int) -> None:
    generator = np.random.default_rng(0)
    points = own_samples(clones, count, (0,))
    points = replace(points, weight=generator.uniform(0.5, 1.5, points.count))
    field, price = field_at(clones, points), Price(noise=1e-2, weight_noise=0.1)
    moved = jittered(clones, 0.2, generator)
    z = moved.domain.state_from_box(points.state)
    u = moved.domain.input_from_box(points.input)
    rates = moved.rates(moved.current(z, u))
    squares = np.mean(points.weight[:, None] * rates**2, axis=0)

    def objective(N: np.ndarray) -> float:
        each = replace(moved, N=N)
        residual = moved.tau * (field_at(each, points) - field)
        plain = np.mean(points.weight * np.sum(residual**2, axis=1))
        return float(plain + np.sum((1e-4 + 1e-2 * squares) * np.sum(N**2, axis=1)))

    N = refitted(moved, field, points, price).N
    least = objective(N)
    for _ in range(20):
        step = 1e-4 * generator.standard_normal(N.shape)
        assert objective(N + step) > least
        assert objective(N + step) + objective(N - step) - 2 * least > 0
        assert abs(objective(N + step) - objective(N - step)) < 1e-9


def test_differences_change_the_field_and_a_new_readout_undoes_it() -> None:
    fit = lrfit.fit("van_der_pol", neurons=10, samples=256, method="ols", look=False)
    plain, solved = (
        lrfit.expand(fit, neurons=150, jitter=0.2, refit=refit, focus="box", look=False).expansion
        for refit in ("none", "own")
    )
    assert plain is not None
    assert solved is not None
    assert plain.correlation == solved.correlation
    assert 0.7 < solved.correlation < 0.999
    assert solved.field_change < 0.2 * plain.field_change


def test_equal_neurons_correlate_fully(clones: lrfit.LowRankNetwork) -> None:
    assert correlation(clones, own_samples(clones, 256, (0,))) == pytest.approx(1.0)


def test_networks_without_bias_stay_odd() -> None:
    fit = lrfit.fit("van_der_pol", neurons=8, bias=False, samples=256, method="ols", look=False)
    moved = jittered(fit.network, 0.3, np.random.default_rng(1))
    z = np.random.default_rng(2).uniform(-2, 2, (20, 2))
    u = np.empty((20, 0))
    center = fit.network.center
    np.testing.assert_allclose(
        moved.velocity(center + z, u), -moved.velocity(center - z, u), atol=1e-12
    )
    assert not np.any(moved.bias)
