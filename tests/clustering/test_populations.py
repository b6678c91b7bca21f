"""Populations that are known are found, and networks drawn from them do the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import lrfit
from lrfit.clustering.clustering import cluster
from lrfit.clustering.stability import agreement
from lrfit.clustering.subject import as_populated
from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.networks.nonlinearity import nonlinearity
from tests.command_line import Run

DOMAIN = lrfit.Domain(
    variables=("k",),
    lower=[-3],
    upper=[3],
    inputs=("a", "b", "ctx_a", "ctx_b"),
    input_lower=[-1] * 4,
    input_upper=[1] * 4,
)


def population(drive: tuple[float, float, float], contexts: tuple[float, float]) -> Array:
    """Covariance of (m, nu, a, b, ctx_a, ctx_b, bias) without a bias, nu as small as possible."""
    theta, cross = np.diag([1.0, 1.0, 1.0, *np.square(contexts)]), np.array([*drive, 0.0, 0.0])
    covariance, at = np.zeros((7, 7)), [0, 2, 3, 4, 5]
    covariance[np.ix_(at, at)] = theta
    covariance[1, at] = covariance[at, 1] = cross
    covariance[1, 1] = cross @ np.linalg.solve(theta, cross)
    return covariance


@pytest.fixture(scope="module")
def published() -> lrfit.Mixture:
    """The two populations of a trained network (Dubreuil et al. 2022), as they were measured."""
    return lrfit.Mixture(
        domain=DOMAIN,
        share=[0.5, 0.5],
        mean=np.zeros((2, 7)),
        covariance=[
            population((1.44, 0.78, -1.26), (1.62, 0.46)),
            population((1.41, -1.27, 0.78), (0.49, 1.62)),
        ],
        nonlinearity=nonlinearity("tanh"),
    )


@pytest.fixture(scope="module")
def found(published: lrfit.Mixture) -> lrfit.Populations:
    network = published.sampled(1000, np.random.default_rng(5))
    return lrfit.populations(network, max_populations=3, subsamples=5, draws=2, resample=400)


def test_two_populations_are_chosen_and_found(
    published: lrfit.Mixture, found: lrfit.Populations
) -> None:
    assert (found.count, found.chosen_by, found.zero_mean) == (2, "stability", True)
    truth = published.labels(1000)
    assert adjusted_rand_score(found.labels, truth) >= 0.8
    assert found.mixture.share == pytest.approx([0.5, 0.5], abs=0.05)
    first = int(np.argmax(found.mixture.covariance[:, 1, 2]))
    for p, own in ((0, first), (1, 1 - first)):
        # What 500 neurons have by chance is not the fit's: their own covariance is the truth.
        sample = found.loadings[truth == p]
        covariance = sample.T @ sample / len(sample)
        np.testing.assert_allclose(
            found.mixture.covariance[own][1, [0, 2, 3]], covariance[1, [0, 2, 3]], atol=0.15
        )
        np.testing.assert_allclose(
            np.sqrt(np.diag(found.mixture.covariance[own])[[4, 5]]),
            np.sqrt(np.diag(published.covariance[p])[[4, 5]]),
            atol=0.15,
        )


def test_networks_drawn_with_n_fitted_again_have_the_field_of_the_original(
    found: lrfit.Populations,
) -> None:
    rows = found.resampling
    assert rows is not None
    assert rows.count.tolist() == [1, 1, 2, 2, 3, 3]
    drawn, again = rows.field_error[::2], rows.field_error[1::2]
    assert np.all(again < 0.1 * drawn)
    assert np.all(np.isnan(rows.outcome))  # nothing says what this network is for


def test_one_gaussian_is_one_population() -> None:
    rng = np.random.default_rng(1)
    loadings = rng.multivariate_normal(np.zeros(4), np.eye(4) + 0.5, 600)
    agree = agreement(loadings, 2, rng, zero_mean=True, subsamples=6)
    assert np.median(agree) < 0.6


def test_clusters_are_found_and_the_number_of_stable_ones_is_that_of_the_clusters() -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat(np.arange(12), 80)
    theta = rng.normal(0.0, 1.5, (12, 3))[truth] + 0.2 * rng.normal(size=(960, 3))
    loadings = np.hstack([theta[:, :2], rng.normal(0.0, 3.0, (12, 2))[truth], theta[:, 2:]])
    again = cluster(loadings, 12, rng, zero_mean=False)
    assert adjusted_rand_score(again.labels, truth) >= 0.99
    np.testing.assert_allclose(again.share, 1 / 12, atol=2e-3)
    some = loadings[truth < 4]
    medians = [np.median(agreement(some, P, rng, zero_mean=False, subsamples=5)) for P in (3, 4, 5)]
    assert medians[1] == pytest.approx(1.0)
    assert medians[2] < medians[1]


def test_a_full_rank_network_has_the_populations_of_its_low_rank_connectivity(
    published: lrfit.Mixture,
) -> None:
    network = published.sampled(400, np.random.default_rng(6))
    options = {"populations": 2, "subsamples": 2, "draws": 0}
    low = lrfit.populations(network, **options)
    full = lrfit.populations(lrfit.FullRankNetwork.from_low_rank(network), **options)
    assert full.told.startswith("rank 1 of the connectivity")
    assert adjusted_rand_score(low.labels, full.labels) == 1.0
    # Basis and sign of m and nu are of no meaning: their product has none.
    product = low.mixture.share @ low.mixture.covariance[:, 0, 1]
    assert full.mixture.share @ full.mixture.covariance[:, 0, 1] == pytest.approx(product)
    assert full.domain.inputs == DOMAIN.inputs


def test_a_trained_network_of_low_rank_is_judged_as_score_judges_it() -> None:
    trained = lrfit.learn(
        "flip_flop", neurons=60, rank=2, g=0.0, epochs=40, rate=0.3, test_trials=8
    )
    subject = as_populated(trained, trials=20)
    U, K = len(trained.network.inputs), len(trained.network.outputs)
    R = int(np.linalg.matrix_rank(trained.network.J, tol=1e-4))  # factors before and after learning
    assert subject.own == lrfit.score(trained, trials=20).right
    assert subject.loadings.shape == (60, 2 * R + U + 1 + K)
    assert subject.told == f"rank {R} of the connectivity (all)"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, "has no low-rank loadings"),
        ({"form": "rate"}, "rate form"),
        ({"tau": np.linspace(1, 2, 60)}, "several time constants"),
    ],
)
def test_networks_without_low_rank_loadings_are_refused(
    change: dict[str, object], why: str
) -> None:
    J = np.random.default_rng(0).normal(size=(60, 60))
    network = lrfit.FullRankNetwork(J=J, tau=1.0, nonlinearity="tanh", dt=0.1)
    with pytest.raises(UsageError, match=why):
        lrfit.populations(replace(network, **change))  # type: ignore[arg-type]


def test_the_command_refuses_what_has_no_populations_and_says_what_least_squares_does(
    run: Run, network_file: object
) -> None:
    assert "which are no sample" in run("populations", network_file).error
    assert "without neurons" in run("populations", "van_der_pol").error
    Path("wells.yaml").write_text("name: wells\ndynamics: {x: x - x**3}\ndomain: {x: [-2, 2]}\n")
    run("fit", "wells.yaml", "--neurons", 50, "--method", "lstsq", "-q")
    told = run(
        *("populations", "wells.network.h5", "--populations", 1, "--zero-mean"),
        *("--draws", 1, "--subsamples", 2, "--json", "-o", "p.h5"),
    )
    assert "N was found by least squares" in told.err
    said = json.loads(told.out)
    drawn, again = said["resampling"]["mixtures"][:2]
    assert (said["resampling"]["measure"], said["resampling"]["own"]) == ("faithful", 1.0)
    assert min(drawn["field_error"]) > 10 * max(again["field_error"])
    shown = json.loads(run("show", "p.h5", "--json").out)
    assert shown["populations"] == said["populations"]
    assert run("check", "p.h5").code == 0  # the file is a system
