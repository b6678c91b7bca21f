"""Statistics of connectivity against J itself, and against laws of random matrices."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random_array

import lrfit
from lrfit.fields.field import Domain
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.spectrum import spectrum_of
from lrfit.networks.statistics import BINS


def network(n: int, D: int = 2, U: int = 1, seed: int = 0) -> lrfit.LowRankNetwork:
    rng = np.random.default_rng(seed)
    return lrfit.LowRankNetwork(
        M=rng.normal(size=(n, D)),
        N=rng.normal(size=(n, D)) / n,
        bias=rng.normal(size=n),
        center=np.zeros(D),
        input_weights=rng.normal(size=(n, U)),
        direct_input=np.zeros((D, U)),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=Domain(
            variables=tuple("xyz"[:D]),
            lower=-np.ones(D),
            upper=np.ones(D),
            inputs=tuple("uvw"[:U]),
            input_lower=-np.ones(U),
            input_upper=np.ones(U),
        ),
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 30), st.integers(1, 3), st.integers(0, 2), st.integers(0, 99))
def test_statistics_of_a_low_rank_network_are_those_of_its_matrices(
    n: int, D: int, U: int, seed: int
) -> None:
    net = network(n, D, U, seed)
    found, J = net.statistics, net.J
    wanted = np.linalg.eigvals(J)
    wanted = wanted[np.argsort(-np.abs(wanted))][:D]
    np.testing.assert_allclose(
        np.sort_complex(found.eigenvalues), np.sort_complex(wanted), atol=1e-9
    )
    columns = np.hstack([net.M, n * net.N, net.input_weights, net.bias[:, None]])
    np.testing.assert_allclose(found.mean, columns.mean(axis=0), atol=1e-12)
    covariance = np.cov(columns.T, bias=True)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-10)
    np.testing.assert_allclose(found.overlap, net.N.T @ net.M, atol=1e-12)
    assert found.input_overlap.shape == (D, U)
    assert found.weight_mean == pytest.approx(J.mean(), abs=1e-12)
    assert found.weight_sd == pytest.approx(J.std(), rel=1e-9)
    assert found.weight_counts.sum() == found.connections == np.count_nonzero(J)
    np.testing.assert_array_equal(found.weight_counts, np.histogram(J, found.weight_edges)[0])
    assert found.weight_edges[-1] == pytest.approx(np.abs(J).max())


def test_overlaps_are_moments_of_the_loadings() -> None:
    net = network(50)
    found = net.statistics
    place = {name: i for i, name in enumerate(found.loadings)}
    second = found.covariance + np.outer(found.mean, found.mean)
    assert second[place["n x"], place["m y"]] == pytest.approx(found.overlap[0, 1])
    assert second[place["n y"], place["B u"]] == pytest.approx(found.input_overlap[1, 0])
    assert second[place["n y"], place["b"]] == pytest.approx(found.bias_overlap[1])
    assert found.named("m x", "n y") == found.covariance[place["m x"], place["n y"]]


@pytest.mark.parametrize("rho", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_the_bulk_of_random_pairs_has_no_outliers_and_its_ellipse(rho: float) -> None:
    n, g = 300, 1.5
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, n, n))
    upper = np.triu(first, 1)
    lower = np.triu(rho * first + np.sqrt(1.0 - rho**2) * second, 1).T
    J = g / np.sqrt(n) * (upper + lower)
    found = spectrum_of(J)
    assert found.radius == pytest.approx(g, rel=0.03)
    assert found.symmetry == pytest.approx(rho, abs=0.02)
    assert len(found.outliers) == 0
    far = np.abs(np.linalg.eigvals(J).real).max()
    assert far == pytest.approx(g * (1.0 + rho), abs=0.15)


def test_a_strong_low_rank_part_shows_as_outliers_of_its_own_eigenvalues() -> None:
    n = 400
    rng = np.random.default_rng(2)
    m = rng.normal(size=(n, 2))
    structure = m @ np.diag([3.0, -2.0]) @ np.linalg.pinv(m)
    J = 0.8 / np.sqrt(n) * rng.normal(size=(n, n)) + structure
    found = lrfit.FullRankNetwork(J=J, tau=1.0, nonlinearity="tanh").statistics
    assert found.rank is None
    np.testing.assert_allclose(found.eigenvalues, [3.0, -2.0], atol=0.15)
    assert found.bulk_radius == pytest.approx(0.8, rel=0.05)


def test_sparse_and_dense_connectivity_have_the_same_statistics() -> None:
    J = random_array((120, 120), density=0.1, rng=np.random.default_rng(3))
    sparse, dense = (
        lrfit.FullRankNetwork(J=each, tau=1.0, nonlinearity="tanh").statistics
        for each in (J, J.toarray())
    )
    np.testing.assert_allclose(sparse.eigenvalues, dense.eigenvalues, atol=1e-9)
    np.testing.assert_array_equal(sparse.weight_counts, dense.weight_counts)
    for name in ("weight_mean", "weight_sd", "bulk_radius", "bulk_symmetry"):
        assert getattr(sparse, name) == pytest.approx(getattr(dense, name), rel=1e-9)
    assert sparse.connections == dense.connections == J.nnz
    assert len(dense.eigenvalues) >= 1  # all weights are positive: their mean is an outlier


def test_large_networks_are_searched_for_outliers_alone() -> None:
    n = 900
    rng = np.random.default_rng(4)
    J = 0.5 / np.sqrt(n) * rng.normal(size=(n, n)) + 2.0 / n
    found = spectrum_of(J)
    np.testing.assert_allclose(found.outliers, [2.0], atol=0.1)


def test_files_hold_the_statistics_of_both_kinds_of_network(tmp_path: Path) -> None:
    fit = lrfit.fit("pitchfork_bistable", neurons=8)
    J = np.full((60, 60), 2.0 / 60)
    full = lrfit.FullRankNetwork(J=J, tau=1.0, nonlinearity="tanh")
    for value, place in ((fit, "network/statistics"), (full, "rate-network/statistics")):
        path = tmp_path / f"{type(value).__name__}.h5"
        lrfit.save(value, path)
        with h5py.File(path) as file:
            group = file[place]
            assert list(group.attrs["loadings"])[-1] == "b"
            assert group["weight_counts"].shape == (BINS,)
            largest = group["eigenvalues"][0]
        wanted = lrfit.connectivity(path)
        np.testing.assert_allclose(largest, [wanted.eigenvalues[0].real, 0.0], atol=1e-12)
        np.testing.assert_allclose(wanted.mean, value_of(value).mean, atol=0)


def value_of(value: lrfit.Fit | lrfit.FullRankNetwork) -> lrfit.ConnectivityStatistics:
    return value.network.statistics if isinstance(value, lrfit.Fit) else value.statistics
