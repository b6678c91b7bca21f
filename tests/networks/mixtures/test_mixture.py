"""A mixture is checked when it is made, and networks drawn from it have its loadings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError
from lrfit.networks.mixtures.loadings import loadings_of
from lrfit.networks.nonlinearity import nonlinearity


def mixture(**changes: Any) -> lrfit.Mixture:
    """Two populations, two latent variables, one input."""
    root = np.random.default_rng(1).standard_normal((2, 6, 6))
    given: dict[str, Any] = {
        "domain": lrfit.Domain(
            variables=("x", "y"),
            lower=[-3, -3],
            upper=[3, 3],
            inputs=("u",),
            input_lower=[-1],
            input_upper=[1],
        ),
        "share": [0.3, 0.7],
        "mean": np.arange(12.0).reshape(2, 6) / 6,
        "covariance": root @ root.transpose(0, 2, 1),
        "nonlinearity": nonlinearity("tanh"),
        "tau": 0.5,
        "center": [0.1, -0.2],
        "direct_input": [[0.5], [0.0]],
    }
    return lrfit.Mixture(**given | changes)


def test_the_loadings_of_a_large_sample_have_the_mixtures_moments() -> None:
    made, n = mixture(), 40_000
    network = made.sampled(n, np.random.default_rng(0))
    loadings, labels = loadings_of(network), made.labels(n)
    assert made.features == ("m.x", "m.y", "nu.x", "nu.y", "B.u", "b")
    for p in range(2):
        own = loadings[labels == p]
        assert len(own) == round(made.share[p] * n)
        # Six standard errors of a mean and of a covariance.
        scale = np.sqrt(np.diag(made.covariance[p]))
        assert np.all(np.abs(own.mean(axis=0) - made.mean[p]) < 6 * scale / np.sqrt(len(own)))
        found = np.cov(own.T)
        error = 6 * np.sqrt(2 / len(own)) * np.outer(scale, scale)
        assert np.all(np.abs(found - made.covariance[p]) < error)
    assert (network.tau, network.center.tolist()) == (0.5, [0.1, -0.2])
    assert network.direct_input.tolist() == [[0.5], [0.0]]


def test_a_singular_covariance_is_sampled_within_its_subspace() -> None:
    direction = np.array([1.0, 0.0, 2.0, 0.0, 3.0, 0.0])
    made = mixture(share=[1.0], mean=np.zeros((1, 6)), covariance=[np.outer(direction, direction)])
    loadings = made.drawn(50, np.random.default_rng(0))
    along = loadings @ direction / (direction @ direction)
    assert np.allclose(loadings, np.outer(along, direction), atol=1e-12)


@pytest.mark.parametrize("neurons", [1, 2, 7, 1000])
def test_quotas_sum_to_the_neurons_and_are_within_one_of_the_shares(neurons: int) -> None:
    made = mixture(share=[1 / 3, 2 / 3])
    quotas = made.quotas(neurons)
    assert quotas.sum() == neurons
    assert np.all(np.abs(quotas - made.share * neurons) < 1)


def test_equal_seeds_give_equal_networks() -> None:
    a, b, c = (mixture().sampled(20, np.random.default_rng(seed)).M for seed in (3, 3, 4))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"share": [0.5, 0.4]}, "sum to 0.9"),
        ({"share": [1.5, -0.5]}, "must be positive"),
        ({"mean": np.full((2, 6), np.nan)}, r"mean\[0, 0\] is nan"),
        (
            {"mean": np.zeros((2, 5)), "covariance": np.zeros((2, 5, 5))},
            "entries here: m.x, m.y, nu.x, nu.y, B.u, b",
        ),
        ({"tau": 0.0}, "tau is 0"),
        (
            {"covariance": np.stack([np.eye(6), np.eye(6) - 0.5])},
            "population 1 is not positive semidefinite",
        ),
    ],
)
def test_what_is_no_mixture_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        mixture(**changes)
