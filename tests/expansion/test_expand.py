"""Expanded networks: the same field, the errors that are expected, the labels that are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.expansion.neurons import field_at
from lrfit.expansion.samples import FocusedSamples
from lrfit.fitting.setting import prepare
from lrfit.networks.nonlinearity import nonlinearity
from tests.command_line import Run

WELLS = b"""\
name: wells
dynamics: {x: y, y: x - x**3 - y}
domain: {x: [-1.5, 1.5], y: [-1, 1]}
simulate: {initial: {x: 0.5, y: 0}, duration: 10}
"""
LINE = b"""\
name: line
dynamics: {x: x - x**3}
domain: {x: [-2, 2]}
simulate: {initial: {x: 0.5}, duration: 10}
"""
pytestmark = pytest.mark.usefixtures("no_look")


@pytest.fixture(scope="module")
def small() -> lrfit.Fit:
    return lrfit.fit("pitchfork_bistable", neurons=5, samples=256, method="ols", look=False)


@pytest.fixture(scope="module")
def robust() -> lrfit.Fit:
    return lrfit.expand(WELLS, neurons=120, populations=6, look=False)


def test_clones_have_the_field_of_the_network_and_the_sensitivity_of_the_law(
    small: lrfit.Fit,
) -> None:
    large = lrfit.expand(small, neurons=200, focus="box", look=False)
    assert large.network.neurons == 200
    assert large.report.field_error == pytest.approx(small.report.field_error, rel=1e-10)
    test = prepare(small.system, small.options).samples.test
    domain = small.network.domain
    z, u = domain.state_from_box(test.state), domain.input_from_box(test.input)
    sizes = np.sqrt(np.mean(small.network.rates(small.network.current(z, u)) ** 2, axis=0))
    A = np.linalg.norm(small.network.N / domain.half_width, axis=1) / small.network.tau
    speed = np.sqrt(np.mean(np.sum(test.velocity**2, axis=1)))
    assert large.report.sensitivity == pytest.approx(
        np.sum(A * sizes) / np.sqrt(200) / speed, rel=0.01
    )
    even = lrfit.expand(small, neurons=200, quota="equal", focus="box", look=False)
    assert even.report.sensitivity > 1.02 * large.report.sensitivity


def test_wrong_weights_and_deletions_do_what_is_expected(robust: lrfit.Fit) -> None:
    expansion, network = robust.expansion, robust.network
    assert expansion is not None
    points = FocusedSamples(prepare(robust.system, robust.options)).draw(512, 3)
    domain, root = network.domain, np.sqrt(points.weight)[:, None]
    z, u = domain.state_from_box(points.state), domain.input_from_box(points.input)
    rates = root * network.rates(network.current(z, u))
    off = root * (field_at(network, points) / domain.half_width - points.velocity)
    A = network.N / (network.tau * domain.half_width)
    generator, count = np.random.default_rng(0), network.neurons

    def measured(changes: np.ndarray) -> float:
        """Rms relative error when the rows of N are multiplied by 1 + changes (draws, n, D)."""
        errors = off + np.einsum("pn,rnd->rpd", rates, A * changes, optimize=True)
        return float(np.sqrt(np.mean(errors**2) / np.mean((root * points.velocity) ** 2)))

    wrong = 0.1 * generator.standard_normal((1000, count, 2))
    assert measured(wrong) == pytest.approx(expansion.error_with(0.1), rel=0.05)
    assert expansion.error == expansion.error_with(expansion.delta)
    # A tenth deleted, and the rest scaled up, is a relative error of sqrt(0.1 / 0.9).
    gone = np.argsort(generator.random((1000, count)), axis=1) < count // 10
    deleted = np.where(gone, -1.0, 1 / 0.9 - 1.0)[:, :, None]
    assert measured(deleted) == pytest.approx(expansion.error_with(np.sqrt(1 / 9)), rel=0.1)


def test_robust_populations_bear_more_than_clones_of_a_network_as_exact(robust: lrfit.Fit) -> None:
    alike = lrfit.fit(WELLS, neurons=6, method="refine", effort="quick", samples=256, look=False)
    clones = lrfit.expand(alike, neurons=120, focus="box", look=False)
    assert robust.report.sensitivity < 0.5 * clones.report.sensitivity


def test_equal_seeds_give_equal_networks() -> None:
    one, same, other = (
        lrfit.expand(LINE, neurons=30, populations=3, seed=seed, look=False) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.network.N, same.network.N)
    assert not np.array_equal(one.network.M, other.network.M)


def test_a_file_keeps_labels_and_expansion(robust: lrfit.Fit, tmp_path: Path) -> None:
    path = tmp_path / "large.h5"
    lrfit.save(robust, path)
    back = lrfit.load(path)
    assert back.network.population is not None
    np.testing.assert_array_equal(back.network.population, robust.network.population)
    np.testing.assert_array_equal(np.bincount(back.network.population), back.expansion.quotas)
    assert back.expansion.error == pytest.approx(robust.expansion.error)
    again = lrfit.expand(path, neurons=240, focus="box", look=False)
    assert again.expansion is not None
    assert again.expansion.populations == 6


def test_as_few_populations_as_suffice() -> None:
    met = lrfit.expand(LINE, tol=0.5, neurons=60, look=False).expansion
    assert met is not None
    assert met.met
    assert met.populations == 4


def test_a_network_drawn_from_a_mixture_approaches_its_mean_field_when_it_is_refitted() -> None:
    mixture = lrfit.Mixture(
        domain=lrfit.Domain(variables=("k",), lower=[-3.0], upper=[3.0]),
        share=[0.25, 0.75],
        mean=np.zeros((2, 3)),
        covariance=np.array([[[1.0, 1.2, 0.0], [1.2, 2.25, 0.0], [0.0, 0.0, 0.1]]] * 2),
        nonlinearity=nonlinearity("tanh"),
    )
    drawn = lrfit.expand(mixture, neurons=200, focus="box", look=False)
    refitted = lrfit.expand(mixture, neurons=200, refit="system", focus="box", look=False)
    assert drawn.expansion is not None
    np.testing.assert_array_equal(drawn.expansion.quotas, [50, 150])
    np.testing.assert_array_equal(drawn.network.M, refitted.network.M)
    assert refitted.report.field_error < 0.05 * drawn.report.field_error


def test_what_cannot_be_expanded_is_refused(small: lrfit.Fit) -> None:
    for source, options, what in (
        (small, {"neurons": 4}, "fewer than the 5 neurons"),
        (small, {"populations": 3}, "leave out populations"),
        (small, {"nonlinearity": "erf"}, "leave out nonlinearity"),
        (small.network, {}, "neither a network with its target nor a system"),
        (
            replace(small, options=replace(small.options, shared_bias=True)),
            {"jitter": 0.1, "focus": "box"},
            "would not keep shared bias",
        ),
        ("van_der_pol", {"method": "clones"}, "choose robust"),
        ("van_der_pol", {"neurons": 8, "populations": 9}, "9 populations of 8 neurons"),
        ("context_decision", {"drive": {"ctx": "gated"}}, "filtered and direct"),
    ):
        with pytest.raises(UsageError, match=what):
            lrfit.expand(source, look=False, **options)
    with pytest.raises(UsageError, match="leave out --populations"):
        lrfit.ExpandOptions(populations=3, tol=0.1)


def test_the_command_writes_a_network_and_says_what_was_not_reached(run: Run) -> None:
    Path("line.yaml").write_bytes(LINE)
    found = run("expand", "line.yaml", "--neurons", "6", "--tol", "1e-6", "-o", "few.h5")
    assert found.code == 4
    assert "above the tolerance 1e-06" in found.err
    assert "populations" in found.out
    assert run("show", "few.h5", "--json").code == 0


def test_neurons_that_come_with_all_their_images_make_a_network_as_symmetric_as_the_mixture() -> (
    None
):
    found = lrfit.expand("hexagon_memory", neurons=48, symmetry="D6", focus="box", look=False)
    network, angle = found.network, np.pi / 3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    z = np.random.default_rng(0).normal(size=(20, 2))
    u = np.empty((20, 0))
    turned = network.velocity(z @ turn.T, u)
    np.testing.assert_allclose(turned, network.velocity(z, u) @ turn.T, rtol=0, atol=1e-12)
    with pytest.raises(lrfit.UsageError, match="drawn from a mixture"):
        lrfit.expand("pitchfork_bistable", neurons=20, symmetry="C2")
    with pytest.raises(lrfit.UsageError, match="break the symmetry"):
        lrfit.expand("hexagon_memory", neurons=48, symmetry="D6", jitter=0.1)
