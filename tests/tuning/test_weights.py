"""Weights as one vector, and the structure that they keep."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.networks.lowrank import LowRankNetwork
from lrfit.tuning.weights import blocks_of, layout_of
from tests.tuning.test_closed_loop import network


@pytest.mark.parametrize("output", [False, True])
def test_a_network_comes_back_from_its_vector(output: bool) -> None:
    made = network(copied=False, output=output)
    layout = layout_of(made)
    again = layout.network(layout.vector(made))
    for name, block in blocks_of(made).items():
        np.testing.assert_array_equal(blocks_of(again)[name], block)
    assert layout.size == sum(block.size for block in blocks_of(made).values())


def moved(made: LowRankNetwork, structure: str) -> LowRankNetwork:
    layout = layout_of(made, (structure,))  # type: ignore[arg-type]
    generator = np.random.default_rng(3)
    change = layout.spread(generator.normal(size=layout.free))
    return layout.network(layout.kept(layout.vector(made) + 0.3 * change))


def test_a_shared_bias_stays_shared() -> None:
    made = network(copied=False, output=False)
    shared = layout_of(made).network(_with_bias(made, 0.7))
    assert np.ptp(moved(shared, "shared_bias").bias) < 1e-15
    assert np.ptp(moved(shared, "orthogonal").bias) > 0.1


def test_a_symmetric_network_keeps_biases_of_zero() -> None:
    made = network(copied=False, output=False)
    odd = layout_of(made).network(_with_bias(made, 0.0))
    assert not np.any(moved(odd, "symmetric").bias)


def test_orthogonal_columns_stay_orthogonal_and_keep_their_lengths() -> None:
    made = network(copied=False, output=False)
    found = moved(made, "orthogonal").M
    gram = found.T @ found
    assert abs(gram[0, 1]) < 1e-12 * gram[0, 0]
    free = layout_of(made)
    assert free.kept(free.vector(made)) is not None


def test_scales_are_those_of_blocks_and_never_zero() -> None:
    made = network(copied=False, output=False)
    layout = layout_of(made)
    theta = layout.vector(made)
    theta[layout.places["B"]] = 0.0
    scales = layout.scales(theta)
    assert np.all(scales > 0)
    bias = theta[layout.places["b"]]
    np.testing.assert_allclose(scales[layout.places["b"]], np.sqrt(np.mean(bias**2)))


def _with_bias(made: LowRankNetwork, value: float) -> np.ndarray:
    layout = layout_of(made)
    theta = layout.vector(made)
    theta[layout.places["b"]] = value
    return theta
