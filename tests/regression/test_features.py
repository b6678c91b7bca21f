"""Candidates in memory and in blocks: the same numbers, whatever the block."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.networks.basis import draw_neurons
from lrfit.regression.features import BlockFeatures, MatrixFeatures, products, survey


@pytest.fixture(params=["C", "F", "strided", "blocks"])
def features(request):
    generator = np.random.default_rng(0)
    neurons = draw_neurons(30, 2, 1, generator=generator)
    state, drive = generator.uniform(-1, 1, (300, 2)), generator.uniform(-1, 1, (300, 1))
    Phi = neurons.activity(state, drive)
    if request.param == "blocks":
        return BlockFeatures(neurons=neurons, state=state, input=drive), Phi
    if request.param == "strided":
        wide = np.zeros((600, 60))
        wide[::2, ::2] = Phi
        return MatrixFeatures(wide[::2, ::2]), Phi
    return MatrixFeatures(np.array(Phi, order=request.param)), Phi


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("block_bytes", [1, 1 << 25])
def test_products_norms_and_columns_are_those_of_the_matrix(
    features, block_bytes, threads, monkeypatch
):
    monkeypatch.setattr("lrfit.regression.features.BLOCK_BYTES", block_bytes)
    some, Phi = features
    generator = np.random.default_rng(1)
    vectors = generator.standard_normal((3, 300))
    for root in (np.ones(300), generator.uniform(0, 2, 300)):
        expected = (vectors * root) @ Phi
        np.testing.assert_allclose(
            products(some, vectors, root, threads=threads), expected, atol=1e-11
        )
        total, squares = survey(some, vectors, root, threads=threads)
        np.testing.assert_allclose(total, expected, atol=1e-11)
        np.testing.assert_allclose(squares, np.sum((Phi * root[:, None]) ** 2, axis=0), rtol=1e-12)
    np.testing.assert_allclose(some.columns(np.array([7, 0, 7])), Phi[:, [7, 0, 7]].T, rtol=1e-15)
    assert some.shape == Phi.shape


def test_float64_matrix_is_not_copied():
    Phi = np.zeros((5, 3))
    assert MatrixFeatures(Phi).matrix is Phi
    assert MatrixFeatures(Phi.astype(np.float32)).matrix.dtype == np.float64


def test_a_vector_is_no_matrix_of_activities():
    with pytest.raises(UsageError, match="samples, neurons"):
        MatrixFeatures(np.zeros(5))


def test_sums_do_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr("lrfit.regression.features.BLOCK_BYTES", 1)
    generator = np.random.default_rng(2)
    some, vectors = MatrixFeatures(generator.standard_normal((2000, 9))), np.ones((2, 2000))
    one, many = (products(some, vectors, np.ones(2000), threads=n) for n in (1, 4))
    np.testing.assert_array_equal(one, many)


def test_candidates_that_are_not_finite_warn_in_no_thread():
    Phi = np.random.default_rng(3).standard_normal((500, 4))
    Phi[3, 0], Phi[4, 1] = np.inf, np.nan
    total, squares = survey(MatrixFeatures(Phi), -np.ones((2, 500)), np.ones(500), threads=2)
    assert not np.any(np.isfinite(total[:, :2]))
    assert not np.any(np.isfinite(squares[:2]))
    np.testing.assert_allclose(total[0, 2:], -Phi.sum(axis=0)[2:], atol=1e-11)
