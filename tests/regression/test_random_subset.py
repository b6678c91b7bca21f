"""Random subsets: fitted as given neurons are, and the smallest one that is found is within."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.networks.basis import draw_neurons
from lrfit.regression.features import BlockFeatures
from lrfit.regression.least_squares import solve_readout
from lrfit.regression.random_subset import SubsetProblem, smallest_random_subset
from lrfit.regression.readout import LeakBounds, ReadoutProblem


def problem(seed=0, P=400, K=60):
    generator = np.random.default_rng(seed)
    zeta, drive = generator.uniform(-1, 1, (P, 2)), generator.uniform(-1, 1, (P, 1))
    neurons = draw_neurons(K, 2, 1, generator=generator)
    velocity = np.stack([zeta[:, 1], np.sin(3 * zeta[:, 0])], axis=1) + drive
    bounds = LeakBounds(kappa=(0.1, 5.0), center=(-np.ones(2), np.ones(2)), direct=(0,))
    half = slice(0, P // 2)

    def error(indices, readout):
        rest = slice(P // 2, P)
        Phi = neurons.subset(indices).activity(zeta[rest], drive[rest])
        return float(
            np.sqrt(np.mean((velocity[rest] - readout.velocity(Phi, zeta[rest], drive[rest])) ** 2))
        )

    readout = ReadoutProblem(
        state=zeta[half],
        drive=drive[half],
        velocity=velocity[half],
        weight=np.ones(P // 2),
        noise=1e-4,
        bounds=bounds,
        output_scale=np.ones(2),
    )
    features = BlockFeatures(neurons=neurons, state=zeta[half], input=drive[half])
    return SubsetProblem(readout=readout, features=features, error=error)


def least_error(subsets, size, seed):
    """The best error of three random subsets."""
    generator = np.random.default_rng(seed)
    return min(subsets.draw(size, generator).prefix(size).error for _ in range(3))


def test_every_prefix_of_a_draw_is_the_fit_of_its_neurons():
    subsets = problem()
    draw = subsets.draw(20, np.random.default_rng(1))
    for count in (0, 1, 7, 20):
        subset = draw.prefix(count)
        columns = subsets.features.columns(subset.indices).T
        expected = solve_readout(subsets.readout, columns)
        np.testing.assert_allclose(subset.readout.A, expected.A, rtol=1e-7, atol=1e-8)
        assert subset.readout.kappa == pytest.approx(expected.kappa, rel=1e-9)
        assert subset.error == subsets.error(subset.indices, subset.readout)


def test_smallest_subset_is_within_tolerance_and_one_fewer_of_its_draw_is_not():
    subsets = problem()
    tol = least_error(subsets, 20, 3)
    found = smallest_random_subset(
        subsets, tol, largest=40, draws=1, generator=np.random.default_rng(4)
    )
    draw = subsets.draw(40, np.random.default_rng(4))
    count = len(found.indices)
    np.testing.assert_array_equal(found.indices, draw.order[:count])
    assert found.error <= tol < draw.prefix(count - 1).error


def test_more_draws_never_give_a_larger_subset():
    subsets = problem()
    tol = least_error(subsets, 15, 5)
    sizes = [
        len(
            smallest_random_subset(
                subsets, tol, largest=60, draws=draws, generator=np.random.default_rng(6)
            ).indices
        )
        for draws in (1, 3, 9)
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_draws_depend_on_the_generator_only():
    subsets = problem()
    one, other = (
        smallest_random_subset(
            subsets, 0.1, largest=50, draws=4, generator=np.random.default_rng(7)
        ).indices
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


def test_nothing_within_reach_gives_nothing():
    subsets = problem()
    kw = {"draws": 3, "generator": np.random.default_rng(8)}
    assert smallest_random_subset(subsets, 1e-12, largest=10, **kw) is None
    assert smallest_random_subset(subsets, 1e9, smallest=5, largest=4, **kw) is None
    assert smallest_random_subset(subsets, 1e9, smallest=61, largest=90, **kw) is None
    assert len(smallest_random_subset(subsets, 1e9, smallest=2, largest=30, **kw).indices) == 2
