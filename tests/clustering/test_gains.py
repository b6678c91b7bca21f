"""Gains of the two populations that choose between streams, in the mixture and in networks."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lrfit
from lrfit.clustering.gains import mixture_gains, network_gains
from lrfit.networks.mixtures.mean_field import MeanField
from tests.command_line import Run


@pytest.fixture(scope="module")
def system() -> lrfit.System:
    return lrfit.load_system("context_two_populations")


@pytest.fixture(scope="module")
def mixture(system: lrfit.System) -> lrfit.Mixture:
    assert isinstance(system.field, MeanField)
    return system.field.mixture


def test_gains_and_drives_in_a_context(mixture: lrfit.Mixture) -> None:
    gains = mixture_gains(mixture, [np.array([0.1, 0.0, 0.5, 0.0])])
    assert gains.gain[0, 0] == pytest.approx([0.990, 0.195], rel=0.02)
    relevant, irrelevant = 0.1 * gains.whole_drive[0, 0, 0, :2]
    assert (relevant, irrelevant) == pytest.approx((0.0990, 0.0195), rel=0.02)
    assert [gains.main_population(u) for u in (0, 1)] == [0, 1]
    # Without streams: the slope at 0 is -1 + sum alpha gain 1.9.
    alone = mixture_gains(mixture, [np.array([0.0, 0.0, 0.5, 0.0])])
    slope = -1.0 + 0.5 * 1.9 * alone.gain[0, 0].sum()
    field = MeanField(mixture=mixture)
    z, v = np.zeros((1, 1)), alone.context
    assert field.jacobian(z, v)[0][0, 0, 0] == pytest.approx(slope, abs=1e-9)
    assert slope == pytest.approx(0.126, rel=0.1)
    assert field.velocity(alone.state[:, 1], v)[0, 0] == pytest.approx(0.0, abs=2e-3)


@pytest.mark.parametrize(("size", "gain"), [(1, 0.6057), (3, 0.2548), (6, 0.1315)])
def test_the_gain_falls_with_the_variance_that_the_context_brings(
    mixture: lrfit.Mixture, size: float, gain: float
) -> None:
    found = mixture_gains(mixture, [np.array([0.0, 0.0, size / 8.0, 0.0])])
    assert found.gain[0, 0] == pytest.approx([1.0, gain], abs=1e-4)


def test_finite_networks_have_the_gains_of_theory(mixture: lrfit.Mixture) -> None:
    network = mixture.sampled(4000, np.random.default_rng(0))
    contexts = [np.array([0.1, 0.1, 0.5, 0.0]), np.array([0.1, 0.1, 0.0, 0.5])]
    found = network_gains(network, mixture.labels(4000), contexts)
    theory = mixture_gains(mixture, contexts)
    np.testing.assert_allclose(found.gain[:, 0], theory.gain[:, 0], atol=0.02)
    np.testing.assert_allclose(found.drive[:, 0, ..., :2], theory.drive[:, 0, ..., :2], atol=0.2)
    # phi'(x) of every neuron, with the derivative of tanh written out.
    x = network.input_weights @ contexts[0]
    slope = 1.0 - np.tanh(x) ** 2
    assert found.gain[0, 0, 1] == pytest.approx(slope[2000:].mean(), abs=1e-12)
    parts = [slope[:2000].mean(), slope[2000:].mean()]
    assert found.between[0, 0] == pytest.approx(np.var(parts) / np.var(slope), rel=1e-9)


def test_networks_drawn_from_the_mixture_choose_as_it_does(system: lrfit.System) -> None:
    found = lrfit.populations(system, resample=800, draws=2, trials=10)
    rows = found.resampling
    assert rows is not None
    assert (found.chosen_by, rows.measure, rows.own) == ("known", "right", 1.0)
    assert np.median(rows.outcome[0]) >= 0.7
    assert np.all(rows.outcome[1] >= 0.9)


def test_the_command_tells_gains_by_context_and_writes_the_mixture_as_text(run: Run) -> None:
    told = run(
        *("populations", "context_two_populations", "--draws", 0, "--json", "-o", "mix.yaml"),
        *("--contexts", "ctx_a=0.5", "--contexts", "ctx_b=0.5"),
    )
    gains = json.loads(told.out)["gains"]
    assert [each["context"]["ctx_b"] for each in gains] == [0.0, 0.5]
    assert gains[0]["centre"]["gain"] == pytest.approx([1.0, 0.1946], abs=1e-4)
    assert gains[0]["centre"]["drive"]["b"] == [[0.0], [pytest.approx(0.1946, abs=1e-4)]]
    again = lrfit.load_system("mix.yaml")
    z, u = np.array([[0.7]]), np.array([[0.1, -0.2, 0.5, 0.0]])
    original = lrfit.load_system("context_two_populations")
    assert again.velocity(z, u) == pytest.approx(original.velocity(z, u), abs=1e-15)
    refused = run("populations", "context_two_populations", "--contexts", "ctx=1").error
    assert "no input 'ctx'" in refused
